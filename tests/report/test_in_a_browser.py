"""In a real browser the page is quiet, stays within the screen, opens and closes, and asks for nothing but itself."""

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from harness.report.model import compare, read_run
from harness.report.page import write_comparison, write_page
from tests.report.runs import bad_run, good_run

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

pytestmark = pytest.mark.slow
PHONE = {"width": 390, "height": 844}
DESKTOP = {"width": 1280, "height": 900}
OPENS_WITHIN_MS = 3_000


class Watched:
    """Pages of one browser, with what they asked for and complained of."""

    def __init__(self, browser: "Browser") -> None:
        self._browser = browser
        self.asked: list[str] = []
        self.complaints: list[str] = []

    def open(self, path: Path, **context: object) -> "Page":
        page = self._browser.new_context(**context).new_page()  # type: ignore[arg-type]
        page.on("request", lambda request: self.asked.append(request.url))
        page.on("console", lambda message: self.complaints.append(message.text))
        page.on("pageerror", lambda error: self.complaints.append(str(error)))
        page.goto(path.as_uri(), timeout=OPENS_WITHIN_MS)
        return page

    def must_be_quiet(self) -> None:
        assert self.complaints == []
        assert [url for url in self.asked if not url.startswith(("file:", "data:"))] == []


@pytest.fixture
def watched(browser: "Browser") -> Iterator[Watched]:
    yield Watched(browser)
    for context in browser.contexts:
        context.close()


@pytest.fixture
def page_path(tmp_path: Path) -> Path:
    return write_page(bad_run(tmp_path / "run"))


@pytest.mark.parametrize("viewport", [PHONE, DESKTOP], ids=["phone", "desktop"])
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_page_fits_the_screen_when_everything_is_open(
    watched: Watched, page_path: Path, viewport: dict[str, int], scheme: str
) -> None:
    page = watched.open(page_path, viewport=viewport, color_scheme=scheme)

    page.evaluate("for (const one of document.querySelectorAll('details')) one.open = true")

    assert page.evaluate("document.documentElement.scrollWidth") == viewport["width"]
    watched.must_be_quiet()


def test_colours_follow_the_scheme(watched: Watched, page_path: Path) -> None:
    def brightness(scheme: str) -> int:
        page = watched.open(page_path, color_scheme=scheme)
        colour = page.evaluate("getComputedStyle(document.body).backgroundColor")
        return sum(int(part) for part in colour.removeprefix("rgb(").removesuffix(")").split(","))

    assert brightness("light") > 600
    assert brightness("dark") < 150


def test_failed_scenarios_are_open_and_others_open_on_a_click(watched: Watched, page_path: Path) -> None:
    page = watched.open(page_path, viewport=DESKTOP)
    passed = page.locator("details.scenario.good")

    assert page.locator("details.scenario.bad").get_attribute("open") is not None
    assert page.locator("svg.machine.taken").first.is_visible()
    assert not passed.locator(".body").is_visible()
    passed.locator("summary").first.click()
    assert passed.locator(".body").is_visible()
    watched.must_be_quiet()


def test_search_and_filters_hide_what_is_not_meant(watched: Watched, page_path: Path) -> None:
    page = watched.open(page_path, viewport=PHONE)
    shown = page.locator("details.scenario:visible")

    assert shown.count() == 3
    page.fill("[type=search]", "charged once")
    assert shown.count() == 1
    page.fill("[type=search]", "")
    page.uncheck("[value=passed]")
    assert shown.count() == 2
    watched.must_be_quiet()


def test_page_is_whole_without_scripts(watched: Watched, page_path: Path) -> None:
    page = watched.open(page_path, java_script_enabled=False)

    assert not page.locator("form.filter").is_visible()
    assert not page.locator("details.scenario.good .body").is_visible()
    page.locator("details.scenario.good > summary").click()
    assert page.locator("details.scenario.good .body").is_visible()


def test_outside_requests_are_refused_by_the_page_itself(watched: Watched, page_path: Path) -> None:
    page = watched.open(page_path)

    refused = page.evaluate("fetch('http://127.0.0.1:9/').then(() => false, () => true)")

    assert refused
    assert any("Content Security Policy" in complaint for complaint in watched.complaints)


def test_print_shows_no_controls(watched: Watched, page_path: Path) -> None:
    page = watched.open(page_path, viewport=DESKTOP)

    page.emulate_media(media="print")

    assert not page.locator("nav").is_visible()
    assert not page.locator("form.filter").is_visible()
    assert page.locator("h1").is_visible()
    assert page.pdf().startswith(b"%PDF")


def test_comparison_fits_a_phone(watched: Watched, tmp_path: Path) -> None:
    runs = [read_run(make(tmp_path / make.__name__)) for make in (good_run, bad_run)]

    page = watched.open(write_comparison(compare(*runs)), viewport=PHONE)

    assert page.evaluate("document.documentElement.scrollWidth") == PHONE["width"]
    watched.must_be_quiet()
