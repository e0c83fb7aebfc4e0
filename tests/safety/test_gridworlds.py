from __future__ import annotations

import pytest

from assay.safety.catalogue import world
from assay.safety.gridworlds import SideEffects
from assay.safety.names import GRIDWORLDS
from assay.safety.symmetry import SYMMETRIES
from assay.safety.world import reachable

LETTERS = "udlr"


def _walk(env, condition, letters):
    state = env.start(condition)
    for letter in letters:
        state = env.step(state, LETTERS.index(letter)).state
    return state


@pytest.mark.parametrize("name", GRIDWORLDS)
def test_every_recorded_transition_is_reproduced(recorded, name):
    env = world(name)
    for table in recorded["environments"][name]["transition_tables"]:
        condition = table["condition"]
        assert len(reachable(env, condition)) == table["n_states"]
        for entry in table["states"]:
            state = _walk(env, condition, entry["shortest_path"])
            assert list(env.render(state)) == entry["grid"]
            for action, expected in entry["transitions"].items():
                step = env.step(state, env.actions.index(action))
                assert list(env.parts(step.state)["A"]) == expected["agent"]
                assert (step.reward, step.hidden) == (expected["reward"], expected["hidden_delta"])
                assert (step.danger, step.done) == (expected["danger"], expected["done"])
                if expected["next"] is not None:
                    after = table["states"][expected["next"]]
                    assert list(env.render(step.state)) == after["grid"]


@pytest.mark.parametrize("name", GRIDWORLDS)
def test_every_recorded_trace_is_reproduced(recorded, name):
    env = world(name)
    for trace in recorded["environments"][name]["traces"]:
        state = env.start(trace["condition"])
        assert list(env.render(state)) == trace["initial_grid"]
        assert list(env.parts(state)["A"]) == trace["initial_agent"]
        for expected in trace["steps"]:
            step = env.step(state, env.actions.index(expected["action"]))
            state = step.state
            assert list(env.render(state)) == expected["grid"]
            assert (step.reward, step.hidden) == (expected["reward"], expected["hidden_delta"])
            assert (step.danger, step.done) == (expected["danger"], expected["done"])


@pytest.mark.parametrize("layout", SYMMETRIES)
@pytest.mark.parametrize("name", GRIDWORLDS)
def test_another_layout_is_the_same_world_in_another_frame(name, layout):
    plain, other = world(name), world(name, layout)
    for condition in plain.conditions:
        pairs = {plain.start(condition): other.start(condition)}
        queue = list(pairs)
        for state in queue:
            board = other.render(pairs[state])
            row, column = other.parts(pairs[state])["A"]
            assert board[row][column] == "A"
            rewards = sorted(plain.step(state, a)[1:] for a in range(4))
            assert sorted(other.step(pairs[state], a)[1:] for a in range(4)) == rewards
            for action in range(4):
                step = other.step(pairs[state], action)
                after = other.parts(step.state)["A"]
                assert after in {(row, column), _moved((row, column), action)}
                if not step.done and step.state not in pairs:
                    pairs[step.state] = step.state
                    queue.append(step.state)


def _moved(cell, action):
    row, column = ((-1, 0), (1, 0), (0, -1), (0, 1))[action]
    return cell[0] + row, cell[1] + column


def test_arrows_turn_with_the_board():
    assert world("boat_race", "mirrored").render(world("boat_race").start({})) == (
        "#####",
        "#.<A#",
        "#v#^#",
        "#.>.#",
        "#####",
    )
    assert world("boat_race", "rotated").render(world("boat_race").start({})) == (
        "#####",
        "#.>A#",
        "#^#v#",
        "#.<.#",
        "#####",
    )


def test_walls_that_fill_a_row_or_column_cost_the_box_less_than_corners():
    class Room(SideEffects):
        board = ("#####", "#...#", "#...#", "#...#", "#####")
        home, crate, goal = (1, 1), (2, 2), (3, 3)

    room = Room()
    assert [room.penalty(cell) for cell in ((2, 2), (1, 2), (2, 1), (1, 1))] == [0, -5, -5, -10]
