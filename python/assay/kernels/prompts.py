"""Prompts of a kernel search: what the published suite tells a model, in words of our own.

Everything here is made from the public specification, the seed and the history. Nothing in this
module takes or reaches the type of held-out sizes.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass

from assay.kernels import launch
from assay.kernels.results import Result, SizeResult
from assay.kernels.spec import Kernel, TaskSpec
from assay.models.base import Prompt
from assay.search.problem import Attempt, SearchState

HISTORY = 8  # Attempts listed in a prompt, the seed counting as one.
STAGNATION_WINDOW = 3
STAGNATION_GAP = 0.15
DIAGNOSTICS = 5
REASON = 160  # Characters of a failure's reason in the history.

SYSTEM = """\
You write compute kernels in the Metal Shading Language (MSL) for Apple GPUs and
know how to make them fast. Your source is compiled at run time, checked against a reference and
timed.

Answer with
1. a rationale of fewer than 150 words: which bottleneck you attack and why the change helps;
2. one fenced block marked `metal` with the complete source, includes and helpers among it.

Rules
- Keep the names of the kernels, the buffer indices and the argument types exactly as given. You
  may add built-in inputs such as thread_position_in_threadgroup.
- The same input must give the same output.
- The host fixes grid and threadgroup shape as described below; every thread makes one output
  element. Work cannot move to fewer threads; threads can cooperate within their threadgroup or
  simdgroup. Match tiles to the threadgroup shape that is given, and guard threads beyond the
  problem.
- Attributes such as [[max_total_threads_per_threadgroup(n)]] stand before the word `kernel`.
  MSL has no lambdas and no `restrict`; variables at program scope need the `constant` address
  space; `half` is a type.
- A wrong result scores nothing, however fast it is.

Facts: unified memory; 32 KB of threadgroup memory per threadgroup; simdgroups of 32 threads.

What often helps: tiles in threadgroup memory, cooperative loads, simd_shuffle and simd
reductions, simdgroup matrices, [[max_total_threads_per_threadgroup(n)]] to give a thread more
registers, float4 loads, several independent accumulators.

After each attempt you will hear what was measured."""

_ASSIGNMENT = """\
Fitness is the geometric mean, over the sizes, of achieved throughput divided
by the ceiling; it is 0 if any size fails. Answer with one `metal` block; keep kernel names and
buffer indices."""

_STAGNATION = """\
## Stagnation
The last {window} correct attempts all came close to the incumbent and none beat it: they circle
around one local optimum. Change the structure and not the details. For example: another memory
layout in threadgroup memory, cooperative loads by the whole threadgroup, simd_shuffle or simd
reductions in place of threadgroup memory, another division of the inner loop, mixed precision
where the tolerance allows it."""


_LAUNCH = f"""\
Launch by dispatchThreads. Grids are in threads, x first; each extent is rounded up to whole
threadgroups, and kernels guard against the surplus threads. {launch.LIMIT} is the pipeline's
maxTotalThreadsPerThreadgroup: 1024 unless the kernel lowers it with
[[max_total_threads_per_threadgroup(n)]].
"""


_RACE = (
    "warning: the result depends on the order in which threads run: put a barrier between writing"
    " and reading threadgroup memory, and read none that was not written"
)


def _grid_text(spec: TaskSpec, kernel: Kernel) -> str:
    """The grid, with the names that a kernel has for the expressions in it, or else the others."""
    names = {
        argument.value: argument.name
        for one in (*spec.kernels.values(), kernel)
        for argument in one.signature
        if argument.value is not None
    }
    longest_first = sorted(names, key=len, reverse=True)
    known = re.compile(rf"(?<!\w)(?:{'|'.join(map(re.escape, longest_first))})(?!\w)")
    extents = (known.sub(lambda found: names.get(found[0], ""), text) for text in kernel.grid)
    return " x ".join(extents).replace("**", "^")


def signature(name: str, kernel: Kernel) -> str:
    """Declaration of a kernel with its buffers and its position in the grid."""
    lines = [
        f"{argument.type}{argument.name} [[buffer({argument.index})]]"
        for argument in kernel.signature
    ]
    lines.append(f"{kernel.position} [[thread_position_in_grid]]")
    opening = f"kernel void {name}("
    return opening + (",\n" + " " * len(opening)).join(lines) + ")"


def _launch_text(spec: TaskSpec, name: str) -> str:
    kernel = spec.kernels[name]
    groups = launch.describe(kernel.threadgroup.rule, kernel.threadgroup.width)
    if kernel.grid == ("1",):
        return f"{name}: a single threadgroup of {groups}."
    return f"{name}: grid {_grid_text(spec, kernel)}. Threadgroups of {groups}."


def brief(spec: TaskSpec) -> str:
    """What every prompt of a task begins with: mathematics, signatures, launch."""
    signatures = "\n\n".join(signature(name, kernel) for name, kernel in spec.kernels.items())
    launches = "\n".join(_launch_text(spec, name) for name in spec.kernels)
    return (
        f"# Task: {spec.name}\n\n{spec.brief.strip()}\n\n"
        f"Regime: {spec.regime}. Lever: {spec.lever}.\n\n"
        f"Signatures and launch:\n```\n{signatures}\n\n{_LAUNCH}\n{launches}\n```"
    )


def _size_text(size: SizeResult) -> str:
    if size.correct:
        milliseconds = (size.gpu_seconds or 0.0) * 1e3
        return (
            f"{size.label:>16}  correct  {milliseconds:.2f} ms  {size.achieved or 0.0:.1f}"
            f" {size.unit}  {100 * (size.fraction or 0.0):.1f} % of the ceiling"
        )
    if size.error_kind in ("crash", "timeout", "pipeline_error"):
        return f"{size.label:>16}  FAILED  {size.error_kind.replace('_', ' ')}"
    value = "not finite" if size.error_value is None else f"{size.error_value:.3e}"
    limit = "n/a" if size.tolerance is None else f"{size.tolerance:.3e}"
    return f"{size.label:>16}  INCORRECT  {size.error_kind}: {value} (tolerance {limit})"


def _findings_text(result: Result) -> list[str]:
    lines = []
    findings = list(dict.fromkeys(result.diagnostics))
    hints: set[str] = set()
    for finding in findings[:DIAGNOSTICS]:
        place = "" if finding.line is None else f"line {finding.line}: "
        lines.append(f"{place}{finding.severity}: {finding.message}")
        if finding.hint and finding.hint not in hints:
            hints.add(finding.hint)
            lines.append(f"  hint: {finding.hint}")
    if len(findings) > DIAGNOSTICS:
        lines.append(f"({len(findings) - DIAGNOSTICS} more of the same kind)")
    return lines


def result_text(result: Result) -> str:
    """What was measured, or what went wrong, as lines of text."""
    if result.verdict in ("compile_error", "pipeline_error") and not result.sizes:
        heading = result.verdict.replace("_", " ")
        return "\n".join([f"{heading}:", *_findings_text(result)])
    lines = [_size_text(size) for size in result.sizes]
    if result.score is not None:
        lines.append(f"score: {result.score:.4f}")
    if result.verdict != "ok":
        lines += _findings_text(result) or [result.fail_reason or result.verdict]
    if result.strict is not None and result.strict.schedule_dependent:
        lines.append(_RACE)
    return "\n".join(lines)


def attempt_text(attempt: Attempt, result_text: Callable[[Result], str]) -> str:
    """The source of an attempt and its result."""
    assert attempt.candidate is not None and attempt.evaluation is not None
    result = Result.model_validate(attempt.evaluation.details)
    text = result_text(result.model_copy(update={"score": attempt.evaluation.score}))
    if result.verdict == "ok" and attempt.evaluation.fail_reason:
        text += f"\n{attempt.evaluation.fail_reason}"
    source = attempt.candidate.source.strip()
    return f"```metal\n{source}\n```\n\nResult:\n```\n{text}\n```"


def history_text(state: SearchState) -> str:
    """One line per attempt of the last ones: what was tried, and what became of it."""
    lines = []
    for attempt in state.history[-HISTORY:]:
        name = str(attempt.iteration) if attempt.iteration else "0 (seed)"
        text = f"{name}: {_fate(attempt, state.incumbent)}"
        lines.append(f"{text} Tried: {attempt.idea}" if attempt.idea else text)
    return "\n".join(lines)


def _fate(attempt: Attempt, incumbent: Attempt) -> str:
    if attempt.evaluation is None:
        return f"no kernel: {_short(attempt.skip_reason or 'the reply held none')}."
    if attempt.duplicate_of is not None:
        return f"the same kernel as {attempt.duplicate_of}, not measured again."
    if attempt.score is None:
        verdict, reason = attempt.evaluation.verdict, attempt.evaluation.fail_reason
        # The reason of most verdicts begins with the verdict itself.
        return f"{_short(reason or verdict.replace('_', ' '))}."
    relative = (
        f", {attempt.score / incumbent.score:.3f} of the incumbent's" if incumbent.score else ""
    )
    promoted = ", promoted" if attempt.promoted and attempt.iteration else ""
    return f"correct, score {attempt.score:.5g}{relative}{promoted}."


def _short(text: str) -> str:
    first = text.partition("\n")[0].rstrip(" .")
    return first if len(first) <= REASON else first[: REASON - 1].rstrip() + "…"


def stagnates(state: SearchState) -> bool:
    """Whether the last correct attempts came close to the incumbent without beating it."""
    scored = [
        attempt
        for attempt in state.history
        if attempt.iteration > 0 and attempt.evaluation and attempt.evaluation.score is not None
    ]
    best = state.incumbent.evaluation.score if state.incumbent.evaluation else None
    if len(scored) < STAGNATION_WINDOW or best is None:
        return False
    recent = scored[-STAGNATION_WINDOW:]
    return all(
        not attempt.promoted
        and attempt.evaluation is not None
        and (1 - STAGNATION_GAP) * best <= (attempt.evaluation.score or 0.0) <= best
        for attempt in recent
    )


@dataclass(frozen=True)
class Style:
    """What the parts of a prompt say; their order is the same for all styles.

    Attributes:
        system: Instructions common to all prompts.
        brief: Of a task.
        result: Of an evaluation.
        history: Of a search.
        stagnation: Put in where the search stagnates.
    """

    system: str
    brief: Callable[[TaskSpec], str]
    result: Callable[[Result], str]
    history: Callable[[SearchState], str]
    stagnation: str


ASSAY = Style(
    SYSTEM, brief, result_text, history_text, _STAGNATION.format(window=STAGNATION_WINDOW)
)


def _first(spec: TaskSpec, seed: Attempt, style: Style) -> str:
    return (
        f"{style.brief(spec)}\n\n## Seed kernel\n{attempt_text(seed, style.result)}"
        "\n\n## Assignment\nWrite a kernel that is correct and faster than the seed at all sizes.\n"
        f"{_ASSIGNMENT}"
    )


def _later(spec: TaskSpec, state: SearchState, style: Style) -> str:
    previous, incumbent = state.previous, state.incumbent
    assert previous.candidate is not None and incumbent.candidate is not None
    parts = [
        style.brief(spec),
        f"## Previous attempt\n{attempt_text(previous, style.result)}",
    ]
    if incumbent.candidate.source.strip() != previous.candidate.source.strip():
        parts.append(f"## Incumbent (best so far)\n{attempt_text(incumbent, style.result)}")
    parts.append(f"## History\n```\n{style.history(state)}\n```")
    if stagnates(state):
        parts.append(style.stagnation)
    parts.append(
        "## Assignment\nIf the previous attempt failed, repair what failed. Then beat the incumbent"
        f" at all sizes.\n{_ASSIGNMENT}"
    )
    return "\n\n".join(parts)


def build_prompt(spec: TaskSpec, state: SearchState, style: Style = ASSAY) -> Prompt:
    """The request for the next candidate of a search."""
    first = len(state.history) <= 1
    assert state.incumbent.candidate is not None
    return Prompt(
        system=style.system,
        user=_first(spec, state.incumbent, style) if first else _later(spec, state, style),
        parent=state.incumbent.candidate.source,
        iteration=state.iteration,
        tried=tuple(a.candidate.source for a in state.history if a.candidate is not None),
    )
