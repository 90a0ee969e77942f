"""Movements as the plain face shows them."""

import json
from typing import Any

from mock_gateway.money.acquirer import ChargeState
from mock_gateway.money.ledger import SUCCEEDED, Entry

FACE = "plain"
WHOSE = ("merchant", "customer", "reference")


def charge_document(state: ChargeState) -> dict[str, Any]:
    """Return a charge; a declined one says why."""
    entry = state.entry
    decline = {"failure_code": entry.failure_code, "decline_code": entry.decline_code} if entry.failure_code else {}
    return {
        "id": entry.id,
        "object": "charge",
        "status": entry.status,
        "amount_minor": entry.amount_minor,
        "currency": entry.currency,
        **_became(state),
        **_belonging(entry),
        "card_last4": entry.card_last4,
        "metadata": json.loads(entry.metadata),
        **decline,
        "created_at": entry.created_at,
    }


def authorization_document(state: ChargeState, now: str) -> dict[str, Any]:
    """Return a hold as of the instant `now`; a declined one holds nothing, so it has no state and never expires."""
    entry = state.entry
    holds = entry.status == SUCCEEDED
    return {
        **charge_document(state),
        "object": "authorization",
        "state": _hold_state(state, now) if holds else None,
        "expires_at": state.expires_at if holds else None,
    }


def movement_document(entry: Entry) -> dict[str, Any]:
    """Return what was done to a charge: a refund, a capture, a void."""
    return {
        "id": entry.id,
        "object": entry.kind,
        "status": entry.status,
        "charge": entry.charge,
        "amount_minor": entry.amount_minor,
        "currency": entry.currency,
        **_belonging(entry),
        "created_at": entry.created_at,
    }


def document_of(state: ChargeState, now: str) -> dict[str, Any]:
    """Return a charge or an authorization, whichever it is."""
    return authorization_document(state, now) if state.entry.kind == "authorization" else charge_document(state)


def _became(state: ChargeState) -> dict[str, int]:
    names = ("captured_minor", "refunded_minor", "disputed_minor")
    return {name: getattr(state, name) for name in names}


def _hold_state(state: ChargeState, now: str) -> str:
    if state.captured_minor:
        return "captured"
    if state.is_voided:
        return "voided"
    return "expired" if state.is_expired or state.expires_at <= now else "open"


def _belonging(entry: Entry) -> dict[str, Any]:
    return {name: getattr(entry, name) for name in (*WHOSE, "idempotency_key")}
