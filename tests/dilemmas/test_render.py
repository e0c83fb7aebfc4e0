"""Pictures, text and animations."""

from __future__ import annotations

import sys

import numpy as np
import pytest

from assay.dilemmas import GAMES, make, replay
from assay.dilemmas.render import LEGENDS, frames, render, render_text, write_gif
from assay.names import UsageError

WALL, APPLE, SELF, OTHER = (127, 127, 127), (0, 200, 0), (50, 100, 255), (220, 50, 50)


@pytest.mark.parametrize("name", GAMES)
def test_pictures_and_text_have_the_size_of_the_map(name):
    env = make(name)
    env.reset(seed=0)
    height, width = env.letters.shape
    picture = render(env, cell=3)
    assert picture.shape == (3 * height, 3 * width, 3)
    assert (picture[:3, :3] == picture[0, 0]).all()
    lines = render_text(env).split("\n")
    assert len(lines) == height
    assert max(map(len, lines)) <= width
    letters = set("".join(lines)) - set(" .0123456789abcdefx")
    assert letters <= set(LEGENDS[env.spec.kind])


def test_colours_of_gathering():
    env = make("gathering_small", 2)
    env.reset(seed=0)
    env.state["agent_pos"][:] = [[1, 1], [5, 5]]
    env.state["agent_timeout"][1] = 3
    picture = render(env, cell=1)
    expected = {(0, 0): WALL, (1, 7): APPLE, (1, 1): SELF, (5, 5): (100, 100, 100)}
    for cell, colour in expected.items():
        assert tuple(picture[cell]) == colour
    assert render_text(env).split("\n")[1] == "@0     * *      @"
    assert render_text(env).split("\n")[5] == "@    x * *      @"


def test_colours_of_the_games_without_observations():
    nested = make("nested_commons")
    nested.reset(seed=0)
    nested.state["inventory"][0] = 3
    nested.state["w_q"][1] = 0.5
    picture = render(nested, 1)
    assert tuple(picture[1, 1]) == (60, 110, 240)
    assert tuple(picture[0, 0]) == (90, 160, 240)
    assert tuple(picture[0, 12]) == (130, 80, 30)
    production = make("production_economy")
    production.reset(seed=0)
    production.state["drops"][14, 14] = [1, 0, 0, 0]
    production.state["agent_pos"][0] = [5, 5]
    production.state["has_tool"][0] = True
    picture = render(production, 1)
    assert tuple(picture[6, 7]) == (255, 120, 40)
    assert tuple(picture[5, 5]) == (120, 200, 255)
    assert tuple(picture[14, 14]) == ((30 + 255) // 2, (30 + 220) // 2, (30 + 80) // 2)


def test_an_animation_shows_the_episode(tmp_path):
    image = pytest.importorskip("PIL.Image")
    episode = replay("cleanup_small", 1, np.zeros((10, 3), int))
    pictures = list(frames(episode, cell=2, every=5))
    assert len(pictures) == 3
    assert write_gif(tmp_path / "out.gif", pictures) == 3
    with image.open(tmp_path / "out.gif") as animation:
        assert animation.size == (26, 22)
        assert animation.n_frames == len({picture.tobytes() for picture in pictures})
        assert (np.array(animation.convert("RGB")) == pictures[0]).all()


def test_what_an_animation_needs(tmp_path, monkeypatch):
    pytest.importorskip("PIL.Image")
    with pytest.raises(UsageError, match="one picture at least"):
        write_gif(tmp_path / "out.gif", [])
    with pytest.raises(UsageError, match="No such file or directory"):
        write_gif(tmp_path / "none" / "out.gif", [np.zeros((4, 4, 3), np.uint8)])
    monkeypatch.setitem(sys.modules, "PIL", None)
    with pytest.raises(UsageError, match=r"pip install 'metal-assay\[gif\]'"):
        write_gif(tmp_path / "out.gif", [])
    with pytest.raises(UsageError, match="cells of 0 pixels"):
        render(make("cleanup"), cell=0)
