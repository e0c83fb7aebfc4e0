"""Every function of the standard library exists for every type that it is specified for."""

import pytest

from assay import msl

HEADER = "#include <metal_stdlib>\nusing namespace metal;\n"
FLOATS, WIDTHS = ("float", "half", "bfloat"), ("", "2", "3", "4")
INTEGERS = ("char", "uchar", "short", "ushort", "int", "uint", "long", "ulong")

ONE = """acos acosh asin asinh atan atanh ceil cos cosh cospi exp exp2 exp10 fabs abs floor fract
log log2 log10 rint round rsqrt sin sinh sinpi sqrt tan tanh tanpi trunc saturate sign"""
TWO = "atan2 copysign divide fdim fmax fmin fmod max min nextafter pow powr step"
THREE = "clamp fma fmax3 fmin3 fmedian3 max3 min3 median3 mix smoothstep"
TESTS = "isfinite isinf isnan isnormal signbit"
ONE_INTEGER = "abs clz ctz popcount reverse_bits"
TWO_INTEGERS = "addsat hadd max min mulhi rhadd rotate subsat"
THREE_INTEGERS = "clamp madhi max3 min3 median3 madsat"
SHUFFLES = """simd_shuffle simd_shuffle_up simd_shuffle_down simd_shuffle_xor simd_shuffle_rotate_up
simd_shuffle_rotate_down simd_broadcast quad_shuffle quad_shuffle_up quad_shuffle_down
quad_shuffle_xor quad_shuffle_rotate_up quad_shuffle_rotate_down quad_broadcast"""
FILLING = """simd_shuffle_and_fill_up simd_shuffle_and_fill_down quad_shuffle_and_fill_up
quad_shuffle_and_fill_down"""
REDUCTIONS = """sum product min max prefix_exclusive_sum prefix_inclusive_sum
prefix_exclusive_product prefix_inclusive_product"""
PACKED = {"unorm4x8": 4, "snorm4x8": 4, "unorm2x16": 2, "snorm2x16": 2, "unorm10a2": 4}


def accepts(*bodies: str) -> None:
    """Each body is a kernel with the thread's index ``i``."""
    kernels = [
        f"kernel void k{n}(device float *o [[buffer(0)]], uint i [[thread_position_in_grid]]) {{\n"
        f"{body}\n}}\n"
        for n, body in enumerate(bodies)
    ]
    assert len(msl.compile(HEADER + "".join(kernels)).kernels) == len(bodies)


def calls(names: str, arguments: str, before: str = "a = ") -> str:
    return "\n".join(f"{before}{name}({arguments});" for name in names.split())


@pytest.mark.parametrize("namespace", ["", "fast::", "precise::"])
@pytest.mark.parametrize("kind", FLOATS)
def test_mathematics(kind: str, namespace: str) -> None:
    if namespace and kind == "bfloat":
        return  # these are specified for float and half
    bodies = []
    for width in WIDTHS:
        lists = [(ONE, "b"), (TWO, "b, c"), (THREE, "a, b, c")]
        lines = [calls(names, arguments, f"a = {namespace}") for names, arguments in lists]
        bodies.append("\n".join([f"{kind}{width} a(0.5), b(0.25), c(0.75);", *lines]))
    accepts(*bodies)


@pytest.mark.parametrize("kind", FLOATS)
def test_tests_and_functions_with_two_results(kind: str) -> None:
    bodies = []
    for width in WIDTHS:
        lines = [f"{kind}{width} a(0.5), b(0.25), s, w; bool{width} t; int{width} e;"]
        lines += [calls(TESTS, "a", "t = "), calls("isordered isunordered", "a, b", "t = ")]
        lines += ["a = select(a, b, t); a = select(a, b, a < b); a = sincos(b, s);"]
        lines += ["a = modf(a, w); a = frexp(a, e); a = ldexp(a, e); e = ilogb(a);"]
        bodies.append("\n".join(lines))
    accepts(*bodies)


@pytest.mark.parametrize("kind", FLOATS)
def test_geometry_and_scalar_operands(kind: str) -> None:
    lines = ["a = clamp(a, {k}(0), {k}(1)); a = mix(a, b, {k}(0.5)); a = step({k}(0), a);"]
    lines += ["a = smoothstep({k}(0), {k}(1), a); a = min(a, {k}(1)); a = max(a, {k}(1));"]
    lines += ["{k} d = dot(a, b) + length(a) + length_squared(a) + distance(a, b);"]
    lines += ["d += distance_squared(a, b); a = normalize(a) + reflect(a, b);"]
    lines += ["a += refract(a, b, d) + faceforward(a, b, c);"]
    text = "\n".join(lines).replace("{k}", kind)
    accepts(
        *(
            f"{kind}{n} a(1), b(2), c(3);\n{text}" + ("a = cross(a, b);" if n == 3 else "")
            for n in (2, 3, 4)
        )
    )


@pytest.mark.parametrize("kind", INTEGERS)
def test_integers(kind: str) -> None:
    unsigned = kind if kind.startswith("u") else f"u{kind}"
    bodies = []
    for width in WIDTHS:
        lines = [f"{kind}{width} a(5), b(3), c(7); {unsigned}{width} u = absdiff(a, b);"]
        lines += [calls(ONE_INTEGER, "b"), calls(TWO_INTEGERS, "b, c")]
        lines += [calls(THREE_INTEGERS, "a, b, c"), "a = extract_bits(a, 1, 2);"]
        lines += ["a = insert_bits(a, b, 1u, 2u); a = select(a, b, a < b);"]
        if kind in ("int", "uint"):
            lines += ["a = mul24(a, b); a = mad24(a, b, c);"]
        bodies.append("\n".join(lines))
    accepts(*bodies)


@pytest.mark.parametrize("kind", [*FLOATS, *INTEGERS[:6]])
def test_simdgroup_functions(kind: str) -> None:
    bodies = []
    for width in ("", "2", "4"):
        lines = [f"{kind}{width} a = {kind}(i);", calls(SHUFFLES, "a, ushort(1)")]
        lines += [calls(FILLING, "a, a, 1"), calls(FILLING, "a, a, 1, 4")]
        lines += [calls("simd_broadcast_first quad_broadcast_first", "a")]
        for prefix in ("simd", "quad"):
            lines += [calls(" ".join(f"{prefix}_{name}" for name in REDUCTIONS.split()), "a")]
            if kind not in FLOATS:
                lines += [calls(f"{prefix}_and {prefix}_or {prefix}_xor", "a")]
        bodies.append("\n".join(lines))
    accepts(*bodies)


def test_votes() -> None:
    accepts(
        """bool b = simd_all(i > 1) || simd_any(i > 2) || simd_is_first() || quad_all(i > 1) ||
                    quad_any(i > 1) || quad_is_first() || simd_is_helper_thread();
        simd_vote v = simd_ballot(b), w = simd_active_threads_mask();
        quad_vote q = quad_ballot(b), r = quad_active_threads_mask();
        o[0] = v.all() + v.any() + w.all() + q.all() + r.any() + ulong((simd_vote::vote_t)v);"""
    )


@pytest.mark.parametrize("kind", ["int", "uint", "float", "bool"])
def test_atomics(kind: str) -> None:
    operations = {"float": "add sub", "bool": ""}.get(kind, "add sub and or xor min max")
    order = "memory_order_relaxed"
    lines = [f"e = atomic_load_explicit(p, {order}); atomic_store_explicit(p, e, {order});"]
    lines += [f"e = atomic_exchange_explicit(p, e, {order});"]
    lines += [f"while (!atomic_compare_exchange_weak_explicit(p, &e, e, {order}, {order})) {{}}"]
    lines += [f"e = atomic_fetch_{name}_explicit(p, e, {order});" for name in operations.split()]
    text = "\n".join(lines)
    accepts(
        f"{kind} e = 0; device atomic_{kind} *p = (device atomic_{kind} *)o;\n{text}",
        f"{kind} e = 0; threadgroup atomic_{kind} t; threadgroup atomic<{kind}> *p = &t;\n{text}",
    )


def test_barriers_and_fences() -> None:
    accepts(
        """device atomic_ulong *u = (device atomic_ulong *)o;
        atomic_max_explicit(u, 3ul, memory_order_relaxed);
        atomic_min_explicit(u, 3ul, memory_order_relaxed);
        atomic_thread_fence(mem_flags::mem_device, memory_order_seq_cst, thread_scope_device);
        atomic_thread_fence(mem_flags::mem_threadgroup, memory_order_acq_rel);
        threadgroup_barrier(mem_flags::mem_device | mem_flags::mem_threadgroup);
        threadgroup_barrier(mem_flags::mem_texture);
        simdgroup_barrier(mem_flags::mem_none);"""
    )


@pytest.mark.parametrize("kind", ["float", "half"])
def test_matrices_of_every_shape(kind: str) -> None:
    bodies = []
    for columns in (2, 3, 4):
        for rows in (2, 3, 4):
            matrix, other = f"{kind}{columns}x{rows}", "half" if kind == "float" else "float"
            elements = ", ".join(["1"] * (columns * rows))
            vectors = ", ".join([f"{kind}{rows}(2)"] * columns)
            lines = [f"{matrix} m({kind}(1)), n = m, z({elements}), y = {{{vectors}}};"]
            lines += [f"z = m + n - y; m *= {kind}(2); m = m * {kind}(2); m = {kind}(2) * m;"]
            lines += [f"{kind}{rows} v = m * {kind}{columns}(1); m[0] = v; m[1][0] = 1; m = -m;"]
            lines += [f"{kind}{columns} w = {kind}{rows}(1) * m; m += n; m -= n;"]
            lines += [f"{kind}{rows}x{columns} t = transpose(m); bool e = m == n;"]
            lines += [f"{other}{columns}x{rows} h = {other}{columns}x{rows}(m);"]
            if columns == rows:
                lines += [f"{kind} d = determinant(m); m = m * n; m *= n;"]
            bodies.append("\n".join(lines))
    accepts(*bodies)


@pytest.mark.parametrize("kind", FLOATS)
def test_simdgroup_matrices(kind: str) -> None:
    accepts(
        f"""threadgroup {kind} t[64]; device {kind} *p = (device {kind} *)o;
        simdgroup_matrix<{kind}, 8, 8> m; simdgroup_{kind}8x8 n({kind}(1)), z(0);
        simdgroup_load(m, p); simdgroup_load(m, t, 8); simdgroup_load(m, t, 8, ulong2(0, 0), true);
        simdgroup_multiply(m, m, n); simdgroup_multiply_accumulate(m, m, n, z);
        simdgroup_store(m, t, 8, ulong2(0)); simdgroup_store(m, p, 8, 0, false);
        m = make_filled_simdgroup_matrix<{kind}, 8, 8>({kind}(0));
        m.thread_elements()[0] = {kind}(1);"""
    )


@pytest.mark.parametrize("kind", ["bool", *INTEGERS, *FLOATS])
def test_vectors(kind: str) -> None:
    forms = {2: ["{k}(1), {k}(0)"], 3: ["{k}(1), {k}2(0)", "{k}2(1), {k}(0)"]}
    forms[4] = ["{k}2(1), {k}2(0)", "{k}3(1), {k}(0)", "{k}(1), {k}2(0), {k}(1)"]
    bodies = []
    for n, arguments in forms.items():
        vector = f"{kind}{n}"
        lines = [f"{vector} a = {vector}(1), z, c = {{{', '.join('1' * n)}}}; a[1] = {kind}(1);"]
        lines += [f"a = {vector}({form});".replace("{k}", kind) for form in arguments]
        lines += [f"a.x = {kind}(1); const {vector} d = c; z = d;"]
        if kind != "bool":
            lines += [f"vec<{kind}, {n}> g = a; a = g;"]
            lines += [f"a.xy = {kind}2(1); packed_{vector} p(a); p = a; a = p; p[0] = {kind}(1);"]
            lines += [
                f"a += a; a = a * p - {vector}(p); bool{n} r = a < z; a = a * {kind}(2); a = -a;"
            ]
        if kind in INTEGERS:
            lines += [f"a = a % {vector}(3); a = a << {vector}(1); a &= a; a |= a; a ^= a; a = ~a;"]
        bodies.append("\n".join(lines))
    accepts(*bodies)


@pytest.mark.parametrize("kind", ["bool", *INTEGERS, *FLOATS])
def test_conversions(kind: str) -> None:
    others = ("bool", *INTEGERS, *FLOATS)
    accepts(
        "\n".join(
            f"{{ {other}3 v = {other}3({kind}3(1)), w = static_cast<{other}3>({kind}3(1));"
            f" {other} s = {other}({kind}(1)), t = ({other}){kind}(1); }}"
            for other in others
        )
    )


def test_packing() -> None:
    bodies = [
        f"float{n} v = unpack_{form}_to_float(i); half{n} h = unpack_{form}_to_half(i);"
        f"o[i] = pack_float_to_{form}(v) + pack_half_to_{form}(h);"
        for form, n in PACKED.items()
    ]
    bodies.append("o[i] = pack_float_to_unorm565(unpack_unorm565_to_float(ushort(i)));")
    bodies.append("o[i] = pack_half_to_srgb_unorm4x8(unpack_unorm4x8_srgb_to_half(i));")
    accepts(*bodies)


TRAITS = """is_same_v<int,int> is_integral_v<int> is_floating_point_v<half> is_arithmetic_v<float>
is_signed_v<int> is_unsigned_v<uint> is_const_v<float> is_volatile_v<int> is_scalar_v<float>
is_void_v<void> is_array_v<int[3]> is_reference_v<int> is_lvalue_reference_v<int> is_pointer_v<int>
is_enum_v<int> is_class_v<int> is_union_v<int> is_base_of_v<int,int> is_convertible_v<int,float>
is_function_v<int> is_object_v<int> is_fundamental_v<int> is_compound_v<int> is_vector_v<float2>"""
TYPES = """remove_const<int> remove_volatile<int> remove_cv<int> add_const<int> add_volatile<int>
add_cv<int> remove_reference<int> add_pointer<int> remove_pointer<int> make_signed<uint>
make_unsigned<int> decay<int> enable_if<true,int> conditional<true,int,float>
common_type<int,float> remove_extent<int[3]> add_lvalue_reference<int> make_scalar<float4>"""


def test_type_traits() -> None:
    accepts(
        "\n".join(f"{{ constexpr bool v = metal::{name}; o[i] = v; }}" for name in TRAITS.split()),
        "\n".join(
            f"{{ typedef typename metal::{name}::type A;"
            f" typedef metal::{name.replace('<', '_t<', 1)} B;"
            f" static_assert(is_same_v<A, B>); }}"
            for name in TYPES.split()
        ),
    )
