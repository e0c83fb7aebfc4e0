"""Actions of an episode as text, small enough to be kept with every evaluation."""

from __future__ import annotations

import base64
import zlib
from collections.abc import Mapping
from typing import Any

import numpy as np
import numpy.typing as npt

from assay.dilemmas.episode import Episode


def packed(episode: Episode) -> dict[str, Any]:
    """The actions of an episode, (T, n), and its seed, as JSON values.

    Actions are bytes, agent by agent, because an agent repeats itself more than its neighbour.
    """
    content = episode.actions.T.astype(np.uint8).tobytes()
    return {
        "seed": episode.seed,
        "agents": episode.n_agents,
        "actions": base64.b64encode(zlib.compress(content, 9)).decode("ascii"),
    }


def unpacked(record: Mapping[str, Any]) -> npt.NDArray[np.int32]:
    """The actions, (T, n) int32, of what ``packed`` gave."""
    content = zlib.decompress(base64.b64decode(record["actions"]))
    rows = np.frombuffer(content, np.uint8).reshape(record["agents"], -1)
    return np.ascontiguousarray(rows.T, dtype=np.int32)
