"""Sequential social dilemmas: games, episodes, metrics and what policies may use.

``make(name)`` gives an environment; ``run_episode`` plays one with policies in this process;
``replay`` plays recorded actions in a clean engine, which is how every score is computed.
"""

from __future__ import annotations

from assay.dilemmas.environment import Environment
from assay.dilemmas.episode import Episode, Policy, replay, replay_many, run_episode
from assay.dilemmas.games import GAMES, GameSpec, game_spec, make
from assay.dilemmas.view import PolicyView, ReadOnlyError

__all__ = [
    "GAMES",
    "Environment",
    "Episode",
    "GameSpec",
    "Policy",
    "PolicyView",
    "ReadOnlyError",
    "game_spec",
    "make",
    "replay",
    "replay_many",
    "run_episode",
]
