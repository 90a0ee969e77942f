"""Keeps what Stripe's API tells beyond the ledger: intents, and what was said about charges, refunds and disputes.

Objects are documents with columns to find them by. A document that is replaced is kept as its past, so that a look-up
can see what was true a while ago. Money is not here: that is in the ledger alone.
"""

import json
import sqlite3
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from mock_gateway.clock import Clock, to_text
from mock_gateway.faces.stripe.lists import Page, rows
from mock_gateway.faces.stripe.refusals import no_such

SCHEMA = """
CREATE TABLE stripe_objects (
    sequence INTEGER PRIMARY KEY AUTOINCREMENT,
    id TEXT NOT NULL UNIQUE,
    kind TEXT NOT NULL,
    merchant TEXT NOT NULL,
    customer TEXT NOT NULL,
    payment_intent TEXT NOT NULL,
    charge TEXT NOT NULL,
    transfer_group TEXT NOT NULL,
    document TEXT NOT NULL,
    created_at TEXT NOT NULL
);
CREATE INDEX stripe_objects_by_kind ON stripe_objects (merchant, kind);
CREATE INDEX stripe_objects_by_customer ON stripe_objects (customer);
CREATE INDEX stripe_objects_by_payment_intent ON stripe_objects (payment_intent);
CREATE INDEX stripe_objects_by_charge ON stripe_objects (charge);
CREATE INDEX stripe_objects_by_transfer_group ON stripe_objects (transfer_group);
CREATE TABLE stripe_pasts (
    id TEXT NOT NULL,
    replaced_at TEXT NOT NULL,
    document TEXT NOT NULL
);
CREATE INDEX stripe_pasts_by_id ON stripe_pasts (id, replaced_at);
"""
# The columns that lists can be filtered by; each is the field of that name.
COLUMNS = ("customer", "payment_intent", "charge", "transfer_group")
_PUT = """
INSERT INTO stripe_objects (id, kind, merchant, customer, payment_intent, charge, transfer_group, document, created_at)
VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)
ON CONFLICT (id) DO UPDATE SET customer = excluded.customer, payment_intent = excluded.payment_intent,
    charge = excluded.charge, transfer_group = excluded.transfer_group, document = excluded.document
"""


@dataclass(frozen=True)
class Objects:
    """Reads and writes documents on a connection that the caller holds."""

    clock: Clock

    def put(self, connection: sqlite3.Connection, merchant: str, document: Mapping[str, Any]) -> None:
        """Keep a document, in the place of the one with its id if there is one."""
        now_at = to_text(self.clock.now())
        connection.execute(
            "INSERT INTO stripe_pasts SELECT id, ?, document FROM stripe_objects WHERE id = ?", (now_at, document["id"])
        )
        told = [document.get(name) or "" for name in COLUMNS]
        connection.execute(_PUT, (document["id"], document["object"], merchant, *told, json.dumps(document), now_at))

    def find(
        self, connection: sqlite3.Connection, merchant: str, kind: str, object_id: str, *, until: str = "~"
    ) -> dict[str, Any] | None:
        """Return a merchant's document as of the instant `until`, None when it was not there."""
        row = connection.execute(
            "SELECT * FROM stripe_objects WHERE id = ? AND kind = ? AND merchant = ? AND created_at <= ?",
            (object_id, kind, merchant, until),
        ).fetchone()
        return None if row is None else self._as_of(connection, row, until)

    def find_whose(
        self, connection: sqlite3.Connection, kind: str, object_id: str
    ) -> tuple[str, dict[str, Any]] | None:
        """Return a document of any merchant, and whose it is; None when it is not there."""
        query = "SELECT merchant, document FROM stripe_objects WHERE id = ? AND kind = ?"
        row = connection.execute(query, (object_id, kind)).fetchone()
        return None if row is None else (row["merchant"], json.loads(row["document"]))

    def get(
        self,
        connection: sqlite3.Connection,
        merchant: str,
        kind: str,
        object_id: str,
        *,
        param: str = "",
        status: int = 404,
        until: str = "~",
    ) -> dict[str, Any]:
        """Return a merchant's document; raises Refused (404, or 400 when the field `param` names it)."""
        found = self.find(connection, merchant, kind, object_id, until=until)
        if found is None:
            raise no_such(kind, param or "id", status=status)
        return found

    def page(
        self, connection: sqlite3.Connection, merchant: str, kind: str, page: Page, equal: Mapping[str, str], until: str
    ) -> tuple[list[dict[str, Any]], bool]:
        """Return a page of documents, and whether there are more."""
        found, has_more = rows(
            connection, "stripe_objects", page, {"merchant": merchant, "kind": kind, **equal}, until=until
        )
        return [self._as_of(connection, row, until) for row in found], has_more

    @staticmethod
    def _as_of(connection: sqlite3.Connection, row: sqlite3.Row, until: str) -> dict[str, Any]:
        query = "SELECT document FROM stripe_pasts WHERE id = ? AND replaced_at > ? ORDER BY replaced_at, rowid LIMIT 1"
        past = connection.execute(query, (row["id"], until)).fetchone() if until != "~" else None
        document: dict[str, Any] = json.loads((past or row)["document"])
        return document
