"""What a policy can read, that it cannot write, and what the helpers answer."""

from __future__ import annotations

from collections import deque

import numpy as np
import pytest

from assay.dilemmas import GAMES, ReadOnlyError, make
from assay.dilemmas.helpers import (
    _beam_targets_for_orient,
    _rotation_distance,
    bfs_nearest_apple,
    bfs_to_target_set,
    bfs_toward,
    direction_to_action,
    get_opponents,
    namespace,
)


@pytest.fixture(params=list(GAMES))
def env(request):
    env = make(request.param)
    env.reset(seed=3)
    return env


def arrays(view):
    return {name: value for name, value in vars(view).items() if isinstance(value, np.ndarray)}


def test_attributes_cannot_be_written(env):
    view = env.view()
    for name in ("agent_pos", "step", "rng", "something"):
        with pytest.raises(ReadOnlyError, match=f"env.{name} cannot be written"):
            setattr(view, name, 1)
    with pytest.raises(ReadOnlyError, match="cannot be deleted"):
        del view.agent_pos


def test_arrays_cannot_be_written_or_made_writable(env):
    found = arrays(env.view())
    assert {"agent_pos", "walls"} <= set(found)
    for array in found.values():
        with pytest.raises(ValueError, match="read-only"):
            array[...] = 0
        with pytest.raises(ValueError, match="cannot set WRITEABLE"):
            array.flags.writeable = True
        with pytest.raises(ValueError, match="cannot set WRITEABLE"):
            array.setflags(write=True)


def test_the_engine_is_out_of_reach(env):
    view = env.view()
    for name in ("step", "reset", "rng", "state", "spec", "update"):
        assert not hasattr(view, name)
    assert all(not isinstance(array.base, type(env.game)) for array in arrays(view).values())


def test_the_view_shows_every_step(env):
    view = env.view()
    start = view.agent_pos.copy()
    for _ in range(20):
        env.advance([1] * env.n_agents)
    assert (view.agent_pos == start).all()
    assert env.view() is view
    assert (view.agent_pos == env.state["agent_pos"]).all()
    assert view._step_count == 20


def slow_search(view, agent, targets):
    """Breadth-first search as policies would write it."""
    start = tuple(int(x) for x in view.agent_pos[agent])
    if start in targets:
        return (0, 0)
    first = {start: None}
    queue = deque([start])
    while queue:
        r, c = cell = queue.popleft()
        for dr, dc in ((-1, 0), (1, 0), (0, -1), (0, 1)):
            to = (r + dr, c + dc)
            inside = 0 <= to[0] < view.height and 0 <= to[1] < view.width
            if inside and to not in first and not view.walls[to]:
                first[to] = first[cell] or (dr, dc)
                if to in targets:
                    return first[to]
                queue.append(to)
    return None


def test_searches_agree_with_plain_breadth_first_search(env):
    generator = np.random.default_rng(0)
    for _ in range(15):
        env.advance(generator.integers(6, size=env.n_agents).tolist())
        view = env.view()
        for agent in range(env.n_agents):
            targets = {tuple(cell) for cell in generator.integers(-2, 40, (12, 2)).tolist()}
            assert bfs_to_target_set(view, agent, targets) == slow_search(view, agent, targets)
            r, c = (int(x) for x in generator.integers(0, 20, 2))
            assert bfs_toward(view, agent, r, c) == slow_search(view, agent, {(r, c)})
            if hasattr(view, "apple_alive"):
                living = {
                    cell
                    for cell, alive in zip(view.apple_points, view.apple_alive, strict=True)
                    if alive
                }
                assert bfs_nearest_apple(view, agent) == slow_search(view, agent, living)


def test_searches_without_a_target():
    env = make("gathering")
    env.reset(seed=0)
    env.state["apple_alive"][:] = False
    view = env.view()
    assert bfs_nearest_apple(view, 0) is None
    assert bfs_to_target_set(view, 0, set()) is None
    assert bfs_to_target_set(view, 0, {(0, 0), (-1, 5), (10**30, 3)}) is None
    assert bfs_to_target_set(view, 0, {tuple(np.array([2, 1]))}) == (1, 0)
    assert bfs_toward(view, 0, 0, 0) is None
    with pytest.raises(IndexError, match="agents are 0 to 1"):
        bfs_nearest_apple(view, 2)


def test_directions():
    assert [direction_to_action(-1, 0, o) for o in range(4)] == [0, 2, 1, 3]
    assert [direction_to_action(0, 1, o) for o in range(4)] == [3, 0, 2, 1]
    assert direction_to_action(0, 0, 2) == 7
    assert direction_to_action(1, 1, 0) == direction_to_action(3, 0, 0) == 0
    assert direction_to_action(np.int64(1), np.int64(0), np.int32(2)) == 0
    assert [_rotation_distance(0, target) for target in range(4)] == [0, 1, 2, 1]


def test_opponents_and_the_beam_that_walls_stop():
    env = make("gathering", 4)
    env.reset(seed=0)
    # Agent 1 stands in the open, agent 2 behind the wall at (9, 24), agent 3 is timed out.
    env.state["agent_pos"][:] = [[9, 20], [9, 22], [9, 26], [9, 21]]
    env.state["agent_timeout"][3] = 5
    env.state["agent_beam_hits"][1] = 1
    view = env.view()
    opponents = get_opponents(view, 0)
    assert opponents == [(1, 9, 22, 2, 1), (2, 9, 26, 6, 0)]
    assert _beam_targets_for_orient(view, 9, 20, 1, opponents) == [(1, 2, 1)]
    assert _beam_targets_for_orient(view, 9, 20, 3, opponents) == []


def test_the_cells_of_the_last_beams():
    env = make("cleanup", 2)
    env.reset(seed=0)
    env.state["agent_pos"][:] = [[4, 8], [22, 15]]
    env.state["agent_orient"][:] = [3, 1]
    env.advance([8, 6])
    view = env.view()
    assert view._clean_beam_cells == {(r, c) for r in (3, 4, 5) for c in range(3, 8)}
    # Only one column is left before the wall.
    assert view._beam_cells == {(21, 16), (22, 16), (23, 16)}
    env.advance([7, 7])
    assert not env.view()._beam_cells and not env.view()._clean_beam_cells


def test_names_for_policies(env):
    names = namespace(env.spec.kind)
    assert {"np", "deque", "Action", "bfs_toward", "_ROTATIONS", "NUM_ACTIONS"} <= set(names)
    assert "__builtins__" not in names
    assert isinstance(env.view(), names["GatheringEnv"])
    assert names["_ROTATIONS"][1] == (0, 1, 1, 0)
    names["np"] = None
    assert namespace(env.spec.kind)["np"] is np
