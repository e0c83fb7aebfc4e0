"""The autotuner as a model: what it answers, and that it answers the same again."""

from __future__ import annotations

import random
import re
from collections import Counter
from dataclasses import replace
from pathlib import Path

import pytest

from assay.kernels.autotune import Autotune, mutants
from assay.kernels.autotune.model import _worth
from assay.kernels.autotune.program import normalised
from assay.models.base import ModelError, Prompt, Tried

TASKS = Path(__file__).parents[2] / "tasks"
NBODY = (TASKS / "nbody" / "seed.metal").read_text()
SAXPY = (TASKS / "saxpy" / "seed.metal").read_text()


def prompt(parent: str, iteration: int = 1, tried: tuple[str, ...] = ()) -> Prompt:
    return Prompt(system="", user="", parent=parent, iteration=iteration, tried=tried)


def source(text: str) -> str:
    blocks = re.findall(r"```metal\n(.*?)```", text, re.DOTALL)
    assert len(blocks) == 1
    return blocks[0]


def test_reply_is_a_sentence_and_one_changed_source():
    reply = Autotune().complete(prompt(NBODY))
    assert reply.model == Autotune().name == "autotune"
    assert re.match(r"Mutation [a-z-]+: .+\.\n\n```metal\n", reply.text)
    assert normalised(source(reply.text)) != normalised(NBODY)


def test_same_seed_iteration_parent_and_tried_give_the_same_reply():
    def replies(seed: int) -> list[str]:
        model = Autotune(seed)
        return [model.complete(prompt(NBODY, i, (SAXPY,))).text for i in (3, 1, 2)]

    assert replies(7) == replies(7)
    assert replies(7) != replies(8)


def test_earlier_calls_do_not_matter():
    used, fresh = Autotune(1), Autotune(1)
    used.complete(prompt(SAXPY, 4))
    assert used.complete(prompt(NBODY, 5)) == fresh.complete(prompt(NBODY, 5))


def test_nothing_is_tried_twice_even_with_other_layout_and_comments():
    model, tried, seen = Autotune(), [], set()
    for iteration in range(1, 31):
        candidate = source(model.complete(prompt(SAXPY, iteration, tuple(tried))).text)
        assert normalised(candidate) not in seen
        seen.add(normalised(candidate))
        tried.append("// again\n" + candidate.replace("    ", "\t"))


def test_mutations_are_composed_when_single_ones_are_used_up():
    singles = [mutant.source for kind in mutants(SAXPY).values() for mutant in kind]
    reply = Autotune().complete(prompt(SAXPY, 1, tuple(singles)))
    assert re.match(r"Mutation [a-z-]+ \+ [a-z-]+: .+; then .+\.\n", reply.text)


def test_an_incumbent_without_mutations_skips_the_iteration():
    with pytest.raises(ModelError, match="no untried mutation left") as caught:
        Autotune().complete(prompt("#include <metal_stdlib>\n"))
    assert caught.value.kind == "refused"


def test_an_unreadable_incumbent_skips_the_iteration():
    with pytest.raises(ModelError, match="cannot read the incumbent") as caught:
        Autotune().complete(prompt("kernel void k() {"))
    assert caught.value.kind == "refused"


def test_kinds_tried_on_this_parent_become_rare():
    """After all launch caps of a parent were tried, others come first nearly always."""
    model = Autotune()
    cap = [m.source for m in mutants(NBODY)["launch-cap"][:5]]
    kinds = [model.complete(prompt(NBODY, i, tuple(cap))).text.split()[1] for i in range(60)]
    assert kinds.count("launch-cap:") < 4


@pytest.mark.parametrize("seed", range(8))
def test_vector_loops_become_scalar_within_ten_iterations_of_nbody(seed):
    """The one mutation that pays on the processor comes up although nothing is promoted."""
    model, tried = Autotune(seed), [NBODY]
    for iteration in range(1, 11):
        text = model.complete(prompt(NBODY, iteration, tuple(tried))).text
        if text.startswith("Mutation scalarise"):
            return
        tried.append(source(text))
    pytest.fail("never drawn")


def test_kinds_that_were_promoted_come_more_often():
    def kinds(results):
        replies = (
            Autotune(seed).complete(replace(prompt(NBODY), results=results)).text
            for seed in range(60)
        )
        return Counter(re.match(r"Mutation ([a-z-]+)", text)[1] for text in replies)

    def tried(kind, promoted):
        return [Tried(f"{kind} {n}", f"Mutation {kind}: x.", 1.0, promoted) for n in range(8)]

    indifferent = kinds(())
    learnt = kinds((*tried("unroll", True), *tried("scalarise", False)))
    assert indifferent["scalarise"] > 20
    assert learnt["scalarise"] < indifferent["scalarise"] / 2
    assert learnt["unroll"] > 30


def test_both_kinds_of_a_composition_share_its_fate():
    idea = "Mutation fma + no-alias: x; then y."
    results = tuple(Tried(str(n), idea, None, False) for n in range(30))
    worth = _worth(results, random.Random(0))
    assert worth["fma"] < 0.2 and worth["no-alias"] < 0.2
