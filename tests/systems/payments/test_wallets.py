"""Wallets under races: every change is made from the version that it replaces, or not at all."""

from concurrent.futures import ThreadPoolExecutor

import pytest
from groundwork.deadline import Deadline
from payments.domain import wallets
from payments.domain.errors import (
    CurrencyMismatch,
    IdempotencyConflict,
    InsufficientFunds,
    PaymentClosed,
    WalletContention,
)
from payments.domain.payment import Failure
from payments.domain.replay import HistoryBroken, rebuild_wallet
from payments.domain.wallets import Balance, Credit

from tests.systems.payments.fakes import World, past, request, soon

FAILURE = Failure("card_declined", "no", "PaymentDeclined")


def test_balance_never_goes_below_zero_when_debits_compete():
    world = World()

    def debit(number: int) -> bool:
        try:
            wallets.debit(world.store, request(payment_id=f"pay-{number}"), None, world.clock, Deadline.after(5))
        except InsufficientFunds:
            return False
        return True

    with ThreadPoolExecutor(8) as pool:
        done = list(pool.map(debit, range(8)))

    assert done.count(True) == 2
    assert world.balance() == 2_000


def test_debit_happens_once_when_it_is_repeated():
    world = World()

    first = wallets.debit(world.store, request(), None, world.clock, soon())
    second = wallets.debit(world.store, request(), Balance("alice", 10_000, "USD", 1), world.clock, soon())

    assert first == second == Balance("alice", 6_000, "USD", 2)


def test_debit_is_recognised_when_it_took_the_money_that_is_missing_now():
    world = World()
    wallets.debit(world.store, request(amount_minor=9_000), None, world.clock, soon())

    again = wallets.debit(world.store, request(amount_minor=9_000), None, world.clock, soon())

    assert again.balance_minor == 1_000


def test_stale_balance_is_corrected_when_the_wallet_has_changed():
    world = World()
    wallets.top_up(world.store, Credit("c-1", "alice", 500, "USD"), world.clock, soon())

    told = wallets.debit(world.store, request(), Balance("alice", 10_000, "USD", 1), world.clock, soon())

    assert told == Balance("alice", 6_500, "USD", 3)


def test_contention_is_reported_when_the_wallet_keeps_changing():
    world = World()

    def change() -> None:
        wallet = world.store.wallets["alice"]
        world.store.wallets["alice"] = wallet.credited(1, "USD", "other", "")

    world.store.before_commit = change

    with pytest.raises(WalletContention):
        wallets.debit(world.store, request(), None, world.clock, past())


def test_credit_makes_the_wallet_when_it_is_the_first():
    world = World()

    told = wallets.top_up(world.store, Credit("c-1", "bob", 500, "EUR"), world.clock, soon())

    assert told == Balance("bob", 500, "EUR", 1)
    assert rebuild_wallet("bob", world.store.events.values()) == world.store.wallets["bob"]


def test_credit_happens_once_when_it_is_repeated():
    world = World()
    credit = Credit("c-1", "alice", 500, "USD")
    first = wallets.top_up(world.store, credit, world.clock, soon())
    wallets.top_up(world.store, Credit("c-2", "alice", 1, "USD"), world.clock, soon())

    assert wallets.top_up(world.store, credit, world.clock, soon()) == first
    with pytest.raises(IdempotencyConflict):
        wallets.top_up(world.store, Credit("c-1", "alice", 501, "USD"), world.clock, soon())
    with pytest.raises(CurrencyMismatch):
        wallets.top_up(world.store, Credit("c-3", "alice", 501, "EUR"), world.clock, soon())


def test_compensation_gives_back_once_when_it_is_repeated():
    world = World()
    wallets.debit(world.store, request(), None, world.clock, soon())

    first = wallets.compensate(world.store, request(), FAILURE, world.clock, soon())
    second = wallets.compensate(world.store, request(), FAILURE, world.clock, soon())

    assert first == second == Balance("alice", 10_000, "USD", 3)


def test_late_debit_is_refused_when_it_was_cancelled():
    world = World()
    assert wallets.compensate(world.store, request(), FAILURE, world.clock, soon()) is None

    with pytest.raises(PaymentClosed):
        wallets.debit(world.store, request(), None, world.clock, soon())
    assert world.balance() == 10_000


def test_replay_refuses_when_a_movement_is_missing():
    world = World()
    for number in range(3):
        wallets.top_up(world.store, Credit(f"c-{number}", "bob", 5, "USD"), world.clock, soon())
    events = [event for event in world.store.events.values() if event.data["version"] != 2]

    with pytest.raises(HistoryBroken):
        rebuild_wallet("bob", events)
