"""Finish what a state machine had to leave open: complete or compensate a payment, finish or refuse a refund.

Works from the tables and the gateway's word only, so it may run twice, late, or beside anything else.
"""

from groundwork.deadline import Deadline
from groundwork.failures import Failed

from payments.domain import invoices, refunds, wallets
from payments.domain.charging import Cashier
from payments.domain.errors import (
    ChargeMismatch,
    ChargeNotFound,
    IdempotencyConflict,
    PaymentDeclined,
    PaymentNotFound,
    PaymentNotRefundable,
    RefundExceedsPayment,
    RefundRefused,
)
from payments.domain.events import CHARGE_FAILED, charge_id
from payments.domain.invoices import Execution
from payments.domain.payment import CLOSED, Failure, PaymentRequest
from payments.domain.refunds import RefundRequest


def finish_payment(
    cashier: Cashier, request: PaymentRequest, execution: Execution, failure: Failure, deadline: Deadline
) -> str:
    """Bring a parked payment to its end; returns its status, raises a Transient error while nobody can know."""
    payment = cashier.store.payment(request.payment_id)
    if payment and payment.request_hash != request.request_hash:
        raise IdempotencyConflict(f"payment {request.payment_id} exists with other content")
    if payment and payment.status in CLOSED:
        # A charge that came to light after the end is given back, unless it is the one that was paid with.
        cashier.reverse(request, deadline, keep=payment.gateway_ref)
        return payment.status
    verdict = cashier.store.event(charge_id(request.payment_id))
    if verdict and verdict.event_type == CHARGE_FAILED:
        # The compensation was decided before; only the rest of it is missing.
        known = Failure(str(verdict.data["code"]), str(verdict.data["message"]), failure.error)
        return _compensate(cashier, request, execution, known, deadline)
    try:
        receipt = cashier.resolve(request, deadline)
    except (ChargeNotFound, PaymentDeclined) as reason:
        return _compensate(cashier, request, execution, _failure(reason, failure), deadline)
    except ChargeMismatch as reason:
        cashier.reverse(request, deadline)
        return _compensate(cashier, request, execution, _failure(reason, failure), deadline)
    invoices.complete(cashier.store, request, receipt.gateway_ref, receipt.charged_at, cashier.clock, deadline)
    return "COMPLETED"


def finish_refund(cashier: Cashier, request: RefundRequest, deadline: Deadline) -> str:
    """Bring a parked refund to its end; returns how it ended, raises a Transient error while it can't."""
    store, clock = cashier.store, cashier.clock
    try:
        reservation = refunds.reserve(store, request, clock, deadline)
    except (RefundExceedsPayment, PaymentNotRefundable, PaymentNotFound, IdempotencyConflict) as refusal:
        return refusal.code
    if store.event(request.event_id("settled")):
        return "SETTLED"
    try:
        ref = refunds.give_back(cashier, reservation, deadline)
    except RefundRefused as refusal:
        refunds.release(store, request, reservation, refusal.message, clock, deadline)
        return refusal.code
    refunds.credit(store, request, reservation, ref, clock, deadline)
    return "COMPLETED"


def _compensate(
    cashier: Cashier, request: PaymentRequest, execution: Execution, failure: Failure, deadline: Deadline
) -> str:
    wallets.compensate(cashier.store, request, failure, cashier.clock, deadline)
    failed = invoices.mark_failed(cashier.store, request, execution, failure, cashier.clock, deadline)
    return failed.status


def _failure(reason: Failed, parked: Failure) -> Failure:
    """The gateway's own word tells more than what the flow was parked with, unless it only says "no charge"."""
    if isinstance(reason, ChargeNotFound) and parked.code not in ("charge_unknown", "internal_error"):
        return parked
    return Failure(reason.code, reason.message, type(reason).__name__)
