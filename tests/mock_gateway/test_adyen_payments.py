"""The Adyen-style face: a decline is an HTTP 200, "received" is no money, and the ledger tells who was naive."""

import re
from typing import Any

import pytest

from mock_gateway.faces.adyen.refusals import REFUSAL_BY_HOLDER
from mock_gateway.money.cards import CARDS
from tests.mock_gateway.driving import InProcess, OverTheWire, Reply, together

MERCHANT = "ShopAccount"


def post(
    gateway: InProcess | OverTheWire, path: str, body: Any, *, key: str = "", fault: str = "", api_key: str = "any"
) -> Reply:
    headers = {"X-API-Key": api_key, "Idempotency-Key": key, "X-Gateway-Fault": fault}
    sent = {name: value for name, value in headers.items() if value}
    return gateway.send("POST", f"/adyen/v71{path}", body, sent)


def asked(number: str = "4242424242424242", **fields: Any) -> dict[str, Any]:
    return {
        "amount": {"value": 1000, "currency": "EUR"},
        "reference": "order-1",
        "merchantAccount": MERCHANT,
        "paymentMethod": {"type": "scheme", "encryptedCardNumber": f"test_{number}", "holderName": "A. Shopper"},
        **fields,
    }


def pay(gateway: InProcess | OverTheWire, *, key: str = "", fault: str = "", **fields: Any) -> Reply:
    return post(gateway, "/payments", asked(**fields), key=key, fault=fault)


def hold(gateway: InProcess) -> str:
    return str(pay(gateway, additionalData={"manualCapture": "true"}).json["pspReference"])


def modify(gateway: InProcess, psp: str, what: str, value: int | None = None, *, key: str = "", **fields: Any) -> Reply:
    amount = {} if value is None else {"amount": {"value": value, "currency": "EUR"}}
    return post(gateway, f"/payments/{psp}/{what}", {"merchantAccount": MERCHANT, **amount, **fields}, key=key)


def moved(gateway: InProcess) -> list[tuple[str, str, int]]:
    return [(entry["kind"], entry["status"], entry["amount_minor"]) for entry in gateway.entries()]


def test_payment_is_authorised_when_the_card_is_good(gateway: InProcess) -> None:
    reply = pay(gateway, key="k-1", shopperReference="shopper-1", returnUrl="https://shop.example/back")

    psp = reply.json["pspReference"]
    assert reply.status == 200
    assert re.fullmatch(r"[0-9A-F]{16}", psp)
    assert reply.json == {
        "pspReference": psp,
        "resultCode": "Authorised",
        "amount": {"currency": "EUR", "value": 1000},
        "merchantReference": "order-1",
        "paymentMethod": {"type": "scheme"},
    }
    assert reply.headers["Idempotency-Key"] == "k-1"
    (entry,) = gateway.entries()
    assert entry["id"].removeprefix("ch_").upper().startswith(psp)
    told = {name: entry[name] for name in ("kind", "status", "merchant", "customer", "reference", "face")}
    assert told == {
        "kind": "charge",
        "status": "succeeded",
        "merchant": MERCHANT,
        "customer": "shopper-1",
        "reference": "order-1",
        "face": "adyen",
    }


@pytest.mark.parametrize(
    ("number", "result", "reason", "code"),
    [
        ("4000000000000002", "Refused", "Refused", "2"),
        ("4000000000000119", "Error", "Acquirer Error", "4"),
        ("4000000000009987", "Refused", "Blocked Card", "5"),
        ("4000000000000069", "Refused", "Expired Card", "6"),
        ("4000000000009995", "Refused", "Not enough balance", "12"),
        ("4100000000000019", "Refused", "FRAUD", "20"),
        ("4000000000000127", "Refused", "CVC Declined", "24"),
    ],
)
def test_payment_is_refused_with_http_200_when_the_card_is_bad(
    gateway: InProcess, number: str, result: str, reason: str, code: str
) -> None:
    reply = pay(gateway, number=number)

    told = [reply.json[name] for name in ("resultCode", "refusalReason", "refusalReasonCode")]
    assert (reply.status, told) == (200, [result, reason, code])
    assert moved(gateway) == [("charge", "declined", 1000)]


@pytest.mark.parametrize("holder", REFUSAL_BY_HOLDER)
def test_payment_is_refused_when_the_holder_asks_for_it(gateway: InProcess, holder: str) -> None:
    method = {"encryptedCardNumber": "test_4242424242424242", "holderName": holder}

    reply = pay(gateway, paymentMethod=method)

    refusal = REFUSAL_BY_HOLDER[holder]
    assert (reply.json["refusalReasonCode"], reply.json["resultCode"]) == (refusal.code, refusal.result)
    assert gateway.entries()[0]["decline_code"] == refusal.decline.decline_code


def test_every_trigger_card_has_a_result(gateway: InProcess) -> None:
    results = [
        pay(gateway, paymentMethod={"encryptedCardNumber": card.token}).json["resultCode"] == "Authorised"
        for card in CARDS
    ]

    assert results == [card.decline is None for card in CARDS]


def test_naive_adapter_is_caught_when_it_takes_http_200_for_money(gateway: InProcess) -> None:
    def is_paid_naively(reply: Reply) -> bool:
        return reply.status == 200

    def is_paid(reply: Reply) -> bool:
        return reply.status == 200 and reply.json["resultCode"] == "Authorised"

    numbers = {"order-1": "4242424242424242", "order-2": "4000000000009995"}
    replies = {name: pay(gateway, number=number, reference=name) for name, number in numbers.items()}

    def differences(judge: Any) -> list[tuple[str, str]]:
        payments = [
            {
                "reference": name,
                "amount_minor": 1000,
                "currency": "EUR",
                "status": "succeeded" if judge(reply) else "failed",
            }
            for name, reply in replies.items()
        ]
        books = gateway.send("POST", "/reconciliation", {"merchant": MERCHANT, "payments": payments}).json
        return [(one["kind"], one["reference"]) for one in books["differences"]]

    assert differences(is_paid_naively) == [("missing_at_gateway", "order-2")]
    assert differences(is_paid) == []


def test_hold_is_captured_when_capture_is_manual(gateway: InProcess) -> None:
    psp = hold(gateway)

    reply = modify(gateway, psp, "captures", 600, reference="capture-1")

    assert (reply.status, reply.json["status"]) == (201, "received")
    assert reply.json == {
        "amount": {"currency": "EUR", "value": 600},
        "merchantAccount": MERCHANT,
        "paymentPspReference": psp,
        "status": "received",
        "reference": "capture-1",
        "pspReference": reply.json["pspReference"],
    }
    assert moved(gateway) == [("authorization", "succeeded", 1000), ("capture", "succeeded", 600)]


def test_received_is_no_money_when_the_ledger_says_declined(gateway: InProcess) -> None:
    psp = pay(gateway).json["pspReference"]

    replies = [
        modify(gateway, psp, "refunds", 1001),
        modify(gateway, psp, "cancels"),
        modify(gateway, psp, "captures", 1),
    ]

    assert [(reply.status, reply.json["status"]) for reply in replies] == [(201, "received")] * 3
    failures = [entry["failure_code"] for entry in gateway.entries("status=declined")]
    assert failures == ["amount_too_large", "charge_not_capturable", "charge_not_capturable"]
    assert gateway.get(f"/charges/{gateway.entries()[0]['id']}").json["refunded_minor"] == 0


def test_refund_fails_when_its_currency_is_another(gateway: InProcess) -> None:
    psp = pay(gateway).json["pspReference"]

    modify(gateway, psp, "refunds", amount={"value": 1, "currency": "USD"})

    assert gateway.entries("kind=refund")[0]["failure_code"] == "currency_differs"


def test_hold_is_released_when_it_is_cancelled(gateway: InProcess) -> None:
    modify(gateway, hold(gateway), "cancels")

    assert moved(gateway)[1:] == [("void", "succeeded", 1000)]


def test_reversal_releases_what_is_held_and_gives_back_what_was_taken(gateway: InProcess) -> None:
    opened, captured, charged = hold(gateway), hold(gateway), pay(gateway).json["pspReference"]
    modify(gateway, captured, "captures", 400)

    for psp in (opened, captured, charged):
        modify(gateway, psp, "reversals")

    assert moved(gateway)[4:] == [
        ("void", "succeeded", 1000),
        ("refund", "succeeded", 400),
        ("refund", "succeeded", 1000),
    ]


@pytest.mark.parametrize("what", ["captures", "refunds", "cancels", "reversals"])
def test_modification_is_made_once_when_it_is_retried(gateway: InProcess, what: str) -> None:
    psp = pay(gateway).json["pspReference"] if what == "refunds" else hold(gateway)
    value = 10 if what in ("captures", "refunds") else None

    replies = [modify(gateway, psp, what, value, key="m-1") for _ in range(2)]

    assert replies[0].text == replies[1].text
    assert len(moved(gateway)) == 2


def test_payment_is_made_once_when_it_is_retried(gateway: InProcess) -> None:
    lost = pay(gateway, key="k-1", fault="kind=error; phase=after; stored=false")
    first, second = pay(gateway, key="k-2"), pay(gateway, key="k-2")

    assert (lost.status, lost.json["errorType"], lost.headers["transient-error"]) == (500, "internal", "true")
    assert first.text == second.text
    assert len(moved(gateway)) == 2
    assert pay(gateway, key="k-2", reference="order-2").json["errorCode"] == "702"


def test_second_request_is_transient_when_the_first_is_in_flight(wire: OverTheWire) -> None:
    slow = {**asked(), "reference": "slow"}
    rule = wire.set_fault("slow", delay_ms=400, match={"reference": "slow"})
    replies = together(lambda _: post(wire, "/payments", slow, key="k-1"), 2)

    refused = next(reply for reply in replies if reply.status == 422)
    assert wire.fired(rule) == 1
    assert (refused.json["errorCode"], refused.headers["transient-error"]) == ("704", "true")
    assert len(wire.entries()) == 1


@pytest.mark.parametrize(
    ("fields", "status", "number"),
    [
        ({"merchantAccount": None}, 403, "901"),
        ({"reference": None}, 422, "130"),
        ({"amount": None}, 422, "702"),
        ({"amount": {"value": 0, "currency": "EUR"}}, 422, "137"),
        ({"amount": {"value": "1000", "currency": "EUR"}}, 422, "137"),
        ({"amount": {"value": 1000, "currency": "XXX"}}, 422, "138"),
        ({"amount": 1000}, 422, "702"),
        ({"paymentMethod": {"type": "ideal"}}, 422, "702"),
        ({"paymentMethod": {"encryptedCardNumber": "test_4111111111111111"}}, 422, "101"),
        ({"paymentMethod": {"encryptedCardNumber": 5}}, 422, "702"),
        ({"paymentMethod": {"storedPaymentMethodId": "pm_0"}}, 422, "167"),
        ({"captureDelayHours": 5}, 422, "702"),
        ({"additionalData": {"manualCapture": True}}, 422, "702"),
        ({"storePaymentMethod": True}, 422, "702"),
        ({"reference": "4242424242424242"}, 422, "702"),
        ({"unheardOf": 1}, 422, "702"),
    ],
)
def test_request_is_refused_in_adyens_shape_when_it_is_wrong(
    gateway: InProcess, fields: dict[str, Any], status: int, number: str
) -> None:
    reply = pay(gateway, **fields)

    assert (reply.status, reply.json["status"], reply.json["errorCode"]) == (status, status, number)
    assert set(reply.json) == {"status", "errorCode", "message", "errorType", "pspReference"}
    assert not any(number in reply.text for number in ("4242424242424242", "4111111111111111"))
    assert gateway.entries() == []


def test_request_is_refused_when_it_has_no_key_or_no_json(gateway: InProcess) -> None:
    replies = [post(gateway, "/payments", asked(), api_key=""), post(gateway, "/payments", "{")]

    assert [(reply.status, reply.json["errorType"]) for reply in replies] == [(401, "security"), (400, "validation")]


@pytest.mark.parametrize("psp", ["0" * 16, "x", "é" * 16, "%25" * 16])
def test_modification_is_refused_when_there_is_no_such_payment(gateway: InProcess, psp: str) -> None:
    assert modify(gateway, psp, "refunds", 1).json["errorCode"] == "167"


def test_modification_is_refused_when_the_payment_is_another_merchants(gateway: InProcess) -> None:
    psp = pay(gateway).json["pspReference"]

    assert modify(gateway, psp, "refunds", 1, merchantAccount="Other").json["errorCode"] == "167"


def test_stored_card_pays_when_it_was_stored_with_a_payment(gateway: InProcess) -> None:
    first = pay(gateway, storePaymentMethod=True, shopperReference="shopper-1").json
    stored = {"storedPaymentMethodId": first["additionalData"]["tokenization.storedPaymentMethodId"]}

    again = pay(gateway, paymentMethod=stored)
    strange = pay(gateway, paymentMethod=stored, shopperReference="shopper-2")

    assert (again.json["resultCode"], gateway.entries()[1]["customer"]) == ("Authorised", "shopper-1")
    assert strange.status == 422


def test_answer_tells_another_amount_when_it_is_garbled(gateway: InProcess) -> None:
    gateway.set_fault("wrong_amount", difference_minor=5, times=1)
    gateway.set_fault("wrong_currency", times=1)

    assert pay(gateway).json["amount"] == {"currency": "EUR", "value": 1005}
    assert pay(gateway).json["amount"] == {"currency": "USD", "value": 1000}
    assert moved(gateway) == [("charge", "succeeded", 1000)] * 2


@pytest.mark.parametrize(("kind", "status"), [("error", 500), ("rate_limited", 429), ("maintenance", 503)])
def test_faults_speak_adyens_shape_when_they_bite(gateway: InProcess, kind: str, status: int) -> None:
    reply = pay(gateway, fault=f"kind={kind}")

    assert (reply.status, reply.json["status"], reply.json["errorType"]) == (status, status, "internal")
