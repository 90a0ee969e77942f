"""Disputes of the plain face: the merchant's side of them."""

import sqlite3
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from flask import Blueprint, Response

from mock_gateway.answer import Answer
from mock_gateway.calls import Call
from mock_gateway.faces import fields
from mock_gateway.faces.desk import Desk
from mock_gateway.faces.disputing import dispute_document
from mock_gateway.faces.plain.documents import FACE
from mock_gateway.money.disputes import Disputes, DisputeState
from mock_gateway.money.ledger import SUCCEEDED, Entry
from mock_gateway.processing import Executed


@dataclass(frozen=True)
class DisputesDesk:
    """The routes below /disputes."""

    desk: Desk

    @property
    def disputes(self) -> Disputes:
        """What ends them."""
        return Disputes(self.desk.ledger, self.desk.acquirer, self.desk.clock)

    def add_to(self, face: Blueprint) -> None:
        """Add the routes."""
        face.get("/disputes/<dispute_id>")(self.show_dispute)
        face.post("/disputes/<dispute_id>/accept")(self.accept_dispute)
        face.post("/disputes/<dispute_id>/contest")(self.contest_dispute)

    def show_dispute(self, dispute_id: str) -> Response:
        """`GET /disputes/{id}`: where it stands."""

        def read(connection: sqlite3.Connection, until: str) -> Answer:
            entry = self.disputes.find(connection, dispute_id, until=until)
            return Answer.of(200, dispute_document(self.disputes.state(connection, entry, until=until)))

        self.desk.exchanges.arrived("lookup")
        fields.query(())
        return self.desk.look_up(self._call("lookup", self._dispute(dispute_id)), read)

    def accept_dispute(self, dispute_id: str) -> Response:
        """`POST /disputes/{id}/accept`: 200, lost."""
        self.desk.exchanges.arrived("prepare")
        body = fields.json_object((), may_be_empty=True)
        return self._end(dispute_id, body, self.disputes.accept)

    def contest_dispute(self, dispute_id: str) -> Response:
        """`POST /disputes/{id}/contest`: 200; the text of `evidence` decides."""
        self.desk.exchanges.arrived("prepare")
        body = fields.json_object(("evidence",), may_be_empty=True)
        evidence = fields.text(body, "evidence")
        return self._end(dispute_id, body, lambda connection, entry: self.disputes.contest(connection, entry, evidence))

    def _end(
        self, dispute_id: str, body: dict[str, Any], act: Callable[[sqlite3.Connection, Entry], DisputeState]
    ) -> Response:
        entry = self._dispute(dispute_id)

        def execute(connection: sqlite3.Connection) -> Executed:
            return Executed(SUCCEEDED, Answer.of(200, dispute_document(act(connection, entry))))

        return self.desk.submit(self._call("prepare", entry, fields.idempotency_key()), body, execute)

    def _dispute(self, dispute_id: str) -> Entry:
        with self.desk.database.read() as connection:
            return self.disputes.find(connection, dispute_id)

    def _call(self, operation: str, entry: Entry, key: str = "") -> Call:
        names = ("merchant", "customer", "reference", "amount_minor", "currency", "card_last4")
        return self.desk.call(operation, FACE, key=key, **{name: getattr(entry, name) for name in names})
