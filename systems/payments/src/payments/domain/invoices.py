"""Steps on payment records: create, complete, mark failed. Each is one transaction with its events, and repeatable."""

from dataclasses import dataclass

from groundwork.deadline import Deadline, paced
from groundwork.instants import Clock, instant

from payments.domain.errors import IdempotencyConflict, PaymentClosed, PaymentContention, PaymentNotFound
from payments.domain.events import INVOICES, charge_id, charge_succeeded, requested, status_changed
from payments.domain.payment import CLOSED, PAID, Failure, Payment, PaymentRequest, Status, sources
from payments.domain.store import Change, CommitRefused, NewEvent, NewPayment, PaymentUpdate, Store


@dataclass(frozen=True, slots=True)
class Execution:
    """The run of the state machine that a payment belongs to: its ARN, and when it started."""

    arn: str
    started_at: str


def create(store: Store, request: PaymentRequest, execution: Execution, clock: Clock, deadline: Deadline) -> Payment:
    """Record a payment as PENDING, or return it when an earlier attempt did; raises IdempotencyConflict."""
    payment = Payment.requested(request, created_at=execution.started_at, execution_arn=execution.arn)
    try:
        store.commit([NewPayment(payment), NewEvent(requested(payment, instant(clock())))], deadline)
    except CommitRefused as refused:
        found = refused.payment(request.payment_id)
        if found is None or found.request_hash != request.request_hash:
            raise IdempotencyConflict(f"payment {request.payment_id} exists with other content") from None
        if found.status is Status.FAILED:
            raise PaymentClosed(f"payment {request.payment_id} is FAILED, and stays so") from None
        return found
    return payment


def complete(
    store: Store, request: PaymentRequest, gateway_ref: str, charged_at: str, clock: Clock, deadline: Deadline
) -> None:
    """Mark a charged payment COMPLETED; raises PaymentClosed when it had failed before: then money must go back."""
    at = instant(clock())
    values = {"status": Status.COMPLETED, "gateway_ref": gateway_ref, "charge_unsettled_at": None}
    changes: list[Change] = [
        PaymentUpdate(request.payment_id, at, values, if_status=sources(Status.COMPLETED)),
        NewEvent(charge_succeeded(request, gateway_ref, charged_at, at)),
        NewEvent(status_changed(request.payment_id, Status.PROCESSING, Status.COMPLETED, at, INVOICES)),
    ]
    try:
        store.commit(changes, deadline)
    except CommitRefused as refused:
        found = refused.payment(request.payment_id) or store.payment(request.payment_id)
        if found and found.status in PAID and found.gateway_ref == gateway_ref:
            return
        raise PaymentClosed(
            f"payment {request.payment_id} is {found.status if found else 'missing'} with "
            f"{'another' if refused.event(charge_id(request.payment_id)) else 'no'} charge recorded"
        ) from None


def mark_failed(
    store: Store, request: PaymentRequest, execution: Execution, failure: Failure, clock: Clock, deadline: Deadline
) -> Payment:
    """Mark a payment FAILED; one that was never recorded is recorded as FAILED, so that it can be read."""
    for _ in paced(deadline):
        found = store.payment(request.payment_id)
        if found and found.request_hash != request.request_hash:
            raise IdempotencyConflict(f"payment {request.payment_id} exists with other content")
        if found and found.status is Status.FAILED:
            return found
        if found and found.status in CLOSED:
            raise PaymentClosed(f"payment {request.payment_id} is {found.status}")
        at = instant(clock())
        try:
            if found:
                _fail(store, found, failure, at, deadline)
            else:
                _record_failed(store, request, execution, failure, at, deadline)
        except CommitRefused:
            continue
        written = store.payment(request.payment_id)
        if written is None:
            raise PaymentNotFound(f"payment {request.payment_id} vanished after it was written")
        return written
    raise PaymentContention(f"payment {request.payment_id} kept changing until the step's time was over")


def _fail(store: Store, found: Payment, failure: Failure, at: str, deadline: Deadline) -> None:
    values = {"status": Status.FAILED, "failure": failure, "charge_unsettled_at": None}
    changes: list[Change] = [
        PaymentUpdate(found.payment_id, at, values, if_version=found.version, if_status=sources(Status.FAILED)),
        NewEvent(status_changed(found.payment_id, found.status, Status.FAILED, at, INVOICES, failure)),
    ]
    store.commit(changes, deadline)


def _record_failed(
    store: Store, request: PaymentRequest, execution: Execution, failure: Failure, at: str, deadline: Deadline
) -> None:
    payment = Payment.requested(request, created_at=execution.started_at, execution_arn=execution.arn, failure=failure)
    changes: list[Change] = [
        NewPayment(payment),
        NewEvent(requested(payment, at)),
        NewEvent(status_changed(request.payment_id, Status.PENDING, Status.FAILED, at, INVOICES, failure)),
    ]
    store.commit(changes, deadline)
