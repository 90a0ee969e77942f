"""What the payments system and the gateway hold once everything has settled: tables, events, ledger, executions.

Amounts are integer minor units; instants are the ISO 8601 texts that the source gave.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True, slots=True)
class PaymentRecord:
    """One item of the Payments table. `execution_arn`, `gateway_ref` and `failure_code` are "" when absent."""

    payment_id: str
    user_id: str
    amount_minor: int
    currency: str
    status: str
    refunded_minor: int = 0
    merchant: str = "default"
    gateway_ref: str = ""
    failure_code: str = ""
    created_at: str = ""
    updated_at: str = ""
    execution_arn: str = ""


@dataclass(frozen=True, slots=True)
class WalletRecord:
    """One item of the Wallets table."""

    user_id: str
    balance_minor: int
    currency: str
    version: int


@dataclass(frozen=True, slots=True)
class EventRecord:
    """One item of the PaymentEvents table. `data` holds amounts as integers; `payment_id` is "" for a top-up."""

    event_id: str
    event_type: str
    at: str
    payment_id: str = ""
    source: str = ""
    data: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class LedgerEntry:
    """One entry of the gateway's ledger, the witness. `kind` is charge or refund; a refund names its `charge`."""

    sequence: int
    entry_id: str
    kind: str
    status: str
    amount_minor: int
    currency: str
    reference: str
    customer: str = ""
    merchant: str = "default"
    charge: str = ""
    idempotency_key: str = ""
    created_at: str = ""

    @property
    def succeeded(self) -> bool:
        """Tell whether money moved."""
        return self.status == "succeeded"


@dataclass(frozen=True, slots=True)
class ExecutionRecord:
    """One execution of the state machine; `name` is the payment's id, `error` the Fail state's, "" without one."""

    name: str
    status: str
    error: str = ""
    started_at: str = ""
    stopped_at: str = ""


def open_refunds(events: Iterable[EventRecord]) -> frozenset[str]:
    """Return the refunds that were claimed and have come to no end, by their ids."""
    requested, ended = set(), set()
    for event in events:
        refund_id = str(event.data.get("refund_id", ""))
        if event.event_type == "RefundRequestedEvent":
            requested.add(refund_id)
        elif event.event_type in ("RefundEvent", "RefundFailedEvent"):
            ended.add(refund_id)
    return frozenset(requested - ended)
