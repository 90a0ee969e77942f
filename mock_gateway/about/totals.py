"""Sums over the ledger, kept up to date by reading only what was added: a scrape costs the same however long it is."""

import sqlite3
import threading
from collections import Counter
from dataclasses import dataclass
from typing import NamedTuple

from mock_gateway.database import Database


class Movements(NamedTuple):
    """What is summed up together."""

    face: str
    kind: str
    status: str
    currency: str


@dataclass(frozen=True)
class Totals:
    """How many movements there were, and of how much in minor units."""

    counts: Counter[Movements]
    sums_minor: Counter[Movements]


class LedgerTotals:
    """Reads a ledger on from where it was left; thread-safe. Nothing in a ledger is changed, so no sum grows old."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._lock = threading.Lock()
        self.clear()

    def clear(self) -> None:
        """Begin again, with a ledger that was emptied."""
        with self._lock:
            self._after = 0
            self._totals = Totals(Counter(), Counter())

    def read(self) -> Totals:
        """Return the sums over everything up to now."""
        with self._lock:
            with self._database.read() as connection:
                self._add(connection)
            return Totals(Counter(self._totals.counts), Counter(self._totals.sums_minor))

    def _add(self, connection: sqlite3.Connection) -> None:
        query = """SELECT face, kind, status, currency, count(*), sum(amount_minor), max(sequence) FROM entries
                   WHERE sequence > ? GROUP BY face, kind, status, currency"""
        for *names, count, sum_minor, last in connection.execute(query, (self._after,)).fetchall():
            movements = Movements(*names)
            self._totals.counts[movements] += count
            self._totals.sums_minor[movements] += sum_minor
            self._after = max(self._after, last)
