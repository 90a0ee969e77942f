"""The ledger: every movement that ever happened, declined ones too, in order; nothing in it is changed.

It is the witness: tests compare it with what a payment system believes. It knows no HTTP, no keys' stored answers and
no faults; what a fault hides or garbles is here as it was.
"""

import secrets
import sqlite3
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from mock_gateway.clock import Clock, to_text

SCHEMA = """
CREATE TABLE entries (
    sequence INTEGER PRIMARY KEY AUTOINCREMENT,
    id TEXT NOT NULL UNIQUE,
    kind TEXT NOT NULL,
    status TEXT NOT NULL,
    amount_minor INTEGER NOT NULL CHECK (amount_minor > 0),
    currency TEXT NOT NULL,
    charge TEXT,
    face TEXT NOT NULL,
    merchant TEXT NOT NULL,
    customer TEXT NOT NULL,
    reference TEXT NOT NULL,
    idempotency_key TEXT NOT NULL,
    card_last4 TEXT NOT NULL,
    failure_code TEXT NOT NULL,
    decline_code TEXT NOT NULL,
    metadata TEXT NOT NULL,
    created_at TEXT NOT NULL
);
CREATE INDEX entries_by_reference ON entries (reference);
CREATE INDEX entries_by_customer ON entries (customer);
CREATE INDEX entries_by_charge ON entries (charge) WHERE charge IS NOT NULL;
CREATE INDEX entries_by_key ON entries (idempotency_key, merchant);
"""
SUCCEEDED = "succeeded"
DECLINED = "declined"
FILTERS = ("reference", "merchant", "customer", "kind", "status", "idempotency_key", "charge", "face")
# An authorization has a charge's id: captured or not, it is the same charge to whoever refers to it.
PREFIX_BY_KIND = {
    "charge": "ch", "authorization": "ch", "capture": "cap", "void": "void", "expiry": "exp", "refund": "re",
    "dispute": "dp", "dispute_won": "dpw", "dispute_lost": "dpl",
}  # fmt: skip
CHARGES = ("charge", "authorization")
# How each kind moves money between the cardholder and the merchant.
SIGN_BY_KIND = {"charge": 1, "capture": 1, "refund": -1, "dispute": -1, "dispute_won": 1}


@dataclass(frozen=True, slots=True, kw_only=True)
class Movement:
    """What an entry tells, before the ledger gives it its place, id and time.

    `charge` names the charge that an entry is about, for all but charges and authorizations themselves; `face` the way
    by which the request came, "" for what nobody asked for.
    """

    kind: str
    status: str
    amount_minor: int
    currency: str
    merchant: str
    customer: str
    reference: str
    idempotency_key: str
    card_last4: str
    charge: str | None = None
    face: str = ""
    failure_code: str = ""
    decline_code: str = ""
    metadata: str = "{}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry(Movement):
    """A line of the ledger."""

    sequence: int
    id: str
    created_at: str

    def line(self) -> dict[str, Any]:
        """Return the entry as `GET /ledger` shows it."""
        shown = {name: getattr(self, name) for name in _SHOWN}
        if self.charge:
            shown["charge"] = self.charge
        if self.failure_code:
            shown |= {"failure_code": self.failure_code, "decline_code": self.decline_code}
        return shown


_SHOWN = (
    "sequence", "id", "kind", "status", "amount_minor", "currency", "merchant", "customer", "reference",
    "idempotency_key", "card_last4", "face", "created_at",
)  # fmt: skip
_TOLD = (
    "kind", "status", "amount_minor", "currency", "merchant", "customer", "reference", "idempotency_key", "card_last4",
    "charge", "face", "failure_code", "decline_code", "metadata",
)  # fmt: skip
_INSERT = (
    f"INSERT INTO entries (id, created_at, {', '.join(_TOLD)}) "  # noqa: S608 - column names from above
    f"VALUES ({', '.join('?' * (len(_TOLD) + 2))})"
)


class Ledger:
    """Reads and writes entries on a connection that the caller holds, so that one transaction can span more."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock

    def record(self, connection: sqlite3.Connection, movement: Movement) -> Entry:
        """Add an entry and return it."""
        told = {name: getattr(movement, name) for name in _TOLD}
        entry_id = f"{PREFIX_BY_KIND[movement.kind]}_{secrets.token_hex(12)}"
        created_at = to_text(self._clock.now())
        cursor = connection.execute(_INSERT, (entry_id, created_at, *told.values()))
        return Entry(sequence=int(cursor.lastrowid or 0), id=entry_id, created_at=created_at, **told)

    def find(self, connection: sqlite3.Connection, entry_id: str, *, until: str = "~") -> Entry | None:
        """Return the entry with this id, unless it was made after the instant `until`."""
        query = "SELECT * FROM entries WHERE id = ? AND created_at <= ?"
        return _entry(connection.execute(query, (entry_id, until)).fetchone())

    def last_of_key(self, connection: sqlite3.Connection, merchant: str, key: str, *, until: str = "~") -> Entry | None:
        """Return the last entry that was made under an idempotency key, up to the instant `until`."""
        query = """SELECT * FROM entries WHERE idempotency_key = ? AND merchant = ? AND created_at <= ?
                   ORDER BY status = 'succeeded' DESC, sequence DESC LIMIT 1"""
        return _entry(connection.execute(query, (key, merchant, until)).fetchone())

    def sums_of(self, connection: sqlite3.Connection, charge: str, *, until: str = "~") -> dict[str, int]:
        """Return what happened to a charge after it was made, as the sum of each kind in minor units."""
        query = """SELECT kind, sum(amount_minor) FROM entries
                   WHERE charge = ? AND status = 'succeeded' AND created_at <= ? GROUP BY kind"""
        return dict(map(tuple, connection.execute(query, (charge, until)).fetchall()))

    def of_charge(self, connection: sqlite3.Connection, charge: str, *, until: str = "~") -> list[Entry]:
        """Return the entries about a charge, in order, without its own."""
        query = "SELECT * FROM entries WHERE charge = ? AND created_at <= ? ORDER BY sequence"
        return [entry for row in connection.execute(query, (charge, until)) if (entry := _entry(row))]

    def page(
        self, connection: sqlite3.Connection, filters: Mapping[str, str], *, after: int, limit: int
    ) -> tuple[list[Entry], int | None]:
        """Return up to `limit` entries after a sequence number, and the number to go on from, if there are more."""
        conditions = " AND ".join([f"{name} = ?" for name in FILTERS if name in filters] + ["sequence > ?"])
        values = [filters[name] for name in FILTERS if name in filters]
        found = self.select(connection, f"{conditions} ORDER BY sequence LIMIT ?", (*values, after, limit + 1))
        entries = found[:limit]
        return entries, entries[-1].sequence if len(found) > limit else None

    def select(
        self, connection: sqlite3.Connection, conditions: str, values: Mapping[str, Any] | Sequence[Any]
    ) -> list[Entry]:
        """Return the entries that meet conditions in SQL, which never hold anything that was sent."""
        rows = connection.execute(f"SELECT * FROM entries WHERE {conditions}", values)  # noqa: S608 - see above
        return [entry for row in rows if (entry := _entry(row))]


def _entry(row: sqlite3.Row | None) -> Entry | None:
    return None if row is None else Entry(**{name: row[name] for name in row.keys()})  # noqa: SIM118 - a Row iterates values
