"""Charges: what is taken, what is refused, and in which shape."""

import re
from typing import Any

import pytest

from mock_gateway import __version__
from mock_gateway.money.cards import CARDS, masked
from tests.mock_gateway.driving import InProcess, StoppedClock, in_process


def test_charge_is_told_and_ledgered_when_the_card_is_good(gateway: InProcess) -> None:
    reply = gateway.charge(key="k-1", merchant="m-1", customer="user-1", reference="pay-1", metadata={"order": "7"})

    charge = reply.json
    assert reply.status == 201
    assert re.fullmatch(r"ch_[0-9a-f]{24}", charge["id"])
    assert charge == {
        "id": charge["id"],
        "object": "charge",
        "status": "succeeded",
        "amount_minor": 4000,
        "currency": "USD",
        "captured_minor": 4000,
        "refunded_minor": 0,
        "disputed_minor": 0,
        "merchant": "m-1",
        "customer": "user-1",
        "reference": "pay-1",
        "idempotency_key": "k-1",
        "card_last4": "4242",
        "metadata": {"order": "7"},
        "created_at": "2026-01-01T00:00:00.000000Z",
    }
    assert [entry["id"] for entry in gateway.entries()] == [charge["id"]]
    assert gateway.get(f"/charges/{charge['id']}").json == charge


@pytest.mark.parametrize("card", [card for card in CARDS if card.decline], ids=lambda card: card.token)
def test_charge_is_declined_and_ledgered_when_the_card_is_bad(gateway: InProcess, card: Any) -> None:
    reply = gateway.charge(card=card.token)

    error = reply.json["error"]
    assert (reply.status, error["type"]) == (402, "card_error")
    assert (error["code"], error["decline_code"]) == (card.decline.code, card.decline.decline_code)
    (entry,) = gateway.entries()
    assert (entry["id"], entry["kind"], entry["status"]) == (error["charge"], "charge", "declined")


@pytest.mark.parametrize(
    ("number", "last4"), [("4242424242424242", "4242"), ("4242 4242 4242 4242", "4242"), ("4000000000000002", "0002")]
)
def test_only_four_digits_are_kept_when_a_test_number_is_sent(gateway: InProcess, number: str, last4: str) -> None:
    reply = gateway.charge(card=number)

    assert gateway.entries()[0]["card_last4"] == last4
    seen = reply.text + gateway.get("/ledger").text + gateway.get("/_admin/calls").text
    assert number not in seen
    assert number.replace(" ", "") not in seen


@pytest.mark.parametrize("number", ["4111111111111111", "5105105105105100", "4242424242424241", "0", "42"])
def test_card_is_refused_and_forgotten_when_it_is_no_test_card(gateway: InProcess, number: str) -> None:
    reply = gateway.charge(card=number)

    assert (reply.status, reply.code) == (400, "only_test_cards")
    assert "only test cards" in reply.text
    assert gateway.entries() == []
    assert len(number) < 12 or number not in reply.text + gateway.get("/_admin/calls").text


def test_card_number_is_refused_when_it_is_in_another_field(gateway: InProcess) -> None:
    replies = [
        gateway.charge(reference="4111111111111111"),
        gateway.charge(customer="card 4242424242424242"),
        gateway.charge(reference="4242 4242 4242 4242"),
        gateway.charge(reference="3782-822463-10005"),
        gateway.charge(metadata={"pan": "4111111111111111"}),
        gateway.charge(key="pay-4111111111111111"),
    ]

    assert {(reply.status, reply.code) for reply in replies} == {(400, "card_number_misplaced")}
    assert not any("4111111111111111" in reply.text for reply in replies)


def test_numbers_that_are_no_cards_are_left_alone_when_masking() -> None:
    harmless = (
        "1763719200000 9f4111111111111111ab 4111111111111112 4111 1111 1111 1112 44444444-4242-4242-4242-424242424242"
    )

    assert masked(harmless) == harmless
    assert masked("GET /charges/4111111111111111") == "GET /charges/****1111"
    assert masked("4111-1111-1111-1111, 3782 822463 10005") == "****1111, ****0005"


def test_card_number_is_not_shown_when_something_was_looked_up_by_it(gateway: InProcess) -> None:
    fault = gateway.set_fault("error", match={"operation": "lookup"})

    gateway.get("/idempotency-keys/4242424242424242?merchant=5555555555554444")

    assert gateway.fired(fault) == 1
    for path in ("/_admin/calls", "/_admin/fired", "/_admin/overview"):
        assert not any(number in gateway.get(path).text for number in ("4242424242424242", "5555555555554444"))


@pytest.mark.parametrize(
    ("fields", "code", "param"),
    [
        ({"amount_minor": 0}, "amount_too_small", "amount_minor"),
        ({"amount_minor": -1}, "amount_too_small", "amount_minor"),
        ({"amount_minor": 100_000_000}, "amount_too_large", "amount_minor"),
        ({"amount_minor": "4000"}, "parameter_invalid", "amount_minor"),
        ({"amount_minor": 40.0}, "parameter_invalid", "amount_minor"),
        ({"amount_minor": True}, "parameter_invalid", "amount_minor"),
        ({"amount_minor": None}, "parameter_missing", "amount_minor"),
        ({"currency": "XXX"}, "currency_not_supported", "currency"),
        ({"currency": "usd"}, "currency_not_supported", "currency"),
        ({"currency": ["USD"]}, "currency_not_supported", "currency"),
        ({"card": "tok_unknown"}, "unknown_card", "card"),
        ({"card": {"number": "4242424242424242"}}, "parameter_invalid", "card"),
        ({"merchant": 7}, "parameter_invalid", "merchant"),
        ({"reference": "x" * 256}, "parameter_invalid", "reference"),
        ({"metadata": {"n": 7}}, "parameter_invalid", "metadata"),
        ({"amount": 4000}, "parameter_unknown", "amount"),
    ],
)
def test_charge_is_refused_when_a_field_is_wrong(
    gateway: InProcess, fields: dict[str, Any], code: str, param: str
) -> None:
    reply = gateway.charge(key="k-1", **fields)

    assert reply.status == 400
    assert reply.json["error"]["type"] == "invalid_request_error"
    assert (reply.code, reply.json["error"]["param"]) == (code, param)
    assert gateway.entries() == []
    assert gateway.charge(key="k-1").status == 201  # a refused request does not use its key up


@pytest.mark.parametrize("body", ["", "{", "[]", "null", '"x"', "[" * 50_000])
def test_charge_is_refused_when_the_body_is_no_object(gateway: InProcess, body: str) -> None:
    reply = gateway.send("POST", "/charges", body)

    assert (reply.status, reply.code) == (400, "body_invalid")


def test_errors_have_one_shape_when_the_route_is_wrong(gateway: InProcess) -> None:
    replies = [
        gateway.get("/nothing"),
        gateway.send("PUT", "/charges"),
        gateway.send("POST", "/charges", "x" * 300_000),
    ]

    assert [(reply.status, reply.code) for reply in replies] == [
        (404, "route_not_found"),
        (405, "method_not_allowed"),
        (413, "body_too_large"),
    ]
    assert replies[1].headers["Allow"] == "OPTIONS, POST"


def test_every_answer_has_its_own_request_id(gateway: InProcess) -> None:
    replies = [gateway.charge(), gateway.charge(card="tok_unknown"), gateway.get("/nothing"), gateway.get("/health")]

    ids = [reply.headers["Request-Id"] for reply in replies]
    assert all(one.startswith("req_") for one in ids)
    assert len(set(ids)) == 4


def test_health_tells_the_version(gateway: InProcess) -> None:
    assert gateway.get("/health").json == {"status": "ok", "version": __version__}


def test_failure_of_the_gateway_itself_is_told_without_its_cause(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def fail(*_: Any, **__: Any) -> None:
        raise ZeroDivisionError("inner detail")

    with in_process(StoppedClock()) as gateway:
        monkeypatch.setattr("mock_gateway.money.ledger.Ledger.record", fail)
        reply = gateway.charge(key="k-1")
        monkeypatch.undo()

        assert (reply.status, reply.code) == (500, "unexpected")
        assert "inner detail" not in reply.text
        assert "inner detail" in caplog.text
        assert reply.headers["Request-Id"] in caplog.text
        assert gateway.charge(key="k-1").status == 201
