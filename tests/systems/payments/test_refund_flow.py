"""Refunds: never more than was paid, never lost once they were claimed."""

from concurrent.futures import ThreadPoolExecutor

import pytest
from groundwork.failures import Failed
from payments.domain import refunds
from payments.domain.refunds import RefundRequest

from tests.systems.payments.fakes import World, soon
from tests.systems.payments.worlds import must_add_up, pay, reconcile, refund


def paid_world() -> World:
    world = World()
    pay(world)
    return world


def test_full_refund_returns_the_money_and_marks_the_payment_refunded():
    world = paid_world()

    run = refund(world)

    assert run.status == "SUCCEEDED"
    assert run.output == {
        "refund_id": "ref-1",
        "payment_id": "pay-1",
        "amount_minor": 4000,
        "currency": "USD",
        "payment_status": "REFUNDED",
        "refunded_minor": 4000,
    }
    assert world.balance() == 10_000
    must_add_up(world)


def test_payment_stays_completed_when_only_a_part_is_refunded():
    world = paid_world()

    run = refund(world, amount_minor=1500)

    assert (run.output["payment_status"], run.output["refunded_minor"]) == ("COMPLETED", 1500)
    assert world.store.payments["pay-1"].status == "COMPLETED"
    must_add_up(world)


def test_second_run_gives_the_same_answer_when_the_refund_is_done():
    world = paid_world()
    first = refund(world, amount_minor=1500)
    refund(world, "ref-2", amount_minor=100)

    second = refund(world, amount_minor=1500)

    assert second.output == first.output
    assert len(world.gateway.refunded) == 2
    must_add_up(world)


@pytest.mark.parametrize(
    ("earlier", "values", "error"),
    [
        ([], {"amount_minor": 4001}, "RefundExceedsPayment"),
        ([{"amount_minor": 3000}], {"amount_minor": 1001}, "RefundExceedsPayment"),
        ([{}], {}, "PaymentNotRefundable"),
        ([{"refund_id": "ref-1"}], {"amount_minor": 1}, "IdempotencyConflict"),
    ],
)
def test_nothing_is_claimed_when_a_refund_is_not_due(earlier, values, error):
    world = paid_world()
    for position, one in enumerate(earlier):
        refund(world, **{"refund_id": f"earlier-{position}", **one})
    before = dict(world.store.payments)

    run = refund(world, **values)

    assert (run.status, run.error) == ("FAILED", error)
    assert world.store.payments == before
    must_add_up(world)


def test_nothing_is_refunded_when_the_payment_failed():
    world = World()
    pay(world, amount_minor=20_000)

    assert refund(world).error == "PaymentNotRefundable"


def test_claims_never_exceed_the_payment_when_refunds_compete():
    world = paid_world()

    def claim(number: int) -> bool:
        try:
            refunds.reserve(world.store, RefundRequest(f"ref-{number}", "pay-1", 1500), world.clock, soon())
        except Failed:
            return False
        return True

    with ThreadPoolExecutor(8) as pool:
        claimed = list(pool.map(claim, range(8)))

    assert claimed.count(True) == 2
    assert world.store.payments["pay-1"].reserved_minor == 3000


@pytest.mark.parametrize("script", [["lost after"], ["refused", "ok"], ["lost before", "ok"], ["crash after"]])
def test_refund_happens_once_when_an_answer_or_an_attempt_was_lost(script):
    world = paid_world()
    world.gateway.script = script

    run = refund(world)

    assert run.status == "SUCCEEDED"
    assert len(world.gateway.refunded) == 1
    must_add_up(world)


def test_claim_is_released_when_the_gateway_refuses_for_good():
    world = paid_world()
    world.gateway.script = ["never"]

    run = refund(world)

    assert (run.status, run.error) == ("FAILED", "RefundRefused")
    assert world.store.payments["pay-1"].reserved_minor == 0
    must_add_up(world)


def test_refund_is_parked_and_finished_later_when_the_gateway_is_away():
    world = paid_world()
    world.gateway.script = ["refused"] * 20

    run = refund(world)

    assert run.error == "RefundUnresolved"
    assert world.store.payments["pay-1"].reserved_minor == 4000
    world.gateway.script.clear()
    assert reconcile(world, run.parked) == 0
    assert world.store.payments["pay-1"].status == "REFUNDED"
    must_add_up(world)


@pytest.mark.parametrize("when", ["crash_before", "crash_after"])
@pytest.mark.parametrize("commit", [1, 2])
def test_retry_finishes_the_refund_when_a_function_crashes_around_any_write(when, commit):
    world = paid_world()
    setattr(world.store, when, world.store.commits + commit)

    run = refund(world)

    assert run.status == "SUCCEEDED"
    must_add_up(world)
