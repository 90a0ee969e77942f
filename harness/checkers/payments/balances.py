"""INV-3: money is neither made nor lost, to the cent.

A black box: what clients put in, what payments say, what wallets hold and what the gateway's ledger witnesses. The
system's own events are not asked; `events_rebuild_state` compares those.
"""

from collections.abc import Iterable, Iterator

from harness.checkers.checker import Undecided, checker
from harness.checkers.payments.credits import credits_of
from harness.checkers.verdict import Counterexample
from harness.checkers.words import DONE, money, told_entries
from harness.history import History, PaymentRecord, WalletRecord
from harness.history.value import UNSETTLED

_SUMS_MAX = 100_000


@checker("INV-3", reads=("payments", "wallets", "ledger"), actions=("pay", "credit", "refund"))
def ledger_balances(history: History) -> Iterator[Counterexample]:
    """Wallets hold what was put in minus what was paid plus what was refunded, and the gateway has exactly that."""
    yield from _vanished_wallets(history)
    for wallet in history.wallets.values():
        yield from _wallet(history, wallet)
    for payment in history.payments.values():
        yield from _charged_as_paid(history, payment)
    yield from _unknown_charges(history)
    yield from _totals(history)
    unopened = sorted(user for user in history.wallets if not credits_of(history, user).known)
    if unopened:
        raise Undecided(f"the history holds no credit of wallet {unopened[0]}: what it held before is not known")
    unsettled = [payment for payment in history.payments.values() if payment.status in UNSETTLED]
    if unsettled:
        raise Undecided(f"payment {unsettled[0].payment_id} is still {unsettled[0].status}: money is under way")


def _vanished_wallets(history: History) -> Iterator[Counterexample]:
    for user_id in sorted({operation.subject for operation in history.of("credit")} - set(history.wallets)):
        put_in = credits_of(history, user_id)
        if put_in.sure_minor:
            yield Counterexample(f"wallet {user_id}", "is gone although a credit to it was acknowledged")


def _wallet(history: History, wallet: WalletRecord) -> Iterator[Counterexample]:
    put_in = credits_of(history, wallet.user_id)
    if not put_in.known:
        return
    mine = [payment for payment in history.payments.values() if payment.user_id == wallet.user_id]
    paid = [payment for payment in mine if payment.status in DONE]
    strange = [payment for payment in paid if payment.currency != wallet.currency]
    for payment in strange:
        what = f"in {payment.currency} was paid from a wallet in {wallet.currency}"
        yield Counterexample(f"payment {payment.payment_id}", what)
    paid_minor = sum(payment.amount_minor for payment in paid)
    refunded_minor = sum(payment.refunded_minor for payment in paid)
    sure_minor = put_in.sure_minor - paid_minor + refunded_minor
    unsure = [*put_in.unsure_minor, *(-payment.amount_minor for payment in mine if payment.status in UNSETTLED)]
    if wallet.balance_minor in _sums(sure_minor, unsure):
        return
    found, expected = money(wallet.balance_minor, wallet.currency), money(sure_minor, wallet.currency)
    yield Counterexample(
        f"wallet {wallet.user_id}",
        f"holds {found}, expected {expected}" + (f" or {len(unsure)} unsure movements more" if unsure else ""),
        {
            "put in": money(put_in.sure_minor, wallet.currency),
            "paid": f"{money(paid_minor, wallet.currency)} by {len(paid)} payments",
            "refunded": money(refunded_minor, wallet.currency),
        },
    )


def _sums(start_minor: int, optional_minor: Iterable[int]) -> set[int]:
    """Return every balance that is possible when each optional movement may have happened or not."""
    sums = {start_minor}
    for amount in optional_minor:
        sums |= {one + amount for one in sums}
        if len(sums) > _SUMS_MAX:
            raise Undecided(f"more than {_SUMS_MAX} balances are possible: too many operations ended info")
    return sums


def _net_charged(history: History, payment_id: str, currency: str) -> int:
    charged = sum(entry.amount_minor for entry in history.ledger_of(payment_id, "charge") if entry.currency == currency)
    refunded = sum(
        entry.amount_minor for entry in history.ledger_of(payment_id, "refund") if entry.currency == currency
    )
    return charged - refunded


def _charged_as_paid(history: History, payment: PaymentRecord) -> Iterator[Counterexample]:
    if payment.status in UNSETTLED:
        return
    entries = [*history.ledger_of(payment.payment_id, "charge"), *history.ledger_of(payment.payment_id, "refund")]
    expected_minor = payment.amount_minor - payment.refunded_minor if payment.status in DONE else 0
    net_minor = _net_charged(history, payment.payment_id, payment.currency)
    foreign = [entry for entry in entries if entry.currency != payment.currency]
    if net_minor == expected_minor and not foreign:
        return
    net, expected = money(net_minor, payment.currency), money(expected_minor, payment.currency)
    yield Counterexample(
        f"payment {payment.payment_id}",
        f"is {payment.status} and the gateway kept {net} for it, expected {expected}",
        {"gateway": told_entries(entries)},
    )


def _unknown_charges(history: History) -> Iterator[Counterexample]:
    for entry in history.finals.ledger or ():
        if entry.succeeded and entry.reference not in history.payments:
            amount = money(entry.amount_minor, entry.currency)
            what = f"of {amount} belongs to payment {entry.reference!r}, which is not there"
            yield Counterexample(f"{entry.kind} {entry.entry_id}", what)


def _totals(history: History) -> Iterator[Counterexample]:
    payments = [payment for payment in history.payments.values() if payment.status not in UNSETTLED]
    for currency in sorted({payment.currency for payment in payments}):
        same = [payment for payment in payments if payment.currency == currency]
        left_minor = sum(payment.amount_minor - payment.refunded_minor for payment in same if payment.status in DONE)
        kept_minor = sum(_net_charged(history, payment.payment_id, currency) for payment in same)
        if left_minor != kept_minor:
            what = f"left wallets with {money(left_minor, currency)} and the gateway kept {money(kept_minor, currency)}"
            yield Counterexample(f"all payments in {currency}", what)
