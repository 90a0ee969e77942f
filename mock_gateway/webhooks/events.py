"""The events that were ever recorded, in order; durable as the ledger is, and kept until the gateway is reset."""

import sqlite3
from dataclasses import dataclass, fields

SCHEMA = """
CREATE TABLE webhook_events (
    sequence INTEGER PRIMARY KEY AUTOINCREMENT,
    id TEXT NOT NULL UNIQUE,
    merchant TEXT NOT NULL,
    type TEXT NOT NULL,
    body TEXT NOT NULL,
    reference TEXT NOT NULL,
    customer TEXT NOT NULL,
    idempotency_key TEXT NOT NULL,
    amount_minor INTEGER,
    currency TEXT NOT NULL,
    created_at TEXT NOT NULL
);
CREATE INDEX webhook_events_by_merchant ON webhook_events (merchant, type);
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Event:
    """Something that happened, as it is told: `body` is what every delivery posts, byte for byte.

    The last fields but one are what fault rules match by: texts are "" and the amount None when the event has none.
    """

    id: str
    merchant: str
    type: str
    body: str
    reference: str = ""
    customer: str = ""
    idempotency_key: str = ""
    amount_minor: int | None = None
    currency: str = ""
    created_at: str


COLUMNS = tuple(one.name for one in fields(Event))
_INSERT = (
    f"INSERT INTO webhook_events ({', '.join(COLUMNS)}) "  # noqa: S608 - column names from above
    f"VALUES ({', '.join('?' * len(COLUMNS))})"
)


def add_event(connection: sqlite3.Connection, event: Event) -> None:
    """Add an event in the caller's transaction."""
    connection.execute(_INSERT, tuple(getattr(event, name) for name in COLUMNS))


def find_event(connection: sqlite3.Connection, event_id: str) -> Event | None:
    """Return the event with this id."""
    row = connection.execute("SELECT * FROM webhook_events WHERE id = ?", (event_id,)).fetchone()
    return None if row is None else event_of(row)


def event_of(row: sqlite3.Row) -> Event:
    """Return the event of a row that has all its columns."""
    return Event(**{name: row[name] for name in COLUMNS})
