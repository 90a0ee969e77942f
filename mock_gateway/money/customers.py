"""Customers and the cards that are saved for them; only a card's test token and last four digits are kept."""

import json
import secrets
import sqlite3
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from mock_gateway.clock import Clock, to_text
from mock_gateway.problems import invalid, missing

SCHEMA = """
CREATE TABLE customers (
    sequence INTEGER PRIMARY KEY AUTOINCREMENT,
    id TEXT NOT NULL,
    merchant TEXT NOT NULL,
    email TEXT NOT NULL,
    details TEXT NOT NULL,
    is_deleted INTEGER NOT NULL DEFAULT 0,
    created_at TEXT NOT NULL,
    UNIQUE (merchant, id)
);
CREATE TABLE saved_cards (
    sequence INTEGER PRIMARY KEY AUTOINCREMENT,
    id TEXT NOT NULL UNIQUE,
    merchant TEXT NOT NULL,
    customer TEXT NOT NULL,
    token TEXT NOT NULL,
    details TEXT NOT NULL,
    created_at TEXT NOT NULL
);
CREATE INDEX saved_cards_by_customer ON saved_cards (merchant, customer);
"""
SAVED_CARD_PREFIX = "pm_"


@dataclass(frozen=True, slots=True, kw_only=True)
class Customer:
    """A merchant's customer. `details` is what the face keeps of it besides: name, metadata, addresses."""

    sequence: int
    id: str
    merchant: str
    email: str
    details: Mapping[str, Any]
    is_deleted: bool
    created_at: str


@dataclass(frozen=True, slots=True, kw_only=True)
class SavedCard:
    """A card that can be charged again by its id; `customer` is "" while it belongs to nobody."""

    sequence: int
    id: str
    merchant: str
    customer: str
    token: str
    details: Mapping[str, Any]
    created_at: str


class Customers:
    """Keeps customers and saved cards on a connection that the caller holds."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock

    def create(
        self, connection: sqlite3.Connection, merchant: str, *, customer_id: str = "", email: str = "", **details: Any
    ) -> Customer:
        """Add a customer, under an id of its own choice or a fresh one; sqlite3.IntegrityError when it is taken."""
        chosen = customer_id or f"cus_{secrets.token_hex(7)}"
        connection.execute(
            "INSERT INTO customers (id, merchant, email, details, created_at) VALUES (?, ?, ?, ?, ?)",
            (chosen, merchant, email, json.dumps(details), to_text(self._clock.now())),
        )
        return self.find(connection, merchant, chosen)

    def find(self, connection: sqlite3.Connection, merchant: str, customer_id: str) -> Customer:
        """Return a customer, a deleted one too; raises Refused (404)."""
        query = "SELECT * FROM customers WHERE merchant = ? AND id = ?"
        row = connection.execute(query, (merchant, customer_id)).fetchone()
        if row is None:
            raise missing("the customer")
        return _customer(row)

    def update(self, connection: sqlite3.Connection, customer: Customer, *, email: str, **details: Any) -> Customer:
        """Replace a customer's e-mail and details."""
        connection.execute(
            "UPDATE customers SET email = ?, details = ? WHERE sequence = ?",
            (email, json.dumps(details), customer.sequence),
        )
        return self.find(connection, customer.merchant, customer.id)

    def delete(self, connection: sqlite3.Connection, customer: Customer) -> None:
        """Delete a customer and detach its cards; its movements stay in the ledger."""
        connection.execute("UPDATE customers SET is_deleted = 1 WHERE sequence = ?", (customer.sequence,))
        connection.execute(
            "UPDATE saved_cards SET customer = '' WHERE merchant = ? AND customer = ?", (customer.merchant, customer.id)
        )

    def save_card(
        self, connection: sqlite3.Connection, merchant: str, token: str, *, customer: str = "", **details: Any
    ) -> SavedCard:
        """Save a card by its test token, for a customer or for nobody yet."""
        card_id = f"{SAVED_CARD_PREFIX}{secrets.token_hex(12)}"
        connection.execute(
            "INSERT INTO saved_cards (id, merchant, customer, token, details, created_at) VALUES (?, ?, ?, ?, ?, ?)",
            (card_id, merchant, customer, token, json.dumps(details), to_text(self._clock.now())),
        )
        return self.find_card(connection, merchant, card_id)

    def find_card(self, connection: sqlite3.Connection, merchant: str, card_id: str) -> SavedCard:
        """Return a saved card; raises Refused (404)."""
        query = "SELECT * FROM saved_cards WHERE merchant = ? AND id = ?"
        row = connection.execute(query, (merchant, card_id)).fetchone()
        if row is None:
            raise missing("the saved card")
        return _saved_card(row)

    def owner_of(self, connection: sqlite3.Connection, card: SavedCard, customer: str) -> str:
        """Return whose card it is; raises Refused (400) when it is nobody's any more, or not `customer`'s ("": any)."""
        owner = self.find_card(connection, card.merchant, card.id).customer
        if not owner:
            raise invalid("the saved card was deleted", code="card_deleted", param="card")
        if customer and customer != owner:
            raise invalid("the saved card is another customer's", code="card_of_another_customer", param="card")
        return owner

    def belong(self, connection: sqlite3.Connection, card: SavedCard, customer: str) -> SavedCard:
        """Attach a saved card to a customer, or with "" detach it."""
        connection.execute("UPDATE saved_cards SET customer = ? WHERE sequence = ?", (customer, card.sequence))
        return self.find_card(connection, card.merchant, card.id)

    def cards_of(self, connection: sqlite3.Connection, merchant: str, customer: str) -> list[SavedCard]:
        """Return a customer's cards, oldest first."""
        query = "SELECT * FROM saved_cards WHERE merchant = ? AND customer = ? ORDER BY sequence"
        return [_saved_card(row) for row in connection.execute(query, (merchant, customer))]


def _customer(row: sqlite3.Row) -> Customer:
    values = {name: row[name] for name in row.keys()}  # noqa: SIM118 - a Row iterates values
    values |= {"details": json.loads(values["details"]), "is_deleted": bool(values["is_deleted"])}
    return Customer(**values)


def _saved_card(row: sqlite3.Row) -> SavedCard:
    values = {name: row[name] for name in row.keys()}  # noqa: SIM118 - a Row iterates values
    return SavedCard(**(values | {"details": json.loads(values["details"])}))
