"""Constants, limits and traits against numpy and against the definitions."""

from __future__ import annotations

import math

import numpy as np
import pytest

from assay import msl

HEADER = "#include <metal_stdlib>\nusing namespace metal;\n"
MATHEMATICAL = {
    "E": math.e,
    "LOG2E": math.log2(math.e),
    "LOG10E": math.log10(math.e),
    "LN2": math.log(2),
    "LN10": math.log(10),
    "PI": math.pi,
    "PI_2": math.pi / 2,
    "PI_4": math.pi / 4,
    "1_PI": 1 / math.pi,
    "2_PI": 2 / math.pi,
    "2_SQRTPI": 2 / math.sqrt(math.pi),
    "SQRT2": math.sqrt(2),
    "SQRT1_2": math.sqrt(0.5),
}
FLOATS = {"float": ("F", "FLT"), "half": ("H", "HALF"), "bfloat": ("BF", "BFLT")}
INTEGERS = {
    "bool": (False, 1),
    "char": (True, 7),
    "uchar": (False, 8),
    "short": (True, 15),
    "ushort": (False, 16),
    "int": (True, 31),
    "uint": (False, 32),
    "long": (True, 63),
    "ulong": (False, 64),
}


@pytest.mark.parametrize("name", FLOATS)
def test_mathematical_constants(run, evaluator, name: str) -> None:
    kind = next(kind for kind in evaluator.kinds if kind.name == name)
    names = [f"M_{constant}_{FLOATS[name][0]}" for constant in MATHEMATICAL]
    lines = "".join(f"o[{n}] = {constant};\n" for n, constant in enumerate(names))
    lines += f'static_assert(is_same_v<decltype({names[0]}), {name}>, "");\n'
    source = f"{HEADER}kernel void k(device {name} *o) {{\n{lines}}}"
    out = run(source, [np.zeros(len(names), kind.storage)], (1, 1, 1), (1, 1, 1))[0]
    want = kind.decode(kind.encode(np.float32(list(MATHEMATICAL.values())).astype(np.float64)))
    assert kind.decode(out).tolist() == want.tolist()


def declared(checks: list[str]) -> None:
    """All of them are constant expressions, and true."""
    lines = "".join(f'static_assert({check}, "{check}");\n' for check in checks)
    msl.compile(f"{HEADER}{lines}kernel void k(device int *o) {{ o[0] = 1; }}")


@pytest.mark.parametrize("name", FLOATS)
def test_limits_of_floats(evaluator, name: str) -> None:
    kind = next(kind for kind in evaluator.kinds if kind.name == name)
    prefix, suffix = FLOATS[name][1], FLOATS[name][0]
    limits = f"numeric_limits<{name}>"
    largest_exponent, least_exponent = 1 - kind.least + 1, kind.least + 1
    ten = math.log10(2)
    values = {
        "DIG": ("digits10", int((kind.digits - 1) * ten)),
        "MANT_DIG": ("digits", kind.digits),
        "MAX_EXP": ("max_exponent", largest_exponent),
        "MIN_EXP": ("min_exponent", least_exponent),
        "MAX_10_EXP": ("max_exponent10", int(math.log10(kind.largest))),
        "MIN_10_EXP": ("min_exponent10", math.ceil((least_exponent - 1) * ten)),
        "RADIX": ("radix", 2),
        "MAX": ("max()", kind.largest),
        "MIN": ("min()", kind.smallest),
        "EPSILON": ("epsilon()", 2.0 ** (1 - kind.digits)),
    }
    checks = []
    for macro, (member, value) in values.items():
        exact = f"{value.hex()}f" if isinstance(value, float) else str(value)
        checks += [f"{prefix}_{macro} == {exact}", f"{limits}::{member} == {exact}"]
    checks += [
        f"{limits}::max_digits10 == {math.ceil(1 + kind.digits * ten)}",
        f"{limits}::lowest() == -{limits}::max()",
        f"{limits}::denorm_min() == {(2.0 ** (kind.least - kind.digits + 1)).hex()}f",
        f"{limits}::infinity() > {limits}::max()",
        f"{limits}::quiet_NaN() != {limits}::quiet_NaN()",
        f"{limits}::round_error() == 0.5f",
        f"{limits}::is_signed && {limits}::is_specialized && {limits}::is_iec559",
        f"!{limits}::is_integer && !{limits}::is_exact && !{limits}::is_modulo",
        f"{limits}::has_infinity && {limits}::has_quiet_NaN && {limits}::is_bounded",
        f"{limits}::round_style == round_to_nearest",
    ]
    maximum = {"F": "MAXFLOAT", "H": "MAXHALF", "BF": "MAXBFLOAT"}[suffix]
    checks += [f"{maximum} == {limits}::max()", f"HUGE_VAL{suffix} == {limits}::infinity()"]
    declared(checks)


@pytest.mark.parametrize("name", INTEGERS)
def test_limits_of_integers(name: str) -> None:
    signed, digits = INTEGERS[name]
    limits, high = f"numeric_limits<{name}>", 2**digits - 1
    low = f"(-{high}l - 1)" if signed else "0"
    checks = [
        f"{limits}::max() == {high}ul",
        f"{limits}::min() == {low}",
        f"{limits}::lowest() == {low}",
        f"{limits}::digits == {digits}",
        f"{limits}::digits10 == {int(digits * math.log10(2))}",
        f"{limits}::is_signed == {str(signed).lower()}",
        f"{limits}::is_integer && {limits}::is_exact && {limits}::is_specialized",
        f"{limits}::is_bounded && !{limits}::has_infinity && !{limits}::has_quiet_NaN",
        f"{limits}::epsilon() == 0 && {limits}::infinity() == 0",
        f"is_same_v<decltype({limits}::max()), {name}>",
    ]
    checks[0] = checks[0].replace("ul", "l") if signed else checks[0]
    declared(checks)


def test_macros_of_integers() -> None:
    signed = {"CHAR": 7, "SCHAR": 7, "SHRT": 15, "INT": 31, "LONG": 63}
    checks = ["CHAR_BIT == 8"]
    for name, digits in signed.items():
        checks += [f"{name}_MAX == {2**digits - 1}l", f"{name}_MIN == -{2**digits - 1}l - 1"]
    for name, digits in {"UCHAR": 8, "USHRT": 16, "UINT": 32, "ULONG": 64}.items():
        checks.append(f"{name}_MAX == {2**digits - 1}ul")
    declared([*checks, "INFINITY > FLT_MAX", "NAN != NAN", "HUGE_VALF == INFINITY"])


def test_traits() -> None:
    declared(
        [
            "is_same_v<int, int> && !is_same_v<int, uint>",
            "is_same<half, half>() && !is_same<half, float>{}",
            "is_same<int, int>::type::value",
            "is_integral_v<uchar> && is_integral_v<bool> && !is_integral_v<half>",
            "is_floating_point_v<half> && is_floating_point_v<bfloat> && !is_floating_point_v<int>",
            "is_signed_v<int> && is_signed_v<float> && !is_signed_v<uint>",
            "is_unsigned_v<ulong> && !is_unsigned_v<float>",
            "is_arithmetic_v<half> && !is_arithmetic_v<float2> && is_scalar_v<int>",
            "is_vector_v<float4> && !is_vector_v<float>",
            "is_const_v<const int> && !is_const_v<int> && is_volatile_v<volatile int>",
            "is_convertible_v<int, float> && !is_convertible_v<int, int[2]>",
            "is_same_v<conditional_t<true, int, float>, int>",
            "is_same_v<conditional_t<false, int, float>, float>",
            "is_same_v<enable_if_t<true, half>, half>",
            "is_same_v<make_signed_t<uint>, int> && is_same_v<make_unsigned_t<short>, ushort>",
            "is_same_v<remove_cv_t<const volatile int>, int>",
            "is_same_v<remove_const_t<const int>, int>",
            "is_same_v<remove_reference_t<int &>, int> && is_same_v<decay_t<const int>, int>",
            "is_same_v<remove_pointer_t<int *>, int> && is_same_v<remove_extent_t<int[3]>, int>",
            "is_same_v<common_type_t<int, float>, float>",
            "is_same_v<make_scalar_t<half4>, half>",
            "integral_constant<int, 3>() == 3 && integral_constant<int, 3>::value == 3",
            "is_base_of_v<true_type, is_same<int, int>>",
            "sizeof(float3) == 16 && sizeof(packed_float3) == 12 && alignof(packed_half4) == 2",
            "sizeof(bool3) == 4 && sizeof(half3) == 8 && sizeof(char3) == 4 && sizeof(long3) == 32",
            "sizeof(float3x3) == 48 && sizeof(half2x4) == 16 && sizeof(array<short, 5>) == 10",
        ]
    )
