"""Events: what happened to payments, wallets and circuits; together they rebuild all of them.

An event's id is deterministic and it is written in the same transaction as the change that it tells of, on condition
that the id is new. So a repeated step can't act twice, and two outcomes that exclude each other share one id:
`<payment>#debit` is the debit or its cancellation, `<payment>#charge` the success or the failure of the charge.
Amounts in `data` are integer minor units.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from payments.domain.payment import Failure, Payment, PaymentRequest, Status
from payments.domain.wallet import Wallet

INVOICES, WALLETS, ADAPTER, REFUNDS = "invoice-processor", "wallet-service", "payments-adapter", "refund-service"
DEBIT, DEBIT_CANCELLED, CREDIT = "WalletDebitEvent", "WalletDebitCancelledEvent", "WalletCreditEvent"
CHARGE_SUCCEEDED, CHARGE_FAILED = "ChargeSucceededEvent", "ChargeFailedEvent"
CHARGE_MISMATCHED, CHARGE_REVERSED = "ChargeMismatchEvent", "ChargeReversedEvent"
CHARGE_DUPLICATED = "ChargeDuplicatedEvent"
REFUND_REQUESTED, REFUND, REFUND_FAILED = "RefundRequestedEvent", "RefundEvent", "RefundFailedEvent"
REQUEST, STATUS = "PaymentRequestEvent", "PaymentStatusEvent"


@dataclass(frozen=True, slots=True)
class Event:
    """One fact. `payment_id` groups events; top-ups and circuits have groups of their own (`credit#…`, `circuit#…`)."""

    event_id: str
    event_type: str
    payment_id: str
    at: str
    source: str
    data: Mapping[str, Any]


def debit_id(payment_id: str) -> str:
    """Return the id that a payment's debit and its cancellation share."""
    return f"{payment_id}#debit"


def charge_id(payment_id: str) -> str:
    """Return the id that a payment's charge and its failure share."""
    return f"{payment_id}#charge"


def compensation_id(payment_id: str) -> str:
    """Return the id of the credit that gives a debit back."""
    return f"{payment_id}#compensation"


def credit_id(user_id: str, credit: str) -> str:
    """Return the id of a top-up."""
    return f"credit#{user_id}#{credit}"


def refund_event_id(payment_id: str, refund_id: str, part: str) -> str:
    """Return the id of a part of a refund: requested, settled (done or refused, never both) or credit."""
    return f"{payment_id}#refund#{refund_id}#{part}"


def requested(payment: Payment, at: str) -> Event:
    """A payment was asked for and recorded as PENDING."""
    data = {
        "payment_id": payment.payment_id,
        "user_id": payment.user_id,
        "amount": payment.amount_minor,
        "currency": payment.currency,
        "description": payment.description,
        "order_id": payment.order_id,
        "merchant": payment.merchant,
        "metadata": dict(payment.metadata),
        "request_hash": payment.request_hash,
        "execution_arn": payment.execution_arn,
        "created_at": payment.created_at,
        "timestamp": at,
    }
    return Event(f"{payment.payment_id}#request", REQUEST, payment.payment_id, at, INVOICES, data)


def status_changed(
    payment_id: str, before: Status, after: Status, at: str, source: str, failure: Failure | None = None
) -> Event:
    """A payment went from one status to the next."""
    data: dict[str, Any] = {"payment_id": payment_id, "from": str(before), "to": str(after), "timestamp": at}
    if failure:
        data |= {"reason": failure.code, "message": failure.message, "error": failure.error}
    return Event(f"{payment_id}#status#{after}", STATUS, payment_id, at, source, data)


def debited(request: PaymentRequest, before: Wallet, after: Wallet) -> Event:
    """A wallet paid for a payment."""
    return _moved(debit_id(request.payment_id), DEBIT, request.payment_id, before, after, WALLETS, {})


def debit_cancelled(request: PaymentRequest, reason: str, at: str) -> Event:
    """A debit that had not happened never will: a late one finds its id taken."""
    data = {"payment_id": request.payment_id, "user_id": request.user_id, "reason": reason, "timestamp": at}
    return Event(debit_id(request.payment_id), DEBIT_CANCELLED, request.payment_id, at, WALLETS, data)


def compensated(payment_id: str, before: Wallet, after: Wallet) -> Event:
    """A debit was given back because the payment failed."""
    reason = {"reason": "compensation"}
    return _moved(compensation_id(payment_id), CREDIT, payment_id, before, after, WALLETS, reason)


def topped_up(credit: str, before: Wallet, after: Wallet) -> Event:
    """Money came into a wallet from outside."""
    more = {"reason": "topup", "credit_id": credit}
    event_id = credit_id(after.user_id, credit)
    return _moved(event_id, CREDIT, f"credit#{credit}", before, after, WALLETS, more)


def refund_credited(payment_id: str, refund_id: str, before: Wallet, after: Wallet) -> Event:
    """A refund reached the wallet."""
    more = {"reason": "refund", "refund_id": refund_id}
    event_id = refund_event_id(payment_id, refund_id, "credit")
    return _moved(event_id, CREDIT, payment_id, before, after, REFUNDS, more)


def charge_succeeded(request: PaymentRequest, gateway_ref: str, charged_at: str, at: str) -> Event:
    """The gateway charged the card, and the payment is complete."""
    data = {
        "payment_id": request.payment_id,
        "gateway_ref": gateway_ref,
        "amount": request.amount_minor,
        "currency": request.currency,
        "charged_at": charged_at,
        "timestamp": at,
    }
    return Event(charge_id(request.payment_id), CHARGE_SUCCEEDED, request.payment_id, at, INVOICES, data)


def charge_failed(payment_id: str, failure: Failure, at: str) -> Event:
    """No charge stands, and none will: from here on the payment can only fail."""
    data = {"payment_id": payment_id, "code": failure.code, "message": failure.message, "timestamp": at}
    return Event(charge_id(payment_id), CHARGE_FAILED, payment_id, at, WALLETS, data)


def charge_event(payment_id: str, event_type: str, part: str, at: str, data: Mapping[str, Any]) -> Event:
    """Something else about a charge: a mismatch, a duplicate, a reversal."""
    whole = {"payment_id": payment_id, **data, "timestamp": at}
    return Event(f"{payment_id}#charge#{part}", event_type, payment_id, at, ADAPTER, whole)


def circuit_event(route: str, event_type: str, version: int, at: str, data: Mapping[str, Any]) -> Event:
    """A circuit opened, half-opened or closed; `version` is the circuit's."""
    group = f"circuit#{route}"
    whole = {"route": route, **data, "timestamp": at}
    return Event(f"{group}#{version}", event_type, group, at, ADAPTER, whole)


def _moved(
    event_id: str, event_type: str, group: str, before: Wallet, after: Wallet, source: str, more: Mapping[str, Any]
) -> Event:
    data = {
        "user_id": after.user_id,
        "amount": abs(after.balance_minor - before.balance_minor),
        "currency": after.currency,
        "previous_balance": before.balance_minor,
        "new_balance": after.balance_minor,
        "version": after.version,
        "timestamp": after.updated_at,
        **({} if group.startswith("credit#") else {"payment_id": group}),
        **more,
    }
    return Event(event_id, event_type, group, after.updated_at, source, data)
