"""Faults of the answer and of the gateway itself: each bites on its side of the commit, and each heals."""

import json
from typing import Any

import pytest

from mock_gateway.calls import WEBHOOK
from mock_gateway.faults.fault import Dice
from mock_gateway.faults.registry import KINDS
from mock_gateway.faults.timing import Slow
from tests.mock_gateway import test_faults_on_the_wire
from tests.mock_gateway.driving import InProcess, StoppedClock

REFUSALS = {"error": 500, "rate_limited": 429, "maintenance": 503}


@pytest.mark.parametrize(("kind", "status"), REFUSALS.items())
@pytest.mark.parametrize(("phase", "charged"), [("before", []), ("after", [4000])])
def test_error_is_answered_until_healed(
    gateway: InProcess, kind: str, status: int, phase: str, charged: list[int]
) -> None:
    fault = gateway.set_fault(kind, phase=phase)

    reply = gateway.charge()

    assert (reply.status, gateway.amounts(), gateway.fired(fault)) == (status, charged, 1)
    assert set(reply.json["error"]) == {"type", "code", "message"}
    gateway.heal(fault)
    assert gateway.charge().status == 201


def test_waiting_time_is_told_when_rate_limited(gateway: InProcess) -> None:
    assert gateway.charge(fault="kind=rate_limited; retry_after_s=7").headers["Retry-After"] == "7"
    assert gateway.charge(fault="kind=maintenance").headers["Retry-After"] == "30"


def test_error_is_repeated_and_the_charge_stands_when_it_came_after_the_commit(gateway: InProcess) -> None:
    gateway.set_fault("error", phase="after", status=502, times=1)

    first, second = gateway.charge(key="k-1"), gateway.charge(key="k-1")

    assert (first.status, second.status, second.text) == (502, 502, first.text)
    assert second.headers["Idempotent-Replayed"] == "true"
    assert gateway.amounts() == [4000]
    known = gateway.get("/idempotency-keys/k-1").json
    assert (known["outcome"], known["status_code"], known["charge"]["status"]) == ("succeeded", 502, "succeeded")


def test_retry_gets_the_charge_when_the_error_was_not_stored(gateway: InProcess) -> None:
    gateway.set_fault("error", phase="after", stored=False, times=1)

    assert [gateway.charge(key="k-1").status for _ in range(2)] == [500, 201]
    assert gateway.amounts() == [4000]


def test_retry_charges_when_the_error_came_before_the_commit(gateway: InProcess) -> None:
    gateway.set_fault("error", times=1)

    replies = [gateway.charge(key="k-1") for _ in range(2)]

    assert [reply.status for reply in replies] == [500, 201]
    assert "Idempotent-Replayed" not in replies[1].headers


def test_key_keeps_failing_without_effect_when_the_error_is_stored_before_the_commit(gateway: InProcess) -> None:
    gateway.set_fault("error", stored=True, times=1)

    assert [gateway.charge(key="k-1").status for _ in range(2)] == [500, 500]
    assert gateway.amounts() == []
    assert gateway.get("/idempotency-keys/k-1").json == {
        "key": "k-1",
        "state": "completed",
        "outcome": "error",
        "status_code": 500,
    }


@pytest.mark.parametrize("kind", ["malformed_json", "wrong_content_type"])
@pytest.mark.parametrize(("phase", "status", "charged"), [("before", 500, []), ("after", 201, [4000])])
def test_body_is_no_json_until_healed(
    gateway: InProcess, kind: str, phase: str, status: int, charged: list[int]
) -> None:
    fault = gateway.set_fault(kind, phase=phase)

    reply = gateway.charge()

    with pytest.raises(json.JSONDecodeError):
        json.loads(reply.text)
    is_html = reply.headers["Content-Type"].startswith("text/html")
    assert is_html == (kind == "wrong_content_type")
    assert (reply.status, gateway.amounts(), gateway.fired(fault)) == (status, charged, 1)
    gateway.heal(fault)
    assert gateway.charge().json["object"] == "charge"


@pytest.mark.parametrize(
    ("kind", "arguments", "field", "told"),
    [
        ("wrong_amount", {}, "amount_minor", 4001),
        ("wrong_amount", {"difference_minor": -3960}, "amount_minor", 40),
        ("wrong_currency", {}, "currency", "EUR"),
        ("wrong_currency", {"currency": "JPY"}, "currency", "JPY"),
    ],
)
def test_another_value_is_told_until_healed(
    gateway: InProcess, kind: str, arguments: dict[str, Any], field: str, told: object
) -> None:
    fault = gateway.set_fault(kind, **arguments)

    wrong = gateway.charge(key="k-1").json

    (entry,) = gateway.entries()
    assert wrong[field] == told != entry[field]
    assert (entry["amount_minor"], entry["currency"], gateway.fired(fault)) == (4000, "USD", 1)
    gateway.heal(fault)
    assert gateway.charge(key="k-1").json[field] == entry[field]


def test_wrong_amount_does_not_fire_when_the_answer_tells_none(gateway: InProcess) -> None:
    fault = gateway.set_fault("wrong_amount", times=1)

    gateway.charge(card="tok_chargeDeclined")

    assert gateway.fired(fault) == 0
    assert gateway.charge().json["amount_minor"] == 4001


def test_card_is_charged_twice_until_healed(gateway: InProcess) -> None:
    fault = gateway.set_fault("duplicate_charge")

    reply = gateway.charge(key="k-1", reference="pay-1")

    first, second = gateway.entries("reference=pay-1")
    assert (first["id"], gateway.fired(fault)) == (reply.json["id"], 1)
    assert first["id"] != second["id"]
    assert gateway.charge(key="k-1", reference="pay-1").headers["Idempotent-Replayed"] == "true"
    assert gateway.fired(fault) == 1
    gateway.heal(fault)
    gateway.charge(reference="pay-2")
    assert len(gateway.entries("reference=pay-2")) == 1


def test_lookup_misses_what_just_happened_until_healed(gateway: InProcess, clock: StoppedClock) -> None:
    fault = gateway.set_fault("stale_read", lag_ms=1000)
    charge = gateway.charged(key="k-1")
    paths = (f"/charges/{charge}", "/idempotency-keys/k-1")

    assert [gateway.get(path).status for path in paths] == [404, 404]
    assert gateway.fired(fault) == 2
    clock.advance(1)
    assert [gateway.get(path).status for path in paths] == [200, 200]
    gateway.refund(charge, amount_minor=5)
    assert gateway.get(paths[0]).json["refunded_minor"] == 0
    assert gateway.fired(fault) == 3
    gateway.heal(fault)
    assert gateway.get(paths[0]).json["refunded_minor"] == 5


def test_slowness_is_drawn_from_its_distribution_and_the_same_for_a_seed() -> None:
    def drawn_s(slow: Slow) -> list[float]:
        return sorted(slow.pause_s(Dice(3, f"k-{index}", 1)) for index in range(1000))

    fixed, spread = drawn_s(Slow(delay_ms=40)), drawn_s(Slow(delay_ms=40, jitter_ms=10))
    long_tailed = drawn_s(Slow(delay_ms=40, p99_ms=400))
    spiky = drawn_s(Slow(delay_ms=40, spike_ms=960, spike_probability=0.1))

    assert set(fixed) == {0.04}
    assert 0.04 <= spread[0] < 0.041
    assert 0.049 < spread[-1] <= 0.05
    assert 0.035 < long_tailed[500] < 0.045
    assert 0.3 < long_tailed[990] < 0.6
    assert 70 < sum(one == 1.0 for one in spiky) < 130
    assert long_tailed == drawn_s(Slow(delay_ms=40, p99_ms=400))


@pytest.mark.parametrize("operation", ["charge", "refund", "lookup"])
def test_only_the_named_operation_is_hit(gateway: InProcess, operation: str) -> None:
    charge = gateway.charged(key="k-1")
    gateway.set_fault("maintenance", match={"operation": operation})

    statuses = {
        "charge": gateway.charge().status,
        "refund": gateway.refund(charge, amount_minor=1).status,
        "lookup": gateway.get("/idempotency-keys/k-1").status,
    }

    assert [name for name, status in statuses.items() if status == 503] == [operation]


def test_every_kind_has_a_test_that_it_bites_and_heals() -> None:
    here = {*REFUSALS, "malformed_json", "wrong_content_type", "wrong_amount", "wrong_currency"}
    here |= {"duplicate_charge", "stale_read"}
    # Those of webhooks have a test each in webhooks/test_misdelivery.py.
    of_webhooks = {name for name, kind in KINDS.items() if kind.operations == (WEBHOOK,)}

    assert here | {*test_faults_on_the_wire.LOST, "refuse", "slow"} | of_webhooks == set(KINDS)
