"""Steps at the card gateway: charge, find out what became of a charge, take back a wrong one.

One idempotency key per payment, whatever the attempt: asking again can't charge again. An unknown outcome is looked
up at once, while time remains; it never becomes a compensation without a look-up that says "no effect" after the last
charge had time to arrive (`charge_unsettled_at`, `charge_quiet_s`), and before a later arrival is ruled out.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta

from groundwork.deadline import Deadline, paced
from groundwork.instants import Clock, instant, moment_of

from payments.domain.breaker import Admission, Breaker
from payments.domain.errors import (
    ChargeMismatch,
    ChargeNotFound,
    ChargeUnknown,
    GatewayUnavailable,
    PaymentClosed,
    PaymentDeclined,
    PaymentNotFound,
    StoreUnavailable,
)
from payments.domain.events import (
    ADAPTER,
    CHARGE_DUPLICATED,
    CHARGE_MISMATCHED,
    CHARGE_REVERSED,
    charge_event,
    status_changed,
)
from payments.domain.gateway import (
    CardGateway,
    ChargeOrder,
    Declined,
    Found,
    NoEffect,
    NotExecuted,
    Outcome,
    RefundOrder,
    Succeeded,
    Unknown,
)
from payments.domain.payment import PAID, Payment, PaymentRequest, Status
from payments.domain.store import Change, CommitRefused, NewEvent, PaymentUpdate, Store

_PARTS = {CHARGE_MISMATCHED: "mismatch", CHARGE_DUPLICATED: "duplicate", CHARGE_REVERSED: "reversal"}


@dataclass(frozen=True, slots=True)
class ChargePolicy:
    """Bounds: `timeout_s` one gateway call, `ask_s` the look-ups after a charge whose answer was lost.

    `charge_quiet_s` is how long a sent charge may take to have its effect.
    """

    timeout_s: float = 1.5
    look_up_timeout_s: float = 1.0
    charge_quiet_s: float = 5.0
    ask_s: float = 2.5


@dataclass(frozen=True, slots=True)
class Receipt:
    """A charge that stands: the gateway's reference and when it charged."""

    gateway_ref: str
    charged_at: str


@dataclass(frozen=True)
class Cashier:
    """Everything that charging needs from outside."""

    store: Store
    gateway: CardGateway
    breaker: Breaker
    policy: ChargePolicy
    clock: Clock
    on_outcome: Callable[[str, Outcome, float], None] = lambda *_: None

    def charge(self, request: PaymentRequest, deadline: Deadline) -> Receipt:
        """Charge the card of a debited payment; raises what the outcome calls for."""
        admission = self.breaker.admit(request.merchant)
        attempt = self._begin(request, deadline)
        if isinstance(attempt, Receipt):
            return attempt
        outcome = self._call(request, admission, deadline)
        match outcome:
            case Succeeded():
                return self._receipt(request, outcome, deadline)
            case Declined(code, message):
                raise PaymentDeclined(message, code=code)
            case NotExecuted(reason):
                self._settle(request, attempt, deadline)
                raise GatewayUnavailable(reason)
            case Unknown(reason):
                return self._ask_at_once(request, reason, deadline)

    def resolve(self, request: PaymentRequest, deadline: Deadline) -> Receipt:
        """Find out what became of the payment's charge, without charging.

        Raises ChargeNotFound when there surely is none, PaymentDeclined, ChargeMismatch, or ChargeUnknown: ask later.
        """
        payment = self.store.payment(request.payment_id)
        if payment and payment.gateway_ref and payment.status in PAID:
            return Receipt(payment.gateway_ref, payment.updated_at)
        if payment is None or payment.charge_unsettled_at is None:
            raise ChargeNotFound("the card gateway is unavailable; nothing was charged")
        found = self._find(request, deadline)
        if isinstance(found, NoEffect):
            if self._may_still_arrive(payment):
                raise ChargeUnknown("the last charge was sent too recently to be sure that it had no effect")
            # What follows is a compensation: a charge that is still under way must come too late from now on.
            timeout_s = self.bounded_s(self.policy.look_up_timeout_s, deadline)
            found = self.gateway.rule_out_charge(_order(request), timeout_s)
        return self._conclude(request, found, deadline)

    def reverse(self, request: PaymentRequest, deadline: Deadline, *, keep: str | None = None) -> str | None:
        """Give back a charge that must not stand, all of it; returns the refund's reference, None without one.

        `keep` is the charge that the payment is recorded with: another one of its order is a duplicate.
        Raises GatewayUnavailable or ChargeUnknown: ask again, the key is the same.
        """
        found = self._find(request, deadline, besides=keep)
        if isinstance(found, Unknown):
            raise ChargeUnknown(found.reason)
        if isinstance(found, NoEffect) and not keep:
            # The gateway's books may be behind: what was sent a moment ago may be in them a moment later.
            payment = self.store.payment(request.payment_id)
            if payment and self._may_still_arrive(payment):
                raise ChargeUnknown("the charge to give back is not in the gateway's books yet")
        if not isinstance(found, Succeeded):
            return None
        if keep:
            self._note(request, CHARGE_DUPLICATED, {"gateway_ref": found.ref, "kept_ref": keep}, deadline)
        order = RefundOrder(request.reversal_key, request.payment_id, found.ref, request.merchant, found.currency)
        outcome = self.gateway.refund(order, self.bounded_s(self.policy.timeout_s, deadline))
        match outcome:
            case Succeeded(ref=ref):
                self._note(request, CHARGE_REVERSED, {"gateway_ref": found.ref, "refund_ref": ref}, deadline)
                return ref
            case Declined(code="charge_already_refunded"):
                return None
            case NotExecuted(reason):
                raise GatewayUnavailable(reason)
            case Declined(message=reason) | Unknown(reason):
                raise ChargeUnknown(f"the reversal did not succeed: {reason}")

    def report(self, admission: Admission, outcome: Outcome) -> None:
        """Tell the breaker; what can't be told must not turn a known outcome into an unknown one."""
        healthy = isinstance(outcome, (Succeeded, Declined))
        try:
            (self.breaker.succeeded if healthy else self.breaker.failed)(admission)
        except StoreUnavailable:
            return

    @staticmethod
    def bounded_s(timeout_s: float, deadline: Deadline) -> float:
        """Never longer than the step still has; a last call gets at least a moment, so that it can be refused."""
        return max(0.05, min(timeout_s, deadline.remaining_s()))

    def _begin(self, request: PaymentRequest, deadline: Deadline) -> Receipt | Payment | None:
        """Note that a charge goes out from now on; returns the record as it was when this is not the first."""
        at = instant(self.clock())
        values = {"status": Status.PROCESSING, "charge_unsettled_at": at}
        first: list[Change] = [
            PaymentUpdate(request.payment_id, at, values, if_status=(Status.PENDING,)),
            NewEvent(status_changed(request.payment_id, Status.PENDING, Status.PROCESSING, at, ADAPTER)),
        ]
        try:
            self.store.commit(first, deadline)
        except CommitRefused as refused:
            payment = refused.payment(request.payment_id) or self.store.payment(request.payment_id)
        else:
            return None
        if payment is None:
            raise PaymentNotFound(f"payment {request.payment_id} is not recorded")
        if payment.status in PAID and payment.gateway_ref:
            return Receipt(payment.gateway_ref, payment.updated_at)
        again = PaymentUpdate(request.payment_id, at, {"charge_unsettled_at": at}, if_status=(Status.PROCESSING,))
        try:
            self.store.commit([again], deadline)
        except CommitRefused:
            raise PaymentClosed(f"payment {request.payment_id} is {payment.status}") from None
        return payment

    def _settle(self, request: PaymentRequest, before: Payment | None, deadline: Deadline) -> None:
        """Take the note back: this attempt surely had no effect. Without it, the resolution only takes longer."""
        unsettled_at = before.charge_unsettled_at if before else None
        values = {"charge_unsettled_at": unsettled_at}
        change = PaymentUpdate(request.payment_id, instant(self.clock()), values, if_status=(Status.PROCESSING,))
        try:
            self.store.commit([change], deadline)
        except (CommitRefused, StoreUnavailable):
            return

    def _call(self, request: PaymentRequest, admission: Admission, deadline: Deadline) -> Outcome:
        began_at = self.clock()
        outcome = self.gateway.charge(_order(request), self.bounded_s(self.policy.timeout_s, deadline))
        duration_ms = (self.clock() - began_at) / timedelta(milliseconds=1)
        self.on_outcome(request.merchant, outcome, duration_ms)
        self.report(admission, outcome)
        return outcome

    def _receipt(self, request: PaymentRequest, charge: Succeeded, deadline: Deadline) -> Receipt:
        if (charge.amount_minor, charge.currency) != (request.amount_minor, request.currency):
            # The answer may be wrong, or the charge: only the gateway's record decides.
            return self._ask_at_once(request, "the answer tells another amount or currency", deadline)
        return Receipt(charge.ref, charge.at or instant(self.clock()))

    def _ask_at_once(self, request: PaymentRequest, reason: str, deadline: Deadline) -> Receipt:
        for _ in paced(deadline.within(self.policy.ask_s), base_s=0.05, cap_s=0.5):
            found = self._find(request, deadline)
            match found:
                case NoEffect():
                    raise GatewayUnavailable(f"{reason}; the gateway knows of no effect so far")
                case Unknown():
                    continue
                case _:
                    return self._conclude(request, found, deadline)
        raise ChargeUnknown(reason)

    def _conclude(self, request: PaymentRequest, found: Found, deadline: Deadline) -> Receipt:
        match found:
            case Succeeded(ref, amount_minor, currency, at):
                if (amount_minor, currency) == (request.amount_minor, request.currency):
                    return Receipt(ref, at or instant(self.clock()))
                data = {"gateway_ref": ref, "amount": amount_minor, "currency": currency}
                self._note(request, CHARGE_MISMATCHED, data, deadline)
                raise ChargeMismatch("the gateway charged another amount or currency; it is given back")
            case Declined(code, message):
                raise PaymentDeclined(message, code=code)
            case NoEffect():
                raise ChargeNotFound("the card gateway is unavailable; nothing was charged")
            case Unknown(reason):
                raise ChargeUnknown(reason)

    def _note(self, request: PaymentRequest, event_type: str, data: dict[str, object], deadline: Deadline) -> None:
        event = charge_event(request.payment_id, event_type, _PARTS[event_type], instant(self.clock()), data)
        try:
            self.store.commit([NewEvent(event)], deadline)
        except CommitRefused:
            return  # noted before

    def _find(self, request: PaymentRequest, deadline: Deadline, *, besides: str | None = None) -> Found:
        timeout_s = self.bounded_s(self.policy.look_up_timeout_s, deadline)
        return self.gateway.find_charge(_order(request), timeout_s, besides=besides)

    def _may_still_arrive(self, payment: Payment) -> bool:
        sent_at = payment.charge_unsettled_at
        quiet = timedelta(seconds=self.policy.charge_quiet_s)
        return sent_at is not None and self.clock() - moment_of(sent_at) < quiet


def _order(request: PaymentRequest) -> ChargeOrder:
    return ChargeOrder(
        key=request.charge_key,
        reference=request.payment_id,
        amount_minor=request.amount_minor,
        currency=request.currency,
        card=request.card,
        merchant=request.merchant,
        customer=request.user_id,
    )
