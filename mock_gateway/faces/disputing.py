"""A dispute as the plain face and the admin face show it."""

from typing import Any

from mock_gateway.money.disputes import DisputeState


def dispute_document(state: DisputeState) -> dict[str, Any]:
    """Return a dispute."""
    entry = state.entry
    return {
        "id": entry.id,
        "object": "dispute",
        "status": state.status,
        "reason": state.reason,
        "charge": entry.charge,
        "amount_minor": entry.amount_minor,
        "currency": entry.currency,
        "merchant": entry.merchant,
        "customer": entry.customer,
        "reference": entry.reference,
        "evidence": state.evidence,
        "created_at": entry.created_at,
        "closed_at": state.closed_at or None,
    }
