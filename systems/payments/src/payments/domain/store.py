"""The port to the tables: single reads, and commits of several changes that all happen or none does."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

from groundwork.deadline import Deadline

from payments.domain.events import Event
from payments.domain.payment import Payment, Status
from payments.domain.wallet import Wallet


@dataclass(frozen=True, slots=True)
class NewPayment:
    """Write a payment, unless its id exists."""

    payment: Payment


@dataclass(frozen=True, slots=True)
class PaymentUpdate:
    """Set fields of a payment (None removes one) and count its version up, if its status and version are as said."""

    payment_id: str
    at: str
    values: Mapping[str, Any]
    if_status: Sequence[Status] = ()
    if_version: int | None = None


@dataclass(frozen=True, slots=True)
class PaymentNotPaid:
    """Write nothing; insist that the payment is not COMPLETED or REFUNDED (it may be missing)."""

    payment_id: str


@dataclass(frozen=True, slots=True)
class WalletUpdate:
    """Replace a wallet by its next version, if it is still the one that was read; `before.version` 0 means new."""

    before: Wallet
    after: Wallet


@dataclass(frozen=True, slots=True)
class NewEvent:
    """Write an event, unless its id exists."""

    event: Event


Change = NewPayment | PaymentUpdate | PaymentNotPaid | WalletUpdate | NewEvent
Found = Payment | Wallet | Event | None


class CommitRefused(Exception):
    """A commit wrote nothing because conditions failed; `found` maps each refused change's key to what is there."""

    def __init__(self, found: Mapping[str, Found]) -> None:
        self.found = dict(found)
        super().__init__(f"commit refused because of {', '.join(found)}")

    def event(self, event_id: str) -> Event | None:
        """Return the event that was there before, when that is what refused the commit."""
        found = self.found.get(event_id)
        return found if isinstance(found, Event) else None

    def payment(self, payment_id: str) -> Payment | None:
        """Return the payment as it stands, when its condition failed."""
        found = self.found.get(f"payment {payment_id}")
        return found if isinstance(found, Payment) else None

    def wallet(self, user_id: str) -> Wallet | None:
        """Return the wallet as it stands, when its condition failed."""
        found = self.found.get(f"wallet {user_id}")
        return found if isinstance(found, Wallet) else None


def key_of(change: Change) -> str:
    """Return the key under which CommitRefused reports a change."""
    match change:
        case NewEvent(event):
            return event.event_id
        case WalletUpdate(_, after):
            return f"wallet {after.user_id}"
        case NewPayment(payment):
            return f"payment {payment.payment_id}"
        case PaymentUpdate(payment_id=payment_id) | PaymentNotPaid(payment_id=payment_id):
            return f"payment {payment_id}"


class Store(Protocol):
    """The tables. Reads of single records are strongly consistent. Everything may raise StoreUnavailable."""

    def payment(self, payment_id: str) -> Payment | None:
        """Return a payment, or None."""

    def wallet(self, user_id: str) -> Wallet | None:
        """Return a wallet, or None."""

    def event(self, event_id: str) -> Event | None:
        """Return an event, or None."""

    def commit(self, changes: Sequence[Change], deadline: Deadline) -> None:
        """Make all changes or none; raises CommitRefused when a condition fails."""


@dataclass(frozen=True, slots=True)
class Page:
    """One page of a list; `cursor` continues it, None at its end."""

    payments: Sequence[Payment]
    cursor: str | None


class Lists(Protocol):
    """The indexes; they may lag behind the tables for a moment."""

    def payments_of(self, user_id: str, limit: int, cursor: str | None) -> Page:
        """Return a user's payments, newest first; raises CursorInvalid."""

    def events_of(self, payment_id: str) -> Sequence[Event]:
        """Return a payment's events in the order of time."""


class CursorInvalid(ValueError):
    """A cursor was not made by this list."""
