"""Movements as the plain face shows them."""

import json
from typing import Any

from mock_gateway.money.acquirer import ChargeState
from mock_gateway.money.ledger import Entry

FACE = "plain"
WHOSE = ("merchant", "customer", "reference")


def charge_document(state: ChargeState) -> dict[str, Any]:
    """Return a charge."""
    entry = state.entry
    return {
        "id": entry.id,
        "object": "charge",
        "status": entry.status,
        "amount_minor": entry.amount_minor,
        "currency": entry.currency,
        "refunded_minor": state.refunded_minor,
        **_belonging(entry),
        "card_last4": entry.card_last4,
        "metadata": json.loads(entry.metadata),
        "created_at": entry.created_at,
    }


def refund_document(entry: Entry) -> dict[str, Any]:
    """Return a refund."""
    return {
        "id": entry.id,
        "object": "refund",
        "status": entry.status,
        "charge": entry.charge,
        "amount_minor": entry.amount_minor,
        "currency": entry.currency,
        **_belonging(entry),
        "created_at": entry.created_at,
    }


def _belonging(entry: Entry) -> dict[str, Any]:
    return {name: getattr(entry, name) for name in (*WHOSE, "idempotency_key")}
