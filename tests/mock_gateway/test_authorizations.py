"""Authorizations: money is held, then captured once, in whole or in part, or released, or the hold runs out."""

from typing import Any

import pytest

from tests.mock_gateway.driving import InProcess, OverTheWire, Reply, StoppedClock, together

DAY_S = 86_400


def authorize(gateway: InProcess, *, key: str = "", **fields: Any) -> Reply:
    body = {"amount_minor": 4000, "currency": "USD", "card": "tok_visa", **fields}
    return gateway.send("POST", "/authorizations", body, {"Idempotency-Key": key} if key else None)


def held(gateway: InProcess, **fields: Any) -> str:
    reply = authorize(gateway, **fields)
    assert reply.status == 201, reply.text
    return str(reply.json["id"])


def capture(gateway: InProcess, hold: str, *, key: str = "", **fields: Any) -> Reply:
    headers = {"Idempotency-Key": key} if key else None
    return gateway.send("POST", f"/authorizations/{hold}/capture", fields or None, headers)


def void(gateway: InProcess, hold: str, *, key: str = "") -> Reply:
    return gateway.send("POST", f"/authorizations/{hold}/void", headers={"Idempotency-Key": key} if key else None)


def state(gateway: InProcess, hold: str) -> str:
    return str(gateway.get(f"/authorizations/{hold}").json["state"])


def test_hold_is_told_and_ledgered_when_the_card_is_good(gateway: InProcess) -> None:
    reply = authorize(gateway, key="a-1", merchant="m-1", customer="user-1", reference="pay-1")

    assert reply.status == 201
    assert reply.json == {
        "id": reply.json["id"],
        "object": "authorization",
        "status": "succeeded",
        "state": "open",
        "amount_minor": 4000,
        "currency": "USD",
        "captured_minor": 0,
        "refunded_minor": 0,
        "disputed_minor": 0,
        "merchant": "m-1",
        "customer": "user-1",
        "reference": "pay-1",
        "idempotency_key": "a-1",
        "card_last4": "4242",
        "metadata": {},
        "created_at": "2026-01-01T00:00:00.000000Z",
        "expires_at": "2026-01-08T00:00:00.000000Z",
    }
    assert gateway.get(f"/authorizations/{reply.json['id']}").json == reply.json
    assert gateway.get(f"/charges/{reply.json['id']}").json == reply.json
    assert [(entry["kind"], entry["status"]) for entry in gateway.entries()] == [("authorization", "succeeded")]


def test_nothing_is_held_when_the_card_is_declined(gateway: InProcess) -> None:
    reply = authorize(gateway, card="tok_chargeDeclinedInsufficientFunds")

    assert (reply.status, reply.json["error"]["decline_code"]) == (402, "insufficient_funds")
    told = gateway.get(f"/authorizations/{reply.json['error']['charge']}").json
    assert (told["status"], told["state"], told["expires_at"]) == ("declined", None, None)


def test_money_is_taken_when_a_hold_is_captured(gateway: InProcess) -> None:
    hold = held(gateway, reference="pay-1")

    reply = capture(gateway, hold)

    assert (reply.status, reply.json["object"], reply.json["charge"]) == (201, "capture", hold)
    assert (reply.json["amount_minor"], reply.json["reference"]) == (4000, "pay-1")
    told = gateway.get(f"/authorizations/{hold}").json
    assert (told["state"], told["captured_minor"]) == ("captured", 4000)
    assert gateway.refund(hold).json["amount_minor"] == 4000


def test_the_rest_is_released_when_less_is_captured(gateway: InProcess) -> None:
    hold = held(gateway)

    assert capture(gateway, hold, amount_minor=1500).status == 201

    assert gateway.refund(hold, amount_minor=1501).code == "amount_too_large"
    assert gateway.refund(hold).json["amount_minor"] == 1500
    assert capture(gateway, hold, amount_minor=1).code == "charge_already_captured"


@pytest.mark.parametrize(
    ("amount_minor", "code"), [(4001, "amount_too_large"), (0, "amount_too_small"), ("1", "parameter_invalid")]
)
def test_capture_is_refused_when_the_amount_does_not_fit(gateway: InProcess, amount_minor: Any, code: str) -> None:
    hold = held(gateway)

    reply = capture(gateway, hold, amount_minor=amount_minor)

    assert (reply.status, reply.code) == (400, code)
    assert state(gateway, hold) == "open"


def test_capture_and_void_are_refused_when_the_hold_is_closed(gateway: InProcess) -> None:
    captured, voided, charged = held(gateway), held(gateway), gateway.charged()
    assert [capture(gateway, captured).status, void(gateway, voided).status] == [201, 201]

    refusals = [act(gateway, hold).code for hold in (captured, voided) for act in (capture, void)]

    assert refusals == ["charge_already_captured"] * 2 + ["charge_already_voided"] * 2
    assert state(gateway, voided) == "voided"
    assert gateway.refund(voided).code == "charge_not_refundable"
    assert (capture(gateway, charged).status, gateway.get(f"/authorizations/{charged}").status) == (404, 404)


def test_another_merchant_finds_no_authorization_when_it_captures(gateway: InProcess) -> None:
    hold = held(gateway, merchant="m-1")

    assert capture(gateway, hold, merchant="m-2").status == 404
    assert capture(gateway, hold, merchant="m-1").status == 201


@pytest.mark.parametrize("lasted_s", [7 * DAY_S, 8 * DAY_S])
def test_capture_is_refused_when_the_hold_has_run_out(gateway: InProcess, clock: StoppedClock, lasted_s: int) -> None:
    hold = held(gateway)
    clock.advance(lasted_s)

    replies = [capture(gateway, hold), void(gateway, hold)]

    assert [reply.code for reply in replies] == ["charge_expired_for_capture"] * 2
    assert state(gateway, hold) == "expired"


def test_hold_can_be_captured_until_its_last_second(gateway: InProcess, clock: StoppedClock) -> None:
    hold = held(gateway)
    clock.advance(7 * DAY_S - 1)

    assert capture(gateway, hold).status == 201


def test_retries_move_nothing_when_they_have_the_same_key(gateway: InProcess) -> None:
    hold = held(gateway)

    captures = [capture(gateway, hold, key="c-1", amount_minor=10) for _ in range(2)]
    voids = [void(gateway, held(gateway), key="v-1").status, void(gateway, hold, key="c-1").code]

    assert captures[0].text == captures[1].text
    assert captures[1].headers["Idempotent-Replayed"] == "true"
    assert voids == [201, "idempotency_key_reused"]
    assert [entry["kind"] for entry in gateway.entries()] == ["authorization", "capture", "authorization", "void"]


def test_keys_tell_what_was_made_under_them(gateway: InProcess) -> None:
    hold, other = held(gateway, key="a-1"), held(gateway)
    capture(gateway, hold, key="c-1")
    void(gateway, other, key="v-1")

    looked_up = {key: gateway.get(f"/idempotency-keys/{key}").json for key in ("a-1", "c-1", "v-1")}

    assert looked_up["a-1"]["authorization"] == gateway.get(f"/charges/{hold}").json
    assert (looked_up["c-1"]["outcome"], looked_up["c-1"]["capture"]["charge"]) == ("succeeded", hold)
    assert looked_up["v-1"]["void"]["charge"] == other


@pytest.mark.parametrize("operation", ["authorize", "capture", "void"])
def test_money_has_moved_when_the_answer_is_lost_after_the_commit(gateway: InProcess, operation: str) -> None:
    gateway.set_fault("error", phase="after", match={"operation": operation}, times=1)
    hold = authorize(gateway, key="k-authorize")
    done = {"authorize": hold, "capture": hold, "void": hold}
    if operation != "authorize":
        act = capture if operation == "capture" else void
        done[operation] = act(gateway, hold.json["id"], key=f"k-{operation}")

    assert done[operation].status == 500
    assert gateway.get(f"/idempotency-keys/k-{operation}").json["outcome"] == "succeeded"


def test_answer_tells_another_amount_when_it_is_garbled(gateway: InProcess) -> None:
    hold = held(gateway)
    gateway.set_fault("wrong_amount", match={"operation": "capture"})

    assert capture(gateway, hold, key="c-1").json["amount_minor"] == 4001
    assert gateway.get(f"/charges/{hold}").json["captured_minor"] == 4000


def test_hold_is_captured_once_when_many_capture_at_the_same_time(wire: OverTheWire) -> None:
    hold = wire.send("POST", "/authorizations", {"amount_minor": 4000, "currency": "USD", "card": "tok_visa"}).json[
        "id"
    ]

    replies = together(
        lambda index: wire.send("POST", f"/authorizations/{hold}/capture", {"amount_minor": index + 1}), 6
    )

    assert sorted(reply.status for reply in replies) == [201] + [400] * 5
    assert len(wire.entries("kind=capture")) == 1
