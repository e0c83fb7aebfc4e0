from __future__ import annotations

import base64
import json
import re
import zlib
from html.parser import HTMLParser
from itertools import pairwise

import pytest

from assay.kernels.reporting import kernel_part
from assay.report import DomainPart, Fact, Figure, Section, load_record, table, theme
from assay.report.code import changed, difference, lines
from assay.report.page import render, write_figures
from assay.report.transcript import packed
from assay.search.run import LOG_NAME

VOID = {"meta", "link", "br", "img"}


class Page(HTMLParser):
    """Collects elements, and checks that they are nested as they are closed."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.elements: list[tuple[str, dict[str, str | None]]] = []
        self.open: list[str] = []
        self.text: list[str] = []
        self.feed(html)
        assert self.open == []

    def handle_starttag(self, tag, attributes):
        self.elements.append((tag, dict(attributes)))
        if tag not in VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag, attributes):
        self.elements.append((tag, dict(attributes)))

    def handle_endtag(self, tag):
        assert self.open.pop() == tag

    def handle_data(self, data):
        self.text.append(data)

    def all(self, *tags):
        return [attributes for tag, attributes in self.elements if tag in tags]

    @property
    def words(self) -> str:
        return " ".join(" ".join(self.text).split())


@pytest.fixture(scope="module")
def hmc_page(hmc_opus):
    return render([load_record(hmc_opus)], kernel_part)


def test_the_page_says_what_the_search_came_to(hmc_page):
    words = Page(hmc_page).words
    assert "10.56\N{MULTIPLICATION SIGN}" in words
    assert "silent incorrectness" in words
    assert "wrong where the search did not look" in words
    assert "correctness failed at size b" in words
    # Of the three published searches, one has a higher self-speedup (10.699), one a lower.
    assert "would be number 2 beside the 3 published searches" in words


def test_a_loss_at_held_out_sizes_is_told(fft3d_gpt):
    words = Page(render([load_record(fft3d_gpt)], kernel_part)).words
    assert "2.95\N{MULTIPLICATION SIGN}" in words and "0.23\N{MULTIPLICATION SIGN}" in words
    assert "silent regression" in words


def test_the_page_is_well_formed_and_needs_nothing_else(hmc_page):
    page = Page(hmc_page)
    for attributes in page.all("img", "iframe", "object", "embed", "source", "base"):
        raise AssertionError(attributes)
    assert [one["href"] for one in page.all("link")] == ["data:,"]
    assert not [one for one in page.all("script") if "src" in one]
    assert "default-src 'none'" in page.all("meta")[-1]["content"]
    assert not re.search(r"url\((?!#)|@import", hmc_page)
    links = {one["href"] for one in page.all("a")}
    assert all(link.startswith("#") for link in links)
    identifiers = [one["id"] for _, one in page.elements if "id" in one]
    assert len(identifiers) == len(set(identifiers))
    assert {link[1:] for link in links} <= set(identifiers)
    references = set(re.findall(r'(?:xlink:href="|url\()#([^")]+)', hmc_page))
    assert references <= set(identifiers)


def test_what_a_model_says_stays_text(hmc_page):
    page = Page(hmc_page)
    assert len(page.all("script")) == 2
    assert "<img" not in hmc_page
    assert "alert(1)" in page.words


def test_prompts_and_replies_are_in_the_page(hmc_opus, hmc_page):
    text = re.search(r'id="run1-texts">([^<]*)<', hmc_page)[1]
    steps = json.loads(zlib.decompress(base64.b64decode(text)))
    assert steps[0] == steps[-1] == []
    assert [title for title, _ in steps[1]] == ["Instructions", "Prompt", "Reasoning", "Reply"]
    record = load_record(hmc_opus)
    for texts, step in zip(steps[1:-1], record.steps[1:], strict=True):
        assert dict(texts)["Prompt"] == step.turns[0].prompt
        assert dict(texts)["Reply"] == step.proposal.text
    assert text == packed(record)


def test_every_iteration_has_a_row_with_its_verdict(hmc_page, hmc_opus):
    body = re.search(r'<table class="steps">.*?<tbody>(.*?)</tbody>', hmc_page, re.DOTALL)[1]
    rows = body.split("</tr>")[:-1]
    steps = load_record(hmc_opus).steps
    assert len(rows) == len(steps)
    for row, step in zip(rows, steps, strict=True):
        assert f">{step.verdict}</span>" in row
        assert ("<td>yes</td>" in row) == (step.attempt.promoted and step.attempt.iteration > 0)


def test_each_promotion_is_shown_as_a_difference(hmc_page, hmc_opus):
    promoted = [step.attempt.iteration for step in load_record(hmc_opus).incumbents()]
    for before, after in pairwise(promoted):
        name = f"iteration {before}" if before else "the seed"
        assert f"Iteration {after}</strong> in place of {name}" in hmc_page


def test_a_run_has_a_page_at_every_moment(hmc_opus, tmp_path):
    log = (hmc_opus / LOG_NAME).read_text().splitlines(keepends=True)
    (tmp_path / "run.json").write_text((hmc_opus / "run.json").read_text())
    for count in (0, 1, 2, 3, 4, len(log) - 1):
        (tmp_path / LOG_NAME).write_text("".join(log[:count]))
        Page(render([load_record(tmp_path)], kernel_part))


def test_several_runs_share_a_page(hmc_opus, fft3d_gpt):
    html = render([load_record(hmc_opus), load_record(fft3d_gpt)], kernel_part)
    words = Page(html).words
    assert "2 runs on 2 problems" in words
    assert "Held-out speedup" in words
    identifiers = re.findall(r'\sid="([^"]+)"', html)
    assert len(identifiers) == len(set(identifiers))


def test_figures_are_files_too(hmc_opus, fft3d_gpt, tmp_path):
    paths = write_figures([load_record(hmc_opus), load_record(fft3d_gpt)], kernel_part, tmp_path)
    names = {path.name for path in paths}
    assert {"overview.svg", "overview.png", "hmc-claude-opus-roofline.svg"} <= names
    assert names == {path.name for path in tmp_path.iterdir()}
    for path in paths:
        start = path.read_bytes()[:300]
        assert start.startswith(b"\x89PNG") if path.suffix == ".png" else b"<svg" in start


def test_a_domain_adds_facts_sections_and_figures(hmc_opus):
    def draw(canvas):
        canvas.subplots().plot([0, 1], [0, 1], color=theme.SERIES[2])

    section = Section("Welfare", figures=[Figure("welfare", "A rising line.", draw)])
    part = DomainPart(facts=[Fact("Maximin", "0.7", tone="good")], sections=[section])
    html = render([load_record(hmc_opus)], lambda record: part)
    words = Page(html).words
    assert "Maximin 0.7" in words and "Welfare" in words and "Roofline" not in words
    assert 'aria-label="A rising line."' in html


def test_figures_take_the_colours_of_the_page(hmc_page):
    drawings = re.findall(r"<svg.*?</svg>", hmc_page, re.DOTALL)
    assert len(drawings) == 4
    for drawing in drawings:
        colours = set(re.findall(r"#[0-9a-f]{6}", drawing)) - {"#000000", "#ffffff"}
        assert not colours
        assert "var(--ink)" in drawing


@pytest.mark.parametrize("artifact", ["metal", "python", "text"])
@pytest.mark.parametrize(
    "source", ["", "\n", "a\n\n\nb", "/* one\ntwo */ x\n\n", "\n\nx", "a\r\nb\r\n", "<b>&amp;"]
)
def test_highlighting_keeps_the_lines(artifact, source):
    text = [re.sub(r"<[^>]*>", "", line) for line in lines(source, artifact)]
    plain = [line.replace("&lt;", "<").replace("&gt;", ">").replace("&amp;", "&") for line in text]
    assert plain == source.replace("\r\n", "\n").split("\n")


def test_words_of_metal_are_highlighted():
    (line,) = lines("kernel void f(device float4 *x)", "metal")
    assert '<span class="k-k">kernel</span>' in line
    assert '<span class="k-kt">float4</span>' in line


def test_a_difference_shows_what_came_and_what_went():
    before = "".join(f"line {k}\n" for k in range(30))
    after = before.replace("line 7\n", "line seven\nand more\n")
    assert changed(before, after) == (2, 1)
    html = difference(before, after, "text", "x")
    rows = re.findall(r'<span class="(same|come|gone|hunk)">', html)
    assert rows == ["hunk", *["same"] * 3, "gone", "come", "come", *["same"] * 3]
    assert "line 5" in html.split("</span>")[0]


def test_what_a_comparison_in_turns_said_is_shown(hmc_opus, tmp_path):
    lines = (hmc_opus / LOG_NAME).read_text().splitlines()
    events = [json.loads(line) for line in lines]
    judged = next(event for event in events if event["event"] == "evaluated")
    judged["comparison"] = {"ratio": 0.85, "low": 0.44, "turns": 5}
    (tmp_path / LOG_NAME).write_text("".join(json.dumps(event) + "\n" for event in events))
    (tmp_path / "run.json").write_text((hmc_opus / "run.json").read_text())
    words = Page(render([load_record(tmp_path)], kernel_part)).words
    times = "\N{MULTIPLICATION SIGN}"
    expected = f"in turns with the incumbent: 0.85{times}, at least 0.44{times} (5 turns)"
    assert words.count(expected) == 1


def test_a_table_has_no_header_without_a_text():
    html = table("Means", ("", "seed"), [("a", 1), ("<b>", 2)])
    assert html.count('scope="col"') == 1 and html.count("<td></td>") == 1
    assert '<th scope="row">&lt;b&gt;</th>' in html
