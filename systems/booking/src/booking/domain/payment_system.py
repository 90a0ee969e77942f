"""The port to the system that takes payments: what is asked of it, and what its answers mean for a deposit.

A payment is known by an id that the booking gives, so asking again is never a second payment. Leaves out how the
system is reached, and everything about wallets and cards but their names.
"""

from dataclasses import dataclass
from typing import Protocol

from booking.domain.booking import Booking, payment_id


@dataclass(frozen=True, slots=True)
class Deposit:
    """The deposit of one booking: `user_id` is whose wallet pays, `card` a gateway's token (not needed to refund)."""

    tenant_id: str
    booking_id: str
    user_id: str
    amount_minor: int
    currency: str
    card: str = ""

    @classmethod
    def of(cls, booking: Booking, card: str = "") -> "Deposit":
        """Return the deposit of a booking that asks for one."""
        user_id = booking.deposit_user_id or ""
        return cls(booking.tenant_id, booking.booking_id, user_id, booking.deposit_minor, booking.currency, card)

    @property
    def payment_id(self) -> str:
        """The payment's id: one per booking, whatever the attempt."""
        return payment_id(self.booking_id)

    @property
    def refund_id(self) -> str:
        """The refund's id: the whole deposit goes back, once."""
        return f"dep-refund-{self.booking_id}"


@dataclass(frozen=True, slots=True)
class Taken:
    """The deposit is paid."""

    payment_id: str


@dataclass(frozen=True, slots=True)
class Declined:
    """The payment, or its refund, was refused for good."""

    code: str
    message: str


@dataclass(frozen=True, slots=True)
class Returned:
    """The deposit was paid and has been given back."""


@dataclass(frozen=True, slots=True)
class UnderWay:
    """It was taken in and will come to an end by itself."""


@dataclass(frozen=True, slots=True)
class NoRecord:
    """There is no payment of this id so far; one that is still on its way may come."""


@dataclass(frozen=True, slots=True)
class Unknown:
    """Anything may have happened."""

    reason: str


@dataclass(frozen=True, slots=True)
class NotAsked:
    """The request surely had no effect."""

    reason: str


Outcome = Taken | Declined | Returned | UnderWay | NoRecord | Unknown | NotAsked


class PaymentSystem(Protocol):
    """The payments system; nothing here raises for an answer or for a missing one. `timeout_s` bounds each call."""

    def pay(self, deposit: Deposit, timeout_s: float) -> Outcome:
        """Ask for the payment without waiting for its end; the same deposit again is the same payment."""

    def standing(self, deposit: Deposit, timeout_s: float) -> Outcome:
        """Ask what became of the payment."""

    def refund(self, deposit: Deposit, timeout_s: float) -> Outcome:
        """Ask for all of the deposit back, without waiting; the same deposit again is the same refund."""
