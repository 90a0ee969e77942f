"""Disputes and expiries: what happens without a request, and what is answered to it."""

from collections.abc import Callable
from typing import Any

import pytest
import stripe

from tests.mock_gateway.driving import OverTheWire, served

Ledger = Callable[[], list[tuple[str, str, int]]]
Told = Callable[[], list[str]]


@pytest.fixture
def disputed(paid: Any, stripe_wire: OverTheWire) -> Any:
    """A payment whose cardholder's bank took the money back."""
    intent = paid()
    reply = stripe_wire.send("POST", "/_admin/disputes", {"charge": intent.latest_charge, "reason": "duplicate"})
    assert reply.status == 201
    return intent


def test_dispute_is_told(v1: Any, disputed: Any, told: Told) -> None:
    [dispute] = v1.disputes.list({"charge": disputed.latest_charge}).data

    assert (dispute.status, dispute.reason, dispute.amount) == ("needs_response", "duplicate", 2000)
    assert v1.disputes.retrieve(dispute.id).payment_intent == disputed.id
    assert v1.charges.retrieve(disputed.latest_charge).disputed
    assert told()[-2:] == ["charge.dispute.created", "charge.dispute.funds_withdrawn"]


@pytest.mark.parametrize(("evidence", "status"), [("winning_evidence", "won"), ("losing_evidence", "lost")])
def test_evidence_decides(v1: Any, disputed: Any, ledger: Ledger, told: Told, evidence: str, status: str) -> None:
    [dispute] = v1.disputes.list({"payment_intent": disputed.id}).data

    closed = v1.disputes.update(dispute.id, {"evidence": {"uncategorized_text": evidence}})

    assert (closed.status, closed.evidence_details.submission_count) == (status, 1)
    assert [kind for kind, _, _ in ledger()] == ["charge", "dispute", f"dispute_{status}"]
    assert "charge.dispute.closed" in told()
    assert ("charge.dispute.funds_reinstated" in told()) == (status == "won")


def test_evidence_waits_when_it_is_not_submitted(v1: Any, disputed: Any) -> None:
    [dispute] = v1.disputes.list().data

    kept = v1.disputes.update(dispute.id, {"evidence": {"uncategorized_text": "winning_evidence"}, "submit": False})
    assert (kept.status, kept.evidence.uncategorized_text) == ("needs_response", "winning_evidence")

    assert v1.disputes.update(dispute.id, {"evidence": {"product_description": "tea"}}).status == "won"


def test_dispute_is_lost_when_given_in(v1: Any, disputed: Any) -> None:
    [dispute] = v1.disputes.list().data

    assert v1.disputes.close(dispute.id).status == "lost"
    with pytest.raises(stripe.InvalidRequestError):
        v1.disputes.close(dispute.id)


def test_refund_is_refused_when_the_bank_has_the_money(v1: Any, disputed: Any) -> None:
    with pytest.raises(stripe.InvalidRequestError) as caught:
        v1.refunds.create({"payment_intent": disputed.id})

    assert caught.value.code == "charge_disputed"


def test_hold_expires_when_its_time_has_come(client_of: Any) -> None:
    # A gateway of its own: time is advanced for everybody.
    with served() as wire:
        v1 = client_of(port=wire.port).v1
        terms = {"amount": 900, "currency": "usd", "payment_method": "pm_card_visa"}
        held = v1.payment_intents.create({**terms, "confirm": True, "capture_method": "manual"})
        direct = v1.charges.create({"amount": 900, "currency": "usd", "source": "tok_visa", "capture": False})

        assert wire.send("POST", "/_admin/clock", {"advance_s": 8 * 24 * 3600}).status == 200

        intent = v1.payment_intents.retrieve(held.id)
        assert (intent.status, intent.cancellation_reason) == ("canceled", "automatic")
        types = [event.type for event in v1.events.list({"limit": 100}).data]
        assert (types.count("charge.expired"), types.count("payment_intent.canceled")) == (2, 1)
        with pytest.raises(stripe.InvalidRequestError) as caught:
            v1.charges.capture(direct.id)
        assert caught.value.code == "charge_expired_for_capture"
