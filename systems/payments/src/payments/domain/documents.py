"""What clients are told: documents of payments, wallets and events, with money as decimal strings."""

from collections.abc import Mapping
from typing import Any

from groundwork.money import format_amount

from payments.domain.events import Event
from payments.domain.payment import Failure, Payment
from payments.domain.wallets import Balance


def payment_document(payment: Payment) -> dict[str, Any]:
    """Return a payment as the API shows it."""
    document: dict[str, Any] = {
        "payment_id": payment.payment_id,
        "user_id": payment.user_id,
        "amount": format_amount(payment.amount_minor, payment.currency),
        "currency": payment.currency,
        "status": str(payment.status),
        "refunded_amount": format_amount(payment.refunded_minor, payment.currency),
        "order_id": payment.order_id,
        "description": payment.description,
        "merchant": payment.merchant,
        "gateway_ref": payment.gateway_ref,
        "failure": failure_document(payment.failure) if payment.failure else None,
        "metadata": dict(payment.metadata),
        "created_at": payment.created_at,
        "updated_at": payment.updated_at,
        "execution_arn": payment.execution_arn,
    }
    return {name: value for name, value in document.items() if value is not None}


def failure_document(failure: Failure) -> dict[str, str]:
    """Return why a payment failed, for clients."""
    return {"code": failure.code, "message": failure.message}


def event_document(event: Event) -> dict[str, Any]:
    """Return an event as the API shows it; amounts in its data stay in minor units, as recorded."""
    return {
        "id": event.event_id,
        "event_type": event.event_type,
        "payment_id": event.payment_id,
        "timestamp": event.at,
        "source": event.source,
        "data": dict(event.data),
    }


def wallet_document(balance: Balance, **more: str) -> dict[str, Any]:
    """Return a wallet's balance as the API shows it."""
    return {
        "user_id": balance.user_id,
        "balance": format_amount(balance.balance_minor, balance.currency),
        "currency": balance.currency,
        "version": balance.version,
        **more,
    }


def refund_document(answer: Mapping[str, Any]) -> dict[str, Any]:
    """Return a finished refund as the API shows it, from the output of its execution."""
    currency = str(answer["currency"])
    return {
        "refund_id": answer["refund_id"],
        "payment_id": answer["payment_id"],
        "amount": format_amount(int(answer["amount_minor"]), currency),
        "currency": currency,
        "status": "COMPLETED",
        "payment_status": answer["payment_status"],
        "refunded_amount": format_amount(int(answer["refunded_minor"]), currency),
    }
