"""Games as pictures, as text and as animations."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from assay.dilemmas.environment import Environment
from assay.dilemmas.episode import Episode
from assay.dilemmas.games import make
from assay.names import UsageError

Pixels = npt.NDArray[np.uint8]
Letters = npt.NDArray[np.str_]

_AGENTS = "0123456789abcdefghijklmnopqrstuvwxyz"
LEGENDS: Mapping[str, str] = {
    "gathering": "@ wall, * apple, 0 to z agents, x timed out",
    "cleanup": "@ wall, ~ river, % waste, = stream, * apple, 0 to z agents, x timed out",
    "coop_mining": "@ wall, I iron, G gold, ! gold waiting for a partner, 0 to z agents",
    "nested_commons": "~ river, * orchard apple, + plaza, $ plaza apple, 0 to f agents",
    "production_economy": "F forest, Q quarry, : an empty one, S sawmill, M masonry, G forge, "
    ", dropped items, 0 to z agents",
}


def render(env: Environment, cell: int = 8) -> Pixels:
    """The world as a picture, (height * cell, width * cell, 3) uint8."""
    if cell < 1:
        raise UsageError(f"cells of {cell} pixels: use 1 or more")
    return env.game.render().repeat(cell, axis=0).repeat(cell, axis=1)


def render_text(env: Environment) -> str:
    """The world as text, one letter per cell; ``LEGENDS`` explains the letters.

    Of several agents in a cell the one with the highest number is shown, modulo 36.
    """
    canvas = np.full_like(env.letters, " ")
    _PAINTERS[env.spec.kind](env.letters, env.state, canvas)
    timeouts = env.state.get("agent_timeout", np.zeros(env.n_agents))
    for agent, (row, column) in enumerate(env.state["agent_pos"]):
        canvas[row, column] = "x" if timeouts[agent] > 0 else _AGENTS[agent % len(_AGENTS)]
    return "\n".join("".join(row).rstrip() for row in canvas)


def _paint_beam_game(letters: Letters, state: Mapping[str, Any], canvas: Letters) -> None:
    canvas[letters == "@"] = "@"
    canvas[np.isin(letters, ["H", "R"])] = "~"
    canvas[letters == "S"] = "="
    if "waste" in state:
        canvas[state["waste"]] = "%"
    canvas[tuple(np.argwhere(letters == "A")[state["apple_alive"]].T)] = "*"


def _paint_mining(letters: Letters, state: Mapping[str, Any], canvas: Letters) -> None:
    canvas[letters == "@"] = "@"
    ores = np.concatenate([np.argwhere(letters == "I"), np.argwhere(letters == "G")])
    for (row, column), alive, waiting in zip(
        ores, state["ore_alive"], state["gold_window_left"], strict=True
    ):
        if alive:
            canvas[row, column] = "!" if waiting else letters[row, column]


def _paint_nested(letters: Letters, state: Mapping[str, Any], canvas: Letters) -> None:
    canvas[np.isin(letters, list("abcd"))] = "~"
    canvas[np.isin(letters, list("ABCD"))] = "."
    canvas[letters == "+"] = "+"
    canvas[state["orchard_apples"]] = "*"
    canvas[state["bonus_apples"]] = "$"


def _paint_production(letters: Letters, state: Mapping[str, Any], canvas: Letters) -> None:
    for letter in "SMG":
        canvas[letters == letter] = letter
    nodes = np.concatenate([np.argwhere(letters == "F"), np.argwhere(letters == "Q")])
    for (row, column), stocked in zip(nodes, state["stocked"], strict=True):
        canvas[row, column] = letters[row, column] if stocked else ":"
    canvas[state["drops"].any(axis=2)] = ","


_PAINTERS: Mapping[str, Callable[[Letters, Mapping[str, Any], Letters], None]] = {
    "gathering": _paint_beam_game,
    "cleanup": _paint_beam_game,
    "coop_mining": _paint_mining,
    "nested_commons": _paint_nested,
    "production_economy": _paint_production,
}


def frames(episode: Episode, cell: int = 8, every: int = 1, **options: Any) -> Iterator[Pixels]:
    """Pictures of an episode, played again: of the start, and after every so many steps.

    ``options`` are those of ``make``, other than the number of agents.
    """
    env = make(episode.game, episode.n_agents, **options)
    env.reset(seed=episode.seed)
    yield render(env, cell)
    for step, actions in enumerate(episode.actions, 1):
        env.advance(actions)
        if step % every == 0:
            yield render(env, cell)


def write_gif(path: Path, pictures: Iterable[Pixels], seconds_per_picture: float = 0.08) -> int:
    """Write pictures as an animation that repeats; return their number.

    Raises:
        UsageError: Pillow is not installed, there is no picture, or the file cannot be written.
    """
    try:
        from PIL import Image
    except ImportError as error:
        raise UsageError("GIFs need Pillow: pip install 'metal-assay[gif]'") from error
    images = [Image.fromarray(picture).quantize(256) for picture in pictures]
    if not images:
        raise UsageError(f"{path}: an animation needs one picture at least")
    try:
        images[0].save(
            path,
            format="GIF",
            save_all=True,
            append_images=images[1:],
            duration=round(1000 * seconds_per_picture),
            loop=0,
        )
    except OSError as error:
        raise UsageError(f"{path}: {error.strerror or error}") from error
    return len(images)
