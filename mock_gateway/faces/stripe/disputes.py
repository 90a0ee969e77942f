"""Disputes: what the cardholder's bank took back, and what the merchant answers to it.

They begin by the admin face. Evidence is submitted with the texts of Stripe's testing page (documented):
`winning_evidence` in `uncategorized_text` wins the dispute, `losing_evidence` loses it, any other waits under review.
"""

import sqlite3
from dataclasses import dataclass
from typing import Any

from flask import Blueprint, Response, request

from mock_gateway.calls import Call
from mock_gateway.faces.stripe.announcements import Announcements, changed
from mock_gateway.faces.stripe.charge_records import ChargeRecords
from mock_gateway.faces.stripe.face import merchant
from mock_gateway.faces.stripe.forms import with_metadata
from mock_gateway.faces.stripe.lists import list_document, page_of
from mock_gateway.faces.stripe.refusals import no_such
from mock_gateway.faces.stripe.teller import Document, Teller, Told
from mock_gateway.money.ledger import Entry
from mock_gateway.problems import invalid

KIND = "dispute"
_OUTCOMES = {"winning_evidence": True, "losing_evidence": False}
_OPEN = ("needs_response", "under_review")


@dataclass(frozen=True)
class StripeDisputes:
    """`/v1/disputes`."""

    teller: Teller
    records: ChargeRecords
    announcements: Announcements

    def add_to(self, face: Blueprint) -> None:
        """Add the routes."""
        face.get("/disputes")(self.list_stripe_disputes)
        face.get("/disputes/<dispute_id>")(self.show_stripe_dispute)
        face.post("/disputes/<dispute_id>")(self.update_stripe_dispute)
        face.post("/disputes/<dispute_id>/close")(self.close_stripe_dispute)

    def show_stripe_dispute(self, dispute_id: str) -> Response:
        """`GET /v1/disputes/{id}`."""
        form, whose = self.teller.asked(), merchant()

        def read(connection: sqlite3.Connection, until: str) -> Document:
            return self.records.objects.get(connection, whose, KIND, dispute_id, until=until)

        return self.teller.look_up(form, read)

    def list_stripe_disputes(self) -> Response:
        """`GET /v1/disputes`: by `charge`, `payment_intent` and `created`."""
        form, whose, url = self.teller.asked(), merchant(), request.path
        page = page_of(form)
        equal = {name: value for name in ("charge", "payment_intent") if (value := form.text(name))}

        def read(connection: sqlite3.Connection, until: str) -> Document:
            return list_document(url, *self.records.objects.page(connection, whose, KIND, page, equal, until))

        return self.teller.look_up(form, read)

    def update_stripe_dispute(self, dispute_id: str) -> Response:
        """`POST /v1/disputes/{id}`: `evidence`, sent to the bank unless `submit` is false; `metadata`."""
        form = self.teller.posted("prepare")
        evidence, metadata = form.document("evidence") or {}, form.metadata_changes()
        is_submitted = bool(evidence) and form.boolean("submit") is not False
        call = self.teller.call("prepare")

        def act(connection: sqlite3.Connection) -> Told:
            before = self._open(connection, call, dispute_id)
            after = with_metadata({**before, "evidence": {**before["evidence"], **evidence}}, metadata)
            if evidence:
                after["evidence_details"] = _evidence_details(before, is_submitted=is_submitted)
            if is_submitted:
                after["status"] = "under_review"
            self._keep(connection, call, before, after)
            won = _OUTCOMES.get(after["evidence"].get("uncategorized_text", "")) if is_submitted else None
            if won is not None:
                self._close(connection, dispute_id, won=won)
            return Told(self.records.objects.get(connection, call.merchant, KIND, dispute_id))

        return self.teller.submit(call, form, act)

    def close_stripe_dispute(self, dispute_id: str) -> Response:
        """`POST /v1/disputes/{id}/close`: the merchant gives in, the dispute is lost."""
        form = self.teller.posted("prepare")
        call = self.teller.call("prepare")

        def act(connection: sqlite3.Connection) -> Told:
            self._open(connection, call, dispute_id)
            self._close(connection, dispute_id, won=False)
            return Told(self.records.objects.get(connection, call.merchant, KIND, dispute_id))

        return self.teller.submit(call, form, act)

    def _open(self, connection: sqlite3.Connection, call: Call, dispute_id: str) -> dict[str, Any]:
        dispute = self.records.objects.get(connection, call.merchant, KIND, dispute_id, param="dispute")
        if dispute["status"] not in _OPEN:
            raise invalid("this dispute is closed already", code="dispute_closed", param="dispute")
        return dispute

    def _close(self, connection: sqlite3.Connection, dispute_id: str, *, won: bool) -> None:
        entry: Entry | None = self.records.ledger.find(connection, dispute_id)
        if entry is None:
            raise no_such("dispute", "dispute")
        # Whoever listens to the acquirer keeps and tells what became of it.
        self.records.acquirer.close_dispute(connection, entry, won=won)

    def _keep(self, connection: sqlite3.Connection, call: Call, before: dict[str, Any], after: dict[str, Any]) -> None:
        self.records.objects.put(connection, call.merchant, after)
        previous = changed(before, after)
        self.announcements.tell(connection, call, "charge.dispute.updated", after, previous=previous)


def _evidence_details(dispute: dict[str, Any], *, is_submitted: bool) -> dict[str, Any]:
    details = dispute["evidence_details"]
    return {**details, "has_evidence": True, "submission_count": details["submission_count"] + is_submitted}
