"""The page says what the picture holds, asks for nothing from outside, and stays small and whole."""

import re
from html.parser import HTMLParser
from pathlib import Path
from xml.etree import ElementTree as Xml

import pytest

from harness.errors import SettingInvalid
from harness.heat.page import fragment, render, write
from tests.heat.pictures import (
    PICTURES,
    hot_wallet,
    many_partitions,
    nasty_names,
    picture,
    quiet,
    table,
    twelve_indexes,
)

OUTSIDE = re.compile(r"""\b(?:src|href|action)\s*=\s*(?!["'](?:#|data:))|@import|url\((?!#)""")
MARK = re.compile(r'<path class="x(?: dark)?" d="M[\d.]+ [\d.]+l')
BYTES_MAX = 1_000_000
DRAWING = re.compile(r"<svg class=\"(?:map|chart|names|axis)\".*?</svg>(?=</div>)", re.DOTALL)


class Tags(HTMLParser):
    """Which elements a page has, and that each is closed."""

    VOID = ("meta", "link", "br")

    def __init__(self, page: str) -> None:
        super().__init__()
        self.seen: list[str] = []
        self.open: list[str] = []
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: object) -> None:
        self.seen.append(tag)
        if tag not in self.VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag: str, attrs: object) -> None:
        self.seen.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag


@pytest.mark.parametrize("name", PICTURES)
def test_page_is_whole_small_and_asks_for_nothing_outside(name: str) -> None:
    page = render(PICTURES[name]())

    assert Tags(page).open == []
    assert len(page.encode()) < BYTES_MAX
    assert OUTSIDE.findall(page) == []
    assert "default-src 'none'" in page


def test_page_stays_below_a_megabyte_when_everything_is_much() -> None:
    tables = [*many_partitions(600).tables, *twelve_indexes().tables * 4, *hot_wallet().tables * 20]

    assert len(render(picture(*tables, steps=120)).encode()) < BYTES_MAX


def test_page_tells_everything_when_a_wallet_is_hot() -> None:
    page = render(hot_wallet(), command="rehearse heat --output heat.html")

    for told in (
        "1 key takes 77 % of the writes of payments-Wallets and is throttled: UserID=user-hot, 6,666 requests",
        "shard UserID=user-hot over 2 keys",
        "TableWriteKeyRangeThroughputExceeded",
        "partition 5 became 6 and 7: single item",
        "partition 6: 100 % of its cap, 1,000 WU/s",
        "6 alone",
        "rehearse heat --output heat.html",
    ):
        assert told in page, told


@pytest.mark.parametrize("name", PICTURES)
def test_drawings_are_well_formed_and_stay_on_their_paper(name: str) -> None:
    for drawing in DRAWING.findall(render(PICTURES[name]())):
        root = Xml.fromstring(drawing)  # noqa: S314 - drawn a moment ago, by ourselves
        for part in root.iter():
            for side in ("x", "x1", "x2"):
                told = part.get(side, "0%")
                if told.endswith("%"):
                    assert 0 <= float(told.removesuffix("%")) <= 100


def test_throttled_cells_carry_a_mark_beside_their_colour() -> None:
    hot, calm = render(hot_wallet()), render(quiet())

    assert len(MARK.findall(hot)) > 20
    assert MARK.findall(calm) == []


def test_split_is_marked_where_it_happened() -> None:
    page = render(hot_wallet())

    forks = re.findall(r'<svg x="([\d.]+)%" y="[\d.]+" overflow="visible"><g class="fork"><title>([^<]+)', page)
    assert [float(percent) for percent, _ in forks] == [pytest.approx(44.44), pytest.approx(71.11)]
    assert forks[0][1] == "07:40:00 partition 1 became 4 and 5: heat"


def test_names_stay_text_when_they_look_like_something_else() -> None:
    page = render(nasty_names())

    assert "<script>alert" not in page
    assert "<b>bold" not in page
    assert "&lt;i&gt;Wallets&lt;/i&gt;" in page
    assert "\x1b" not in page
    assert "4242424242424242" not in page
    assert "ключ-键" in page


def test_fragment_is_the_middle_part_with_its_style_once() -> None:
    first, second = fragment(hot_wallet()), fragment(hot_wallet(), styled=False)

    assert first.count("<style>") == 1
    assert "<style>" not in second
    assert "<html" not in first
    assert Tags(first).open == []
    assert 'class="map"' in second
    assert 'id="later-0"' in fragment(hot_wallet(), prefix="later")


def test_figure_of_a_plan_is_told_since_its_begin() -> None:
    page = render(PICTURES["grown_too_fast"]())

    assert "+0s to +10m" in page
    assert "UTC" not in page


def test_counted_picture_says_that_nothing_is_enforced() -> None:
    counted = picture(table(*hot_wallet().tables[0].resources, enforced=False), steps=90)

    page = render(counted)
    assert "would be throttled" in page
    assert "no, counted only" in page


def test_page_can_not_be_written_into_a_file_that_is_a_folder(tmp_path: Path) -> None:
    assert write(tmp_path / "heat.html", quiet()).read_text().startswith("<!doctype html>")
    with pytest.raises(SettingInvalid, match="can't be written"):
        write(tmp_path, quiet())
