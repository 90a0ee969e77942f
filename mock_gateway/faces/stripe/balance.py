"""The merchant's balance and its transactions, read off the ledger: one transaction for every movement of money.

No fees are taken: `fee` is 0 and `net` the whole amount, and all of it is available at once. Only what was moved by
this face counts. Leaves out payouts.
"""

import sqlite3
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from flask import Blueprint, Response, request

from mock_gateway.faces.stripe.face import FACE, merchant
from mock_gateway.faces.stripe.lists import Page, epoch_s, list_document, page_of, rows
from mock_gateway.faces.stripe.refusals import no_such
from mock_gateway.faces.stripe.teller import Document, Teller
from mock_gateway.faces.stripe.transactions import entry_id, transaction_id
from mock_gateway.money.ledger import SIGN_BY_KIND, SUCCEEDED, Entry

_TYPE_BY_KIND = {
    "charge": "charge", "capture": "charge", "refund": "refund", "dispute": "adjustment", "dispute_won": "adjustment",
}  # fmt: skip
_KINDS = f"kind IN ({', '.join('?' * len(SIGN_BY_KIND))})"


@dataclass(frozen=True)
class Balance:
    """`/v1/balance` and `/v1/balance_transactions`."""

    teller: Teller

    def add_to(self, face: Blueprint) -> None:
        """Add the routes."""
        face.get("/balance")(self.show_balance)
        face.get("/balance_transactions")(self.list_transactions)
        face.get("/balance_transactions/<transaction>")(self.show_transaction)

    def show_balance(self) -> Response:
        """`GET /v1/balance`: what is left of all movements, per currency."""
        form, whose = self.teller.asked(), merchant()

        def read(connection: sqlite3.Connection, until: str) -> Document:
            amounts = _amounts(connection, whose, until)
            available = [
                {"amount": amount, "currency": currency.lower(), "source_types": {"card": amount}}
                for currency, amount in sorted(amounts.items())
            ]
            pending = [{**one, "amount": 0, "source_types": {"card": 0}} for one in available]
            return {"object": "balance", "available": available, "livemode": False, "pending": pending}

        return self.teller.look_up(form, read)

    def show_transaction(self, transaction: str) -> Response:
        """`GET /v1/balance_transactions/{id}`."""
        form, whose = self.teller.asked(), merchant()
        return self.teller.look_up(form, lambda connection, until: self.shown(connection, whose, transaction, until))

    def list_transactions(self) -> Response:
        """`GET /v1/balance_transactions`: by `type`, `currency`, `source` and `created`."""
        form, whose, url = self.teller.asked(), merchant(), request.path
        page = _page(page_of(form))
        kinds = _kinds(form.text("type"))
        currency, source = form.text("currency"), form.text("source")
        equal = {"merchant": whose, "face": FACE, "status": SUCCEEDED}
        more: list[tuple[str, list[str]]] = [(f"kind IN ({', '.join('?' * len(kinds))})", list(kinds))]
        if currency:
            equal["currency"] = currency.upper()
        if source:
            more.append(("(id = ? OR charge = ? AND kind = 'capture')", [source, source]))

        def read(connection: sqlite3.Connection, until: str) -> Document:
            found, has_more = rows(connection, "entries", page, equal, more=more, until=until)
            entries = [self.teller.desk.ledger.find(connection, row["id"]) for row in found]
            return list_document(url, [_document(entry) for entry in entries if entry], has_more)

        return self.teller.look_up(form, read)

    def shown(
        self, connection: sqlite3.Connection, whose: str, transaction: str, until: str = "~"
    ) -> Mapping[str, Any]:
        """Return a balance transaction; raises Refused (404)."""
        entry = self.teller.desk.ledger.find(connection, entry_id(transaction), until=until)
        if entry is None or entry.merchant != whose or entry.face != FACE or entry.kind not in SIGN_BY_KIND:
            raise no_such("balance_transaction", "id")
        return _document(entry)


def _document(entry: Entry) -> dict[str, Any]:
    amount = SIGN_BY_KIND[entry.kind] * entry.amount_minor
    created_s, kind = epoch_s(entry.created_at), _TYPE_BY_KIND[entry.kind]
    return {
        "id": transaction_id(entry),
        "object": "balance_transaction",
        "amount": amount,
        "available_on": created_s,
        "created": created_s,
        "currency": entry.currency.lower(),
        "description": None,
        "exchange_rate": None,
        "fee": 0,
        "fee_details": [],
        "net": amount,
        "reporting_category": entry.kind if kind == "adjustment" else kind,
        "source": entry.charge if entry.kind == "capture" else entry.id,
        "status": "available",
        "type": kind,
    }


def _amounts(connection: sqlite3.Connection, whose: str, until: str) -> dict[str, int]:
    query = f"""SELECT currency, kind, sum(amount_minor) FROM entries WHERE merchant = ? AND face = ? AND status = ?
                AND created_at <= ? AND {_KINDS} GROUP BY currency, kind"""  # noqa: S608 - as many marks as kinds
    amounts: dict[str, int] = {}
    for currency, kind, amount_minor in connection.execute(query, (whose, FACE, SUCCEEDED, until, *SIGN_BY_KIND)):
        amounts[currency] = amounts.get(currency, 0) + SIGN_BY_KIND[kind] * amount_minor
    return amounts


def _kinds(asked: str | None) -> tuple[str, ...]:
    return tuple(kind for kind in SIGN_BY_KIND if asked in (None, "", _TYPE_BY_KIND[kind]))


def _page(page: Page) -> Page:
    after, before = (entry_id(one) or one for one in (page.starting_after, page.ending_before))
    return Page(page.limit, after, before, page.created)
