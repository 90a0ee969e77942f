"""What happens to Stripe's objects without a request: disputes and their ends, holds that expire."""

import json
import sqlite3
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from mock_gateway.calls import Call
from mock_gateway.faces.stripe.announcements import changed
from mock_gateway.faces.stripe.face import FACE
from mock_gateway.faces.stripe.intent_steps import IntentSteps
from mock_gateway.faces.stripe.lists import epoch_s
from mock_gateway.faces.stripe.transactions import transaction_id
from mock_gateway.money.ledger import Entry

_ANSWER_WITHIN_S = 9 * 24 * 3600


@dataclass(frozen=True)
class Happenings:
    """Listens to the acquirer, in the transaction of what happens."""

    steps: IntentSteps

    def heard(self, connection: sqlite3.Connection, entry: Entry) -> None:
        """Keep and tell what happened to a charge that was made by this face."""
        if entry.face != FACE:
            return
        call = Call(operation="", merchant=entry.merchant, face=FACE)
        if entry.kind == "expiry":
            self._expired(connection, call, entry)
        elif entry.kind == "dispute":
            self._disputed(connection, call, entry)
        elif entry.kind in ("dispute_won", "dispute_lost"):
            self._closed(connection, call, entry)

    def _expired(self, connection: sqlite3.Connection, call: Call, entry: Entry) -> None:
        charge = self.steps.charges.show(connection, entry.merchant, entry.charge or "")
        self._tell(connection, call, "charge.expired", charge)
        if not charge["payment_intent"]:
            return
        intent = self.steps.objects.get(connection, entry.merchant, "payment_intent", charge["payment_intent"])
        self.steps.canceled(connection, call, intent, "automatic")

    def _disputed(self, connection: sqlite3.Connection, call: Call, entry: Entry) -> None:
        charge = self.steps.charges.show(connection, entry.merchant, entry.charge or "")
        stored = self.steps.objects.get(connection, entry.merchant, "charge", charge["id"])
        self.steps.objects.put(connection, entry.merchant, {**stored, "disputed": True})
        dispute = _document(entry, charge)
        self.steps.objects.put(connection, entry.merchant, dispute)
        self._tell(connection, call, "charge.dispute.created", dispute)
        self._tell(connection, call, "charge.dispute.funds_withdrawn", dispute)

    def _closed(self, connection: sqlite3.Connection, call: Call, entry: Entry) -> None:
        dispute_id = json.loads(entry.metadata)["dispute"]
        before = self.steps.objects.get(connection, entry.merchant, "dispute", dispute_id)
        won = entry.kind == "dispute_won"
        after = {**before, "status": "won" if won else "lost"}
        if won:
            after["balance_transactions"] = [*before["balance_transactions"], transaction_id(entry)]
        self.steps.objects.put(connection, entry.merchant, after)
        previous = changed(before, after)
        self._tell(connection, call, "charge.dispute.closed", after, previous)
        if won:
            self._tell(connection, call, "charge.dispute.funds_reinstated", after)

    def _tell(
        self,
        connection: sqlite3.Connection,
        call: Call,
        kind: str,
        document: Mapping[str, Any],
        previous: Mapping[str, Any] | None = None,
    ) -> None:
        self.steps.announcements.tell(connection, call, kind, document, previous=previous)


def _document(entry: Entry, charge: Mapping[str, Any]) -> dict[str, Any]:
    return {
        "id": entry.id,
        "object": "dispute",
        "amount": entry.amount_minor,
        "balance_transactions": [transaction_id(entry)],
        "charge": entry.charge,
        "created": epoch_s(entry.created_at),
        "currency": entry.currency.lower(),
        "evidence": {},
        "evidence_details": {
            "due_by": epoch_s(entry.created_at) + _ANSWER_WITHIN_S,
            "has_evidence": False,
            "past_due": False,
            "submission_count": 0,
        },
        "is_charge_refundable": False,
        "livemode": False,
        "metadata": {},
        "payment_intent": charge["payment_intent"],
        "reason": json.loads(entry.metadata)["reason"],
        "status": "needs_response",
    }
