"""The settlement file and its totals, for whoever compares books. No fault touches them."""

import sqlite3
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from flask import Blueprint, Response, request

from mock_gateway.answer import Answer
from mock_gateway.faces import fields
from mock_gateway.faces.desk import Desk
from mock_gateway.faces.exchange import STREAM, sent
from mock_gateway.money.period import Period
from mock_gateway.money.settlement import COLUMNS, Settled, Settlement, csv_text, row_of

LINES_AT_ONCE = 1_000
_QUERY = ("date", "from", "to", "merchant")


@dataclass(frozen=True)
class SettlementDesk:
    """`GET /settlement.csv` and `GET /settlement`."""

    desk: Desk

    def add_to(self, face: Blueprint) -> None:
        """Add the routes."""
        face.get("/settlement.csv")(self.show_settlement_file)
        face.get("/settlement")(self.show_settlement)

    def show_settlement_file(self) -> Response:
        """`GET /settlement.csv?date=|from=&to=&merchant=`: a line for each movement of money, in order."""
        values, asked = _asked()
        with self.desk.database.read() as connection:
            last = self._settlement.last_sequence(connection)
        days = "-".join(values[name] for name in ("date", "from", "to") if name in values) or "all"
        request.environ[STREAM] = True
        return Response(
            self._lines(asked, last),
            content_type="text/csv; charset=utf-8",
            headers={"Content-Disposition": f'attachment; filename="settlement-{days}.csv"'},
        )

    def show_settlement(self) -> Response:
        """`GET /settlement?date=|from=&to=&merchant=`: the file's totals by currency."""
        values, asked = _asked()
        with self.desk.database.read() as connection:
            totals = self._settlement.totals(connection, asked)
        shown: dict[str, Any] = {name: values.get(name) for name in _QUERY}
        return sent(Answer.of(200, {**shown, "totals": totals}))

    @property
    def _settlement(self) -> Settlement:
        return Settlement(self.desk.ledger)

    def _lines(self, asked: Settled, last: int) -> Iterator[str]:
        # Each page is read for itself: a client that reads slowly holds nobody up, and memory holds one page.
        yield csv_text([COLUMNS])
        after = 0
        while True:
            with self.desk.database.read() as connection:
                entries = self._page(connection, asked, after, last)
            if not entries:
                return
            yield csv_text(row_of(entry) for entry in entries)
            after = entries[-1].sequence

    def _page(self, connection: sqlite3.Connection, asked: Settled, after: int, last: int) -> list[Any]:
        return self._settlement.page(connection, asked, after=after, last=last, limit=LINES_AT_ONCE)


def _asked() -> tuple[dict[str, str], Settled]:
    values = fields.query(_QUERY)
    return values, Settled(Period.asked(values), values.get("merchant", ""))
