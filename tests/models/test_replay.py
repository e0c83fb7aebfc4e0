"""A recorded run as a model."""

from __future__ import annotations

import pytest

from assay.models import ModelError, Prompt, create


def prompt(iteration):
    return Prompt(system="s", user="u", parent="p", iteration=iteration)


@pytest.fixture
def recording(tmp_path):
    replies = {1: "one\r\n", 2: "zwei ü\n", 4: "four", 100: "hundred"}
    for iteration, text in replies.items():
        (tmp_path / f"{iteration:02d}_response.md").write_bytes(text.encode())
        (tmp_path / f"{iteration:02d}_prompt.md").write_text("ignored")
    (tmp_path / "02_reasoning.md").write_text("because")
    (tmp_path / "1_response.md").write_text("not a recording")
    return tmp_path


def test_replies_come_back_unchanged(recording):
    model = create(f"replay:{recording}")
    assert [model.complete(prompt(n)).text for n in (2, 1, 4, 100, 1)] == [
        "zwei ü\n",
        "one\r\n",
        "four",
        "hundred",
        "one\r\n",
    ]


def test_reasoning_where_recorded(recording):
    model = create(f"replay:{recording}")
    assert model.complete(prompt(2)).reasoning == "because"
    assert model.complete(prompt(1)).reasoning is None


def test_name_and_unknown_usage(recording):
    reply = create(f"replay:{recording}").complete(prompt(1))
    assert reply.model == create(f"replay:{recording}").name == f"replay:{recording}"
    assert (reply.usage.input_tokens, reply.usage.output_tokens) == (None, None)


def test_end_of_the_recording(recording):
    with pytest.raises(ModelError, match="iteration 101, the recording ends at 100") as caught:
        create(f"replay:{recording}").complete(prompt(101))
    assert caught.value.kind == "configuration"


def test_iteration_skipped_in_the_recording_is_skipped_again(recording):
    with pytest.raises(ModelError, match="iteration 3 has no recorded reply") as caught:
        create(f"replay:{recording}").complete(prompt(3))
    assert caught.value.kind == "server"


def test_folder_without_recording(tmp_path):
    with pytest.raises(ModelError, match="no recorded replies") as caught:
        create(f"replay:{tmp_path}")
    assert caught.value.kind == "configuration"


def test_no_folder(tmp_path):
    with pytest.raises(ModelError, match="no such folder") as caught:
        create(f"replay:{tmp_path / 'nowhere'}")
    assert caught.value.kind == "configuration"


def test_recording_that_is_not_utf8(recording):
    (recording / "01_response.md").write_bytes(b"\xff\xfe")
    with pytest.raises(ModelError, match=r"01_response\.md: cannot be read as UTF-8"):
        create(f"replay:{recording}").complete(prompt(1))
