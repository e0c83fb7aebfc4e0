"""Each kind of mutation: what it writes, and where it must not apply."""

from __future__ import annotations

import pytest

from assay.kernels.autotune import mutants
from assay.kernels.autotune.program import normalised

HEAD = """#include <metal_stdlib>
using namespace metal;

kernel void k(device const float4 *p [[buffer(0)]], device float *q [[buffer(1)]],
              constant uint &n [[buffer(2)]], constant float &s [[buffer(3)]],
              uint i [[thread_position_in_grid]]) {
"""


def sources(kind: str, body: str, before: str = "") -> list[str]:
    found = mutants(before + HEAD + body + "\n}\n").get(kind, [])
    return [mutant.source for mutant in found]


def bodies(kind: str, body: str) -> list[str]:
    """Mutated bodies on one line each, spaces as between tokens."""
    return [normalised(source.partition("{\n")[2].rstrip()[:-1]) for source in sources(kind, body)]


def assert_offers(kind: str, body: str, *expected: str) -> None:
    assert bodies(kind, body) == [normalised(text) for text in expected]


def test_scalarise_splits_variables_and_reads_buffers_as_scalars():
    assert_offers(
        "scalarise",
        """float3 sum = float3(0.0f);
        for (uint j = 0; j < n; ++j) { sum += p[j].xyz * (s * q[j]); }
        q[i] = dot(sum, sum) + sum.z;""",
        """device const float* p_lanes = (device const float*)p;
        float sum_x = 0.0f; float sum_y = 0.0f; float sum_z = 0.0f;
        for (uint j = 0; j < n; ++j) { {
            const float common1 = s * q[j];
            sum_x += p_lanes[4 * j] * common1;
            sum_y += p_lanes[4 * j + 1] * common1;
            sum_z += p_lanes[4 * j + 2] * common1;
        } }
        q[i] = sum_x * sum_x + sum_y * sum_y + sum_z * sum_z + sum_z;""",
    )


def test_scalarise_leaves_a_conditional_load_where_it_is():
    """Moved in front of the statement it would read outside of the buffer."""
    (body,) = bodies(
        "scalarise", "float2 v = i > 0 ? float2(q[i - 1] * s) : float2(s); q[i] = v.x + v.y;"
    )
    assert "common1" not in body
    assert body.count("i > 0 ?") == 2


@pytest.mark.parametrize(
    "body",
    [
        "float3 v = p[i].xyz; unknown(v); q[i] = v.x;",
        "float3 v = p[i].xyz; thread float3 &r = v; r.x = 1.0f; q[i] = v.x;",
        "float3 v = p[i].xyz; thread float3 *r = &v; q[i] = (*r).y;",
        "float3 v[2] = {p[0].xyz, p[1].xyz}; q[i] = v[1].x;",
        "float3 v = p[i].xyz; q[i] = v[i];",
        "float3 v = p[i].xyz; v[i] = s; q[i] = v.x;",
        "float3 v = {1.0f, 2.0f, 3.0f}; q[i] = v.x;",
        "uchar3 v = uchar3(200); v = v + v; q[i] = v.x;",
        "int3 v = int3(3) * 0.5f; q[i] = v.x;",
    ],
)
def test_scalarise_leaves_alone_what_it_cannot_split(body):
    assert sources("scalarise", body) == []


def test_scalarise_drops_only_the_variable_in_the_way():
    (body,) = bodies("scalarise", "float3 v = p[i].xyz, u = v; unknown(v); q[i] = u.x;")
    assert "u_x = v . x" in body
    assert "float3 v" in body


def test_unroll_keeps_the_body_and_adds_the_rest():
    assert_offers(
        "unroll",
        "for (uint j = 0; j < n; ++j) q[j] = s;",
        *(
            "{ uint j_base = 0;"
            + f"const uint j_stop = n / {factor}u * {factor}u;"
            + f"for (; j_base < j_stop; j_base += {factor}u) {{"
            + "{ const uint j = j_base; q[j] = s; }"
            + "".join(f"{{ const uint j = j_base + {k}u; q[j] = s; }}" for k in range(1, factor))
            + "} for (; j_base < n; ++j_base) { const uint j = j_base; q[j] = s; } }"
            for factor in (2, 4, 8)
        ),
    )


def test_unrolled_copies_add_to_sums_of_their_own():
    body = "float t = 0.0f; for (uint j = 1; j < n; ++j) { t += q[j]; } q[i] = t;"
    first = bodies("unroll-accumulators", body)[0]
    assert first == normalised(
        """float t = 0.0f; {
            uint j_base = 1;
            const uint j_stop = n > 1 ? 1 + (n - 1) / 2u * 2u : 1;
            float t_part1 = float(0);
            for (; j_base < j_stop; j_base += 2u) {
                { const uint j = j_base; t += q[j]; }
                { const uint j = j_base + 1u; t_part1 += q[j]; }
            }
            for (; j_base < n; ++j_base) { const uint j = j_base; t += q[j]; }
            t += t_part1;
        } q[i] = t;"""
    )


@pytest.mark.parametrize(
    "loop",
    [
        "for (uint j = 0; j < n; ++j) { if (q[j] > 0.0f) break; t += q[j]; }",
        "for (uint j = 0; j < n; ++j) { if (q[j] > 0.0f) continue; t += q[j]; }",
        "for (uint j = 0; j < n; ++j) { if (q[j] > 0.0f) return; t += q[j]; }",
        "for (uint j = 0; j < n; ++j) { t += q[j]; j += 1; }",
        "for (uint j = 0; j < n; ++j) { t += q[j]; step(j); skip(&j); }",
        "uint m = n; for (uint j = 0; j < m; ++j) { t += q[j]; --m; }",
        "for (uint j = 0; j < n; j += 2) { t += q[j]; }",
        "for (uint j = n; j > 0; --j) { t += q[j - 1]; }",
        "for (uint j = 0; j < uint(q[0]); ++j) { t += q[j]; }",
        "int m = -1; for (uint j = 0; j < m; ++j) { t += q[j]; }",
        "for (;;) { t += 1.0f; }",
        "for (uint j = 0; j < n; ++j) { t += simd_sum(q[j]); }",
        "\n#pragma unroll\nfor (uint j = 0; j < n; ++j) { t += q[j]; }",
    ],
)
def test_unroll_leaves_other_loops_alone(loop):
    body = f"float t = 0.0f; {loop} q[i] = t;"
    assert sources("unroll", body) == sources("unroll-accumulators", body) == []


@pytest.mark.parametrize(
    "use", ["if (t > 1.0f) { q[0] = 1.0f; }", "t *= s;", "unknown(t);", "q[j] = t;"]
)
def test_a_sum_that_the_body_reads_is_not_split(use):
    body = f"float t = 0.0f; for (uint j = 0; j < n; ++j) {{ t += q[j]; {use} }} q[i] = t;"
    assert sources("unroll-accumulators", body) == []


@pytest.mark.parametrize(
    ("kind", "before", "after"),
    [
        ("reciprocal", "s / q[i]", ["s * (1.0f / q[i])"]),
        ("reciprocal", "s * (1.0f / q[i])", ["s / q[i]"]),
        ("reciprocal", "1.0f / q[i]", []),
        ("reciprocal", "float(i / n)", []),
        ("fma", "s * q[i] + 2.0f", ["fma(s, q[i], 2.0f)"]),
        ("fma", "2.0f - s * q[i]", ["fma(-s, q[i], 2.0f)"]),
        ("fma", "fma(s, q[i], 2.0f) * s", ["(s * q[i] + 2.0f) * s"]),
        ("fma", "float(i * n + 1u)", []),
        ("fast-math", "precise::exp(s)", ["fast::exp(s)"]),
        ("fast-math", "metal::precise::exp(s)", ["metal::fast::exp(s)"]),
        ("fast-math", "exp(s) + fast::exp(s)", []),
        ("power", "1.0f / sqrt(s)", ["rsqrt(s)"]),
        ("power", "pow(s, 0.5f)", ["sqrt(s)"]),
        ("power", "pow(s, 3.0f)", ["s * s * s"]),
        ("power", "pow(s, 1.7f)", []),
        ("power", "pow(q[i], -1.5f)", []),
        (
            "power",
            "rsqrt(s * s * s)",
            ["rsqrt(s) * rsqrt(s) * rsqrt(s)", "rsqrt(s) / s", "1.0f / (s * sqrt(s))"],
        ),
        (
            "power",
            "rsqrt(s) / s",
            ["rsqrt(s) * rsqrt(s) * rsqrt(s)", "1.0f / (s * sqrt(s))", "(1.0f / sqrt(s)) / s"],
        ),
    ],
)
def test_single_expressions(kind, before, after):
    assert_offers(kind, f"q[i] = {before};", *(f"q[i] = {text};" for text in after))


def test_invariants_move_in_front_of_the_loop():
    assert_offers(
        "invariant",
        "float t = s; for (uint j = 0; j < n; ++j) { t = t * 0.5f; q[j] = t + s * s; }",
        """float t = s; const float invariant = s * s;
        for (uint j = 0; j < n; ++j) { t = t * 0.5f; q[j] = t + invariant; }""",
    )


def test_constant_arguments_are_copied_once():
    first, second, both = sources("local-constants", "if (i < n) { q[i] = s; }")
    assert "const uint n_value = n;" in first and "if (i < n_value) { q[i] = s; }" in first
    assert "const float s_value = s;" in second and "if (i < n) { q[i] = s_value; }" in second
    assert "if (i < n_value) { q[i] = s_value; }" in both
    assert mutants(both).get("local-constants") is None


def test_launch_cap_is_set_changed_and_removed_in_front_of_the_kernel():
    body = "q[i] = s;"
    added = sources("launch-cap", body)
    assert [source.count("[[max_total_threads_per_threadgroup") for source in added] == [1] * 6
    assert "\n[[max_total_threads_per_threadgroup(64)]]\nkernel void k(" in added[1]
    removed, *changed = (mutant.source for mutant in mutants(added[1])["launch-cap"])
    assert normalised(removed) == normalised(HEAD + body + "}")
    assert {normalised(source) for source in changed} == {
        normalised(source) for source in (*added[:1], *added[2:])
    }


@pytest.mark.parametrize(
    "change",
    [
        lambda text: text.replace("q[i] = s;", "threadgroup float t[64]; t[i] = s; q[i] = t[i];"),
        lambda text: text.replace("q[i] = s;", "q[i] = simd_sum(s);"),
        lambda text: text.replace(
            "uint i [[", "uint l [[thread_position_in_threadgroup]], uint i [["
        ),
    ],
)
def test_a_kernel_that_knows_its_threadgroup_keeps_its_launch(change):
    assert "launch-cap" not in mutants(change(HEAD + "q[i] = s;\n}\n"))


def test_buffers_are_marked_once_as_not_overlapping():
    (marked,) = sources("no-alias", "q[i] = s;")
    assert "device const float4 * __restrict p [[" in marked
    assert "device float * __restrict q [[" in marked
    assert "no-alias" not in mutants(marked)


def test_a_body_behind_macros_is_left_alone():
    before = "#define LOAD(j) q[j]\n"
    found = mutants(before + HEAD + "for (uint j = 0; j < n; ++j) { q[i] += LOAD(j) / s; }\n}\n")
    assert set(found) == {"launch-cap", "no-alias"}


def test_a_body_with_conditional_compilation_is_left_alone():
    found = mutants(HEAD + "\n#ifdef FAST\nq[i] = 1.0f / s;\n#else\nq[i] = s / s;\n#endif\n}\n")
    assert set(found) == {"launch-cap", "no-alias"}


def test_comments_outside_of_what_changes_stay():
    (source,) = sources("reciprocal", "/* one */ q[i] = /* two */ s / 3.0f; // three")
    assert all(word in source for word in ("/* one */", "/* two */", "// three"))
