"""In a real browser the page is quiet, stays within the screen, and its drawings say what they show."""

from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from harness.heat.page import write
from tests.heat.pictures import PICTURES, hot_wallet

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

pytestmark = pytest.mark.slow
PHONE = {"width": 390, "height": 844}
DESKTOP = {"width": 1280, "height": 900}


class Opened:
    """Pages of one browser, with what they complained of."""

    def __init__(self, browser: "Browser", folder: Path) -> None:
        self._browser, self._folder = browser, folder
        self.complaints: list[str] = []

    def page(self, name: str, **context: object) -> "Page":
        path = write(self._folder / f"{name}.html", PICTURES[name]())
        page = self._browser.new_context(**context).new_page()  # type: ignore[arg-type]
        page.on("console", lambda message: self.complaints.append(message.text))
        page.on("pageerror", lambda error: self.complaints.append(str(error)))
        page.goto(path.as_uri())
        return page


@pytest.fixture
def opened(browser: "Browser", tmp_path: Path) -> Iterator[Opened]:
    yield Opened(browser, tmp_path)
    for context in browser.contexts:
        context.close()


@pytest.mark.parametrize("name", ["everything", "nasty_names", "many_partitions", "empty"])
@pytest.mark.parametrize("viewport", [PHONE, DESKTOP], ids=["phone", "desktop"])
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_page_fits_the_screen(opened: Opened, name: str, viewport: dict[str, int], scheme: str) -> None:
    page = opened.page(name, viewport=viewport, color_scheme=scheme)

    page.evaluate("for (const one of document.querySelectorAll('details')) one.open = true")

    assert page.evaluate("document.documentElement.scrollWidth") == viewport["width"]
    assert opened.complaints == []


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_heat_is_told_apart_by_lightness_in_both_schemes(opened: Opened, scheme: str) -> None:
    page = opened.page("hot_wallet", color_scheme=scheme)

    lightness = page.evaluate(
        """[...document.querySelectorAll('.scale i')].map(one => {
          const [r, g, b] = getComputedStyle(one).backgroundColor.match(/\\d+/g).map(Number);
          return 0.2126 * r + 0.7152 * g + 0.0722 * b })"""
    )

    assert lightness == sorted(lightness, reverse=scheme == "light")
    assert all(abs(one - other) >= 5 for one, other in pairwise(lightness[1:]))


def test_drawings_of_one_resource_share_their_time_axis(opened: Opened) -> None:
    page = opened.page("hot_wallet", viewport=DESKTOP)

    sides = page.evaluate(
        "[...document.querySelectorAll('.plot > svg')].map(one => one.getBoundingClientRect())"
        ".map(one => [Math.round(one.left), Math.round(one.right)])"
    )

    assert len(sides) == 4
    assert len({tuple(one) for one in sides}) == 1


def test_cell_says_what_it_shows_when_a_pointer_rests_on_it(opened: Opened) -> None:
    page = opened.page("hot_wallet", viewport=DESKTOP)

    titles = page.evaluate("[...document.querySelectorAll('.map g > title')].map(one => one.textContent)")

    assert any("partition 6: 100 % of its cap, 1,000 WU/s" in title and "throttled" in title for title in titles)
    assert page.locator(".map .fork").count() == len(hot_wallet().tables[0].resources[0].splits)


def test_page_is_whole_without_scripts_and_on_paper(opened: Opened) -> None:
    page = opened.page("everything", java_script_enabled=False)

    assert page.locator("svg.map").count() == 5
    page.emulate_media(media="print")
    assert page.pdf().startswith(b"%PDF")
    assert not page.locator("nav").is_visible()
