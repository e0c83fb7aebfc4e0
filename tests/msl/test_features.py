"""The language, feature by feature, with the program in ``production`` that relies on each.

Every program is compiled by test_libraries.py, and run against numpy by one of the tests beside
this one. Here it is checked that none is missing and that each uses what it is named for.
"""

import re
from pathlib import Path

import pytest

HERE = Path(__file__).parent
SOURCES = HERE / "production"

# Feature: program, and expressions that all occur in its code.
FEATURES = {
    "scalar types of 8 to 64 bits": ("hashes", "uchar", "ushort", "uint", "ulong"),
    "fixed-width names of types": ("threefry", "uint8_t", "uint32_t", "size_t"),
    "vectors": ("image_filters", "uchar4", "ushort2", "int2", "half3", r"vec<T, 4>"),
    "swizzles": ("radix_fft", r"\.yx\b"),
    "swizzles of four components": ("ray_march", r"e\.xyy", r"\.xyz ="),
    "constructors of vectors from vectors": ("particles", r"float4\(p, 1\.0f\)"),
    "lists in braces for vectors": ("threefry", r"uint4 ks = \{"),
    "vectors of bool": ("particles", r"bool4\("),
    "packed types": ("ray_march", "packed_float3 centre"),
    "packed types shared with a host": (
        "particles",
        "shared/ShaderTypes.h",
        r"sizeof\(Particle\) == 40",
    ),
    "half": ("image_filters", r"\bhalf\b", r"0\.25h"),
    "bfloat": ("bfloat_mathematics", r"\bbfloat\b", r"simd_sum\(bfloat|simd_sum\(type"),
    "as_type": ("small_floats", "as_type<float>"),
    "square and other matrices": ("particles", "float4x3", "float3x4", "float2x2", "half4x4"),
    "matrix products and functions": ("particles", "transpose", "determinant", r"frame\.view \*"),
    "array": ("prime_field", r"array<ulong, Limbs>"),
    "array as an element of buffers": ("cholesky", r"array<T, N>"),
    "structs with methods": ("ray_march", r"float3 at\(REAL t\) const"),
    "classes with operators": ("prime_field", r"class Field", r"Field operator\*", r"friend Field"),
    "templates with [[host_name]]": ("merge_sort", r"template \[\[host_name\("),
    "class templates with specialised members": ("radix_fft", r"template <>\s+METAL_FUNC void"),
    "functions as template arguments": ("radix_fft", r"RadixFunction function"),
    "packs and recursive templates": ("object_model", r"typename\.\.\. Rest"),
    "references into device memory": ("particles", r"device Particle &p"),
    "references into constant memory": ("strided_copy", r"constant (?:const )?\w+ ?&"),
    "references into thread memory": ("radix_fft", r"thread int &p"),
    "references into threadgroup memory": ("object_model", r"threadgroup complex_t &"),
    "pointers into every address space": ("pointer_traits", "device", "threadgroup", "constant"),
    "methods qualified by address space": ("object_model", "const thread", "const device"),
    "methods overloaded by address space": (
        "generated_modules",
        r"const constant T& operator\[\]",
        r"threadgroup T& operator\[\]",
    ),
    "function constants": ("radix_fft", r"\[\[function_constant\(0\)\]\]"),
    "optional function constants": ("radix_fft", "is_function_constant_defined"),
    "[[threadgroup(n)]] arguments": ("particles", r"\[\[threadgroup\(0\)\]\]"),
    "threadgroup arrays of two dimensions": ("image_filters", r"tile\[PADDED\]\[PADDED\]"),
    "math functions": ("radix_fft", r"precise::cos", r"precise::sin"),
    "integer functions": ("game_of_life", "rotate", "popcount", "clz", "ctz"),
    "high half of a product": ("prime_field", "mulhi"),
    "relational functions": ("ray_march", "isfinite", "isinf", r"metal_relational"),
    "selection by component": ("image_filters", r"select\(q,", r"all\(position"),
    "common functions": ("ray_march", "clamp", "mix", "max3"),
    "geometric functions": ("ray_march", "reflect", "faceforward", "distance", "normalize"),
    "pack and unpack functions": ("image_filters", "unpack_unorm4x8_to_half"),
    "fast and precise": ("ray_march", "fast::length", "precise::normalize"),
    "atomics of int, uint, float and bool": (
        "message_passing",
        "atomic_int",
        "atomic_uint",
        "atomic_float",
        "atomic_bool",
    ),
    "64-bit minimum and maximum": ("message_passing", "atomic_max_explicit", "atomic_min_explicit"),
    "atomics of parts of words": ("packed_atomics", "atomic_compare_exchange_weak_explicit"),
    "memory orders and fences": ("message_passing", "memory_order_seq_cst", "atomic_thread_fence"),
    "barriers": ("image_filters", r"threadgroup_barrier\(mem_flags::mem_threadgroup\)"),
    "barriers for several memories": ("message_passing", r"mem_threadgroup \| mem_flags::mem_dev"),
    "barriers of a simdgroup": ("quad_transform", "simdgroup_barrier"),
    "sums and extremes of a simdgroup": ("bfloat_mathematics", "simd_sum", "simd_max"),
    "shuffles of a simdgroup": ("quad_transform", "simd_shuffle_xor", "simd_shuffle_up"),
    "filling shuffles": ("bfloat_mathematics", "simd_shuffle_and_fill_up"),
    "votes of a simdgroup": ("quad_transform", "simd_ballot", "simd_all", "simd_is_first"),
    "prefixes of a simdgroup": ("simd_scan", "simd_prefix_inclusive_sum"),
    "quad functions": ("quad_transform", "quad_shuffle_xor", "quad_sum", "quad_ballot"),
    "prefixes of a quadgroup": ("quad_transform", "quad_prefix_exclusive_sum"),
    "simdgroup matrices of float and half": (
        "flash_attention",
        "simdgroup_matrix|simdgroup_float8x8",
        "simdgroup_load",
        "simdgroup_store",
        "simdgroup_multiply_accumulate",
    ),
    "simdgroup matrices of bfloat": ("flash_attention", r"attention, bfloat\)", "simdgroup_load"),
    "products of simdgroup matrices": ("tiled_gemm", "simdgroup_multiply"),
    "parts of simdgroup matrices": ("block_gemm", "thread_elements"),
    "headers by name": ("cholesky", "<metal_limits>", "<metal_type_traits>", "<metal_array>"),
    "headers of the program's own": ("unary_functors", r'#include ["<]lib/'),
    "METAL_FUNC": ("radix_fft", r"METAL_FUNC"),
    "METAL_CONST": ("cholesky", r"METAL_CONST"),
    "MAXFLOAT": ("ray_march", r"MAXFLOAT"),
    "version macros": ("bfloat_mathematics", r"__METAL_VERSION__ >= 310", "__HAVE_BFLOAT__"),
    "coherent(device)": ("message_passing", r"coherent\(device\) device"),
    "kernels named with kernel": ("hashes", r"^kernel void"),
    "kernels named with [[kernel]]": ("particles", r"^\[\[kernel\]\] void"),
    "launch caps": ("image_filters", r"\[\[kernel, max_total_threads_per_threadgroup\("),
    "parameters declared as arrays": ("row_norm", r"constant const size_t strides\[3\]"),
    "instantiations by name": ("game_of_life", r"kernel void life<Rule::conway>\("),
    "instantiations by decltype": ("cholesky", r"decltype\(cholesky<float, 8>\)"),
    "instantiations through an alias of decltype": ("small_floats", r"kernel decode_e4m3_t decode"),
    "several host names": ("cholesky", r"host_name\(\"cholesky_8\"\)\]\] \[\[host_name"),
    "several host names in one list": ("small_floats", r'"decode_e5m2_half"\), host_name\('),
    "host names by stringising": ("image_filters", r'host_name\("blur_" #T "_" #B\)'),
    "static members": ("game_of_life", "static constant constexpr char offsets"),
    "static members of templates": ("small_floats", "static constexpr constant uint M"),
    "constexpr variable templates": ("object_model", r"constant constexpr T two"),
    "constexpr function templates": ("game_of_life", r"constexpr bool is_born"),
    "unions": ("hashes", r"union State"),
    "unions with vectors": ("threefry", r"union random_bits"),
    "enum classes": ("game_of_life", r"enum class Rule : ushort"),
    "enum classes as template arguments": ("image_filters", r"template <Border B>"),
    "bit-fields": ("game_of_life", r"uchar alive : 1"),
    "tables in constant memory": ("hashes", r"constant ulong round_constants\[24\]"),
    "blocks read through casts": ("small_floats", "reinterpret_cast<device const block_t"),
    "enable_if and traits": ("message_passing", "enable_if_t", "is_same_v"),
    "internals of the library": ("bfloat_mathematics", "#pragma METAL internals", "__metal_fma"),
    "range-based for": ("threefry", r"for \(auto r : "),
    "nested and inline namespaces": ("object_model", r"namespace \w+::\w+"),
}

# All inputs of section 5.2.3.6 that a compute kernel has.
INPUTS = """thread_position_in_grid thread_position_in_threadgroup threadgroup_position_in_grid
threadgroups_per_grid threads_per_threadgroup dispatch_threads_per_threadgroup threads_per_grid
thread_index_in_threadgroup thread_index_in_simdgroup simdgroup_index_in_threadgroup
thread_index_in_quadgroup quadgroup_index_in_threadgroup threads_per_simdgroup
thread_execution_width simdgroups_per_threadgroup dispatch_simdgroups_per_threadgroup
quadgroups_per_threadgroup dispatch_quadgroups_per_threadgroup""".split()  # noqa: SIM905


def code(name: str) -> str:
    """Text of a program without its comments."""
    return re.sub(r"//.*|/\*(?s:.*?)\*/", "", (SOURCES / f"{name}.metal").read_text())


@pytest.mark.parametrize("feature", FEATURES)
def test_a_program_relies_on(feature: str) -> None:
    name, *patterns = FEATURES[feature]
    text = code(name)
    assert [p for p in patterns if not re.search(p, text, re.MULTILINE)] == []


@pytest.mark.parametrize("attribute", INPUTS)
def test_a_program_has_the_input(attribute: str) -> None:
    assert f"[[{attribute}]]" in code("grid_inputs")


def test_every_program_is_run() -> None:
    tests = "".join(path.read_text() for path in HERE.glob("test_*.py") if path != Path(__file__))
    programs = [path.stem for path in SOURCES.glob("*.metal")]
    assert len(programs) >= 30
    assert [name for name in programs if f'source("{name}")' not in tests] == []
