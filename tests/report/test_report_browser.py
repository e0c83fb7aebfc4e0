"""The page in a real browser: nothing on the console, no request, no accessibility violation."""

from __future__ import annotations

import os
import shutil

import pytest

from assay.kernels.published import published_tasks
from assay.kernels.reporting import kernel_part
from assay.report import load_record
from assay.report.page import write_report

pytestmark = pytest.mark.browser

NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable", "chrome")
PHONE = {"width": 360, "height": 740}
DESKTOP = {"width": 1280, "height": 900}
VIEWS = [
    pytest.param(DESKTOP, "light", id="light"),
    pytest.param(DESKTOP, "dark", id="dark"),
    pytest.param(PHONE, "light", id="phone-light"),
    pytest.param(PHONE, "dark", id="phone-dark"),
]


def _executable() -> str | None:
    """The browser that ASSAY_BROWSER names, or one that is installed."""
    named = os.environ.get("ASSAY_BROWSER")
    return named or next((path for name in NAMES if (path := shutil.which(name))), None)


@pytest.fixture(scope="module")
def browser():
    reason = "needs playwright and axe: pip install '.[browser]'"
    playwright = pytest.importorskip("playwright.sync_api", reason=reason)
    pytest.importorskip("axe_playwright_python", reason=reason)
    executable = _executable()
    if executable is None:
        pytest.skip("no Chromium found; install one, or name it in ASSAY_BROWSER")
    with playwright.sync_playwright() as driver:
        # Its own sandbox needs privileges that containers do not give; the page is ours.
        started = driver.chromium.launch(executable_path=executable, args=["--no-sandbox"])
        yield started
        started.close()


@pytest.fixture(scope="module")
def pages(hmc_opus, fft3d_gpt, published_run, tmp_path_factory):
    """The report of one run, and that of three."""
    folder = tmp_path_factory.mktemp("pages")
    write_report([load_record(hmc_opus)], kernel_part, folder / "run.html")
    runs = (hmc_opus, fft3d_gpt, published_run("lbm", "gemini-3.1"))
    write_report([load_record(run) for run in runs], kernel_part, folder / "sweep.html")
    return folder


@pytest.fixture(scope="module")
def all_tasks(pages, published_run):
    """Name of the report of a sweep over the twelve tasks."""
    runs = [published_run(task, "gemini-3.1") for task in published_tasks()]
    write_report([load_record(run) for run in runs], kernel_part, pages / "all.html")
    return "all.html"


@pytest.fixture
def opened(browser, pages):
    """Open a page; after the test, the console has to be empty and nothing requested."""
    noise: list[str] = []
    contexts = []

    def open_page(name: str, viewport: dict[str, int], scheme: str):
        context = browser.new_context(viewport=viewport, color_scheme=scheme)
        contexts.append(context)
        page = context.new_page()
        address = (pages / name).as_uri()
        page.on("console", lambda message: noise.append(f"console: {message.text}"))
        page.on("pageerror", lambda error: noise.append(f"error: {error}"))
        page.on("request", lambda one: noise.append(one.url) if one.url != address else None)
        page.goto(address)
        return page

    yield open_page
    for context in contexts:
        context.close()
    assert noise == []


def _violations(page) -> list[str]:
    from axe_playwright_python.sync_playwright import Axe

    found = Axe().run(page).response["violations"]
    return [f"{one['id']}: {one['nodes'][0]['html']} ({one['help']})" for one in found]


def _open_everything(page) -> None:
    """Open what is closed, and wait until all prompts and replies are unpacked."""
    page.evaluate("for (const one of document.querySelectorAll('details')) one.open = true;")
    page.wait_for_selector(".talk:not(:has(pre))", state="detached")


@pytest.mark.parametrize(("viewport", "scheme"), VIEWS)
def test_a_run_is_accessible(opened, viewport, scheme):
    page = opened("run.html", viewport, scheme)
    assert _violations(page) == []
    _open_everything(page)
    assert _violations(page) == []


def test_several_runs_are_accessible(opened):
    page = opened("sweep.html", PHONE, "dark")
    assert page.locator("details.run").count() == 3
    assert _violations(page) == []


@pytest.mark.slow
@pytest.mark.parametrize(("viewport", "scheme"), VIEWS)
def test_a_sweep_of_all_published_tasks_is_accessible(opened, all_tasks, viewport, scheme):
    page = opened(all_tasks, viewport, scheme)
    assert page.locator("details.run").count() == 12
    assert _violations(page) == []
    _open_everything(page)
    assert _violations(page) == []
    if viewport is PHONE:
        assert page.evaluate("document.documentElement.scrollWidth") <= PHONE["width"]


@pytest.mark.parametrize("name", ["run.html", "sweep.html"])
def test_a_phone_shows_the_page_in_its_width(opened, name):
    page = opened(name, PHONE, "light")
    _open_everything(page)
    assert page.evaluate("document.documentElement.scrollWidth") <= PHONE["width"]


def test_text_is_large_enough_on_a_phone(opened):
    page = opened("run.html", PHONE, "light")
    pixels = page.evaluate(
        "[...document.querySelectorAll('svg text')].map((one) => one.getScreenCTM().a *"
        " parseFloat(getComputedStyle(one).fontSize))"
    )
    upright = [size for size in pixels if size > 1]
    assert upright and min(upright) >= 8.9


def test_everything_can_be_reached_with_the_keyboard(opened):
    page = opened("run.html", DESKTOP, "light")
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.textContent") == "Skip to the results"
    page.evaluate("document.querySelector('.talk summary').focus()")
    page.keyboard.press("Enter")
    page.wait_for_selector(".talk[open] pre")
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.tagName") == "PRE"


def test_a_prompt_and_a_reply_are_shown_as_they_were(opened, hmc_opus):
    page = opened("run.html", DESKTOP, "light")
    page.click("table.steps a >> nth=2")
    texts = page.locator(".talk[open] pre")
    texts.first.wait_for()
    turn = load_record(hmc_opus).steps[3].turns[0]
    assert texts.all_inner_texts()[-3:] == [turn.prompt, "Thinking.", turn.reply.text]
    assert page.evaluate("document.querySelector('.talk[open]').id") == "run1-talk3"


def test_a_link_opens_the_run_that_it_leads_to(opened):
    page = opened("sweep.html", DESKTOP, "light")
    page.click("th a >> text=lbm")
    page.wait_for_selector("details.run[open]")
    assert "lbm" in page.locator("details.run[open] h3").inner_text()


def test_figures_follow_the_colour_scheme(opened):
    colours = {
        scheme: opened("run.html", DESKTOP, scheme).evaluate(
            "getComputedStyle(document.querySelector('svg text')).fill"
        )
        for scheme in ("light", "dark")
    }
    assert colours["light"] != colours["dark"]
