"""Function constants: their values reach the code, and decide which arguments there are."""

import numpy as np
import pytest

from assay.errors import CompileError, DeviceError, PipelineError

HEADER = "#include <metal_stdlib>\nusing namespace metal;\n"


def one(run, declarations: str, body: str, count: int, constants, dtype=np.float32) -> list:
    kind = {np.float32: "float", np.int64: "long", np.uint64: "ulong"}[dtype]
    source = f"{HEADER}{declarations}\nkernel void k(device {kind} *o [[buffer(0)]]) {{ {body} }}"
    out = run(source, [np.zeros(count, dtype)], (1, 1, 1), (1, 1, 1), constants=constants)
    return out[0].tolist()


SCALARS = {
    "bool": (True, 1),
    "char": (-128, -128),
    "uchar": (255, 255),
    "short": (-32768, -32768),
    "ushort": (65535, 65535),
    "int": (-(2**31), -(2**31)),
    "uint": (2**32 - 1, 2**32 - 1),
    "long": (-(2**63), -(2**63)),
    "int32_t": (-5, -5),
    "half": (-2.5, -2.5),
    "bfloat": (3, 3),
    "float": (1e38, 1e38),
}


@pytest.mark.parametrize("kind", SCALARS)
def test_every_scalar_type(run, kind) -> None:
    given, want = SCALARS[kind]
    dtype = np.float32 if isinstance(want, float) else np.int64
    declaration = f"constant {kind} v [[function_constant(0)]];"
    assert one(run, declaration, "o[0] = v;", 1, {"v": given}, dtype) == [dtype(want)]


def test_the_largest_integer(run) -> None:
    declaration = "constant ulong v [[function_constant(0)]];"
    assert one(run, declaration, "o[0] = v;", 1, {"v": 2**64 - 1}, np.uint64) == [2**64 - 1]


@pytest.mark.parametrize("value", [np.inf, -np.inf, np.nan, -0.0, 0.1])
def test_floats_without_a_literal(run, value) -> None:
    declaration = "constant float v [[function_constant(0)]];"
    (got,) = one(run, declaration, "o[0] = v;", 1, {"v": value})
    assert np.float32(got).tobytes() == np.float32(value).tobytes()


@pytest.mark.parametrize("kind", ["int", "uchar", "half", "float", "long", "bool"])
@pytest.mark.parametrize("width", [2, 3, 4])
def test_vectors(run, kind, width) -> None:
    values = [True, False, True, True][:width] if kind == "bool" else [1, 2, 3, 100][:width]
    declaration = f"constant {kind}{width} v [[function_constant(0)]];"
    body = " ".join(f"o[{i}] = v[{i}];" for i in range(width))
    assert one(run, declaration, body, width, {"v": values}) == values


def test_indices_names_and_namespaces(run) -> None:
    declarations = """
      #define BASE 500
      namespace settings { constant int n [[function_constant(BASE + 2)]];
                           constant bool asked = is_function_constant_defined(n); }
      constant int n [[function_constant(1)]];
      constant bool again = is_function_constant_defined(settings::n);"""
    body = "o[0] = settings::n; o[1] = n; o[2] = settings::asked; o[3] = again;"
    assert one(run, declarations, body, 4, {502: 7, 1: 8}) == [7, 8, 1, 1]
    assert one(run, declarations, body, 4, {1: 8}) == [0, 8, 0, 0]


def test_a_name_that_a_namespace_of_metal_has(run) -> None:
    declarations = "constant bool fast [[function_constant(2)]];"
    assert one(run, declarations, "o[0] = ::fast;", 1, {"fast": True}) == [1]


def test_derived_constants(run) -> None:
    declarations = """
      constant float f [[function_constant(0)]];
      constant int n [[function_constant(1)]];
      constant float g = f * 2;
      constant bool positive = f > 0;
      constant int half_n = n / 2;
      constant float4 v = float4(f, g, 0, 1);
      constant int table[3] = {n, n + 1, half_n};
      constant bool has_scale = is_function_constant_defined(f);"""
    body = "o[0] = g; o[1] = positive; o[2] = half_n; o[3] = v.y; o[4] = table[1] + table[2];"
    assert one(run, declarations, body, 5, {"f": -1.5, "n": 7}) == [-3, 0, 3, -3, 11]
    assert one(run, declarations, body, 5, {"f": 2, "n": -9}) == [4, 1, -4, 4, -12]


def test_a_divisor(run) -> None:
    declarations = "constant int n [[function_constant(0)]]; constant int share = 100 / n;"
    assert one(run, declarations, "o[0] = share; o[1] = 7 % n;", 2, {"n": 5}) == [20, 2]


def test_a_constant_bounds_a_loop(run) -> None:
    declarations = "constant ushort n [[function_constant(0)]];"
    body = "float s = 0; for (ushort i = 0; i < n; ++i) s += i; o[0] = s;"
    assert [one(run, declarations, body, 1, {0: n})[0] for n in (0, 1, 10)] == [0, 0, 45]


OPTIONAL = f"""{HEADER}
constant bool has_bias [[function_constant(0)]];
constant bool wide [[function_constant(1)]];
constant bool narrow = !wide;
kernel void k(device const float *x [[buffer(0)]],
              device const float *bias [[buffer(1), function_constant(has_bias)]],
              constant float &scale [[buffer(2)]] [[function_constant(wide)]],
              constant uint &count [[buffer(2), function_constant(narrow)]],
              device float *o [[buffer(3)]],
              threadgroup float *tile [[threadgroup(0), function_constant(wide)]],
              uint i [[thread_position_in_grid]]) {{
  float v = x[i];
  if (has_bias) v += bias[i];
  if (wide) {{ tile[0] = scale; v *= tile[0]; }} else v += count;
  o[i] = v;
}}"""


def optional(run, wide: bool, has_bias: bool, arrays: dict[int, np.ndarray], tile: int = 0):
    device = run.device
    commands = device.command_buffer()
    values = {"wide": wide, "has_bias": has_bias}
    commands.set_pipeline(device.compile(OPTIONAL).pipeline("k", values))
    out = device.buffer(np.zeros(4, np.float32))
    for index, array in arrays.items():
        commands.set_buffer(device.buffer(array), 0, index)
    commands.set_buffer(out, 0, 3)
    if tile:
        commands.set_threadgroup_memory(tile, 0)
    commands.dispatch_threads((4, 1, 1), (1, 1, 1))
    commands.commit()
    commands.wait(20.0)
    return out.view(np.float32, (4,)).tolist()


def test_arguments_that_a_constant_leaves_out(run) -> None:
    x, bias = np.arange(4, dtype=np.float32), np.full(4, 10, np.float32)
    scale, count = np.full(1, 3, np.float32), np.full(1, 5, np.uint32)
    assert optional(run, False, False, {0: x, 2: count}) == [5, 6, 7, 8]
    assert optional(run, False, True, {0: x, 1: bias, 2: count}) == [15, 16, 17, 18]
    assert optional(run, True, False, {0: x, 2: scale}, 16) == [0, 3, 6, 9]
    assert optional(run, True, True, {0: x, 1: bias, 2: scale}, 16) == [30, 33, 36, 39]


def test_arguments_that_a_constant_asks_for(run) -> None:
    x, count = np.arange(4, dtype=np.float32), np.full(1, 5, np.uint32)
    with pytest.raises(DeviceError, match=r"needs buffer\(1\)"):
        optional(run, False, True, {0: x, 2: count})
    with pytest.raises(DeviceError, match=r"needs a length for threadgroup\(0\)"):
        optional(run, True, False, {0: x, 2: count})


def test_two_arguments_at_one_index_need_conditions() -> None:
    from assay import msl

    source = f"""{HEADER}
    kernel void k(device int *x [[buffer(0)]], device int *y [[buffer(0)]]) {{ x[0] = y[0]; }}"""
    with pytest.raises(CompileError, match="buffer-index"):
        msl.compile(source)


KERNELS = f"""{HEADER}
constant int a [[function_constant(0)]];
constant int b [[function_constant(1)]];
constant int c [[function_constant(2)]];
constant int maybe [[function_constant(3)]];
constant int twice = 2 * b;
constant int or_one = is_function_constant_defined(maybe) ? maybe : 1;
struct S {{ int a; int get() const {{ return twice; }} }};
static int through(int x) {{ return x + c; }}
kernel void direct(device int *o [[buffer(0)]]) {{ o[0] = a; }}
kernel void derived(device int *o [[buffer(0)]]) {{ S s{{1}}; o[0] = s.get() + s.a; }}
kernel void called(device int *o [[buffer(0)]]) {{ o[0] = through(0); }}
kernel void optional(device int *o [[buffer(0)]]) {{ o[0] = or_one; }}
kernel void none(device int *o [[buffer(0)]], constant int &a [[buffer(1)]]) {{ o[0] = a; }}
template <typename T> kernel void f(device T *o [[buffer(0)]]) {{ o[0] = T(a); }}
template [[host_name("instance")]] kernel void f<int>(device int *o [[buffer(0)]]);
"""


@pytest.mark.parametrize(
    ("kernel", "constants"),
    [
        ("direct", [("a", 0, "int", True)]),
        ("derived", [("b", 1, "int", True)]),
        ("called", [("c", 2, "int", True)]),
        ("optional", [("maybe", 3, "int", False)]),
        ("none", []),
        ("instance", [("a", 0, "int", True)]),
    ],
)
def test_a_kernel_needs_what_it_leads_to(run, kernel, constants) -> None:
    library = run.device.compile(KERNELS)
    found = library.function_constants(kernel)
    assert [(f.name, f.index, f.type, f.required) for f in found] == constants
    for name, index, _, required in constants:
        if required:
            with pytest.raises(PipelineError, match=f"'{name}' .index {index}. has no value"):
                library.pipeline(kernel)
    arrays = [np.zeros(1, np.int32), np.full(1, 5, np.int32)]
    values = {name: 4 for name, *_ in constants} | {"c": 4}
    got = run(KERNELS, arrays, (1, 1, 1), (1, 1, 1), kernel, constants=values)[0][0]
    assert got == {"derived": 9, "none": 5}.get(kernel, 4)


def test_a_name_that_no_kernel_knows(run) -> None:
    with pytest.raises(
        PipelineError, match=r"no function constant 'd'; the kernel has: a \(index 0"
    ):
        run.device.compile(KERNELS).pipeline("direct", {"a": 1, "d": 2})


def test_other_types_have_no_values(run) -> None:
    source = f"""{HEADER}struct S {{ int x; }};
    constant S s [[function_constant(0)]];
    kernel void k(device int *o [[buffer(0)]]) {{ o[0] = s.x; }}"""
    with pytest.raises(CompileError) as caught:
        run.device.compile(source)
    (found,) = caught.value.diagnostics
    assert (found.line, found.rule) == (4, "static-assert")


@pytest.mark.parametrize("given", [3, 8])
def test_divisors_that_depend_on_constants_without_a_value(run, given: int) -> None:
    source = f"""{HEADER}
    constant int count [[function_constant(0)]];
    constant int less = count - 1, halves = count / 2;
    constant int each = 1024 / less, rest = 1000 % (count >> 1);
    constant int table[3] = {{count, 60 / (count - 1), 7 % halves}};
    kernel void k(device int *o [[buffer(0)]]) {{
      o[0] = each; o[1] = rest; o[2] = table[1]; o[3] = table[2]; o[4] = 100 / (count - 1);
    }}"""
    arrays = [np.zeros(5, np.int32)]
    found = run(source, arrays, (1, 1, 1), (1, 1, 1), constants={"count": given})[0].tolist()
    less, half = given - 1, given // 2
    assert found == [1024 // less, 1000 % half, 60 // less, 7 % half, 100 // less]
