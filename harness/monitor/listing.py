"""The recent executions: one row each, where it is now or why it failed."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC
from typing import Any

from rich.table import Table
from rich.text import Text

from harness.clients.flow import Flow
from harness.monitor.account import Account
from harness.monitor.glyphs import Glyphs
from harness.monitor.subject import Subject
from harness.monitor.telling import duration

STYLE_BY_STATUS = {"SUCCEEDED": "green", "RUNNING": "cyan"}
COLUMNS = ("id", "flow", "status", "started (UTC)", "took", "states", "now, or error")
# What a narrow terminal has room for.
ESSENTIAL = ("id", "status", "took", "now, or error")
WIDTH_FOR_ALL = 90


@dataclass(frozen=True)
class Row:
    """One execution and its states so far."""

    subject: Subject
    flow: Flow

    @property
    def states(self) -> int:
        """How many Task states were entered."""
        return len(self._account.executed)

    @property
    def where(self) -> str:
        """The state that runs now, or where and why it failed; "" after an execution that went well."""
        step = self.flow.current
        if step is not None:
            return f"in {step.state}" + (f", attempt {step.attempts}" if step.attempts > 1 else "")
        failed_in = self._account.failed_in
        return ": ".join(filter(None, (failed_in.state if failed_in else "", self.flow.error)))

    def cells(self) -> dict[str, str]:
        """Return what stands in each column."""
        started = f"{self.subject.started_at.astimezone(UTC):%Y-%m-%d %H:%M:%S}"
        took = duration(self.flow.took_ms)
        told = (self.subject.name, self.subject.flow, self.flow.outcome, started, took, str(self.states), self.where)
        return dict(zip(COLUMNS, told, strict=True))

    def to_json(self) -> dict[str, Any]:
        """Return everything but balances and gateway calls as JSON-ready values."""
        document = self._account.to_json()
        kept = {name: document[name] for name in ("states", "states_executed", "took_ms", "compensation")}
        return {**document["execution"], "status": self.flow.outcome, "where": self.where, **kept}

    @property
    def _account(self) -> Account:
        return Account(self.subject, self.flow, {}, "", "")


def table(rows: Iterable[Row], glyphs: Glyphs, *, width: int) -> Table:
    """Return the rows as a table, without lines, so that it reads the same in a terminal and in a pipe.

    Where it would not fit into `width` columns it leaves some out, so that ids stay whole.
    """
    chosen = COLUMNS if width >= WIDTH_FOR_ALL else ESSENTIAL
    listed = Table(box=None, padding=(0, 2, 0, 0), pad_edge=False, header_style="dim")
    for column in chosen:
        right = column in ("took", "states")
        listed.add_column(column, justify="right" if right else "left", overflow="fold", no_wrap=column != COLUMNS[-1])
    for row in rows:
        cells = row.cells()
        colour = STYLE_BY_STATUS.get(row.flow.outcome, "red")
        listed.add_row(*(Text(glyphs.text(cells[one]), style=colour if one == "status" else "") for one in chosen))
    return listed
