"""What a model is told: the game, the contract, and how its policies fared on training seeds.

Nothing here can reach validation or test seeds: the functions take ``Past``, which has no room for
them.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache
from importlib.resources import files
from typing import TYPE_CHECKING, Any, Literal

if TYPE_CHECKING:
    from assay.dilemmas.environment import Environment

Feedback = Literal["sparse", "dense"]

_HELPERS = {
    "gathering": "orchard",
    "cleanup": "orchard",
    "coop_mining": "mining",
    "nested_commons": "nested",
    "production_economy": "production",
}
_HINTS = {
    "gathering": "Apples come back at fixed intervals, so what counts is who collects which.",
    "cleanup": "Waste gathers unless somebody cleans, and cleaning costs {clean_cost}.",
    "coop_mining": "Iron is safe, gold needs a partner at the right moment.",
    "nested_commons": "What clans and all of them share wears out when nobody cares for it.",
    "production_economy": "Tools pay for long; winter comes at step 200.",
}
_DEFINITIONS = """\
- efficiency: reward of all agents together, per step
- equality: how evenly the reward is shared; 1 is even, and it can be negative
- sustainability: the mean step at which rewards were gained; higher is later in the episode
- peace: the mean number of agents that are not involved in attacks; {agents} at most"""


@dataclass(frozen=True)
class Past:
    """One earlier policy as a model may know it.

    Attributes:
        iteration: When it was written.
        source: Its source.
        training: Means over the training seeds by metric; empty where it failed.
        failure: Why it has no result; None where it has one.
    """

    iteration: int
    source: str
    training: Mapping[str, float | None] = field(default_factory=dict)
    failure: str | None = None


@cache
def _text(name: str) -> str:
    return (files("assay.dilemmas") / "prompt_texts" / f"{name}.md").read_text("utf-8")


def system_prompt(env: Environment) -> str:
    """The rules of the game and the contract of a policy."""
    kind = env.spec.kind
    view = env.view()
    values: dict[str, Any] = {name: _plain(value) for name, value in vars(view).items()}
    values["respawn"] = _respawn(env)
    helpers = _HELPERS[kind]
    contract = _text("contract").format(
        last_action=len(env.spec.actions) - 1,
        helpers=_text(f"helpers_{helpers}").strip(),
        example=_text(f"example_{helpers}").strip(),
    )
    return f"{_text(kind).format(**values)}\n{contract}"


def _plain(value: Any) -> Any:
    """Whole numbers without a decimal point."""
    return int(value) if isinstance(value, float) and value.is_integer() else value


def _respawn(env: Environment) -> str:
    if env.parameters.get("density_respawn"):
        return "The more living apples are near a dead one, the likelier it comes back."
    return f"It comes back {int(env.parameters.get('apple_respawn_time', 0))} steps later."


def user_prompt(
    env: Environment, feedback: Feedback, current: Past | None, history: Sequence[Past]
) -> str:
    """The request for the next policy.

    Args:
        current: The policy to improve on; None for the first one.
        history: All policies so far, oldest first.
    """
    parts = [_opening(current)]
    if current is not None:
        parts.append(f"## The best policy so far (iteration {current.iteration})\n")
        parts.append(f"```python\n{current.source.strip()}\n```\n")
    if history:
        parts.append(_results(env, feedback, history))
    parts.append(_request(env))
    return "\n".join(parts)


def _opening(current: Past | None) -> str:
    goal = (
        "Every agent will run the function that you write, each with its own `agent_id`. The goal"
        " is a high reward per agent, averaged over all of them.\n"
    )
    if current is None:
        return f"There is no earlier policy. {goal}"
    return f"Improve on the policy below. {goal}"


def _results(env: Environment, feedback: Feedback, history: Sequence[Past]) -> str:
    lines = ["## Results so far\n"]
    if feedback == "dense":
        lines += [_DEFINITIONS.format(agents=env.n_agents), ""]
    lines += [_line(past, feedback) for past in history]
    return "\n".join(lines) + "\n"


def _line(past: Past, feedback: Feedback) -> str:
    name = f"- iteration {past.iteration}"
    if past.failure is not None:
        return f"{name}: failed: {past.failure}"
    values = past.training
    text = f"{name}: mean reward per agent {_number(values['mean_return'], 1)}"
    if feedback == "dense":
        text += (
            f", efficiency {_number(values['efficiency'], 3)},"
            f" equality {_number(values['equality_published'], 3)},"
            f" sustainability {_number(values['sustainability'], 1)},"
            f" peace {_number(values['peace'], 1)}"
        )
    return text


def _number(value: float | None, digits: int) -> str:
    return "undefined" if value is None else f"{value:.{digits}f}"


def _request(env: Environment) -> str:
    height, width = env.letters.shape
    hint = _HINTS[env.spec.kind].format(**{k: _plain(v) for k, v in env.parameters.items()})
    return (
        f"## Your turn\n\n{env.n_agents} agents, a map of {height} by {width},"
        f" {env.max_steps} steps. {hint}\n\nWrite `def policy(env, agent_id: int) -> int`, which"
        f" returns a whole number from 0 to {len(env.spec.actions) - 1}.\n"
    )


def repair_request(failure: str) -> str:
    """What is added to a prompt when the policy in the reply to it cannot be used."""
    return (
        f"\n## The last reply could not be used\n\n{failure}\n\nReply with one complete source in"
        " one fenced block that starts with ```python. Frequent causes: the result of a helper is"
        " `None` and is unpacked all the same; the function returns a tuple; a numpy number is"
        " returned without `int(...)`.\n"
    )
