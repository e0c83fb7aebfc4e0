"""Prompts with what the published suite tells a model, and no more, in words of our own.

Beside the style of this package they lack the launch geometry of most tasks, hints, the reasons of
earlier failures, and what was tried; and the advice against stagnation contains two suggestions
that the host does not allow. Made for comparisons with the published results.
"""

from __future__ import annotations

from assay.kernels.prompts import HISTORY, STAGNATION_WINDOW, Style, brief, signature
from assay.kernels.results import Result, SizeResult
from assay.kernels.spec import TaskSpec
from assay.search.problem import SearchState

# The tasks whose published brief states the shape of the threadgroups.
TELLS_SHAPE = frozenset(("gradshaf", "fft3d", "adi3d", "morton"))

_SYSTEM = """\
You are an expert of the Metal Shading Language on Apple GPUs. Your kernels are compiled from source
at run time.

Answer with a rationale of fewer than 150 words, what you optimise and why it should help, and then
one fenced `metal` block with the complete source, includes among it.

Rules
- Signatures stay as they are given.
- Kernels are deterministic.
- The host fixes the grid, and each thread makes one output element: work cannot move to fewer
  threads. Only cooperation within a threadgroup or simdgroup is open to you.

Facts: unified memory; about 32 KB of threadgroup memory; SIMD width 32.

Usual techniques: tiles in threadgroup memory, simd shuffles and reductions, simdgroup matrices, the
attribute max_total_threads_per_threadgroup, float4 loads, cooperative loads.

An incorrect result scores zero, whatever its speed. You will hear how each attempt did."""

_STAGNATION = f"""\
## Stagnation
The last {STAGNATION_WINDOW} correct attempts circle around a local optimum. Change the structure. \
For example: another memory layout, cooperative loads by the threadgroup, simdgroup shuffles or \
reductions, several steps fused into one dispatch, persistent threadgroups, mixed precision."""


def _brief(spec: TaskSpec) -> str:
    if spec.name in TELLS_SHAPE:
        return brief(spec)
    signatures = "\n\n".join(signature(name, kernel) for name, kernel in spec.kernels.items())
    grids = "\n".join(
        f"{name}: grid {' x '.join(kernel.grid)} threads" for name, kernel in spec.kernels.items()
    )
    return (
        f"# Task: {spec.name}\n\n{spec.brief.strip()}\n\n"
        f"Signatures and launch:\n```\n{signatures}\n\n{grids}\n```"
    )


def _size(size: SizeResult) -> str:
    if size.correct:
        milliseconds = (size.gpu_seconds or 0.0) * 1e3
        return (
            f"{size.label:>16}  correct  {milliseconds:.2f} ms  {size.achieved or 0.0:.1f}"
            f" {size.unit}  {100 * (size.fraction or 0.0):.1f} % of the ceiling"
        )
    value = "nan" if size.error_value is None else f"{size.error_value:.3e}"
    limit = "n/a" if size.tolerance is None else f"{size.tolerance:.3e}"
    return f"{size.label:>16}  INCORRECT  {size.error_kind}: {value} (tolerance {limit})"


def _result(result: Result) -> str:
    """The compiler's messages alone, or one line per size, the score and the reason."""
    if result.verdict in ("compile_error", "pipeline_error") and not result.sizes:
        messages = [
            f"program_source:{finding.line or 0}:{finding.column or 0}: {finding.severity}: "
            f"{finding.message}"
            for finding in result.diagnostics
        ]
        return "\n".join(messages) or str(result.fail_reason)
    lines = [_size(size) for size in result.sizes]
    if result.score is not None:
        lines.append(f"score: {result.score:.4f}")
    if result.fail_reason:
        lines.append(result.fail_reason)
    return "\n".join(lines)


def _history(state: SearchState) -> str:
    lines = []
    for attempt in state.history[-HISTORY:]:
        verdict = attempt.evaluation.verdict if attempt.evaluation else "skipped"
        compiled = verdict not in ("skipped", "compile_error", "pipeline_error")
        score = "N/A" if attempt.score is None else repr(attempt.score)
        lines.append(
            f"{attempt.iteration}: compile {'OK' if compiled else 'FAIL'}, "
            f"correct {verdict == 'ok'}, score {score}"
        )
    return "\n".join(lines)


PUBLISHED = Style(_SYSTEM, _brief, _result, _history, _STAGNATION)
