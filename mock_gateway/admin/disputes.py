"""The cardholder and the bank: opens disputes, and decides them."""

from dataclasses import dataclass

from flask import Blueprint, Response

from mock_gateway.answer import Answer
from mock_gateway.database import Database
from mock_gateway.faces import fields
from mock_gateway.faces.disputing import dispute_document
from mock_gateway.faces.exchange import sent
from mock_gateway.money.acquirer import DISPUTE_REASONS, Acquirer
from mock_gateway.money.amounts import checked_amount
from mock_gateway.money.disputes import Disputes
from mock_gateway.money.ledger import Ledger
from mock_gateway.problems import invalid

PAGE_SIZE_DEFAULT = 100
PAGE_SIZE_MAX = 1_000
_FILTERS = ("charge", "merchant", "reference", "customer")


@dataclass(frozen=True)
class DisputesAdmin:
    """`/_admin/disputes`."""

    database: Database
    ledger: Ledger
    acquirer: Acquirer
    disputes: Disputes

    def add_to(self, face: Blueprint) -> None:
        """Add the routes."""
        face.get("/disputes")(self.show_disputes)
        face.post("/disputes")(self.open_dispute)
        face.post("/disputes/<dispute_id>/close")(self.close_dispute)

    def show_disputes(self) -> Response:
        """`GET /_admin/disputes`: all of them, oldest first, page by page."""
        asked = fields.query((*_FILTERS, "limit", "after"))
        limit = fields.whole_number(asked, "limit", PAGE_SIZE_DEFAULT, at_least=1, at_most=PAGE_SIZE_MAX)
        after = fields.whole_number(asked, "after", 0, at_least=0, at_most=2**62)
        filters = {"kind": "dispute", **{name: asked[name] for name in _FILTERS if name in asked}}
        with self.database.read() as connection:
            entries, go_on_after = self.ledger.page(connection, filters, after=after, limit=limit)
            disputes = [dispute_document(self.disputes.state(connection, entry)) for entry in entries]
        return sent(Answer.of(200, {"disputes": disputes, "next": go_on_after}))

    def open_dispute(self) -> Response:
        """`POST /_admin/disputes`: 201; the bank takes `amount_minor` of the charge back, or what is left of it."""
        body = fields.json_object(("charge", "amount_minor", "reason"), required=("charge",))
        amount_minor = None if body.get("amount_minor") is None else checked_amount(body["amount_minor"])
        reason = fields.text(body, "reason", "fraudulent")
        if reason not in DISPUTE_REASONS:
            raise invalid(f"reason must be one of {', '.join(DISPUTE_REASONS)}", param="reason")
        with self.database.write() as connection:
            charge = self.acquirer.find_charge(connection, fields.text(body, "charge"))
            entry = self.acquirer.dispute(connection, charge, amount_minor, reason)
            return sent(Answer.of(201, dispute_document(self.disputes.state(connection, entry))))

    def close_dispute(self, dispute_id: str) -> Response:
        """`POST /_admin/disputes/{id}/close`: 200; `won` gives the merchant its money again."""
        body = fields.json_object(("won",), required=("won",))
        if not isinstance(body["won"], bool):
            raise invalid("won must be true or false", param="won")
        with self.database.write() as connection:
            state = self.disputes.close(connection, self.disputes.find(connection, dispute_id), won=body["won"])
            return sent(Answer.of(200, dispute_document(state)))
