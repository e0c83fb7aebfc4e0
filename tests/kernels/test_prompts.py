"""What prompts say, and what they must not say."""

from __future__ import annotations

import re
import typing

import pytest

from assay.errors import Diagnostic
from assay.kernels import prompts
from assay.kernels.folder import load_folder, load_task, task_names
from assay.kernels.prompts import (
    SYSTEM,
    brief,
    build_prompt,
    history_text,
    result_text,
    stagnates,
)
from assay.kernels.results import Result, SizeResult, StrictResult, unique
from assay.kernels.spec import HeldOut
from assay.kernels.styles import STYLES
from assay.search.problem import Attempt, Candidate, Evaluation, SearchState

COMPILE_ERROR = [Diagnostic("unknown type name 'flot'", 3, 5, hint="write float")]


def sizes(spec, **changes):
    return tuple(
        SizeResult(
            **{
                "label": label,
                "correct": True,
                "error_value": 1e-7,
                "error_kind": "max_abs",
                "tolerance": 1e-4,
                "gpu_seconds": 1.25e-3,
                "achieved": 10.0,
                "unit": spec.unit,
                "ceiling": 100.0,
                "fraction": 0.1,
                **changes,
            }
        )
        for label in spec.sizes
    )


def attempt(spec, iteration, verdict="ok", score=0.1, promoted=False, **fields):
    result = Result(file="candidate", task=spec.name, device="cpu", verdict=verdict, score=score,
                    **{"sizes": sizes(spec), **fields})  # fmt: skip
    evaluation = Evaluation(score, verdict, result.fail_reason, result.model_dump(mode="json"))
    return Attempt(iteration, Candidate(f"// source {iteration}\n"), evaluation, promoted)


def states(task):
    """Prompts of every form: first, after each verdict, after a skip, in stagnation."""
    spec = task.spec
    seed = Attempt(0, Candidate(task.seed), attempt(spec, 0).evaluation, True)
    yield SearchState(1, seed, seed, [seed])
    failed = sizes(spec, correct=False, error_value=float("nan"))[:1]
    others = [
        attempt(spec, 1, "compile_error", None, diagnostics=unique(COMPILE_ERROR), sizes=()),
        attempt(spec, 1, "incorrect", None, sizes=failed, fail_reason="correctness failed"),
        attempt(spec, 1, "crash", None, sizes=failed, diagnostics=unique(COMPILE_ERROR)),
        attempt(spec, 1, "timeout", None, sizes=(), fail_reason="timeout during compilation"),
        attempt(spec, 1, score=0.2, promoted=True),
    ]
    for other in others:
        skipped = Attempt(2, None, None, skip_reason="reply cut off")
        incumbent = other if other.promoted else seed
        yield SearchState(3, incumbent, other, [seed, other, skipped])
    stale = [attempt(spec, i, score=0.09) for i in range(1, 12)]
    yield SearchState(12, seed, stale[-1], [seed, *stale])


def forbidden(task):
    """Labels of held-out sizes and the numbers that give them away.

    Not those of an in-distribution size or a launch rule, which a prompt has to state, nor numbers
    below 16, which say nothing: they are in every buffer index and measurement.
    """
    public = {v for size in task.spec.all_sizes() for v in size.parameters.values()}
    public |= {
        size.evaluate(kernel.threadgroup.width)
        for size in task.spec.all_sizes()
        for kernel in task.spec.kernels.values()
    }
    words = {size.label for size in task.held_out.sizes}
    for size in task.held_out.sizes:
        words |= {str(v) for v in size.parameters.values() if v not in public and v >= 16}
    return words


@pytest.mark.parametrize("style", STYLES)
@pytest.mark.parametrize("name", task_names())
def test_no_prompt_contains_held_out_information(name, style):
    task = load_task(name)
    words = forbidden(task)
    assert words
    for state in states(task):
        prompt = build_prompt(task.spec, state, STYLES[style])
        text = "\n".join([prompt.system, prompt.user, prompt.parent, *prompt.tried])
        for word in words:
            assert not re.search(rf"(?<![\d.]){re.escape(word)}(?!\d)", text), (word, state)
        assert "held" not in text.lower()


def test_the_known_held_out_numbers_are_among_the_forbidden():
    assert {"4M", "4194304"} <= forbidden(load_task("saxpy"))
    assert {"768x768_75", "768", "75"} <= forbidden(load_task("heat2d"))
    assert {"512_10", "512"} <= forbidden(load_task("nbody"))
    assert {"128x128x128_20"} <= forbidden(load_task("wave3d"))
    assert {"P256x192x128_10", "256", "192"} <= forbidden(load_task("adi3d"))


def test_no_prompt_builder_takes_or_reaches_held_out_sizes():
    reachable = [
        hint
        for function in vars(prompts).values()
        if callable(function) and getattr(function, "__module__", "") == prompts.__name__
        for hint in typing.get_type_hints(function).values()
    ]
    assert HeldOut not in reachable
    assert not any(value is HeldOut for value in vars(prompts).values())
    assert not any("TaskFolder" in str(hint) for hint in reachable)


@pytest.mark.parametrize(
    ("name", "phrases"),
    [
        ("saxpy", ["device const float *x [[buffer(0)]]", "grid N. ", "256 x 1 x 1"]),
        (
            "heat2d",
            ["uint2 gid [[thread_position_in_grid]]", "grid NX x NY", "16 x 16 x 1", "halved"],
        ),
        ("nbody", ["device float4 *vel_out [[buffer(3)]]", "128 x 1 x 1", "eps"]),
    ],
)
def test_the_brief_states_signature_and_launch(name, phrases):
    text = brief(load_task(name).spec)
    for phrase in [f"# Task: {name}", *phrases, "max_total_threads_per_threadgroup"]:
        assert phrase in text


def test_grids_are_written_with_the_names_that_kernels_know():
    grids = {
        name: re.findall(r"^\w+: (?:grid (.+?)\.|(a single threadgroup))", text, re.MULTILINE)
        for name in ("compact", "fft3d", "lj", "gradshaf")
        for text in [brief(load_task(name).spec)]
    }
    found = {name: [grid or single for grid, single in pairs] for name, pairs in grids.items()}
    assert found == {
        "compact": ["blocks * 256", "256", "blocks * 256"],
        "fft3d": ["N x N^2"] * 3,
        "lj": ["M3", "N", "N"],
        "gradshaf": ["a single threadgroup", "NR x NZ"],
    }


def test_a_kernel_s_own_names_come_first(twice_folder):
    path = twice_folder / "task.toml"
    other = """
[kernels.other]
grid = ["(n + 1) // 2", "3"]
threadgroup = { rule = "line", width = 64 }
position = "uint2 gid"
arguments = ["device float* y", "constant uint& half_n = (n + 1) // 2", "constant uint& most = n"]
[sizes]"""
    path.write_text(path.read_text().replace("[sizes]", other))
    text = brief(load_folder(twice_folder).spec)
    assert "twice: grid most. " in text
    assert "other: grid half_n x 3. " in text
    named = 'float& factor = factor", "constant uint& N = n"'
    path.write_text(path.read_text().replace('float& factor = factor"', named))
    assert "twice: grid N. " in brief(load_folder(twice_folder).spec)


@pytest.mark.parametrize("name", task_names())
def test_a_brief_says_everything_once(name):
    sentences = re.split(r"(?<=[.:])\s+", brief(load_task(name).spec))
    prose = [text for text in sentences if len(text.split()) > 8 and "kernel void" not in text]
    repeated = {text for text in prose if prose.count(text) > 1}
    assert all(text.startswith("Threadgroups of") for text in repeated), repeated


def test_the_first_prompt_shows_seed_and_measurement():
    task = load_task("nbody")
    prompt = build_prompt(task.spec, next(states(task)))
    assert prompt.system == SYSTEM
    assert task.seed.strip() in prompt.user
    assert "1.25 ms  10.0 GFLOPS  10.0 % of the ceiling" in prompt.user
    assert "score: 0.1000" in prompt.user
    assert (prompt.parent, prompt.iteration, prompt.tried) == (task.seed, 1, (task.seed,))


def test_later_prompts_show_previous_incumbent_and_history():
    task = load_task("nbody")
    _, failed, *_ = states(task)
    user = build_prompt(task.spec, failed).user
    assert user.index("Previous attempt") < user.index("// source 1") < user.index("Incumbent")
    assert "line 3: error: unknown type name 'flot'\n  hint: write float" in user
    assert "1: compile error." in user
    assert "2: no kernel: reply cut off." in user
    assert "Stagnation" not in user


def test_the_incumbent_is_not_shown_twice():
    task = load_task("nbody")
    promoted = next(state for state in states(task) if state.previous.promoted
                    and state.iteration == 3)  # fmt: skip
    assert "Incumbent" not in build_prompt(task.spec, promoted).user


def test_the_history_shows_the_last_eight():
    task = load_task("nbody")
    *_, last = states(task)
    user = build_prompt(task.spec, last).user
    lines = re.findall(r"^(\d+): correct", user, re.MULTILINE)
    assert lines == ["4", "5", "6", "7", "8", "9", "10", "11"]
    assert "## Stagnation" in user


@pytest.mark.parametrize(
    ("scores", "expected"),
    [
        ([0.09, 0.09], False),
        ([0.09, 0.1, 0.086], True),
        ([0.09, 0.084, 0.09], False),
        ([0.09, 0.11, 0.09], False),
        ([0.01, 0.09, None, 0.09, None, 0.09], True),
    ],
)
def test_stagnation_means_three_near_misses(scores, expected):
    spec = load_task("nbody").spec
    seed = attempt(spec, 0)
    history = [
        attempt(spec, i, "ok" if score else "incorrect", score) for i, score in enumerate(scores, 1)
    ]
    assert stagnates(SearchState(9, seed, history[-1], [seed, *history])) is expected


def test_diagnostics_are_limited_and_not_repeated():
    many = [Diagnostic(f"error {i}", i) for i in range(1, 9)]
    result = Result(file="f", task="t", device="cpu", verdict="compile_error",
                    diagnostics=unique([*many, *many]))  # fmt: skip
    text = result_text(result)
    assert text.count("error 3") == 1
    assert "error 6" not in text
    assert "3 more" in text


def fates(*attempts):
    """What the history says about attempts whose incumbent, the seed, scores 0.1."""
    seed = Attempt(0, Candidate("seed"), Evaluation(0.1, "ok"), True)
    state = SearchState(9, seed, seed, [seed, *attempts])
    return history_text(state).splitlines()[1:]


def test_the_history_remembers_failures_and_what_was_tried():
    kernel = Candidate("kernel")
    failed = Evaluation(None, "incorrect", "correctness failed at size 256: max_abs 1 > 0.1\nmore")
    assert fates(
        Attempt(1, kernel, Evaluation(0.105, "ok"), True, idea="Tile x by 16."),
        Attempt(2, kernel, failed, idea="Skip the barrier."),
        Attempt(3, kernel, Evaluation(0.105, "ok"), duplicate_of=1, idea="Tile x again."),
        Attempt(4, None, None, skip_reason="timeout: no reply within 600 s"),
        Attempt(5, kernel, Evaluation(None, "crash", "runtime error " + "x" * 300)),
    ) == [
        "1: correct, score 0.105, 1.050 of the incumbent's, promoted. Tried: Tile x by 16.",
        "2: correctness failed at size 256: max_abs 1 > 0.1. Tried: Skip the barrier.",
        "3: the same kernel as 1, not measured again. Tried: Tile x again.",
        "4: no kernel: timeout: no reply within 600 s.",
        "5: runtime error " + "x" * 145 + "….",
    ]


def test_the_published_style_says_what_the_published_suite_says():
    style = STYLES["published"]
    told = {name for name in task_names() if "Threadgroups of" in style.brief(load_task(name).spec)}
    assert told == {"gradshaf", "fft3d", "adi3d", "morton"}
    task = load_task("nbody")
    _, failed, *_, last = states(task)
    user = build_prompt(task.spec, failed, style).user
    assert "program_source:3:5: error: unknown type name 'flot'" in user
    assert "hint" not in user
    assert "1: compile FAIL, correct False, score N/A" in user
    assert "2: compile FAIL, correct False, score N/A" in user
    stagnant = build_prompt(task.spec, last, style).user
    assert "4: compile OK, correct True, score 0.09" in stagnant
    assert "fused into one dispatch, persistent threadgroups" in stagnant
    ours = build_prompt(task.spec, last).user
    assert "fused" not in ours and "persistent" not in ours


def test_a_hint_is_given_once():
    many = [Diagnostic(f"error {i}", i, hint="write float") for i in range(1, 4)]
    result = Result(file="f", task="t", device="cpu", verdict="compile_error",
                    diagnostics=unique(many))  # fmt: skip
    assert result_text(result).count("write float") == 1


def test_a_race_is_told_whatever_the_verdict():
    spec = load_task("heat2d").spec
    racing = StrictResult(passed=False, seed=1, schedule_dependent=True)
    shown = attempt(spec, 1, strict=racing)
    text = result_text(Result.model_validate(shown.evaluation.details))
    assert "depends on the order in which threads run" in text
