"""The page is whole without network or script, says what it shows in words, and follows the house's colours."""

import re
from collections.abc import Iterator
from html.parser import HTMLParser
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from harness.plan.page import write_page
from harness.plan.plots import MARKS, Series, bars, over_time
from harness.plan.prices import Prices
from harness.plan.running import Settings, StageResult, Variant, run_stages
from harness.plan.telling import as_document, headline
from harness.plan.traffic import steady
from harness.plan.what_if import changed, notes_of, read_changes
from tests.plan.designs import design

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

PHONE = {"width": 390, "height": 844}
DESKTOP = {"width": 1280, "height": 900}


@pytest.fixture(scope="module")
def results(tmp_path_factory: pytest.TempPathFactory) -> list[StageResult]:
    told = design(tmp_path_factory.mktemp("plan"), ("count: 1000, main", "count: 1000, draw: 'hot:1', main"))
    other = changed(told, read_changes("Wallets.shards=10"))
    variants = [Variant("as designed", told), Variant("Wallets.shards=10", other, tuple(notes_of(other)))]
    return run_stages(variants, [steady(3, 10), steady(1200, 10)], Prices.load(), Settings())


@pytest.fixture(scope="module")
def page(results: list[StageResult], tmp_path_factory: pytest.TempPathFactory) -> str:
    file = tmp_path_factory.mktemp("page") / "plan.html"
    return write_page(file, results, prices_as_of="2026-11-21", arguments=["--rate", "1200"]).read_text()


class Outline(HTMLParser):
    """Ids, their references, and what would be fetched."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.ids: list[str] = []
        self.named: list[str] = []
        self.fetched: list[str] = []
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        told = dict(attrs)
        self.ids += [told["id"] or ""] if "id" in told else []
        self.named += (told.get("aria-labelledby") or "").split()
        self.fetched += [value for name, value in attrs if name in ("src", "href", "xlink:href") and value]


def test_page_fetches_nothing_and_its_ids_are_its_own(page: str) -> None:
    outline = Outline(page)

    assert [one for one in outline.fetched if not one.startswith(("#", "data:"))] == []
    assert len(outline.ids) == len(set(outline.ids))
    assert set(outline.named) <= set(outline.ids)
    assert "plot-offered-title" in outline.ids


def test_page_says_why_it_does_not_hold_and_what_sharding_costs(page: str) -> None:
    assert "Shop with Wallets.shards=10 does not hold: 1,200 a second" in page
    assert "each read of a key asks all of them" in page
    assert "StartExecution" in page
    assert "rehearse plan --rate 1200" in page
    assert "prices of 2026-11-21" in page


def test_names_from_a_design_can_not_become_markup(tmp_path: Path) -> None:
    told = design(tmp_path, ("design: shop", "design: <script>alert(1)</script>"), ("  pay:", "  <b>pay</b>:"))
    results = run_stages([Variant("<i>x</i>", told)], [steady(1, 2)], Prices.load(), Settings())

    page = write_page(tmp_path / "plan.html", results).read_text()

    assert "<script>alert(1)" not in page
    assert "<i>x</i>" not in page


def test_plot_has_the_pages_colours_and_words() -> None:
    drawn = over_time(
        "Units <now>", "Many.", [0, 1, 2], [Series("a&b", [1, 2, 2]), Series("c", [0, 1, 1], "bad")], unit="u", name="p"
    )

    assert not re.search("|".join(MARKS), drawn.svg, re.IGNORECASE)
    assert "var(--accent)" in drawn.svg
    assert "var(--bad)" in drawn.svg
    assert '<title id="p-title">Units &lt;now&gt;</title>' in drawn.svg
    assert ">a&amp;b</text>" in drawn.svg
    assert "<style" not in drawn.svg


def test_same_plot_is_the_same_text() -> None:
    def drawn() -> str:
        return bars("t", "s", ["one", "two"], [Series("x", [1, 20])], unit="USD", name="b", log=True).svg

    assert drawn() == drawn()


def test_headline_names_the_first_stage_that_breaks_or_the_last_that_holds(results: list[StageResult]) -> None:
    assert headline(results[:1]) == "shop holds: 3 a second"
    assert headline(results) == "shop with Wallets.shards=10 does not hold: 1,200 a second"


def test_document_holds_what_programs_ask(results: list[StageResult]) -> None:
    told = as_document(results[2])

    assert told["holds"] is False
    assert told["dynamodb"]["throttled"] > 0
    assert told["dynamodb"]["first"]["key"] == "user-0"
    assert {one["resource"] for one in told["dynamodb"]["resources"]} == {"Wallets", "Payments", "Payments.ByUser"}
    assert told["month"]["usd"] > 0


@pytest.fixture(scope="module")
def path(results: list[StageResult], tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_page(tmp_path_factory.mktemp("page") / "plan.html", results, prices_as_of="2026-11-21")


@pytest.fixture
def opened(browser: "Browser", path: Path) -> Iterator["Page"]:
    page = browser.new_context().new_page()
    complaints: list[str] = []
    page.on("console", lambda message: complaints.append(message.text))
    page.goto(path.as_uri())
    yield page
    page.context.close()
    assert complaints == []


@pytest.mark.slow
@pytest.mark.parametrize("viewport", [PHONE, DESKTOP], ids=["phone", "desktop"])
def test_page_fits_the_screen_and_its_plots_can_be_read(opened: "Page", viewport: dict[str, int]) -> None:
    opened.set_viewport_size(viewport)  # type: ignore[arg-type]

    assert opened.evaluate("document.documentElement.scrollWidth") <= viewport["width"]
    heights = opened.evaluate(
        "[...document.querySelectorAll('svg.plot text')].map(e => e.getBoundingClientRect().height)"
    )
    assert min(heights) > 6


@pytest.mark.slow
def test_plots_follow_dark_mode(opened: "Page") -> None:
    def ink() -> str:
        told: str = opened.evaluate("getComputedStyle(document.querySelector('svg.plot text')).fill")
        return told

    opened.emulate_media(color_scheme="light")
    light = ink()
    opened.emulate_media(color_scheme="dark")
    assert ink() != light
