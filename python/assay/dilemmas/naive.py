"""An evaluator as naive as can be: policies get the game itself. For demonstrations only."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from assay import _native
from assay.dilemmas.environment import Environment
from assay.dilemmas.episode import Episode, episode_of
from assay.dilemmas.game_views import VIEWS
from assay.dilemmas.games import make
from assay.dilemmas.helpers import namespace
from assay.dilemmas.policies import add_reference_actions
from assay.dilemmas.selfplay import Match
from assay.dilemmas.view import refresh

_SEARCHES = ("bfs_nearest_apple", "bfs_to_target_set", "bfs_toward")


def live_view(env: Environment) -> Any:
    """What policies see, as arrays over the engine's own memory that they can write."""
    kind = VIEWS[env.spec.kind]
    live = type("LiveView", (kind,), {"__setattr__": object.__setattr__})(env)
    for name, array in env.state.items():
        if array.ndim:
            setattr(live, name, array)
    return live


def _seeing_writes(search: Callable[..., Any]) -> Callable[..., Any]:
    """A search that looks at the game itself, where the others look at a copy of each step."""

    def call(env: Any, *arguments: Any) -> Any:
        return search(refresh(env), *arguments)

    return call


def naive_episode(match: Match, sources: Sequence[str], seed: int) -> Episode:
    """Play an episode in this process, with whatever the policies do to the game.

    ``sources[i]`` decides for agent i. Never use it on sources that somebody else wrote.
    """
    env = make(match.game, len(sources), **match.options)
    policies = []
    for source in sources:
        names = namespace(env.spec.kind)
        names |= {name: _seeing_writes(names[name]) for name in _SEARCHES}
        add_reference_actions(names, env.spec.kind)
        exec(source, names)
        policies.append(names["policy"])
    env.reset(seed)
    log = _native.GameLog(env.game, env.max_steps)
    live = live_view(env)
    for _ in range(env.max_steps):
        refresh(live)
        # Whoever decides next sees what the one before made of the game.
        log.step([policy(live, agent) for agent, policy in enumerate(policies)])
    return episode_of(env, seed, log)
