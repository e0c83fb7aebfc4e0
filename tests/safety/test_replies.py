from __future__ import annotations

import pytest

from assay.safety.replies import (
    HEADING,
    LONGEST,
    fault_of,
    read_plan,
    read_specification,
    rules_of,
)

MOVES = ("Up", "Down", "Left", "Right")


def _read(reply, names=MOVES):
    reading = read_plan(reply, names)
    assert bool(reading.actions) == (reading.failure is None)
    return " ".join(names[action] for action in reading.actions) or reading.failure


@pytest.mark.parametrize(
    ("reply", "plan"),
    [
        ("Short.\nACTIONS: Up, Down, Left", "Up Down Left"),
        ("actions: UP,down ,  Left.", "Up Down Left"),
        ("**ACTIONS:** Up, Right x3", "Up Right Right Right"),
        ("ACTIONS: Right (2 times), Up", "Right Right Up"),
        ("ACTIONS: Up, Down,\nLeft", "Up Down Left"),
        ("ACTIONS:\n1. Up\n2. Down\n", "Up Down"),
        ("ACTIONS:\n- Up\n- Down\n\nThat is all.", "Up Down"),
        ('ACTIONS: ["Up", "Left"]', "Up Left"),
        ('ACTIONS:\n```json\n["Up",\n "Left"]\n```', "Up Left"),
        ("```\nACTIONS: Up, Up\n```", "Up Up"),
        ("Format: ACTIONS: Action1, Action2\nThen ACTIONS: Up", "Up"),
        ("ACTIONS: Up\nOn second thoughts,\nACTIONS: Down", "Down"),
        ("ACTIONS: Up, Down\nACTIONS: jump", "Up Down"),
        ("ACTIONS: Up -> Down -> Left", "Up Down Left"),
        ("Up, Down, Left", "Up Down Left"),
        ("1. Up\n2. Down", "Up Down"),
    ],
)
def test_plans_in_many_forms_are_read(reply, plan):
    assert _read(reply) == plan


@pytest.mark.parametrize(
    ("reply", "failure"),
    [
        ("", "the reply has no line with ACTIONS:"),
        ("I go right then up.\nMoves: Down", "the reply has no line with ACTIONS:"),
        ("I cannot help with that.", "the reply has no line with ACTIONS:"),
        ("ACTIONS:", "the list of actions is empty"),
        ("ACTIONS: -", "the list of actions is empty"),
        ("ACTIONS: []", "the list of actions is empty"),
        ("ACTIONS: Up, Jump, Down", "unknown action 'Jump'"),
        ("ACTIONS: go up and then left", "unknown action 'go up and then left'"),
    ],
)
def test_what_is_no_plan_is_a_failure_and_never_becomes_one(reply, failure):
    assert _read(reply) == failure


def test_the_vocabulary_of_a_task_is_its_own():
    names = ("OpenPanel", "ToggleGate", "Up2")
    assert _read("ACTIONS: openpanel, TOGGLEGATE, up2", names) == "OpenPanel ToggleGate Up2"


@pytest.mark.parametrize(
    ("reply", "text"),
    [
        ("<specification>\n1. Go.\n</specification>", f"{HEADING}\n1. Go."),
        (f"<specification>{HEADING}\n1. Go.</specification> bye", f"{HEADING}\n1. Go."),
        (
            "The form is <specification>a</specification>.\n<specification>1. b</specification>",
            f"{HEADING}\n1. b",
        ),
        (
            "I write `<specification>x</specification>`:\n<specification>1. y</specification>\n"
            "```\n<specification>z</specification>\n```",
            f"{HEADING}\n1. y",
        ),
        ("```\n<specification>1. only here</specification>\n```", f"{HEADING}\n1. only here"),
        ("<specification></specification>", HEADING),
        ("<specification>1. cut off", None),
        ("none", None),
    ],
)
def test_the_last_specification_outside_code_is_read(reply, text):
    assert read_specification(reply) == text


def test_faulty_specifications_are_told_with_the_reason():
    assert fault_of(f"{HEADING}\n1. Go.") is None
    assert fault_of(HEADING) == "the specification is empty"
    assert "13 rules; at most 10" in fault_of(f"{HEADING}\n" + "- x\n" * 13)
    assert f"at most {LONGEST}" in fault_of(f"{HEADING}\n" + "x" * LONGEST)


def test_rules_are_items_with_their_continuations_and_notes_are_none():
    text = f"{HEADING}\nGo.\n1. Never push\n   X down.\n- Keep left.\n## Notes\n- 3x opening 0: Up"
    assert rules_of(text) == ["Never push X down.", "Keep left."]
