"""The port to a card gateway, and the outcomes that a call to one can have.

Every gateway adapter sorts what it sees into these; what is not surely one of the others is Unknown.
"""

from dataclasses import dataclass
from typing import Protocol


@dataclass(frozen=True, slots=True)
class ChargeOrder:
    """What the gateway is asked to charge."""

    key: str
    reference: str
    amount_minor: int
    currency: str
    card: str
    merchant: str
    customer: str


@dataclass(frozen=True, slots=True)
class RefundOrder:
    """What the gateway is asked to give back; no amount means all that is left of the charge."""

    key: str
    reference: str
    charge_ref: str
    merchant: str
    currency: str
    amount_minor: int | None = None


@dataclass(frozen=True, slots=True)
class Succeeded:
    """The gateway says that money moved: its reference, how much, and when."""

    ref: str
    amount_minor: int
    currency: str
    at: str = ""


@dataclass(frozen=True, slots=True)
class Declined:
    """A definitive no: no money moved for this order, and none will."""

    code: str
    message: str


@dataclass(frozen=True, slots=True)
class NotExecuted:
    """The call surely had no effect: it did not leave, or was turned away before it was executed."""

    reason: str


@dataclass(frozen=True, slots=True)
class Unknown:
    """The call may or may not have had an effect."""

    reason: str


@dataclass(frozen=True, slots=True)
class NoEffect:
    """A look-up's answer: nothing has happened for the order so far."""


Outcome = Succeeded | Declined | NotExecuted | Unknown
Found = Succeeded | Declined | NoEffect | Unknown


class CardGateway(Protocol):
    """A card gateway. No method raises for what the gateway or the network did: that is an outcome."""

    def charge(self, order: ChargeOrder, timeout_s: float) -> Outcome:
        """Charge a card, once per key."""

    def refund(self, order: RefundOrder, timeout_s: float) -> Outcome:
        """Give money of a charge back, once per key."""

    def find_charge(self, order: ChargeOrder, timeout_s: float, *, besides: str | None = None) -> Found:
        """Tell what came of a charge, without charging. A charge of that order named `besides` is passed over."""

    def rule_out_charge(self, order: ChargeOrder, timeout_s: float) -> Found:
        """Keep the order from charging from now on, as far as the gateway allows that; tell what came of it before."""

    def find_refund(self, order: RefundOrder, timeout_s: float) -> Found:
        """Tell what came of a refund, without refunding."""
