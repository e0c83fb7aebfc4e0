"""Pictures of an episode of the best policy, replayed from its recorded actions."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from assay.dilemmas.games import make
from assay.dilemmas.recording import unpacked
from assay.dilemmas.render import render
from assay.report import Figure, RunRecord, Section

if TYPE_CHECKING:
    from matplotlib.figure import Figure as Canvas

_FRAMES = 6
_CELL = 4  # Pixels.
WIDTH = 4.4  # Inches.

Picture = tuple[int, npt.NDArray[np.uint8]]


def strip_section(record: RunRecord) -> Section | None:
    """Six moments of the episode on the first training seed; None where none was recorded."""
    best = record.incumbents()[-1].attempt.iteration
    recorded = record.state.withheld.get(best, {}).get("episode")
    if not recorded:
        return None
    settings = record.config.settings
    pictures = frames(record.config.problem, settings, recorded)
    steps = ", ".join(str(step) for step, _ in pictures)
    figure = Figure(
        name="episode",
        alt=f"The map with all agents after {steps} steps of an episode.",
        draw=lambda canvas: _draw(canvas, pictures),
        size=(WIDTH, _height(pictures[0][1])),
        caption=f"The best policy on seed {recorded['seed']}, after so many steps.",
    )
    return Section("An episode", figures=[figure])


def _height(picture: npt.NDArray[np.uint8]) -> float:
    """Of two rows of three pictures with their titles, in inches."""
    rows, columns, _ = picture.shape
    return 2 * (WIDTH / 3 * rows / columns + 0.35)


def frames(game: str, settings: Mapping[str, Any], recorded: Mapping[str, Any]) -> list[Picture]:
    """Pictures after some steps of a recorded episode, evenly spaced, first and last included."""
    actions = unpacked(recorded)
    env = make(
        game, settings["agents"], max_steps=settings["horizon"], **settings.get("parameters", {})
    )
    env.reset(recorded["seed"])
    wanted = set(np.linspace(0, len(actions), _FRAMES).round().astype(int).tolist())
    pictures = [(0, render(env, _CELL))]
    for step, chosen in enumerate(actions, 1):
        env.advance(chosen.tolist())
        if step in wanted:
            pictures.append((step, render(env, _CELL)))
    return pictures


def _draw(canvas: Canvas, pictures: list[Picture]) -> None:
    panels = canvas.subplots(2, (len(pictures) + 1) // 2, squeeze=False).ravel()
    for axes in panels:
        axes.axis("off")
    for axes, (step, picture) in zip(panels, pictures, strict=False):
        axes.imshow(picture, interpolation="nearest")
        axes.set_title(f"step {step}", fontsize=8)
