"""A payment: the request, the record, and the statuses that it may go through, forwards only."""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

from groundwork.executions import Caught

from payments.domain.errors import error_names


class Status(StrEnum):
    """Where a payment stands; see NEXT for the order."""

    PENDING = "PENDING"
    PROCESSING = "PROCESSING"
    COMPLETED = "COMPLETED"
    FAILED = "FAILED"
    REFUNDED = "REFUNDED"


NEXT: Mapping[Status, frozenset[Status]] = {
    Status.PENDING: frozenset({Status.PROCESSING, Status.FAILED}),
    Status.PROCESSING: frozenset({Status.COMPLETED, Status.FAILED}),
    Status.COMPLETED: frozenset({Status.REFUNDED}),
    Status.FAILED: frozenset(),
    Status.REFUNDED: frozenset(),
}
CLOSED = frozenset({Status.COMPLETED, Status.FAILED, Status.REFUNDED})
PAID = frozenset({Status.COMPLETED, Status.REFUNDED})


def sources(status: Status) -> tuple[Status, ...]:
    """Return the statuses that a payment may come to `status` from."""
    return tuple(source for source, following in NEXT.items() if status in following)


@dataclass(frozen=True, slots=True)
class Failure:
    """Why a payment failed: `code` for programs, `message` for people, `error` the name that the flow ended with."""

    code: str
    message: str
    error: str = ""

    @classmethod
    def from_cause(cls, caught: Mapping[str, Any]) -> "Failure":
        """Read what a Catch of Step Functions hands over: {"Error": name, "Cause": JSON of the function's error}."""
        told = Caught.read(str(caught.get("Error") or ""), str(caught.get("Cause") or ""))
        # This system's errors tell the client their code and message; anything else stays in the logs.
        if told and told.name in error_names():
            return cls(told.code, told.message, _FAIL_NAME.get(told.name, told.name))
        return cls("internal_error", "the payment could not be processed", "PaymentNotProcessed")


_FAIL_NAME = {"CircuitOpen": "GatewayUnavailable", "ChargeNotFound": "GatewayUnavailable"}


@dataclass(frozen=True, slots=True)
class PaymentRequest:
    """What a client asked for, validated; it is the input of the payment's execution."""

    payment_id: str
    user_id: str
    amount_minor: int
    currency: str
    card: str = "tok_visa"
    merchant: str = "default"
    order_id: str | None = None
    description: str | None = None
    metadata: Mapping[str, str] = field(default_factory=dict)

    @classmethod
    def from_state(cls, state: Mapping[str, Any]) -> "PaymentRequest":
        """Read the request out of an execution's input or state."""
        return cls(**{name: state[name] for name in cls.__dataclass_fields__ if name in state})

    def canonical(self) -> str:
        """Return the one JSON text of this request: the same request gives the same bytes, so it holds no instant."""
        present = {name: getattr(self, name) for name in self.__dataclass_fields__}
        document = {name: value for name, value in present.items() if value is not None}
        return json.dumps(document, sort_keys=True, separators=(",", ":"), ensure_ascii=False)

    @property
    def request_hash(self) -> str:
        """The fingerprint that tells a repeated request from another one under the same id."""
        return hashlib.sha256(self.canonical().encode()).hexdigest()

    @property
    def charge_key(self) -> str:
        """The gateway's idempotency key: one per payment, not per attempt."""
        return f"{self.payment_id}:charge"

    @property
    def reversal_key(self) -> str:
        """The gateway's idempotency key for giving back a charge that was not what we asked for."""
        return f"{self.payment_id}:reversal"


@dataclass(frozen=True, slots=True)
class Payment:
    """The record of a payment. `reserved_minor` holds what refunds under way have claimed, done ones included.

    `charge_unsettled_at` is when a charge was last sent whose fate is not settled; None when surely none is out.
    """

    payment_id: str
    user_id: str
    amount_minor: int
    currency: str
    status: Status
    merchant: str
    request_hash: str
    created_at: str
    updated_at: str
    execution_arn: str
    version: int = 1
    order_id: str | None = None
    description: str | None = None
    metadata: Mapping[str, str] = field(default_factory=dict)
    gateway_ref: str | None = None
    refunded_minor: int = 0
    reserved_minor: int = 0
    failure: Failure | None = None
    charge_unsettled_at: str | None = None

    @classmethod
    def requested(
        cls, request: PaymentRequest, *, created_at: str, execution_arn: str, failure: Failure | None = None
    ) -> "Payment":
        """Return the first record of a payment: PENDING, or FAILED when it failed before it was recorded."""
        return cls(
            payment_id=request.payment_id,
            user_id=request.user_id,
            amount_minor=request.amount_minor,
            currency=request.currency,
            status=Status.FAILED if failure else Status.PENDING,
            merchant=request.merchant,
            request_hash=request.request_hash,
            created_at=created_at,
            updated_at=created_at,
            execution_arn=execution_arn,
            order_id=request.order_id,
            description=request.description,
            metadata=request.metadata,
            failure=failure,
        )
