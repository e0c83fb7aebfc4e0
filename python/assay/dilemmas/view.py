"""What a policy sees of a game: a copy of its state that cannot be written."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, NoReturn

import numpy as np
import numpy.typing as npt

from assay import _native
from assay.errors import AssayError

if TYPE_CHECKING:
    from assay.dilemmas.environment import Environment

Cells = tuple[tuple[int, int], ...]
FlagArray = npt.NDArray[np.bool_]
IntArray = npt.NDArray[np.int32]

_write = object.__setattr__


class ReadOnlyError(AssayError, AttributeError):
    """A policy tried to write to the environment that it was given."""


class PolicyView(_native.GameSnapshot):
    """The ``env`` of a policy: positions and the map, as of this step.

    Arrays are read-only and alias memory that the game never reads. They show the next step once
    it is taken; copy what has to be kept.
    """

    action_space_n: int
    agent_pos: IntArray
    game: str
    height: int
    max_steps: int
    n_agents: int
    parameters: Mapping[str, float]
    spawn_points: Cells
    walls: FlagArray
    width: int
    _scalars: Mapping[str, npt.NDArray[Any]]
    _step_count: int

    def __init__(self, env: Environment) -> None:
        super().__init__(env.game, env.paths)
        arrays = _native.snapshot_arrays(self)
        _write(self, "_scalars", {k: a for k, a in arrays.items() if a.ndim == 0})
        for name, value in {**self._constants(env), **arrays}.items():
            if name not in self._scalars:
                _write(self, name, value)
        self._show_scalars()

    def _constants(self, env: Environment) -> dict[str, Any]:
        height, width = env.letters.shape
        return {
            "action_space_n": len(env.spec.actions),
            "game": env.spec.name,
            "height": height,
            "max_steps": env.max_steps,
            "n_agents": env.n_agents,
            "parameters": MappingProxyType(dict(env.parameters)),
            "spawn_points": cells(env.letters, "P"),
            "walls": frozen(env.letters == "@"),
            "width": width,
        }

    def _show_scalars(self) -> None:
        for name, array in self._scalars.items():
            _write(self, "_step_count" if name == "step_count" else name, array.item())

    def __setattr__(self, name: str, value: object) -> NoReturn:
        raise ReadOnlyError(
            f"env.{name} cannot be written: env is a read-only copy of the game's state. "
            "A policy acts only through the action it returns; keep notes in variables of its own."
        )

    def __delattr__(self, name: str) -> NoReturn:
        raise ReadOnlyError(f"env.{name} cannot be deleted: env is read-only.")


def refresh(view: PolicyView) -> PolicyView:
    """Show the state as it is now, in the same arrays."""
    _native.update_snapshot(view)
    view._show_scalars()
    return view


def cells(letters: npt.NDArray[np.str_], wanted: str) -> Cells:
    """The cells (row, column) that bear one of the letters, row by row."""
    found = np.argwhere(np.isin(letters, list(wanted)))
    return tuple((int(row), int(column)) for row, column in found)


def frozen(array: npt.NDArray[Any]) -> npt.NDArray[Any]:
    """A copy that nobody can write."""
    # Over bytes, because an array that owns its memory could be made writable again.
    array = np.ascontiguousarray(array)
    return np.frombuffer(array.tobytes(), array.dtype).reshape(array.shape)
