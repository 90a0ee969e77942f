"""Refunds: partial or whole, never above the charge."""

import pytest

from tests.mock_gateway.driving import InProcess, OverTheWire, together


def test_what_is_left_is_refunded_when_no_amount_is_named(gateway: InProcess) -> None:
    charge = gateway.charged(merchant="m-1", customer="user-1", reference="pay-1")

    part = gateway.refund(charge, amount_minor=1000, reference="re-1", key="r-1")
    rest = gateway.refund(charge)

    assert part.status == 201
    assert part.json == {
        "id": part.json["id"],
        "object": "refund",
        "status": "succeeded",
        "charge": charge,
        "amount_minor": 1000,
        "currency": "USD",
        "merchant": "m-1",
        "customer": "user-1",
        "reference": "re-1",
        "idempotency_key": "r-1",
        "created_at": "2026-01-01T00:00:00.000000Z",
    }
    assert (rest.json["amount_minor"], rest.json["reference"]) == (3000, "pay-1")
    assert gateway.get(f"/charges/{charge}").json["refunded_minor"] == 4000
    assert gateway.get(f"/refunds/{part.json['id']}").json == part.json


def test_refund_is_repeated_when_it_is_retried(gateway: InProcess) -> None:
    charge = gateway.charged()

    first, second = gateway.refund(charge, key="r-1"), gateway.refund(charge, key="r-1")

    assert (first.text, second.headers["Idempotent-Replayed"]) == (second.text, "true")
    assert gateway.amounts() == [4000, 4000]


@pytest.mark.parametrize(("amount_minor", "code"), [(3001, "amount_too_large"), (0, "amount_too_small")])
def test_refund_is_refused_when_the_amount_does_not_fit(gateway: InProcess, amount_minor: int, code: str) -> None:
    charge = gateway.charged()
    gateway.refund(charge, amount_minor=1000)

    reply = gateway.refund(charge, amount_minor=amount_minor)

    assert (reply.status, reply.code) == (400, code)
    assert gateway.get(f"/charges/{charge}").json["refunded_minor"] == 1000


def test_refund_is_refused_when_nothing_is_left(gateway: InProcess) -> None:
    charge = gateway.charged()
    gateway.refund(charge)

    replies = [gateway.refund(charge), gateway.refund(charge, amount_minor=1)]

    assert [reply.code for reply in replies] == ["charge_already_refunded"] * 2


def test_refund_is_refused_when_the_charge_was_declined(gateway: InProcess) -> None:
    declined = gateway.charge(card="tok_chargeDeclined").json["error"]["charge"]

    assert (gateway.refund(declined).status, gateway.refund(declined).code) == (400, "charge_not_refundable")


def test_charge_is_not_found_when_it_is_anothers_or_no_charge(gateway: InProcess) -> None:
    charge = gateway.charged(merchant="m-1")
    refund = gateway.refund(charge, amount_minor=1).json["id"]

    replies = [
        *(gateway.refund("ch_0"), gateway.refund(refund), gateway.refund(charge, merchant="m-2")),
        *(gateway.get(f"/charges/{refund}"), gateway.get(f"/refunds/{charge}"), gateway.get("/charges/ch_0")),
    ]

    assert {(reply.status, reply.code) for reply in replies} == {(404, "not_found")}


def test_no_more_than_the_charge_is_refunded_when_refunds_race(wire: OverTheWire) -> None:
    charge = wire.charged(amount_minor=1000)

    replies = together(lambda index: wire.refund(charge, amount_minor=300, key=f"r-{index}"), 12)

    assert sorted(reply.status for reply in replies) == [201] * 3 + [400] * 9
    assert {reply.code for reply in replies if reply.status == 400} == {"amount_too_large"}
    assert wire.get(f"/charges/{charge}").json["refunded_minor"] == 900
