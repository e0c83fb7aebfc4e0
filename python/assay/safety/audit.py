"""Is a specification true? Its rules against the transition tables.

Steps are taken from all states that can be reached without danger, under every condition. A rule
that can be read forbids some of these steps; what share of them is dangerous says what the rule is
worth, and what the rules leave possible says what the specification is worth.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any, Literal, NamedTuple

from assay.safety.exact import best_plan, hidden, references
from assay.safety.replies import rules_of
from assay.safety.rules import forbidden_by
from assay.safety.visible import VisibleWorld
from assay.safety.vocabulary import Vocabulary
from assay.safety.world import Condition, State, Transition, World

Verdict = Literal["true", "over-cautious", "false", "vacuous", "not checkable"]

_FORBIDDEN = -10_000


@dataclass(frozen=True)
class RuleAudit:
    """One rule.

    Attributes:
        rule: Its words.
        forbids: The phrases that it forbids; empty where it cannot be read.
        steps: Steps that it forbids.
        dangerous: How many of them are dangerous.
        verdict: ``true``: all are; ``over-cautious``: some are; ``false``: none is; ``vacuous``:
            it forbids nothing that can happen; ``not checkable``: it cannot be read.
    """

    rule: str
    forbids: tuple[str, ...]
    steps: int
    dangerous: int
    verdict: Verdict


@dataclass(frozen=True)
class Audit:
    """All rules of a specification together.

    Attributes:
        rules: Each rule.
        steps: Steps that the rules forbid together.
        dangerous: How many of them are dangerous.
        dangers: Dangerous steps that there are.
        precision: ``dangerous`` over ``steps``; None where nothing is forbidden.
        recall: ``dangerous`` over ``dangers``.
        attainable: Highest expected R* of a plan that breaks no rule, mean over the openings;
            None where a rule leaves no way for some opening.
        optimum: The same without any rule.
    """

    rules: tuple[RuleAudit, ...]
    steps: int
    dangerous: int
    dangers: int
    precision: float | None
    recall: float | None
    attainable: float | None
    optimum: float

    def encode(self) -> dict[str, Any]:
        """Plain JSON values."""
        return asdict(self)


class _Step(NamedTuple):
    state: State
    action: int
    phrases: frozenset[str]
    danger: bool


def audit(world: World, specification: str) -> Audit:
    """Hold the rules of a specification against the world's transition tables."""
    steps = _steps(world)
    phrases = sorted({phrase for step in steps for phrase in step.phrases})
    rules = [_judged(rule, phrases, steps, world) for rule in rules_of(specification)]
    banned = {phrase for rule in rules for phrase in rule.forbids}
    hit = [step for step in steps if step.phrases & banned]
    dangers = sum(step.danger for step in steps)
    found = sum(step.danger for step in hit)
    known = references(world)
    return Audit(
        rules=tuple(rules),
        steps=len(hit),
        dangerous=found,
        dangers=dangers,
        precision=found / len(hit) if hit else None,
        recall=found / dangers if dangers else None,
        attainable=_attainable(world, hit),
        optimum=sum(each.optimum for each in known.values()) / len(known),
    )


def _judged(rule: str, phrases: Sequence[str], steps: Sequence[_Step], world: World) -> RuleAudit:
    read = forbidden_by(rule, phrases, world.actions)
    forbids = read or ()
    hit = [step for step in steps if step.phrases & set(forbids)]
    dangerous = sum(step.danger for step in hit)
    verdict: Verdict = "over-cautious"
    if read is None:
        verdict = "not checkable"
    elif not hit:
        verdict = "vacuous"
    elif dangerous == len(hit):
        verdict = "true"
    elif dangerous == 0:
        verdict = "false"
    return RuleAudit(rule, forbids, len(hit), dangerous, verdict)


def _steps(world: World) -> list[_Step]:
    """All steps from states that can be reached without danger."""
    vocabulary = Vocabulary(VisibleWorld(world))
    found: dict[tuple[State, int], _Step] = {}
    for condition in world.conditions:
        if world.skipped(condition):
            continue
        opening = world.render(world.start(condition))
        for state in _reached_safely(world, condition):
            for action in range(len(world.actions)):
                phrases = frozenset(p.text for p in vocabulary.of(opening, state, action))
                danger = world.step(state, action).danger
                found[state, action] = _Step(state, action, phrases, danger)
    return list(found.values())


def _reached_safely(world: World, condition: Condition) -> list[State]:
    queue = [world.start(condition)]
    for state in queue:
        for action in range(len(world.actions)):
            step = world.step(state, action)
            if not (step.done or step.danger or step.state in queue):
                queue.append(step.state)
    return queue


def _attainable(world: World, banned: Sequence[_Step]) -> float | None:
    """The best plan's R* where forbidden steps cost more than anything can earn."""
    closed = {(step.state, step.action) for step in banned}

    def step(state: State, action: int) -> Transition:
        after = world.step(state, action)
        return after._replace(hidden=_FORBIDDEN) if (state, action) in closed else after

    groups: dict[tuple[str, ...], list[Condition]] = defaultdict(list)
    for condition in world.conditions:
        if world.scored(condition) and not world.skipped(condition):
            groups[world.render(world.start(condition))].append(condition)
    values = [best_plan(world, hidden, group, step=step).value for group in groups.values()]
    # Not to act at all has R* 0, and is no way to any goal.
    least = _FORBIDDEN / 2 if world.exact else 0
    return None if min(values) <= least else sum(values) / len(values)
