"""Checks that run no kernel: inputs, reference, secrets, poison, work, tolerance."""

from __future__ import annotations

import random
import re
from collections.abc import Callable, Iterator

import numpy as np

from assay.kernels.encoding import written
from assay.kernels.lint.findings import Problem, error, warning
from assay.kernels.lint.subject import Subject, differing, same
from assay.kernels.prompts import build_prompt
from assay.kernels.references import Expected
from assay.kernels.results import Result
from assay.kernels.spec import Size
from assay.kernels.strict import Run, planned
from assay.search.problem import Attempt, Candidate, Evaluation, SearchState

COMMON = 16  # Smaller numbers occur in every text.
HALF_BITS = 11  # Significant bits of a half-precision number.


def _disturb_global_generators(number: int) -> None:
    """Code that draws from them in place of its own generator gives something else each time."""
    random.seed(number)
    np.random.seed(number)


def check_inputs(subject: Subject) -> Iterator[Problem]:
    """Inputs, buffers and strict cases depend on the generator alone."""
    for size in subject.sizes:
        yield from _check_size(subject, size)
    yield from _check_cases(subject)


def _check_size(subject: Subject, size: Size) -> Iterator[Problem]:
    task, seed = subject.task.implementation, subject.task.spec.seed
    _disturb_global_generators(0)
    first = task.inputs(size, np.random.default_rng(seed))
    _disturb_global_generators(1)
    second = task.inputs(size, np.random.default_rng(seed))
    if (name := differing(first, second)) is not None:
        yield error(
            f"inputs() gives another '{name}' when it is called again at size {size.label};"
            " draw from rng alone"
        )
    kept = {name: np.array(array) for name, array in first.items()}
    if (name := differing(task.buffers(size, first), task.buffers(size, first))) is not None:
        yield error(f"buffers() gives another '{name}' when it is called again")
    if (name := differing(kept, first)) is not None:
        yield error(f"buffers() changes the input '{name}'; copy it first")


def _check_cases(subject: Subject) -> Iterator[Problem]:
    drawn = []
    for number in range(2):
        _disturb_global_generators(number)
        runs = planned(subject.task, subject.seed)
        drawn.append([dict(run.size.parameters) for run in runs])
    if drawn[0] != drawn[1]:
        yield error("cases() gives other parameters when it is called again; draw from rng alone")
    elif len(drawn[0]) == 1:
        yield error("cases() gives nothing; the strict verdict needs private cases")
    elif all(_same_cases(subject, subject.seed + step) for step in range(1, 4)):
        yield warning(
            "cases() and case_inputs() give the same for every seed, so a kernel can know them;"
            " draw from rng"
        )


def _case_inputs(subject: Subject, run: Run, seed: int) -> dict[str, np.ndarray]:
    rng = np.random.default_rng([seed, run.index])
    return subject.task.implementation.case_inputs(run.size, rng)


def _same_cases(subject: Subject, other: int) -> bool:
    """Whether another seed gives the same private cases."""
    own = planned(subject.task, subject.seed)
    for one, two in zip(own, planned(subject.task, other), strict=False):
        if dict(one.size.parameters) != dict(two.size.parameters):
            return False
        if one.kind == "case" and differing(
            _case_inputs(subject, one, subject.seed), _case_inputs(subject, two, other)
        ):
            return False
    return True


def check_reference(subject: Subject) -> Iterator[Problem]:
    """The reference is the same every time, finite, and shaped like the result."""
    for size in subject.sizes:
        expected = subject.published(size)
        kept = {name: np.array(array) for name, array in expected.inputs.items()}
        _disturb_global_generators(2)
        again = np.ascontiguousarray(subject.task.reference(expected.inputs, size))
        if not same(expected.reference, again):
            yield error(f"reference() gives something else when it is called again ({size.label})")
        if (name := differing(kept, expected.inputs)) is not None:
            yield error(f"reference() changes the input '{name}'; copy it first")
        if expected.reference.dtype.kind in "fc" and not np.isfinite(expected.reference).all():
            yield error(f"the reference at size {size.label} is not finite everywhere")
        shape = subject.task.implementation.result(size, subject.contents(size)).shape
        if shape != expected.reference.shape:
            yield error(
                f"result() has shape {shape} at size {size.label}, the reference"
                f" {expected.reference.shape}; make them equal"
            )


def _secrets(subject: Subject) -> Iterator[tuple[str, str]]:
    """What no prompt may contain, and what it is. Numbers that launch rules need are public."""
    spec, sizes = subject.task.spec, subject.task.spec.all_sizes()
    public = {value for size in sizes for value in size.parameters.values()}
    for kernel in spec.kernels.values():
        public |= {size.evaluate(kernel.threadgroup.width) for size in sizes}
    for size in subject.task.held_out.sizes:
        yield size.label, "label"
        for name, value in size.parameters.items():
            if value not in public and abs(value) >= COMMON:
                yield str(value), f"{name} of {size.label}"


def _first_prompt(subject: Subject) -> str:
    task = subject.task
    result = Result(file="seed", task=task.name, device="none", verdict="ok")
    details = result.model_dump(mode="json")
    seed = Attempt(0, Candidate(task.seed), Evaluation(None, "ok", None, details))
    prompt = build_prompt(task.spec, SearchState(1, seed, seed, [seed]))
    return f"{prompt.system}\n{prompt.user}"


def check_secrets(subject: Subject) -> Iterator[Problem]:
    """There are held-out sizes, and nothing that a model reads gives them away."""
    if not subject.task.held_out.sizes:
        yield error("[held_out] is empty; the gate needs at least one size that no search sees")
    public = [dict(size.parameters) for size in subject.task.spec.all_sizes()]
    for size in subject.task.held_out.sizes:
        if dict(size.parameters) in public:
            yield error(f"held_out.{size.label} is the same as a size in [sizes]; change it")
    prompt = _first_prompt(subject)
    for text, what in _secrets(subject):
        if re.search(rf"(?<![\d.]){re.escape(text)}(?!\d)", prompt):
            yield error(
                f"brief or seed contains '{text}', the {what}, which is held out; take it out or"
                " change the held-out size"
            )
    if re.search(r"\bheld.?out\b", f"{subject.task.spec.brief}\n{subject.task.seed}", re.I):
        yield error("brief or seed speaks of held-out sizes; models must not know of them")


def check_poison(subject: Subject) -> Iterator[Problem]:
    """``strict.poison`` names what kernels have to write, and all of it."""
    size = subject.smallest
    contents = subject.contents(size)
    inputs = subject.published(size).inputs
    writes = written(subject.task.spec, subject.encoded(size))
    poison = subject.task.spec.strict.poison
    for name in poison:
        if name not in contents:
            yield error(
                f"strict.poison names '{name}', which is no buffer; the buffers are"
                f" {', '.join(contents)}"
            )
        elif name not in writes:
            yield error(f"strict.poison names '{name}', which no kernel may write; remove it")
        elif any(np.array_equal(contents[name], array) for array in inputs.values()):
            yield error(f"strict.poison names '{name}', which carries an input; remove it")
    for name in sorted(writes & contents.keys() - set(poison)):
        if not contents[name].any():
            yield warning(
                f"kernels write '{name}', which starts as zeros: name it in strict.poison, so that"
                " none can rely on that, unless the brief promises the zeros"
            )


def check_work(subject: Subject) -> Iterator[Problem]:
    """The work is positive and, for bandwidth, at least what the result takes."""
    spec = subject.task.spec
    for size in subject.sizes:
        work, result = size.evaluate(spec.work), subject.published(size).reference
        if not work > 0:
            yield error(f"work = '{spec.work}' is {work:g} at size {size.label}")
        elif spec.ceiling == "bandwidth" and work < result.nbytes:
            yield error(
                f"work = '{spec.work}' is {work:g} bytes at size {size.label}, but the result alone"
                f" has {result.nbytes}"
            )


def _coarse(array: np.ndarray) -> np.ndarray:
    """An array as half precision would hold it, but with the range of single precision."""
    if array.dtype.kind != "f":
        return array
    mantissa, exponent = np.frexp(array)
    scale = 2.0**HALF_BITS
    return np.ldexp(np.round(mantissa * scale) / scale, exponent).astype(array.dtype)


def _of_coarse_inputs(subject: Subject, expected: Expected, size: Size) -> np.ndarray:
    coarse = {name: _coarse(array) for name, array in expected.inputs.items()}
    return np.ascontiguousarray(subject.task.reference(coarse, size))


def _zeros(subject: Subject, expected: Expected, size: Size) -> np.ndarray:
    return np.zeros_like(expected.reference)


def _accepted(subject: Subject, wrong: Callable[[Subject, Expected, Size], np.ndarray]) -> bool:
    """Whether the strict check accepts a result in every run of which it is not the reference."""
    accepted = False
    for run, expected in subject.strict_runs():
        result, reference = wrong(subject, expected, run.size), expected.reference
        if same(result, reference):
            continue
        check = subject.task.implementation.strict_check
        if not check(run.size, expected.inputs, result, reference).correct:
            return False
        accepted = True
    return accepted


def check_tolerance(subject: Subject) -> Iterator[Problem]:
    """The strict tolerance refuses a result of zeros, and inputs in half precision."""
    if _accepted(subject, _zeros):
        yield error(
            "the strict check accepts a result of zeros in every case; lower the tolerance in"
            " [strict], or change the inputs"
        )
    if _accepted(subject, _of_coarse_inputs):
        yield warning(
            "the strict check accepts inputs rounded to half precision in every case; lower the"
            " tolerance in [strict], unless an honest kernel is as far from the reference"
        )
