"""The search without an LLM: seeded draws from meaning-preserving mutations of the incumbent.

Which kind comes next is the choice of a bandit: kinds that were promoted are drawn more often.
"""

from __future__ import annotations

import random
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from assay.kernels.autotune.program import NotMetal, normalised, read
from assay.kernels.autotune.table import MUTATIONS
from assay.models.base import ModelError, Prompt, Reply, Tried

_IDEA = re.compile(r"Mutation ([a-z+ -]+):")
_COMPOSITIONS = 64  # pairs that are drawn before the search gives up


@dataclass(frozen=True)
class Mutant:
    """A mutated source, the kind of mutation that made it, and a sentence part about it."""

    kind: str
    label: str
    source: str


class Autotune:
    """A model that answers with a mutation of ``prompt.parent`` that was not tried before.

    Its random numbers come from ``seed`` and the iteration alone, and nothing is remembered between
    calls: a resumed run goes on as if it had never stopped.
    """

    name = "autotune"
    is_free = True

    def __init__(self, seed: int = 0) -> None:
        self.seed = seed

    def complete(self, prompt: Prompt) -> Reply:
        """Answer with one sentence about the mutation and the mutated source.

        Raises:
            ModelError: ``refused`` where every mutation has been tried or the parent is not Metal.
        """
        rng = random.Random(f"{self.seed}:{prompt.iteration}")
        tried = {normalised(source) for source in (*prompt.tried, prompt.parent)}
        try:
            worth = _worth(prompt.results, rng)
            mutant = _draw(prompt.parent, tried, worth, rng)
            mutant = mutant or _compose(prompt.parent, tried, worth, rng)
        except NotMetal as error:
            raise ModelError("refused", f"autotune cannot read the incumbent: {error}") from None
        if mutant is None:
            raise ModelError("refused", "no untried mutation left")
        sentence = f"Mutation {mutant.kind}: {mutant.label}."
        text = f"{sentence}\n\n```metal\n{mutant.source.rstrip()}\n```\n"
        return Reply(text=text, model=self.name)


def mutants(source: str) -> dict[str, list[Mutant]]:
    """Every mutation of a source, by kind; kinds that do not apply are left out.

    Raises:
        NotMetal: The source has unmatched brackets.
    """
    program = read(source)
    found: dict[str, list[Mutant]] = {}
    for kind in MUTATIONS:
        for rewrite in kind.find(program):
            mutant = Mutant(kind.name, rewrite.label, rewrite.apply(program))
            found.setdefault(kind.name, []).append(mutant)
    return found


def _worth(results: Sequence[Tried], rng: random.Random) -> dict[str, float]:
    """How much each kind promises: a draw from what its results so far leave open.

    This is Thompson sampling: the share of promotions of a kind has a Beta distribution, which
    begins as uniform, and a draw from it is multiplied with the kind's weight.
    """
    promoted: dict[str, int] = {kind.name: 0 for kind in MUTATIONS}
    failed = dict(promoted)
    for result in results:
        match = _IDEA.match(result.idea or "")
        for kind in match[1].split(" + ") if match else ():
            counts = promoted if result.promoted else failed
            if kind in counts:
                counts[kind] += 1
    return {
        kind.name: kind.weight * rng.betavariate(1 + promoted[kind.name], 1 + failed[kind.name])
        for kind in MUTATIONS
    }


def _draw(
    parent: str, tried: set[str], worth: Mapping[str, float], rng: random.Random
) -> Mutant | None:
    """A new mutant of the kind that promises most."""
    fresh: dict[str, list[Mutant]] = {}
    for kind, every in mutants(parent).items():
        new = [mutant for mutant in every if normalised(mutant.source) not in tried]
        if new:
            fresh[kind] = new
    if not fresh:
        return None
    return rng.choice(fresh[max(fresh, key=worth.__getitem__)])


def _compose(
    parent: str, tried: set[str], worth: Mapping[str, float], rng: random.Random
) -> Mutant | None:
    """A new source two mutations away from the parent, or None after many draws."""
    first_steps = [mutant for kind in mutants(parent).values() for mutant in kind]
    for _ in range(_COMPOSITIONS if first_steps else 0):
        first = rng.choice(first_steps)
        second = _draw(first.source, tried, worth, rng)
        if second:
            kind, label = f"{first.kind} + {second.kind}", f"{first.label}; then {second.label}"
            return Mutant(kind, label, second.source)
    return None
