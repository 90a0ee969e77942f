"""The outbox: what is still to be told to whom, and the log of every attempt.

A delivery is written in the transaction of its event, so no crash comes between what happened and its being told. It
stays due until an attempt's outcome is committed: a crash in between sends it again, never not at all.
"""

import json
import secrets
import sqlite3
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from typing import Any

from mock_gateway.webhooks.endpoints import Endpoint, Endpoints
from mock_gateway.webhooks.events import Event, add_event

SCHEMA = """
CREATE TABLE webhook_deliveries (
    sequence INTEGER PRIMARY KEY AUTOINCREMENT,
    id TEXT NOT NULL UNIQUE,
    event TEXT NOT NULL,
    endpoint TEXT NOT NULL,
    status TEXT NOT NULL,
    failures INTEGER NOT NULL DEFAULT 0,
    due_at TEXT,
    created_at TEXT NOT NULL,
    UNIQUE (event, endpoint)
);
CREATE INDEX webhook_deliveries_by_due ON webhook_deliveries (due_at) WHERE due_at IS NOT NULL;
CREATE INDEX webhook_deliveries_by_endpoint ON webhook_deliveries (endpoint);
CREATE TABLE webhook_attempts (
    sequence INTEGER PRIMARY KEY AUTOINCREMENT,
    delivery TEXT NOT NULL,
    status_code INTEGER,
    duration_ms REAL NOT NULL,
    error TEXT NOT NULL,
    signed_at_s INTEGER,
    fault TEXT NOT NULL,
    at TEXT NOT NULL
);
CREATE INDEX webhook_attempts_by_delivery ON webhook_attempts (delivery);
"""
PENDING = "pending"
DELIVERED = "delivered"
GIVEN_UP = "given_up"
DROPPED = "dropped"  # a fault lost it, as if it had been sent
CANCELLED = "cancelled"  # its endpoint was deleted or disabled before it was sent
STATUSES = (PENDING, DELIVERED, GIVEN_UP, DROPPED, CANCELLED)
FILTERS = ("event", "endpoint", "status")


@dataclass(frozen=True, slots=True, kw_only=True)
class Delivery:
    """An event on its way to one endpoint; `due_at` is None when nothing is to be sent."""

    sequence: int
    id: str
    event: str
    endpoint: str
    status: str
    # Since it was last (re)delivered.
    failures: int
    due_at: str | None
    created_at: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Attempt:
    """What came of sending once. `error` is "" when the receiver took it, `status_code` None when none came."""

    status_code: int | None = None
    duration_ms: float = 0.0
    error: str = ""
    signed_at_s: int | None = None
    fault: str = ""
    at: str


class Outbox:
    """Keeps deliveries on a connection that the caller holds; whoever sends them sets `changed` to hear of new ones."""

    def __init__(self, endpoints: Endpoints) -> None:
        self.endpoints = endpoints
        self.changed: Callable[[], None] = lambda: None

    def announce(self, connection: sqlite3.Connection, event: Event, subscribers: Collection[Endpoint]) -> None:
        """Store an event, and a delivery for each of its subscribers."""
        add_event(connection, event)
        for endpoint in subscribers:
            self.deliver(connection, event.id, endpoint.id, due_at=event.created_at)

    def deliver(self, connection: sqlite3.Connection, event: str, endpoint: str, *, due_at: str) -> None:
        """Have an event sent to an endpoint from an instant on, again if it was sent before."""
        connection.execute(
            """INSERT INTO webhook_deliveries (id, event, endpoint, status, due_at, created_at)
               VALUES (?, ?, ?, 'pending', ?, ?)
               ON CONFLICT (event, endpoint) DO UPDATE SET status = 'pending', failures = 0,
                   due_at = excluded.due_at""",
            (f"whd_{secrets.token_hex(12)}", event, endpoint, due_at, due_at),
        )
        self.changed()

    def find(self, connection: sqlite3.Connection, delivery_id: str) -> Delivery | None:
        """Return the delivery with this id."""
        row = connection.execute("SELECT * FROM webhook_deliveries WHERE id = ?", (delivery_id,)).fetchone()
        return None if row is None else _delivery(row)

    def due(
        self,
        connection: sqlite3.Connection,
        now: str,
        *,
        without: Collection[str],
        without_endpoints: Collection[str],
        limit: int,
    ) -> list[Delivery]:
        """Return the deliveries whose time has come, but those in hand and those of busy endpoints."""
        query = """SELECT * FROM webhook_deliveries WHERE due_at <= ?
                   AND id NOT IN (SELECT value FROM json_each(?)) AND endpoint NOT IN (SELECT value FROM json_each(?))
                   ORDER BY due_at, sequence LIMIT ?"""
        values = (now, json.dumps(list(without)), json.dumps(list(without_endpoints)), limit)
        return [_delivery(row) for row in connection.execute(query, values)]

    def next_due_at(self, connection: sqlite3.Connection, now: str) -> str | None:
        """Return the first instant after `now` at which something is due."""
        row = connection.execute("SELECT min(due_at) FROM webhook_deliveries WHERE due_at > ?", (now,)).fetchone()
        return row[0] if row[0] is None else str(row[0])

    def count_due(self, connection: sqlite3.Connection, now: str) -> int:
        """Return how many deliveries' time has come, those in hand included."""
        return int(
            connection.execute("SELECT count(*) FROM webhook_deliveries WHERE due_at <= ?", (now,)).fetchone()[0]
        )

    def pending_by_event(self, connection: sqlite3.Connection, events: Collection[str]) -> dict[str, int]:
        """Return how many endpoints have not taken each of these events yet, those that were given up included."""
        query = """SELECT event, count(*) FROM webhook_deliveries
                   WHERE status IN ('pending', 'given_up') AND event IN (SELECT value FROM json_each(?))
                   GROUP BY event"""
        return dict(map(tuple, connection.execute(query, (json.dumps(list(events)),)).fetchall()))

    def log(self, connection: sqlite3.Connection, delivery: str, attempt: Attempt) -> None:
        """Add an attempt to the log, unless the delivery is forgotten meanwhile."""
        connection.execute(
            """INSERT INTO webhook_attempts (delivery, status_code, duration_ms, error, signed_at_s, fault, at)
               SELECT id, ?, ?, ?, ?, ?, ? FROM webhook_deliveries WHERE id = ?""",
            (
                *(attempt.status_code, attempt.duration_ms, attempt.error, attempt.signed_at_s, attempt.fault),
                *(attempt.at, delivery),
            ),
        )

    def attempts(self, connection: sqlite3.Connection, delivery: str) -> list[Attempt]:
        """Return a delivery's attempts, oldest first."""
        query = """SELECT status_code, duration_ms, error, signed_at_s, fault, at FROM webhook_attempts
                   WHERE delivery = ? ORDER BY sequence"""
        return [Attempt(**{name: row[name] for name in row.keys()}) for row in connection.execute(query, (delivery,))]  # noqa: SIM118 - a Row iterates values

    def end(self, connection: sqlite3.Connection, delivery: str, status: str) -> None:
        """Let a delivery be done with."""
        connection.execute("UPDATE webhook_deliveries SET status = ?, due_at = NULL WHERE id = ?", (status, delivery))

    def put_off(self, connection: sqlite3.Connection, delivery: str, due_at: str) -> None:
        """Let a delivery that failed be tried again at an instant."""
        connection.execute(
            "UPDATE webhook_deliveries SET failures = failures + 1, due_at = ? WHERE id = ?", (due_at, delivery)
        )

    def page(
        self, connection: sqlite3.Connection, filters: Mapping[str, str], *, after: int, limit: int
    ) -> tuple[list[Delivery], int | None]:
        """Return up to `limit` deliveries after a sequence number, and the number to go on from, if there are more."""
        conditions = " AND ".join([f"{name} = ?" for name in FILTERS if name in filters] + ["sequence > ?"])
        values = [filters[name] for name in FILTERS if name in filters]
        query = f"SELECT * FROM webhook_deliveries WHERE {conditions} ORDER BY sequence LIMIT ?"  # noqa: S608 - names from FILTERS
        rows = connection.execute(query, (*values, after, limit + 1)).fetchall()
        found = [_delivery(row) for row in rows[:limit]]
        return found, found[-1].sequence if len(rows) > limit else None


def delivery_document(delivery: Delivery, attempts: Collection[Attempt]) -> dict[str, Any]:
    """Return a delivery as the admin face shows it."""
    told = {name: getattr(delivery, name) for name in ("sequence", *_TOLD, "due_at", "created_at")}
    return {**told, "attempts": [{name: getattr(one, name) for name in Attempt.__slots__} for one in attempts]}


_TOLD = ("id", "event", "endpoint", "status")


def _delivery(row: sqlite3.Row) -> Delivery:
    return Delivery(**{name: row[name] for name in row.keys()})  # noqa: SIM118 - a Row iterates values
