"""The ledger: complete, in order, page by page, and never touched by a fault."""

import pytest

from tests.mock_gateway.driving import InProcess


def test_entries_are_those_that_match_when_filtered(gateway: InProcess) -> None:
    charge = gateway.charged(merchant="m-1", customer="a", reference="pay-1", key="k-1")
    gateway.charge(merchant="m-2", customer="b", reference="pay-2", card="tok_chargeDeclined")
    gateway.refund(charge, amount_minor=5)

    def found(query: str) -> list[int]:
        return [entry["sequence"] for entry in gateway.entries(query)]

    assert found("") == [1, 2, 3]
    assert found("reference=pay-1") == [1, 3]
    assert found("merchant=m-2") == [2]
    assert found("customer=a&kind=refund") == [3]
    assert found("kind=charge") == [1, 2]
    assert found("status=declined") == [2]
    assert found("idempotency_key=k-1") == [1]
    assert found(f"charge={charge}") == [3]
    assert found("reference=pay-9") == []


def test_entry_tells_everything_about_a_movement(gateway: InProcess) -> None:
    charge = gateway.charged(merchant="m-1", customer="a", reference="pay-1", key="k-1")
    refund = gateway.refund(charge, amount_minor=5).json["id"]

    about = {
        "currency": "USD",
        "merchant": "m-1",
        "customer": "a",
        "reference": "pay-1",
        "card_last4": "4242",
        "face": "plain",
    }
    about |= {"status": "succeeded", "created_at": "2026-01-01T00:00:00.000000Z"}
    charged = {"sequence": 1, "id": charge, "kind": "charge", "amount_minor": 4000, "idempotency_key": "k-1"}
    refunded = {
        "sequence": 2,
        "id": refund,
        "kind": "refund",
        "amount_minor": 5,
        "idempotency_key": "",
        "charge": charge,
    }
    assert gateway.entries() == [charged | about, refunded | about]


def test_pages_hold_every_entry_once_when_walked_while_more_come(gateway: InProcess) -> None:
    for amount_minor in range(1, 8):
        gateway.charge(amount_minor=amount_minor)
    seen: list[int] = []
    after: int | None = 0
    while after is not None:
        page = gateway.get(f"/ledger?limit=3&after={after}").json
        seen += [entry["amount_minor"] for entry in page["entries"]]
        after = page["next"]
        if len(seen) == 3:
            gateway.charge(amount_minor=8)

    assert seen == [1, 2, 3, 4, 5, 6, 7, 8]


def test_there_is_no_next_page_when_the_last_one_is_just_full(gateway: InProcess) -> None:
    gateway.charge()

    assert gateway.get("/ledger?limit=1").json["next"] is None


@pytest.mark.parametrize("query", ["limit=0", "limit=1001", "limit=x", "after=-1", "after=½", "refrence=pay-1"])
def test_query_is_refused_when_it_is_wrong(gateway: InProcess, query: str) -> None:
    assert gateway.get(f"/ledger?{query}").status == 400


def test_ledger_is_true_when_everything_is_faulty(gateway: InProcess) -> None:
    gateway.charge(reference="pay-1")
    gateway.set_fault("maintenance")

    assert gateway.charge().status == 503
    assert [entry["reference"] for entry in gateway.entries()] == ["pay-1"]
