"""The saga as defined, walked with the real handlers: every way to fail ends with the money where it belongs."""

import json
from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from payments.domain.gateway import ChargeOrder

from tests.systems.payments.fakes import World, request
from tests.systems.payments.worlds import must_add_up, pay, reconcile

HAPPY = ["CheckWalletBalance", "PaymentCreate", "DebitWallet", "ProcessPayment", "UpdatePaymentStatus"]


def test_five_states_pay_when_all_is_well():
    world = World()

    run = pay(world)

    assert (run.status, run.states) == ("SUCCEEDED", HAPPY)
    assert world.balance() == 6_000
    assert world.store.types("pay-1") == [
        "PaymentRequestEvent",
        "WalletDebitEvent",
        "PaymentStatusEvent",
        "ChargeSucceededEvent",
        "PaymentStatusEvent",
    ]
    must_add_up(world)


def test_happy_path_writes_four_transactions():
    world = World()

    pay(world)

    assert world.store.commits == 4


def test_second_run_changes_nothing_when_the_payment_is_complete():
    world = World()
    pay(world)
    before = (dict(world.store.payments), dict(world.store.wallets), dict(world.store.events))

    run = pay(world)

    assert run.status == "SUCCEEDED"
    assert (world.store.payments, world.store.wallets, world.store.events) == before
    assert world.gateway.calls == 1


def test_payment_is_recorded_as_failed_when_the_wallet_holds_too_little():
    world = World()

    run = pay(world, amount_minor=10_001)

    assert (run.status, run.error) == ("FAILED", "InsufficientFunds")
    failed = world.store.payments["pay-1"]
    assert (failed.status, failed.failure.code) == ("FAILED", "insufficient_funds")
    assert world.gateway.calls == 0
    must_add_up(world)


@pytest.mark.parametrize(
    ("values", "error"), [({"user_id": "bob"}, "WalletNotFound"), ({"currency": "EUR"}, "CurrencyMismatch")]
)
def test_nothing_is_written_when_there_is_no_fitting_wallet(values, error):
    world = World()

    run = pay(world, **values)

    assert (run.status, run.error) == ("FAILED", error)
    assert not world.store.payments
    assert not world.store.events


@pytest.mark.parametrize(
    ("script", "error", "code"),
    [
        (["declined"], "PaymentDeclined", "card_declined"),
        (["refused"] * 3, "GatewayUnavailable", "gateway_unavailable"),
        (["lost before"] * 3, "GatewayUnavailable", "gateway_unavailable"),
    ],
)
def test_debit_is_given_back_when_nothing_was_charged(script, error, code):
    world = World()
    world.gateway.script = script

    run = pay(world)

    assert (run.status, run.error) == ("FAILED", error)
    assert world.store.payments["pay-1"].failure.code == code
    assert world.balance() == 10_000
    must_add_up(world)


@pytest.mark.parametrize(
    "script", [["lost after"], ["refused", "ok"], ["lost before", "ok"], ["crash after"], ["wrong answer"]]
)
def test_payment_completes_with_one_charge_when_only_an_answer_or_an_attempt_was_lost(script):
    world = World()
    world.gateway.script = script

    run = pay(world)

    assert run.status == "SUCCEEDED"
    assert len(world.gateway.charged) == 1
    assert world.balance() == 6_000
    must_add_up(world)


def test_payment_completes_when_the_gateway_can_be_asked_only_later():
    world = World()
    world.gateway.script = ["lost after"] * 3
    world.gateway.look_ups = ["lost"] * 5

    run = pay(world)

    assert run.status == "SUCCEEDED"
    assert "ResolveCharge" in run.states
    must_add_up(world)


def test_payment_is_parked_and_stays_processing_when_nobody_knows_for_long():
    world = World()
    world.gateway.script = ["lost after"] * 3
    world.gateway.look_ups = ["lost"] * 500

    run = pay(world)

    assert (run.status, run.error) == ("FAILED", "ChargeUnresolved")
    assert world.store.payments["pay-1"].status == "PROCESSING"
    assert reconcile(world, run.parked) == 1

    world.gateway.look_ups.clear()
    assert reconcile(world, run.parked) == 0
    assert world.store.payments["pay-1"].status == "COMPLETED"
    must_add_up(world)


def test_parked_payment_is_compensated_when_the_gateway_says_no_effect():
    world = World()
    world.gateway.script = ["lost before"] * 3
    world.gateway.look_ups = ["lost"] * 500
    run = pay(world)
    world.gateway.look_ups.clear()

    assert reconcile(world, run.parked) == 0

    assert world.store.payments["pay-1"].failure.code == "gateway_unavailable"
    must_add_up(world)


def test_reconciliation_changes_nothing_when_it_runs_twice():
    world = World()
    world.gateway.script = ["lost after"] * 3
    world.gateway.look_ups = ["lost"] * 500
    run = pay(world)
    world.gateway.look_ups.clear()
    reconcile(world, run.parked)
    before = dict(world.store.events)

    assert reconcile(world, run.parked) == 0

    assert world.store.events == before


def test_charge_is_given_back_when_it_comes_to_light_after_the_compensation():
    world = World()
    world.gateway.script = ["lost before"] * 3
    world.gateway.look_ups = ["lost"] * 500
    run = pay(world)
    world.gateway.look_ups.clear()
    reconcile(world, run.parked)
    world.gateway._charge(ChargeOrder("pay-1:charge", "pay-1", 4000, "USD", "tok_visa", "default", "alice"))

    assert reconcile(world, run.parked) == 0

    assert world.gateway.net_minor() == 0
    must_add_up(world)


@pytest.mark.parametrize("parked", [False, True])
def test_late_charge_has_no_effect_when_the_payment_was_compensated(parked):
    world = World()
    world.gateway.script = ["under way"] * 3
    world.gateway.look_ups = ["lost"] * 500 if parked else []

    run = pay(world)
    world.gateway.look_ups.clear()
    assert reconcile(world, run.parked) == 0
    world.gateway.arrive()

    assert world.store.payments["pay-1"].failure.code == "gateway_unavailable"
    assert world.gateway.net_minor() == 0
    must_add_up(world)


def test_duplicate_is_given_back_when_the_payment_was_paid_with_another_charge():
    world = World()
    run = pay(world)
    paid = world.store.payments["pay-1"]
    world.store.payments["pay-1"] = replace(paid, gateway_ref="ch_other")

    assert reconcile(world, [{"kind": "payment", "execution": {}, "state": json.loads(request().canonical())}]) == 0

    assert run.status == "SUCCEEDED"
    assert world.gateway.net_minor() == 0
    assert {"ChargeDuplicatedEvent", "ChargeReversedEvent"} <= set(world.store.types("pay-1"))


def test_wrong_charge_is_reversed_and_compensated_when_the_gateway_took_another_amount():
    world = World()
    world.gateway.amount_minor = 9_999

    run = pay(world)

    assert run.error == "ChargeMismatch"
    assert "ReverseCharge" in run.states
    assert world.gateway.net_minor() == 0
    assert {"ChargeMismatchEvent", "ChargeReversedEvent"} <= set(world.store.types("pay-1"))
    must_add_up(world)


def test_gateway_is_not_called_when_the_circuit_is_open():
    world = World()
    world.gateway.script = ["refused"] * 100
    pay(world, payment_id="pay-0")
    pay(world, payment_id="pay-00")
    calls = world.gateway.calls
    world.gateway.script.clear()
    world.clock.now = world.clock.now.replace(minute=0, second=10)

    run = pay(world)

    assert run.error == "GatewayUnavailable"
    assert world.gateway.calls == calls
    assert world.store.payments["pay-1"].failure.code == "gateway_unavailable"
    must_add_up(world)


def test_other_payment_is_untouched_when_an_id_is_used_again():
    world = World()
    pay(world)

    run = pay(world, amount_minor=100)

    assert run.error == "IdempotencyConflict"
    must_add_up(world)


def test_debit_never_happens_when_the_payment_failed_before():
    """A debit that was cancelled finds its event's id taken, however late it comes."""
    world = World()
    world.store.before_commit = _crash_in_debits(world, times=1)

    run = pay(world)

    assert run.error == "PaymentNotProcessed"
    assert world.store.events["pay-1#debit"].event_type == "WalletDebitCancelledEvent"
    again = pay(world)
    assert again.error == "PaymentClosed"
    must_add_up(world)


def _crash_in_debits(world: World, times: int):
    left = [times]

    def crash() -> None:
        payment = world.store.payments.get("pay-1")
        if payment and payment.status == "PENDING" and left[0]:
            left[0] -= 1
            raise ConnectionError("the function crashed")

    return crash


@pytest.mark.parametrize("when", ["crash_before", "crash_after"])
@pytest.mark.parametrize("commit", range(1, 7))
@pytest.mark.parametrize("script", [[], ["declined"], ["lost after"], ["refused"] * 3])
def test_retry_finishes_the_payment_when_a_function_crashes_around_any_write(when, commit, script):
    world = World()
    world.gateway.script = list(script)
    setattr(world.store, when, commit)

    run = pay(world)

    assert reconcile(world, run.parked) == 0
    must_add_up(world)


ATTEMPT = st.sampled_from(
    [
        *("ok", "declined", "refused", "wrong answer"),
        *("lost before", "lost after", "under way", "crash before", "crash after"),
    ]
)


@settings(max_examples=60, deadline=None)
@given(
    script=st.lists(ATTEMPT, max_size=6),
    look_ups=st.lists(st.sampled_from(["ok", "lost"]), max_size=40),
    crashes=st.tuples(st.integers(0, 9), st.integers(0, 9)),
)
def test_money_adds_up_whatever_the_gateway_and_the_functions_do(script, look_ups, crashes):
    world = World()
    world.gateway.script, world.gateway.look_ups = list(script), list(look_ups)
    world.store.crash_before, world.store.crash_after = crashes

    run = pay(world)
    world.gateway.look_ups.clear()

    assert reconcile(world, run.parked) == 0
    world.gateway.arrive()
    assert len(world.gateway.charged) <= 1
    must_add_up(world)
