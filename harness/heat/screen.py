"""A heat picture on a terminal: a verdict, then each table's and index's use, heat strip, keys, and what to do.

Fits what it is given: narrow terminals, no colour, no blocks. What clients named (keys) is never taken as markup, and
never as a control code.
"""

import os
from collections.abc import Iterator, Mapping
from typing import TextIO

from rich.console import Console, Group, RenderableType
from rich.padding import Padding
from rich.table import Table
from rich.text import Text

from harness.capacity.advice import Advice, advise
from harness.capacity.advice.case import Case
from harness.capacity.advice.words import told_number
from harness.capacity.picture import HeatPicture
from harness.heat.ramp import Ramp
from harness.heat.resource_lines import ResourceLines
from harness.heat.verdict import verdict_of
from harness.heat.words import Instants

WIDTH_MAX, WIDTH_MIN = 120, 40
TOP_DEFAULT = 5
# What a screen that is watched has room for above the tables.
ADVICE_WATCHED_MAX = 3
_STYLE_BY_MOOD = {"good": "bold green", "unsure": "bold yellow", "bad": "bold red"}
_STYLE_BY_WEIGHT = {"act": "red", "watch": "yellow", "fine": "green"}


def console_of(stream: TextIO, environ: Mapping[str, str] | None = None) -> Console:
    """Return a console that fits a stream: no escape code for a pipe, a file, NO_COLOR or TERM=dumb."""
    settings = os.environ if environ is None else environ
    capable = settings.get("TERM", "dumb") not in ("", "dumb", "unknown") and not settings.get("NO_COLOR")
    if stream.isatty() and capable:
        return Console(file=stream, highlight=False, markup=False, emoji=False)
    width = None if stream.isatty() else WIDTH_MAX
    return Console(
        file=stream, force_terminal=False, color_system=None, highlight=False, markup=False, emoji=False, width=width
    )


def shown(picture: HeatPicture, console: Console, *, top: int = TOP_DEFAULT, watched: bool = False) -> RenderableType:
    """Return a picture for a console, with at most `top` keys a list.

    One that is `watched` begins with what matters, because the screen cuts off its end.
    """
    # Sixteen colours are too few for a ramp: blocks tell more then.
    coloured = console.color_system in ("256", "truecolor") and not console.no_color
    ramp = Ramp(colour=coloured, encoding=console.encoding)
    width = max(WIDTH_MIN, min(console.width, WIDTH_MAX))
    return Group(*_Screen(picture, ramp, width, top).parts(watched=watched))


class _Screen:
    """One picture for one output."""

    def __init__(self, picture: HeatPicture, ramp: Ramp, width: int, top: int) -> None:
        self._picture, self._ramp, self._width, self._top = picture, ramp, width, top

    def parts(self, *, watched: bool) -> Iterator[RenderableType]:
        verdict, advice = verdict_of(self._picture), advise(self._picture)
        yield self._text(verdict.headline, _STYLE_BY_MOOD[verdict.mood])
        yield self._text(self._about(), "dim")
        cases = [Case(self._picture, table, heat) for table in self._picture.tables for heat in table.resources]
        if watched:
            cases.sort(key=lambda case: (-case.throttled, -case.fullest_part))
            for one in advice[:ADVICE_WATCHED_MAX]:
                yield self._title(one)
        for case in cases:
            yield Text()
            yield from ResourceLines(case, self._ramp, self._width, self._top).all()
        if advice and not watched:
            yield Text()
            yield self._text("what to do", "bold")
            for one in advice:
                yield from self._advice(one)

    def _about(self) -> str:
        picture, instants = self._picture, Instants(self._picture)
        zone = "" if picture.source == "plan" else " UTC"
        scale = "" if picture.scale == 1 else f" · limits at {told_number(picture.scale)} of AWS's"
        counted_only = "" if all(one.enforced for one in picture.tables) else " · counted, not enforced"
        return f"{instants.told(picture.started_s)} to {instants.told(picture.at_s)}{zone}{scale}{counted_only}"

    def _title(self, one: Advice) -> Padding:
        title = Text(self._ramp.text(one.title), style=f"bold {_STYLE_BY_WEIGHT[one.weight]}")
        return Padding(title.append(f"  {one.kind}", style="not bold dim"), (0, 0, 0, 2), expand=False)

    def _advice(self, one: Advice) -> Iterator[RenderableType]:
        yield self._title(one)
        grid = Table.grid(padding=(0, 1))
        grid.add_column(width=4, style="dim")
        grid.add_column(overflow="fold", max_width=self._width - 8)
        grid.add_row("why", self._text(one.why))
        if one.what:
            grid.add_row("what", self._text(one.what))
        if one.snippet:
            grid.add_row("how", self._text(one.snippet, "cyan"))
        yield Padding(grid, (0, 0, 0, 2), expand=False)

    def _text(self, text: str, style: str = "") -> Text:
        return Text(self._ramp.text(text), style=style)
