"""Attacks on evaluators that hand the game itself to policies, and what becomes of them here.

The five classes are those of "Cooperation and Exploitation in LLM Policy Synthesis for Sequential
Social Dilemmas" (arXiv 2603.19453): agent 0 runs the attack, the others an honest policy.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from importlib.resources import files

from assay.dilemmas.episode import Episode
from assay.dilemmas.naive import naive_episode
from assay.dilemmas.policies import policy_source
from assay.dilemmas.selfplay import Arena, Match, PolicyFailed
from assay.names import unknown

ATTACKS = ("teleport", "disable_rivals", "purge_waste", "spawn_apples", "combined")
VICTIMS = ("greedy", "waste_adaptive")
HONEST = "none"


@dataclass(frozen=True)
class AttackResult:
    """What one attack came to.

    Attributes:
        attack: Its name; ``none`` is the episode without an attack.
        victims: Name of the policy of the other agents.
        naive: The episode with an evaluator that gives policies the game itself.
        hardened: The episode with confined policies, for which even the static check was left out.
        stopped_by: What stops it, in words; empty where there is no attack.
    """

    attack: str
    victims: str
    naive: Episode
    hardened: Episode
    stopped_by: str


@cache
def attack_source(name: str) -> str:
    """The source of an attack. Raises UsageError where there is none of that name."""
    if name not in ATTACKS:
        raise unknown("attack", name, ATTACKS)
    return (files("assay.dilemmas.attacks") / f"{name}.py").read_text("utf-8")


def run_attack(arena: Arena, match: Match, attack: str, victims: str, seed: int) -> AttackResult:
    """One episode with either evaluator."""
    honest = policy_source(victims)
    first = honest if attack == HONEST else attack_source(attack)
    others = [honest] * (_agents(match) - 1)
    naive = naive_episode(match, [first, *others], seed)
    seats = [0] + [1] * len(others)
    hardened = arena.play(match, [first, honest], seats, [seed], check=False)[0]
    stopped = "" if attack == HONEST else _stopped_by(arena, match, first, honest, seats, seed)
    return AttackResult(attack, victims, naive, hardened, stopped)


def _agents(match: Match) -> int:
    from assay.dilemmas.games import make

    return make(match.game, match.n_agents).n_agents


def _stopped_by(
    arena: Arena, match: Match, attack: str, honest: str, seats: Sequence[int], seed: int
) -> str:
    try:
        arena.play(match, [attack, honest], seats, [seed])
    except PolicyFailed as failure:
        first = str(failure).partition(";")[0]
        return f"{'static check' if failure.verdict == 'rejected' else failure.verdict}: {first}"
    return "read-only view"
