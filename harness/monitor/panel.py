"""The summary on a terminal: a frame with what is known, and a bar for the time of each state."""

from rich.box import ROUNDED
from rich.console import Group, RenderableType
from rich.padding import Padding
from rich.panel import Panel
from rich.table import Table
from rich.text import Text

from harness.monitor.account import STATE_MS_MAX, Account
from harness.monitor.closing import bar, facts_of, icon_of
from harness.monitor.glyphs import Glyphs
from harness.monitor.telling import BACK, duration

STYLE_BY_LABEL = {"compensation": "yellow", "recovery": "yellow", "reason": "red"}
WIDTH_MAX = 100


def summary(account: Account, glyphs: Glyphs) -> RenderableType:
    """Return the summary of an execution."""
    parts: list[RenderableType] = [_facts(account, glyphs)]
    if account.executed:
        parts += [Text(), _times(account, glyphs)]
    colour = "green" if account.succeeded else "red"
    title = Text(f"{account.subject.flow} {account.status}", style=f"bold {colour}")
    return Padding(
        Panel.fit(Group(*parts), title=title, title_align="left", border_style=colour, box=ROUNDED, padding=(1, 2)),
        (1, 0),
    )


def _facts(account: Account, glyphs: Glyphs) -> Table:
    grid = Table.grid(padding=(0, 2))
    grid.add_column(no_wrap=True)
    grid.add_column(style="dim", no_wrap=True)
    grid.add_column(overflow="fold")
    before, icon_before = "", ""
    for label, text in facts_of(account):
        style = STYLE_BY_LABEL.get(label, "")
        if label == "final status":
            style = "bold green" if account.succeeded else "bold red"
        icon = glyphs.icon("" if icon_of(label) == icon_before else icon_of(label))
        grid.add_row(icon, "" if label == before else label, Text(glyphs.text(text), style=style))
        before, icon_before = label, icon_of(label)
    return grid


def _times(account: Account, glyphs: Glyphs) -> Table:
    grid = Table.grid(padding=(0, 2))
    grid.add_column(no_wrap=True)
    grid.add_column(justify="right", no_wrap=True)
    grid.add_column(no_wrap=True)
    grid.add_column(style="dim", overflow="fold")
    for step in account.executed:
        colour = "red" if step.result == "failed" else "yellow" if step.took_ms >= STATE_MS_MAX else "green"
        name = f"{BACK if step.after_catch else ''}{step.state}"
        aside = f"{step.attempts} attempts" if step.attempts > 1 else ""
        grid.add_row(
            Text(glyphs.text(name), style="yellow" if step.after_catch else ""),
            duration(step.took_ms),
            Text(glyphs.text(bar(step, account)), style=colour),
            aside,
        )
    return grid
