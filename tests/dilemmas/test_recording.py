from __future__ import annotations

import json

import numpy as np

from assay.dilemmas import replay
from assay.dilemmas.recording import packed, unpacked
from assay.dilemmas.reporting.strip import frames


def test_actions_come_back_and_are_small():
    actions = np.random.default_rng(0).integers(0, 9, (1000, 10), dtype=np.int32)
    episode = replay("cleanup", 3, actions)
    record = json.loads(json.dumps(packed(episode)))
    assert np.array_equal(unpacked(record), actions)
    assert record["seed"] == 3 and len(record["actions"]) < 7000


def test_a_strip_shows_the_episode_as_it_was():
    actions = np.full((50, 3), 7, np.int32)
    actions[:, 1] = 8
    record = packed(replay("cleanup_small", 4, actions))
    settings = {"agents": 3, "horizon": 50, "parameters": {}}
    pictures = frames("cleanup_small", settings, record)
    assert [step for step, _ in pictures] == [0, 10, 20, 30, 40, 50]
    assert pictures[0][1].shape == (11 * 4, 13 * 4, 3)
    beam = (100, 255, 255)
    shown = [(picture.reshape(-1, 3) == beam).all(axis=1).any() for _, picture in pictures]
    assert shown == [False, True, True, True, True, True]
