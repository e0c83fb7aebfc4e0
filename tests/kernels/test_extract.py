from __future__ import annotations

import pytest

from assay.kernels.extract import extract_source

KERNEL = "#include <metal_stdlib>\nkernel void f() {}\n"


@pytest.mark.parametrize("info", ["", "metal", "Metal", "cpp", "c++", "C", "msl", "metal  "])
def test_fences_of_the_known_languages(info):
    assert extract_source(f"Rationale.\n\n```{info}\n{KERNEL}```\nDone.") == KERNEL


@pytest.mark.parametrize("info", ["metal title=kernel.metal", 'cpp {linenos="true"}', " metal"])
def test_extra_words_behind_the_language_are_tolerated(info):
    assert extract_source(f"```{info}\n{KERNEL}```") == KERNEL


@pytest.mark.parametrize("info", ["python", "text", "diff"])
def test_other_languages_are_not_candidates(info):
    assert extract_source(f"```{info}\n{KERNEL}```") is None


def test_the_longest_block_with_a_kernel_wins():
    longer = KERNEL + "// a longer one\n"
    prose = "x" * 500
    reply = f"```metal\n{KERNEL}```\nor\n```metal\n{longer}```\n```\n{prose}\n```\n"
    assert extract_source(reply) == longer


def test_without_a_kernel_the_longest_block_counts():
    assert extract_source("```\na\n```\n```\nlonger\n```") == "longer\n"


@pytest.mark.parametrize(
    "reply",
    [
        "no fence at all: kernel void f()",
        f"```metal\n{KERNEL}",
        f"```metal\n{KERNEL}```\nand better:\n```metal\n#include <metal",
        "```metal\n\n```",
        "",
    ],
)
def test_nothing_or_a_cut_off_reply_gives_none(reply):
    assert extract_source(reply) is None


def test_windows_line_ends_indented_and_long_fences():
    assert extract_source(f"````metal\r\n{KERNEL}````".replace("\n", "\r\n")) == KERNEL
    assert extract_source(f"  ```metal\n{KERNEL}  ```").rstrip() == KERNEL.rstrip()


def test_inline_code_in_prose_opens_no_block():
    assert extract_source(f"Use `x` and ```y``` here.\n```metal\n{KERNEL}```") == KERNEL


def test_a_closing_fence_directly_behind_the_code():
    assert extract_source("```metal\nkernel void f() {}```") == "kernel void f() {}\n"
