"""API Gateway's REST proxy events as requests, and answers for it; one shape for every error.

Errors: {"error": {"type", "code", "message", "fields"?: [{"field", "code", "message"}], "correlation_id"}}.
"""

import base64
import binascii
import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from groundwork.executions import ExecutionFailed
from groundwork.failures import Failed, Transient

from payments.domain.errors import CircuitOpen
from payments.domain.store import CursorInvalid
from payments.domain.validation import Problem, RequestInvalid

RETRY_AFTER_S = 2
STATUS_BY_CODE = {
    "wallet_not_found": 404,
    "payment_not_found": 404,
    "not_found": 404,
    "idempotency_conflict": 409,
    "payment_closed": 409,
    "payment_not_refundable": 409,
    "refund_exceeds_payment": 409,
    "refund_refused": 409,
    "refund_failed": 409,
    "charge_already_refunded": 409,
    "amount_too_large": 409,
    "currency_mismatch": 422,
    "gateway_unavailable": 503,
    "try_again": 503,
    "charge_mismatch": 502,
    "internal_error": 500,
}
_TYPE_BY_STATUS = {
    400: "validation_error",
    402: "card_error",
    404: "not_found",
    405: "not_found",
    409: "conflict",
    413: "validation_error",
    422: "validation_error",
    502: "gateway_error",
    503: "unavailable",
}


@dataclass(frozen=True, slots=True)
class RestRequest:
    """One call: the route is the method and the resource's template, e.g. "GET /payments/{payment_id}"."""

    route: str
    path: Mapping[str, str]
    query: Mapping[str, str]
    headers: Mapping[str, str]
    body: str
    request_id: str

    @classmethod
    def parse(cls, event: Mapping[str, Any]) -> "RestRequest":
        """Read a proxy event; header names become lower case."""
        context = event.get("requestContext") or {}
        return cls(
            route=f"{event['httpMethod']} {event['resource']}",
            path=event.get("pathParameters") or {},
            query=event.get("queryStringParameters") or {},
            headers={name.lower(): value for name, value in (event.get("headers") or {}).items()},
            body=_body(event),
            request_id=str(context.get("requestId") or ""),
        )

    def prefers_async(self) -> bool:
        """Return whether the client asked not to wait (RFC 7240)."""
        preferences = re.split(r"\s*[,;]\s*", self.headers.get("prefer", "").lower())
        return "respond-async" in preferences


@dataclass(frozen=True, slots=True)
class RestAnswer:
    """What the client gets."""

    status: int
    document: Mapping[str, Any]
    headers: Mapping[str, str] = field(default_factory=dict)

    def to_event(self, correlation_id: str) -> dict[str, Any]:
        """Return the answer as API Gateway takes it."""
        return {
            "statusCode": self.status,
            "headers": {
                "Content-Type": "application/json",
                "Cache-Control": "no-store",
                "X-Correlation-Id": correlation_id,
                **self.headers,
            },
            "body": json.dumps(self.document, separators=(",", ":"), ensure_ascii=False),
            "isBase64Encoded": False,
        }


def status_of(code: str) -> int:
    """Return the HTTP status of a failure; what isn't known here is a gateway's decline."""
    return STATUS_BY_CODE.get(code, 402)


def retry_headers(status: int, after_s: float = RETRY_AFTER_S) -> dict[str, str]:
    """Return Retry-After for an answer that may be better later."""
    return {"Retry-After": str(max(1, round(after_s)))} if status == 503 else {}


def error_answer(error: Exception, correlation_id: str) -> RestAnswer:
    """Return the answer to a request that raised; what isn't one of ours is told as an internal error only."""
    match error:
        case RequestInvalid():
            status = 413 if error.code == "body_too_large" else 400
            message = "the request is not valid; see fields"
            return _error(status, error.code, message, correlation_id, fields=error.problems)
        case CursorInvalid():
            problem = Problem("cursor", "malformed", "was not made by this list")
            return _error(400, "invalid_request", str(error), correlation_id, fields=(problem,))
        case ExecutionFailed() | Failed():
            busy = isinstance(error, Transient)
            status = 503 if busy else status_of(error.code)
            after_s = error.retry_after_s if isinstance(error, CircuitOpen) else RETRY_AFTER_S
            return _error(status, error.code, error.message, correlation_id, retry_headers(status, after_s))
        case _:
            return _error(500, "internal_error", "the request could not be processed", correlation_id)


def not_found(what: str, correlation_id: str) -> RestAnswer:
    """Return the answer to a path that leads nowhere."""
    return _error(404, "not_found", what, correlation_id)


def _error(
    status: int,
    code: str,
    message: str,
    correlation_id: str,
    headers: Mapping[str, str] | None = None,
    *,
    fields: tuple[Problem, ...] = (),
) -> RestAnswer:
    error: dict[str, Any] = {
        "type": _TYPE_BY_STATUS.get(status, "internal_error"),
        "code": code,
        "message": message,
        "correlation_id": correlation_id,
    }
    if fields:
        error["fields"] = [{"field": one.field, "code": one.code, "message": one.message} for one in fields]
    return RestAnswer(status, {"error": error}, headers or {})


def _body(event: Mapping[str, Any]) -> str:
    body = event.get("body") or ""
    if not event.get("isBase64Encoded"):
        return str(body)
    try:
        return base64.b64decode(body).decode()
    except (binascii.Error, UnicodeDecodeError):
        return "not text"  # is refused as malformed JSON
