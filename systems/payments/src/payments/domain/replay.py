"""Rebuild payments and balances from their events alone: the proof that the events tell everything.

For audits and repair; no step of a payment reads it.
"""

from collections.abc import Iterable
from dataclasses import replace

from payments.domain.events import CHARGE_SUCCEEDED, CREDIT, DEBIT, REFUND, REQUEST, STATUS, Event
from payments.domain.payment import NEXT, Failure, Payment, Status
from payments.domain.wallet import Wallet


class HistoryBroken(Exception):
    """Events contradict each other or are incomplete."""


def rebuild_payment(events: Iterable[Event]) -> Payment | None:
    """Return the payment that its events tell of, None when there was no request; raises HistoryBroken.

    The order of `events` doesn't matter: instants may tie, so the chain of statuses gives the order.
    """
    by_type: dict[str, list[Event]] = {}
    for event in events:
        by_type.setdefault(event.event_type, []).append(event)
    if REQUEST not in by_type:
        return None
    payment = _requested(by_type[REQUEST][0])
    refunded_minor = sum(int(event.data["amount"]) for event in by_type.get(REFUND, []))
    charge = by_type.get(CHARGE_SUCCEEDED)
    gateway_ref = str(charge[0].data["gateway_ref"]) if charge else None
    payment = replace(payment, gateway_ref=gateway_ref, refunded_minor=refunded_minor)
    return _through_statuses(payment, by_type.get(STATUS, []))


def rebuild_wallet(user_id: str, events: Iterable[Event]) -> Wallet | None:
    """Return the wallet that its debits and credits tell of, None when there are none; raises HistoryBroken."""
    moves = [event for event in events if event.event_type in (DEBIT, CREDIT) and event.data["user_id"] == user_id]
    moves.sort(key=lambda event: int(event.data["version"]))
    wallet: Wallet | None = None
    for event in moves:
        data = event.data
        before = wallet or Wallet(user_id, 0, str(data["currency"]), version=0)
        signed_minor = int(data["amount"]) * (-1 if event.event_type == DEBIT else 1)
        told = (int(data["previous_balance"]), int(data["version"]), int(data["new_balance"]))
        if told != (before.balance_minor, before.version + 1, before.balance_minor + signed_minor):
            raise HistoryBroken(f"event {event.event_id} does not follow version {before.version}")
        wallet = replace(
            before,
            balance_minor=int(data["new_balance"]),
            version=int(data["version"]),
            last_tx_id=event.event_id,
            updated_at=event.at,
        )
    return wallet


def _requested(event: Event) -> Payment:
    data = event.data
    return Payment(
        payment_id=str(data["payment_id"]),
        user_id=str(data["user_id"]),
        amount_minor=int(data["amount"]),
        currency=str(data["currency"]),
        status=Status.PENDING,
        merchant=str(data["merchant"]),
        request_hash=str(data["request_hash"]),
        created_at=str(data["created_at"]),
        updated_at=str(data["timestamp"]),
        execution_arn=str(data["execution_arn"]),
        order_id=data.get("order_id"),
        description=data.get("description"),
        metadata=data.get("metadata") or {},
    )


def _through_statuses(payment: Payment, changes: list[Event]) -> Payment:
    by_source = {str(event.data["from"]): event for event in changes}
    if len(by_source) != len(changes):
        raise HistoryBroken(f"payment {payment.payment_id} left a status twice")
    while (event := by_source.pop(str(payment.status), None)) is not None:
        status, data = Status(event.data["to"]), event.data
        if status not in NEXT[payment.status]:
            raise HistoryBroken(f"payment {payment.payment_id} went from {payment.status} to {status}")
        failure = (
            Failure(str(data["reason"]), str(data["message"]), str(data["error"]))
            if status is Status.FAILED and "reason" in data
            else None
        )
        payment = replace(payment, status=status, failure=failure, updated_at=event.at)
    if by_source:
        raise HistoryBroken(f"payment {payment.payment_id} left {', '.join(by_source)} without having come to it")
    return payment
