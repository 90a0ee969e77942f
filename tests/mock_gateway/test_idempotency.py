"""Idempotency keys: one effect, its first answer again, and nothing stuck."""

import threading
from typing import Any

import pytest

from mock_gateway.idempotency import FIRST_ANSWER, POLICIES, SUCCESSES_ONLY
from tests.mock_gateway.driving import CHARGES, InProcess, OverTheWire, StoppedClock, eventually, in_process, together


def test_first_answer_is_repeated_when_a_charge_is_retried(gateway: InProcess) -> None:
    first, second = gateway.charge(key="k-1"), gateway.charge(key="k-1")

    assert (second.status, second.text) == (first.status, first.text)
    assert "Idempotent-Replayed" not in first.headers
    assert second.headers["Idempotent-Replayed"] == "true"
    assert second.headers["Original-Request"] == first.headers["Request-Id"] != second.headers["Request-Id"]
    assert gateway.amounts() == [4000]


def test_decline_is_repeated_when_it_is_retried(gateway: InProcess) -> None:
    first, second = (gateway.charge(key="k-1", card="tok_chargeDeclined") for _ in range(2))

    assert (second.status, second.text) == (402, first.text)
    assert len(gateway.entries()) == 1


def test_every_request_is_a_charge_when_there_is_no_key(gateway: InProcess) -> None:
    gateway.charge()
    gateway.charge()

    assert gateway.amounts() == [4000, 4000]


@pytest.mark.parametrize(
    "other", [{"amount_minor": 4001}, {"currency": "EUR"}, {"card": "tok_amex"}, {"customer": "x"}]
)
def test_key_is_refused_when_the_parameters_differ(gateway: InProcess, other: dict[str, Any]) -> None:
    gateway.charge(key="k-1")

    reply = gateway.charge(key="k-1", **other)

    assert (reply.status, reply.json["error"]["type"]) == (400, "idempotency_error")
    assert gateway.amounts() == [4000]


def test_key_is_refused_when_a_refund_uses_a_charges(gateway: InProcess) -> None:
    charge = gateway.charged(key="k-1")

    assert gateway.refund(charge, key="k-1").json["error"]["type"] == "idempotency_error"


def test_keys_are_apart_when_the_merchants_are(gateway: InProcess) -> None:
    gateway.charge(key="k-1", merchant="m-1")
    gateway.charge(key="k-1", merchant="m-2")

    assert len(gateway.entries()) == 2


def test_key_is_too_long_when_above_255_characters(gateway: InProcess) -> None:
    assert gateway.charge(key="k" * 255).status == 201
    assert gateway.charge(key="k" * 256).status == 400


def test_key_is_new_again_when_its_retention_is_over(gateway: InProcess, clock: StoppedClock) -> None:
    gateway.charge(key="k-1")

    clock.advance(FIRST_ANSWER.retention_s - 1)
    assert "Idempotent-Replayed" in gateway.charge(key="k-1").headers
    clock.advance(1)
    assert "Idempotent-Replayed" not in gateway.charge(key="k-1").headers
    assert len(gateway.entries()) == 2


def test_only_successes_are_repeated_when_the_policy_says_so(clock: StoppedClock) -> None:
    with in_process(clock, policy=SUCCESSES_ONLY) as gateway:
        declined = [gateway.charge(key="k-1", card="tok_chargeDeclined") for _ in range(2)]
        charged = [gateway.charge(key="k-2") for _ in range(2)]

        assert ["Idempotent-Replayed" in reply.headers for reply in declined + charged] == [False, False, False, True]
        assert len(gateway.entries()) == 3


def test_second_request_is_turned_away_when_the_first_is_in_flight(wire: OverTheWire) -> None:
    wire.set_fault("slow", match=CHARGES, delay_ms=60_000, times=1)
    with wire.begun({}, {"Idempotency-Key": "k-1"}):
        eventually(lambda: wire.get("/idempotency-keys/k-1").status == 200)

        reply = wire.charge(key="k-1")

        assert (reply.status, reply.code) == (409, "idempotency_key_in_use")
        assert wire.get("/idempotency-keys/k-1").json == {"key": "k-1", "state": "in_flight"}
        assert wire.charge(key="k-1", merchant="m-2").status == 201
        assert wire.get("/idempotency-keys/k-1?merchant=m-2").json["state"] == "completed"


def test_one_charge_is_made_when_twenty_race_for_a_key(wire: OverTheWire) -> None:
    replies = together(lambda _: wire.charge(key="k-1"), 20)

    assert {reply.status for reply in replies} <= {201, 409}
    charged = [reply for reply in replies if reply.status == 201]
    assert len({reply.json["id"] for reply in charged}) == 1
    assert sum("idempotent-replayed" not in reply.headers for reply in charged) == 1
    assert wire.amounts() == [4000]


def test_charge_goes_through_when_its_client_gives_up_on_a_slow_gateway(wire: OverTheWire) -> None:
    wire.set_fault("slow", match=CHARGES, delay_ms=150, times=1)
    with wire.begun({}, {"Idempotency-Key": "k-1"}):
        eventually(lambda: wire.get("/idempotency-keys/k-1").status == 200)

    eventually(lambda: wire.amounts() == [4000])
    assert wire.charge(key="k-1").headers["idempotent-replayed"] == "true"


def test_lookup_tells_what_became_of_a_key(gateway: InProcess) -> None:
    charge = gateway.charge(key="pay-1:charge", reference="pay-1").json
    gateway.charge(key="pay-2:charge", card="tok_chargeDeclined")
    refund = gateway.refund(charge["id"], key="re/1:refund", amount_minor=1500).json

    charged = gateway.get("/idempotency-keys/pay-1:charge").json
    declined = gateway.get("/idempotency-keys/pay-2:charge").json
    refunded = gateway.get("/idempotency-keys/re/1:refund?merchant=default").json
    nothing = gateway.get("/idempotency-keys/pay-3:charge")

    assert charged == {
        "key": "pay-1:charge",
        "state": "completed",
        "outcome": "succeeded",
        "status_code": 201,
        "charge": {**charge, "refunded_minor": 1500},
    }
    assert (declined["outcome"], declined["status_code"], declined["charge"]["status"]) == ("declined", 402, "declined")
    assert (refunded["outcome"], refunded["refund"]) == ("succeeded", refund)
    assert (nothing.status, nothing.code) == (404, "not_found")


def test_lookup_finds_the_charge_when_its_key_is_no_longer_kept(gateway: InProcess, clock: StoppedClock) -> None:
    gateway.charge(key="k-1")
    clock.advance(FIRST_ANSWER.retention_s * 2)

    assert gateway.get("/idempotency-keys/k-1").json["outcome"] == "succeeded"


def test_key_is_free_again_when_its_request_was_refused(gateway: InProcess) -> None:
    charge = gateway.charged()

    assert gateway.refund(charge, key="r-1", amount_minor=4001).status == 400
    assert gateway.refund(charge, key="r-1", amount_minor=4000).status == 201


def test_lookup_never_says_nothing_happened_while_a_charge_is_made(wire: OverTheWire) -> None:
    """Once a key was seen, it never vanishes: in flight turns into completed without a gap."""
    wire.set_fault("slow", match=CHARGES, delay_ms=5)
    seen: list[int] = []
    done = threading.Event()

    def watch() -> None:
        while not done.is_set():
            seen.append(wire.get("/idempotency-keys/k-1").status)

    watcher = threading.Thread(target=watch)
    watcher.start()
    try:
        eventually(lambda: bool(seen))
        wire.charge(key="k-1")
    finally:
        done.set()
        watcher.join(5)

    assert 404 not in seen[seen.index(200) :] if 200 in seen else True


def kept(gateway: InProcess, merchant: str, **fields: Any) -> bool:
    """Whether a retry of a merchant's charge gets its first answer again."""
    key = f"k-{merchant}-{len(gateway.entries())}"
    replies = [gateway.charge(key=key, merchant=merchant, **fields) for _ in range(2)]
    return "Idempotent-Replayed" in replies[1].headers


def choose(gateway: InProcess, policy: str, **whose: str) -> Any:
    reply = gateway.send("PUT", "/_admin/idempotency", {"policy": policy, **whose})
    assert reply.status == 200, reply.text
    return reply.json


def test_keys_are_kept_by_the_policy_that_was_chosen_for_their_merchant(gateway: InProcess) -> None:
    choose(gateway, "settled-only")
    told = choose(gateway, "successes-only", merchant="m-1")

    assert (told["policy"], told["merchants"]) == ("settled-only", {"m-1": "successes-only"})
    assert [policy["name"] for policy in told["policies"]] == list(POLICIES)
    declined = {"card": "tok_chargeDeclined"}
    assert (kept(gateway, "m-1"), kept(gateway, "m-1", **declined)) == (True, False)
    assert (kept(gateway, "m-2"), kept(gateway, "m-2", **declined)) == (True, True)
    gateway.set_fault("error", phase="after")
    assert not kept(gateway, "m-2")


def test_policy_of_the_start_is_back_when_reset(gateway: InProcess) -> None:
    choose(gateway, "successes-only")
    choose(gateway, "settled-only", merchant="m-1")

    gateway.send("POST", "/_admin/reset")

    told = gateway.get("/_admin/idempotency").json
    assert (told["policy"], told["merchants"]) == ("first-answer", {})


@pytest.mark.parametrize(
    "body", [{}, {"policy": "none"}, {"policy": ["first-answer"]}, {"policy": "first-answer", "x": 1}]
)
def test_policy_is_refused_when_there_is_none_of_that_name(gateway: InProcess, body: Any) -> None:
    assert gateway.send("PUT", "/_admin/idempotency", body).status == 400
