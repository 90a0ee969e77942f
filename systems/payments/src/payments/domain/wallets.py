"""Steps on wallets: check, debit, compensate, top up.

Optimistic locking: each change insists on the version that it was computed from, and is computed again from what is
there when that fails, with full jitter between attempts, until the step's deadline: then WalletContention.
"""

from dataclasses import dataclass

from groundwork.deadline import Deadline, paced
from groundwork.instants import Clock, instant

from payments.domain.errors import (
    CurrencyMismatch,
    IdempotencyConflict,
    InsufficientFunds,
    PaymentClosed,
    WalletContention,
    WalletNotFound,
)
from payments.domain.events import (
    CHARGE_SUCCEEDED,
    DEBIT,
    Event,
    charge_failed,
    charge_id,
    compensated,
    compensation_id,
    credit_id,
    debit_cancelled,
    debit_id,
    debited,
    topped_up,
)
from payments.domain.payment import PAID, Failure, PaymentRequest
from payments.domain.store import Change, CommitRefused, NewEvent, PaymentNotPaid, Store, WalletUpdate
from payments.domain.wallet import Wallet


@dataclass(frozen=True, slots=True)
class Balance:
    """What a step tells of a wallet after it acted (or had acted before)."""

    user_id: str
    balance_minor: int
    currency: str
    version: int

    @classmethod
    def of(cls, wallet: Wallet) -> "Balance":
        """Return what is told of a wallet as it stands."""
        return cls(wallet.user_id, wallet.balance_minor, wallet.currency, wallet.version)

    @classmethod
    def recorded(cls, event: Event) -> "Balance":
        """Return what was told when the event was written, so that a repeated step gives the same answer."""
        data = event.data
        return cls(str(data["user_id"]), int(data["new_balance"]), str(data["currency"]), int(data["version"]))


@dataclass(frozen=True, slots=True)
class Credit:
    """A top-up; `credit_id` makes it happen once."""

    credit_id: str
    user_id: str
    amount_minor: int
    currency: str


def check_balance(store: Store, request: PaymentRequest) -> Balance:
    """Return the wallet's balance if it covers the payment; raises the reason when it doesn't."""
    wallet = _existing(store, request.user_id)
    wallet.must_cover(request.amount_minor, request.currency)
    return Balance.of(wallet)


def debit(store: Store, request: PaymentRequest, known: Balance | None, clock: Clock, deadline: Deadline) -> Balance:
    """Take the payment's amount out of the wallet, once; `known` saves the read when it is still true."""
    wallet = _wallet_of(known) if known else _existing(store, request.user_id)
    event_id = debit_id(request.payment_id)
    for _ in paced(deadline):
        try:
            after = wallet.debited(request.amount_minor, request.currency, event_id, instant(clock()))
        except InsufficientFunds:
            # What is missing may be what an earlier attempt of this very step took.
            if recorded := store.event(event_id):
                return _debited_before(recorded)
            raise
        try:
            store.commit([WalletUpdate(wallet, after), NewEvent(debited(request, wallet, after))], deadline)
        except CommitRefused as refused:
            if recorded := refused.event(event_id):
                return _debited_before(recorded)
            wallet = refused.wallet(request.user_id) or _existing(store, request.user_id)
        else:
            return Balance.of(after)
    raise WalletContention(f"wallet of {request.user_id} kept changing until the step's time was over")


def compensate(
    store: Store, request: PaymentRequest, failure: Failure, clock: Clock, deadline: Deadline
) -> Balance | None:
    """Give a debit back, or make sure that it never happens; returns the balance after a credit.

    The failure of the charge is recorded in the same transaction, under the id that a success would need: a payment
    that was compensated can't be completed by anybody afterwards.
    """
    must_be_ours(store, request)
    for _ in paced(deadline):
        if recorded := store.event(compensation_id(request.payment_id)):
            return Balance.recorded(recorded)
        taken = store.event(debit_id(request.payment_id))
        if taken and taken.event_type != DEBIT:
            return None
        changes, balance = _undoing(store, request, taken, failure, instant(clock()))
        try:
            store.commit(changes, deadline)
        except CommitRefused as refused:
            charge = refused.event(charge_id(request.payment_id))
            if charge and charge.event_type == CHARGE_SUCCEEDED:
                raise PaymentClosed(f"payment {request.payment_id} has been charged") from None
            if refused.payment(request.payment_id):
                raise PaymentClosed(f"payment {request.payment_id} is paid") from None
        else:
            return balance
    raise WalletContention(f"wallet of {request.user_id} kept changing until the step's time was over")


def top_up(store: Store, credit: Credit, clock: Clock, deadline: Deadline) -> Balance:
    """Put money into a wallet, once per credit id; makes the wallet when it is the first."""
    event_id = credit_id(credit.user_id, credit.credit_id)
    wallet = store.wallet(credit.user_id)
    for _ in paced(deadline):
        before = wallet or Wallet(credit.user_id, 0, credit.currency)
        try:
            after = before.credited(credit.amount_minor, credit.currency, event_id, instant(clock()))
        except CurrencyMismatch:
            if recorded := store.event(event_id):
                return _credited_before(recorded, credit)
            raise
        try:
            changes: list[Change] = [WalletUpdate(before, after), NewEvent(topped_up(credit.credit_id, before, after))]
            store.commit(changes, deadline)
        except CommitRefused as refused:
            if recorded := refused.event(event_id):
                return _credited_before(recorded, credit)
            wallet = refused.wallet(credit.user_id) or store.wallet(credit.user_id)
        else:
            return Balance.of(after)
    raise WalletContention(f"wallet of {credit.user_id} kept changing until the step's time was over")


def must_be_ours(store: Store, request: PaymentRequest) -> None:
    """Raise when the record under this id is another request's, or is paid: then there is nothing to undo."""
    payment = store.payment(request.payment_id)
    if payment and payment.request_hash != request.request_hash:
        raise IdempotencyConflict(f"payment {request.payment_id} exists with other content")
    if payment and payment.status in PAID:
        raise PaymentClosed(f"payment {request.payment_id} is {payment.status}")


def _undoing(
    store: Store, request: PaymentRequest, taken: Event | None, failure: Failure, at: str
) -> tuple[list[Change], Balance | None]:
    changes: list[Change] = [PaymentNotPaid(request.payment_id)]
    if not store.event(charge_id(request.payment_id)):
        changes.append(NewEvent(charge_failed(request.payment_id, failure, at)))
    if not taken:
        return [*changes, NewEvent(debit_cancelled(request, failure.code, at))], None
    before = _existing(store, request.user_id)
    amount_minor, currency = int(taken.data["amount"]), str(taken.data["currency"])
    after = before.credited(amount_minor, currency, compensation_id(request.payment_id), at)
    credit = NewEvent(compensated(request.payment_id, before, after))
    return [*changes, WalletUpdate(before, after), credit], Balance.of(after)


def _existing(store: Store, user_id: str) -> Wallet:
    wallet = store.wallet(user_id)
    if wallet is None:
        raise WalletNotFound(f"user {user_id} has no wallet")
    return wallet


def _wallet_of(known: Balance) -> Wallet:
    return Wallet(known.user_id, known.balance_minor, known.currency, known.version)


def _debited_before(recorded: Event) -> Balance:
    if recorded.event_type != DEBIT:
        raise PaymentClosed(f"the debit of payment {recorded.payment_id} was cancelled")
    return Balance.recorded(recorded)


def _credited_before(recorded: Event, credit: Credit) -> Balance:
    if (recorded.data["amount"], recorded.data["currency"]) != (credit.amount_minor, credit.currency):
        raise IdempotencyConflict(f"credit {credit.credit_id} exists with other content")
    return Balance.recorded(recorded)
