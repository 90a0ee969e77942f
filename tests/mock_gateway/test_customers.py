"""Customers and their saved cards: kept by token, charged by id, by their owner alone."""

from typing import Any

import pytest

from tests.mock_gateway.driving import InProcess, Reply


def customer(gateway: InProcess, **fields: Any) -> str:
    reply = gateway.send("POST", "/customers", fields)
    assert reply.status == 201, reply.text
    return str(reply.json["id"])


def save(gateway: InProcess, owner: str, card: str = "tok_visa", **fields: Any) -> Reply:
    return gateway.send("POST", f"/customers/{owner}/cards", {"card": card, **fields})


def saved(gateway: InProcess, owner: str, card: str = "tok_visa", **fields: Any) -> str:
    return str(save(gateway, owner, card, **fields).json["id"])


def test_customer_is_kept_as_sent(gateway: InProcess) -> None:
    reply = gateway.send(
        "POST", "/customers", {"id": "user-1", "email": "a@example.com", "metadata": {"k": "v"}, "merchant": "m-1"}
    )

    assert reply.json == {
        "id": "user-1",
        "object": "customer",
        "merchant": "m-1",
        "email": "a@example.com",
        "metadata": {"k": "v"},
        "created_at": "2026-01-01T00:00:00.000000Z",
    }
    assert gateway.get("/customers/user-1?merchant=m-1").json == reply.json
    assert gateway.get("/customers/user-1").status == 404
    assert gateway.send("POST", "/customers").json["id"].startswith("cus_")


@pytest.mark.parametrize("chosen", ["a/b", " ", "-a", "x" * 65, "4242424242424242", 7])
def test_customer_is_refused_when_its_id_is_not_fit(gateway: InProcess, chosen: Any) -> None:
    assert gateway.send("POST", "/customers", {"id": chosen}).status == 400


def test_id_is_not_used_again_when_its_customer_is_deleted(gateway: InProcess) -> None:
    customer(gateway, id="user-1")
    taken = gateway.send("POST", "/customers", {"id": "user-1"})

    deleted = gateway.send("DELETE", "/customers/user-1")

    assert (taken.status, taken.code) == (409, "customer_exists")
    assert (deleted.status, deleted.json["deleted"]) == (200, True)
    assert gateway.get("/customers/user-1").status == 404
    assert gateway.send("DELETE", "/customers/user-1").status == 404
    assert gateway.send("POST", "/customers", {"id": "user-1"}).code == "customer_exists"


def test_saved_card_is_charged_for_its_owner(gateway: InProcess) -> None:
    card = saved(gateway, customer(gateway, id="user-1"), "5555 5555 5555 4444")

    charge = gateway.charge(card=card).json
    hold = gateway.send("POST", "/authorizations", {"amount_minor": 1, "currency": "USD", "card": card}).json

    assert (charge["customer"], charge["card_last4"]) == ("user-1", "4444")
    assert (hold["customer"], hold["object"]) == ("user-1", "authorization")
    assert "5555555555554444" not in gateway.get("/customers/user-1/cards").text


def test_card_is_saved_and_declined_when_it_fails_at_charging(gateway: InProcess) -> None:
    card = saved(gateway, customer(gateway), "tok_chargeCustomerFail")

    assert gateway.charge(card=card).status == 402


def test_saved_card_is_refused_when_another_customer_pays_with_it(gateway: InProcess) -> None:
    card = saved(gateway, customer(gateway, id="user-1"))

    replies = [gateway.charge(card=card, customer="user-2"), gateway.charge(card=card, merchant="m-2")]

    assert [reply.status for reply in replies] == [400, 404]
    assert replies[0].code == "card_of_another_customer"
    assert gateway.entries() == []


def test_cards_are_listed_until_they_are_deleted(gateway: InProcess) -> None:
    owner = customer(gateway)
    first, second = saved(gateway, owner), saved(gateway, owner, "tok_amex")

    listed = gateway.get(f"/customers/{owner}/cards").json["cards"]
    deleted = gateway.send("DELETE", f"/customers/{owner}/cards/{first}")

    assert [(card["id"], card["card_last4"]) for card in listed] == [(first, "4242"), (second, "0005")]
    assert (deleted.status, deleted.json["deleted"]) == (200, True)
    assert [card["id"] for card in gateway.get(f"/customers/{owner}/cards").json["cards"]] == [second]
    assert gateway.send("DELETE", f"/customers/{owner}/cards/{first}").status == 404
    assert gateway.charge(card=first).code == "card_deleted"


def test_cards_can_not_be_charged_when_their_customer_is_deleted(gateway: InProcess) -> None:
    owner = customer(gateway)
    card = saved(gateway, owner)
    gateway.send("DELETE", f"/customers/{owner}")

    assert gateway.charge(card=card).code == "card_deleted"
    assert save(gateway, owner).status == 404


def test_first_answer_is_repeated_when_the_card_is_gone_meanwhile(gateway: InProcess) -> None:
    owner = customer(gateway)
    card = saved(gateway, owner)
    first = gateway.charge(key="k-1", card=card)
    gateway.send("DELETE", f"/customers/{owner}/cards/{card}")

    assert gateway.charge(key="k-1", card=card).text == first.text
    assert len(gateway.entries()) == 1


def test_card_is_saved_once_when_saving_is_retried(gateway: InProcess) -> None:
    owner = customer(gateway)

    replies = [
        gateway.send("POST", f"/customers/{owner}/cards", {"card": "tok_visa"}, {"Idempotency-Key": "k-1"})
        for _ in range(2)
    ]

    assert replies[0].text == replies[1].text
    assert len(gateway.get(f"/customers/{owner}/cards").json["cards"]) == 1


@pytest.mark.parametrize(
    ("body", "code"),
    [({}, "parameter_missing"), ({"card": "pm_0"}, "unknown_card"), ({"card": "4111111111111111"}, "only_test_cards")],
)
def test_card_is_refused_when_it_is_none(gateway: InProcess, body: dict[str, str], code: str) -> None:
    owner = customer(gateway)

    assert gateway.send("POST", f"/customers/{owner}/cards", body).code == code
