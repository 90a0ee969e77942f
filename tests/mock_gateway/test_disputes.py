"""Disputes: the bank takes money back, the merchant gives in or sends evidence, and somebody wins."""

from typing import Any

import pytest

from mock_gateway.money.acquirer import DISPUTE_REASONS
from tests.mock_gateway.driving import InProcess, Reply


def open_dispute(gateway: InProcess, charge: str, **fields: Any) -> Reply:
    return gateway.send("POST", "/_admin/disputes", {"charge": charge, **fields})


def disputed(gateway: InProcess, **fields: Any) -> tuple[str, str]:
    charge = gateway.charged(**fields)
    return charge, str(open_dispute(gateway, charge).json["id"])


def contest(gateway: InProcess, dispute: str, evidence: str, key: str = "") -> Reply:
    headers = {"Idempotency-Key": key} if key else None
    return gateway.send("POST", f"/disputes/{dispute}/contest", {"evidence": evidence}, headers)


def close(gateway: InProcess, dispute: str, won: Any) -> Reply:
    return gateway.send("POST", f"/_admin/disputes/{dispute}/close", {"won": won})


def test_money_is_gone_when_a_charge_is_disputed(gateway: InProcess) -> None:
    charge = gateway.charged(merchant="m-1", customer="user-1", reference="pay-1")

    reply = open_dispute(gateway, charge, amount_minor=1500, reason="duplicate")

    assert reply.status == 201
    assert reply.json == {
        "id": reply.json["id"],
        "object": "dispute",
        "status": "needs_response",
        "reason": "duplicate",
        "charge": charge,
        "amount_minor": 1500,
        "currency": "USD",
        "merchant": "m-1",
        "customer": "user-1",
        "reference": "pay-1",
        "evidence": "",
        "created_at": "2026-01-01T00:00:00.000000Z",
        "closed_at": None,
    }
    assert gateway.get(f"/disputes/{reply.json['id']}").json == reply.json
    assert gateway.get(f"/charges/{charge}").json["disputed_minor"] == 1500
    assert gateway.refund(charge).code == "charge_disputed"


@pytest.mark.parametrize(("evidence", "status", "disputed_minor"), [("winning_evidence", "won", 0),
                                                                    ("losing_evidence", "lost", 4000)])  # fmt: skip
def test_evidence_decides_when_it_says_so(gateway: InProcess, evidence: str, status: str, disputed_minor: int) -> None:
    charge, dispute = disputed(gateway)

    reply = contest(gateway, dispute, evidence)

    assert (reply.status, reply.json["status"], reply.json["evidence"]) == (200, status, evidence)
    assert reply.json["closed_at"] == "2026-01-01T00:00:00.000000Z"
    assert gateway.get(f"/charges/{charge}").json["disputed_minor"] == disputed_minor
    assert gateway.entries("kind=dispute_" + status)[0]["charge"] == charge


def test_dispute_waits_for_the_bank_when_the_evidence_says_nothing(gateway: InProcess) -> None:
    _, dispute = disputed(gateway)

    assert contest(gateway, dispute, "a receipt").json["status"] == "under_review"
    assert contest(gateway, dispute, "winning_evidence").code == "dispute_under_review"
    assert close(gateway, dispute, won=True).json["status"] == "won"


def test_dispute_is_lost_when_the_merchant_gives_in(gateway: InProcess) -> None:
    charge, dispute = disputed(gateway)

    assert gateway.send("POST", f"/disputes/{dispute}/accept").json["status"] == "lost"
    assert gateway.refund(charge).code == "charge_disputed"


def test_dispute_is_refused_when_it_is_closed(gateway: InProcess) -> None:
    _, dispute = disputed(gateway)
    close(gateway, dispute, won=False)

    replies = [
        gateway.send("POST", f"/disputes/{dispute}/accept"),
        contest(gateway, dispute, "winning_evidence"),
        close(gateway, dispute, won=True),
    ]

    assert [(reply.status, reply.code) for reply in replies] == [(400, "dispute_closed")] * 3
    assert len(gateway.entries("kind=dispute_won")) == 0


def test_evidence_counts_once_when_it_is_sent_again(gateway: InProcess) -> None:
    _, dispute = disputed(gateway)

    replies = [contest(gateway, dispute, "winning_evidence", key="k-1") for _ in range(2)]

    assert replies[0].text == replies[1].text
    assert len(gateway.entries("kind=dispute_won")) == 1


@pytest.mark.parametrize(
    ("fields", "status", "code"),
    [
        ({"amount_minor": 4001}, 400, "charge_not_disputable"),
        ({"reason": "whim"}, 400, "parameter_invalid"),
        ({"charge": "ch_0"}, 404, "not_found"),
        ({"charge": None}, 400, "parameter_missing"),
    ],
)
def test_dispute_is_refused_when_it_can_not_be(
    gateway: InProcess, fields: dict[str, Any], status: int, code: str
) -> None:
    reply = gateway.send("POST", "/_admin/disputes", {"charge": gateway.charged(), **fields})

    assert (reply.status, reply.code) == (status, code)


def test_routes_answer_404_when_there_is_no_dispute(gateway: InProcess) -> None:
    charge = gateway.charged()
    replies = [
        gateway.get(f"/disputes/{charge}"),
        contest(gateway, "dp_0", "winning_evidence"),
        close(gateway, "dp_0", won=True),
    ]

    assert [reply.status for reply in replies] == [404] * 3


def test_disputes_are_listed_page_by_page(gateway: InProcess) -> None:
    for reason in DISPUTE_REASONS:
        open_dispute(gateway, gateway.charged(reference=reason), reason=reason)

    first = gateway.get("/_admin/disputes?limit=5").json
    rest = gateway.get(f"/_admin/disputes?after={first['next']}").json

    assert [one["reason"] for one in first["disputes"] + rest["disputes"]] == list(DISPUTE_REASONS)
    assert rest["next"] is None
    assert len(gateway.get("/_admin/disputes?reference=duplicate").json["disputes"]) == 1


@pytest.mark.parametrize(
    ("card", "reason"), [("tok_createDispute", "fraudulent"), ("4000000000002685", "product_not_received")]
)
def test_charge_is_disputed_at_once_when_its_card_is_for_that(gateway: InProcess, card: str, reason: str) -> None:
    charge = gateway.charge(card=card)

    (dispute,) = gateway.get("/_admin/disputes").json["disputes"]
    assert (charge.status, charge.json["disputed_minor"]) == (201, 4000)
    assert (dispute["charge"], dispute["reason"]) == (charge.json["id"], reason)


def test_hold_is_disputed_when_it_is_captured(gateway: InProcess) -> None:
    body = {"amount_minor": 4000, "currency": "USD", "card": "tok_createDispute"}
    hold = gateway.send("POST", "/authorizations", body).json["id"]
    before = gateway.entries("kind=dispute")

    gateway.send("POST", f"/authorizations/{hold}/capture", {"amount_minor": 900})

    assert before == []
    assert gateway.get(f"/charges/{hold}").json["disputed_minor"] == 900
