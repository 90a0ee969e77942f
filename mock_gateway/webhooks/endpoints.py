"""Endpoints: who wants to be told of which events, and the secret that what is told to them is signed with."""

import json
import secrets
import sqlite3
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from mock_gateway.clock import Clock, to_text
from mock_gateway.webhooks.signing import new_secret

SCHEMA = """
CREATE TABLE webhook_endpoints (
    sequence INTEGER PRIMARY KEY AUTOINCREMENT,
    id TEXT NOT NULL UNIQUE,
    merchant TEXT NOT NULL,
    url TEXT NOT NULL,
    secret TEXT NOT NULL,
    types TEXT NOT NULL,
    is_enabled INTEGER NOT NULL DEFAULT 1,
    is_connect INTEGER NOT NULL,
    details TEXT NOT NULL,
    created_at TEXT NOT NULL
);
CREATE INDEX webhook_endpoints_by_merchant ON webhook_endpoints (merchant);
"""
EVERYTHING = "*"
# The merchant whose endpoints may hear of the others' events.
PLATFORM = "default"
ENDPOINTS_MAX = 100


@dataclass(frozen=True, slots=True, kw_only=True)
class Endpoint:
    """A subscription. `details` is what the face keeps of it besides: description, metadata, version.

    With `is_connect`, which is the platform's alone, it is told of all other merchants' events instead of its own.
    """

    id: str
    merchant: str
    url: str
    secret: str
    types: Sequence[str]
    is_enabled: bool
    is_connect: bool
    details: Mapping[str, Any]
    created_at: str

    def wants(self, event_type: str) -> bool:
        """Say whether it is to be told of events of this type."""
        return self.is_enabled and (EVERYTHING in self.types or event_type in self.types)


class Endpoints:
    """Keeps endpoints on a connection that the caller holds."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock

    def create(
        self,
        connection: sqlite3.Connection,
        merchant: str,
        url: str,
        types: Sequence[str],
        details: Mapping[str, Any],
        *,
        is_connect: bool = False,
    ) -> Endpoint:
        """Add an endpoint with a fresh secret."""
        endpoint = Endpoint(
            id=f"we_{secrets.token_hex(12)}",
            merchant=merchant,
            url=url,
            secret=new_secret(),
            types=tuple(types),
            is_enabled=True,
            is_connect=is_connect,
            details=dict(details),
            created_at=to_text(self._clock.now()),
        )
        connection.execute(
            """INSERT INTO webhook_endpoints (id, merchant, url, secret, types, is_connect, details, created_at)
               VALUES (?, ?, ?, ?, ?, ?, ?, ?)""",
            (
                *(endpoint.id, merchant, url, endpoint.secret, json.dumps(endpoint.types), is_connect),
                *(json.dumps(endpoint.details), endpoint.created_at),
            ),
        )
        return endpoint

    def count(self, connection: sqlite3.Connection, merchant: str) -> int:
        """Return how many endpoints a merchant has."""
        row = connection.execute("SELECT count(*) FROM webhook_endpoints WHERE merchant = ?", (merchant,)).fetchone()
        return int(row[0])

    def find(self, connection: sqlite3.Connection, endpoint_id: str) -> Endpoint | None:
        """Return the endpoint with this id."""
        row = connection.execute("SELECT * FROM webhook_endpoints WHERE id = ?", (endpoint_id,)).fetchone()
        return None if row is None else endpoint_of(row)

    def save(self, connection: sqlite3.Connection, endpoint: Endpoint) -> None:
        """Store what may change of an endpoint: all but its id, merchant and secret."""
        connection.execute(
            "UPDATE webhook_endpoints SET url = ?, types = ?, is_enabled = ?, details = ? WHERE id = ?",
            (
                *(endpoint.url, json.dumps(endpoint.types), endpoint.is_enabled),
                *(json.dumps(endpoint.details), endpoint.id),
            ),
        )

    def delete(self, connection: sqlite3.Connection, endpoint_id: str) -> None:
        """Remove an endpoint; what is still to be sent to it is cancelled when its turn comes."""
        connection.execute("DELETE FROM webhook_endpoints WHERE id = ?", (endpoint_id,))

    def subscribed(self, connection: sqlite3.Connection, merchant: str, event_type: str) -> list[Endpoint]:
        """Return the endpoints that are to be told of a merchant's event, oldest first."""
        query = """SELECT * FROM webhook_endpoints WHERE merchant IN (?, ?) AND (merchant = ?) != is_connect
                   ORDER BY sequence"""
        found = [endpoint_of(row) for row in connection.execute(query, (merchant, PLATFORM, merchant))]
        return [endpoint for endpoint in found if endpoint.wants(event_type)]


def endpoint_of(row: sqlite3.Row) -> Endpoint:
    """Return the endpoint of a row that has all its columns."""
    values = {name: row[name] for name in row.keys() if name != "sequence"}  # noqa: SIM118 - a Row iterates values
    return Endpoint(
        **values
        | {
            "types": tuple(json.loads(values["types"])),
            "details": json.loads(values["details"]),
            "is_enabled": bool(values["is_enabled"]),
            "is_connect": bool(values["is_connect"]),
        }
    )
