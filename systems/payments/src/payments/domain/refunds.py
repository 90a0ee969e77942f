"""Steps of a refund: reserve, give back at the gateway, credit the wallet; or release what was reserved.

The amount is claimed on the payment first, so concurrent refunds can't exceed what was paid. Once claimed, a refund is
only ever finished or refused for good: a lost answer or a crash is made up for by repeating the step with the same key.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Any

from groundwork.deadline import Deadline, paced
from groundwork.instants import Clock, instant

from payments.domain.charging import Cashier
from payments.domain.errors import (
    GatewayUnavailable,
    IdempotencyConflict,
    PaymentContention,
    PaymentNotFound,
    PaymentNotRefundable,
    RefundExceedsPayment,
    RefundRefused,
    RefundUnknown,
    WalletNotFound,
)
from payments.domain.events import (
    REFUND,
    REFUND_FAILED,
    REFUND_REQUESTED,
    REFUNDS,
    Event,
    refund_credited,
    refund_event_id,
    status_changed,
)
from payments.domain.gateway import Declined, NoEffect, NotExecuted, Outcome, RefundOrder, Succeeded, Unknown
from payments.domain.payment import Payment, Status
from payments.domain.store import Change, CommitRefused, NewEvent, PaymentUpdate, Store, WalletUpdate


@dataclass(frozen=True, slots=True)
class RefundRequest:
    """What a client asked for; no amount means all that is left. It is the input of the refund's execution."""

    refund_id: str
    payment_id: str
    amount_minor: int | None = None
    reason: str | None = None

    @classmethod
    def from_state(cls, state: Mapping[str, Any]) -> "RefundRequest":
        """Read the request out of an execution's input or state."""
        return cls(**{name: state[name] for name in cls.__dataclass_fields__ if name in state})

    def canonical(self) -> str:
        """Return the one JSON text of this request."""
        present = {name: getattr(self, name) for name in self.__dataclass_fields__}
        document = {name: value for name, value in present.items() if value is not None}
        return json.dumps(document, sort_keys=True, separators=(",", ":"), ensure_ascii=False)

    def event_id(self, part: str) -> str:
        """Return the id of this refund's event: requested, settled or credit."""
        return refund_event_id(self.payment_id, self.refund_id, part)

    def wants(self) -> dict[str, Any]:
        """Return what makes this request differ from another under the same id."""
        return {"asked_minor": self.amount_minor, "reason": self.reason}


@dataclass(frozen=True, slots=True)
class Reservation:
    """What a refund claimed of a payment, and the charge that it is taken from."""

    refund_id: str
    payment_id: str
    amount_minor: int
    currency: str
    charge_ref: str
    merchant: str


def reserve(store: Store, request: RefundRequest, clock: Clock, deadline: Deadline) -> Reservation:
    """Claim the amount on the payment, once; raises RefundExceedsPayment, PaymentNotRefundable or PaymentNotFound."""
    for _ in paced(deadline):
        payment = _existing(store, request.payment_id)
        if recorded := store.event(request.event_id("requested")):
            return _reserved_before(request, recorded, payment)
        reservation = _claim(request, payment)
        at = instant(clock())
        data = {"amount": reservation.amount_minor, "currency": payment.currency, **request.wants()}
        total_minor = payment.reserved_minor + reservation.amount_minor
        changes: list[Change] = [
            PaymentUpdate(payment.payment_id, at, {"reserved_minor": total_minor}, if_version=payment.version),
            NewEvent(_event(request, REFUND_REQUESTED, "requested", at, data)),
        ]
        try:
            store.commit(changes, deadline)
        except CommitRefused:
            continue
        return reservation
    raise PaymentContention(f"payment {request.payment_id} kept changing until the step's time was over")


def give_back(cashier: Cashier, reservation: Reservation, deadline: Deadline) -> str:
    """Refund at the gateway, once; returns its reference.

    Raises RefundRefused (final), GatewayUnavailable or RefundUnknown (try again: the key is the same).
    """
    admission = cashier.breaker.admit(reservation.merchant)
    began_at = cashier.clock()
    timeout_s = cashier.bounded_s(cashier.policy.timeout_s, deadline)
    outcome = cashier.gateway.refund(_order(reservation), timeout_s)
    cashier.on_outcome(reservation.merchant, outcome, (cashier.clock() - began_at) / timedelta(milliseconds=1))
    cashier.report(admission, outcome)
    return _refund_ref(cashier, reservation, outcome, deadline)


def credit(
    store: Store, request: RefundRequest, reservation: Reservation, refund_ref: str, clock: Clock, deadline: Deadline
) -> dict[str, Any]:
    """Credit the wallet and settle the refund, in one transaction; returns what the client is told."""
    for _ in paced(deadline):
        payment = _existing(store, request.payment_id)
        if recorded := store.event(request.event_id("settled")):
            return _settled_before(request, recorded, payment)
        refunded_minor = payment.refunded_minor + reservation.amount_minor
        after = replace(payment, refunded_minor=refunded_minor, status=_status(payment, refunded_minor))
        changes = _crediting(store, payment, after, reservation, refund_ref, instant(clock()))
        try:
            store.commit(changes, deadline)
        except CommitRefused:
            continue
        return _answer(request.refund_id, after, reservation.amount_minor)
    raise PaymentContention(f"payment {request.payment_id} kept changing until the step's time was over")


def release(
    store: Store, request: RefundRequest, reservation: Reservation, reason: str, clock: Clock, deadline: Deadline
) -> None:
    """Give up the claim of a refund that the gateway refused for good."""
    for _ in paced(deadline):
        payment = _existing(store, request.payment_id)
        if store.event(request.event_id("settled")):
            return
        at = instant(clock())
        left_minor = payment.reserved_minor - reservation.amount_minor
        data = {"amount": reservation.amount_minor, "reason": reason}
        changes: list[Change] = [
            PaymentUpdate(payment.payment_id, at, {"reserved_minor": left_minor}, if_version=payment.version),
            NewEvent(_event(request, REFUND_FAILED, "settled", at, data)),
        ]
        try:
            store.commit(changes, deadline)
        except CommitRefused:
            continue
        return
    raise PaymentContention(f"payment {request.payment_id} kept changing until the step's time was over")


def refusal_of(recorded: Event) -> RefundRefused:
    """Return why a refund that was released had been refused."""
    return RefundRefused(str(recorded.data.get("reason") or "the gateway refused the refund"))


def _existing(store: Store, payment_id: str) -> Payment:
    payment = store.payment(payment_id)
    if payment is None:
        raise PaymentNotFound(f"there is no payment {payment_id}")
    return payment


def _claim(request: RefundRequest, payment: Payment) -> Reservation:
    if payment.status is not Status.COMPLETED or payment.gateway_ref is None:
        raise PaymentNotRefundable(f"payment {payment.payment_id} is {payment.status}, expected COMPLETED")
    left_minor = payment.amount_minor - payment.reserved_minor
    amount_minor = left_minor if request.amount_minor is None else request.amount_minor
    if not 0 < amount_minor <= left_minor:
        raise RefundExceedsPayment("more would be refunded than is left of the payment")
    return _reservation(request, payment, amount_minor)


def _reservation(request: RefundRequest, payment: Payment, amount_minor: int) -> Reservation:
    return Reservation(
        request.refund_id,
        payment.payment_id,
        amount_minor,
        payment.currency,
        charge_ref=payment.gateway_ref or "",
        merchant=payment.merchant,
    )


def _reserved_before(request: RefundRequest, recorded: Event, payment: Payment) -> Reservation:
    if any(recorded.data.get(name) != value for name, value in request.wants().items()):
        raise IdempotencyConflict(f"refund {request.refund_id} exists with other content")
    return _reservation(request, payment, int(recorded.data["amount"]))


def _refund_ref(cashier: Cashier, reservation: Reservation, outcome: Outcome, deadline: Deadline) -> str:
    match outcome:
        case Succeeded(ref, amount_minor, currency):
            if (amount_minor, currency) == (reservation.amount_minor, reservation.currency):
                return ref
            return _looked_up(cashier, reservation, "the answer tells another amount or currency", deadline)
        case Declined(code, message):
            raise RefundRefused(message, code=code)
        case NotExecuted(reason):
            raise GatewayUnavailable(reason)
        case Unknown(reason):
            return _looked_up(cashier, reservation, reason, deadline)


def _order(reservation: Reservation) -> RefundOrder:
    return RefundOrder(
        key=f"{reservation.refund_id}:refund",
        reference=reservation.payment_id,
        charge_ref=reservation.charge_ref,
        merchant=reservation.merchant,
        currency=reservation.currency,
        amount_minor=reservation.amount_minor,
    )


def _looked_up(cashier: Cashier, reservation: Reservation, reason: str, deadline: Deadline) -> str:
    for _ in paced(deadline.within(cashier.policy.ask_s), base_s=0.05, cap_s=0.5):
        timeout_s = cashier.bounded_s(cashier.policy.look_up_timeout_s, deadline)
        match cashier.gateway.find_refund(_order(reservation), timeout_s):
            case Succeeded(ref, amount_minor, currency):
                if (amount_minor, currency) != (reservation.amount_minor, reservation.currency):
                    raise RefundUnknown("the gateway refunded another amount or currency")
                return ref
            case Declined(code, message):
                raise RefundRefused(message, code=code)
            case NoEffect():
                raise GatewayUnavailable(f"{reason}; the gateway knows of no effect so far")
            case Unknown():
                continue
    raise RefundUnknown(reason)


def _crediting(
    store: Store, before: Payment, after: Payment, reservation: Reservation, refund_ref: str, at: str
) -> list[Change]:
    wallet = store.wallet(before.user_id)
    if wallet is None:
        raise WalletNotFound(f"user {before.user_id} has no wallet")
    refund_id, amount_minor = reservation.refund_id, reservation.amount_minor
    event_id = refund_event_id(before.payment_id, refund_id, "credit")
    credited = wallet.credited(amount_minor, before.currency, event_id, at)
    data = {
        "payment_id": before.payment_id,
        "refund_id": refund_id,
        "amount": amount_minor,
        "currency": before.currency,
        "gateway_ref": refund_ref,
        "refunded_amount": after.refunded_minor,
        "status": str(after.status),
        "timestamp": at,
    }
    settled_id = refund_event_id(before.payment_id, refund_id, "settled")
    values = {"refunded_minor": after.refunded_minor, "status": after.status}
    changes: list[Change] = [
        PaymentUpdate(before.payment_id, at, values, if_version=before.version, if_status=(Status.COMPLETED,)),
        WalletUpdate(wallet, credited),
        NewEvent(refund_credited(before.payment_id, refund_id, wallet, credited)),
        NewEvent(Event(settled_id, REFUND, before.payment_id, at, REFUNDS, data)),
    ]
    if after.status is not before.status:
        changes.append(NewEvent(status_changed(before.payment_id, before.status, after.status, at, REFUNDS)))
    return changes


def _status(payment: Payment, refunded_minor: int) -> Status:
    return Status.REFUNDED if refunded_minor == payment.amount_minor else payment.status


def _settled_before(request: RefundRequest, recorded: Event, payment: Payment) -> dict[str, Any]:
    if recorded.event_type != REFUND:
        raise refusal_of(recorded)
    data = recorded.data
    told = replace(payment, refunded_minor=int(data["refunded_amount"]), status=Status(data["status"]))
    return _answer(request.refund_id, told, int(data["amount"]))


def _answer(refund_id: str, payment: Payment, amount_minor: int) -> dict[str, Any]:
    return {
        "refund_id": refund_id,
        "payment_id": payment.payment_id,
        "amount_minor": amount_minor,
        "currency": payment.currency,
        "payment_status": str(payment.status),
        "refunded_minor": payment.refunded_minor,
    }


def _event(request: RefundRequest, event_type: str, part: str, at: str, more: Mapping[str, Any]) -> Event:
    data = {"refund_id": request.refund_id, "payment_id": request.payment_id, **more, "timestamp": at}
    return Event(request.event_id(part), event_type, request.payment_id, at, REFUNDS, data)
