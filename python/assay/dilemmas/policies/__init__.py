"""Hand-written policies: sources that use nothing but what every policy gets.

Names in capitals at the top of a source are its parameters.
"""

from __future__ import annotations

from functools import cache
from importlib.resources import files
from types import CodeType
from typing import Any

from assay.dilemmas.episode import Policy
from assay.dilemmas.games import GAMES
from assay.dilemmas.helpers import namespace
from assay.names import UsageError, unknown

# Kinds of games that a policy is for.
_KINDS: dict[str, tuple[str, ...]] = {
    "greedy": ("gathering", "cleanup"),
    "exploitative": ("gathering", "cleanup"),
    "zones": ("gathering", "cleanup"),
    "cleaner": ("cleanup",),
    "threshold": ("cleanup",),
    "waste_adaptive": ("cleanup",),
    "miner": ("coop_mining",),
    "idle": tuple({spec.kind: None for spec in GAMES.values()}),
    "random": tuple({spec.kind: None for spec in GAMES.values()}),
}
# Policies that others may call as functions.
_CALLABLE = ("exploitative", "greedy")


def policy_names(kind: str) -> tuple[str, ...]:
    """Names of the policies for games of that kind."""
    return tuple(name for name, kinds in _KINDS.items() if kind in kinds)


def policy_source(name: str) -> str:
    """The source text of a policy. Raises UsageError where there is none of that name."""
    if name not in _KINDS:
        raise unknown("policy", name, _KINDS)
    return (files("assay.dilemmas.policies") / f"{name}.py").read_text("utf-8")


def reference_policy(name: str, kind: str, **parameters: Any) -> Policy:
    """Load a policy for one episode, in this process; the next episode takes another call.

    Args:
        name: Name of the policy.
        kind: Kind of the game.
        **parameters: Values for names in capitals at the top of the source.

    Raises:
        UsageError: There is no such policy for that kind of game, or no such parameter.
    """
    if name not in policy_names(kind):
        raise unknown(f"policy for {kind}", name, policy_names(kind))
    names = namespace(kind)
    exec(_code(name), names)
    for parameter, value in parameters.items():
        if parameter not in names or not parameter.isupper():
            raise UsageError(f"policy {name} has no parameter {parameter}")
        names[parameter] = value
    policy: Policy = names["policy"]
    return policy


def add_reference_actions(names: dict[str, Any], kind: str) -> None:
    """Add what policies may call of others: ``greedy_action`` and ``exploitative_action``.

    They see the same names as the caller, in dictionaries of their own, and exist for the games
    that these policies are for.
    """
    for name in _CALLABLE:
        if kind in _KINDS[name]:
            scope = dict(names)
            exec(_code(name), scope)
            names[f"{name}_action"] = scope["policy"]


@cache
def _code(name: str) -> CodeType:
    return compile(policy_source(name), f"{name}.py", "exec")
