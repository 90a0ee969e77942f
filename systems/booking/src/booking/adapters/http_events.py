"""API Gateway's HTTP API events (payload format 2.0) as requests, answers for it, and one shape for every error.

Errors: {"error": {"type", "code", "message", "correlationId", "fields"?: [{"field", "code", "message"}], …details}}.
Source: API Gateway developer guide, "Lambda proxy integrations for HTTP APIs" (documented).
"""

import base64
import binascii
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from groundwork.failures import Failed, Transient

from booking.domain.errors import Problem, Refused, RequestInvalid, TooManyRequests

RETRY_AFTER_S = 2.0
STATUS_BY_CODE = {
    "invalid_request": 400,
    "limit_reached": 402,
    "deposit_declined": 402,
    "forbidden_scope": 403,
    "not_found": 404,
    "slot_taken": 409,
    "outside_availability": 409,
    "bookings_in_the_way": 409,
    "idempotency_conflict": 409,
    "booking_closed": 409,
    "conflict": 409,
    "conversation_expired": 410,
    "too_many_requests": 429,
    "internal_error": 500,
    "try_again": 503,
}
TYPE_BY_STATUS = {
    400: "validation_error",
    402: "refused",
    403: "forbidden",
    404: "not_found",
    409: "conflict",
    410: "gone",
    429: "rate_limited",
    500: "internal_error",
    503: "unavailable",
}


@dataclass(frozen=True, slots=True)
class Identity:
    """Who calls, as the authorizer said: the only place a tenant's id is ever taken from."""

    tenant_id: str
    api_key_id: str
    scopes: frozenset[str]
    plan: str

    @classmethod
    def parse(cls, context: Mapping[str, Any]) -> "Identity | None":
        """Read the authorizer's context of an event; None on a public route."""
        told = (context.get("authorizer") or {}).get("lambda") or {}
        if not told.get("tenantId"):
            return None
        scopes = frozenset(str(told.get("scopes", "")).split())
        return cls(str(told["tenantId"]), str(told["apiKeyId"]), scopes, str(told["plan"]))


@dataclass(frozen=True, slots=True)
class HttpRequest:
    """One call: the route is the API's route key, e.g. "GET /services/{serviceId}"; header names are lower case."""

    route: str
    path: Mapping[str, str]
    query: Mapping[str, str]
    headers: Mapping[str, str]
    body: bytes
    request_id: str
    identity: Identity | None = None

    @classmethod
    def parse(cls, event: Mapping[str, Any]) -> "HttpRequest":
        """Read an event of payload format 2.0."""
        context = event.get("requestContext") or {}
        return cls(
            route=str(event["routeKey"]),
            path=event.get("pathParameters") or {},
            query=event.get("queryStringParameters") or {},
            headers={name.lower(): value for name, value in (event.get("headers") or {}).items()},
            body=_body(event),
            request_id=str(context.get("requestId") or ""),
            identity=Identity.parse(context),
        )


@dataclass(frozen=True, slots=True)
class HttpAnswer:
    """What the client gets; `document` is JSON as it stands, or None for an answer without a body."""

    status: int
    document: Mapping[str, Any] | None = None
    headers: Mapping[str, str] = field(default_factory=dict)

    def to_event(self, correlation_id: str) -> dict[str, Any]:
        """Return the answer as API Gateway takes it."""
        headers = {"cache-control": "no-store", "x-correlation-id": correlation_id, **self.headers}
        if self.document is None:
            return {"statusCode": self.status, "headers": headers, "body": "", "isBase64Encoded": False}
        return {
            "statusCode": self.status,
            "headers": {"content-type": "application/json", **headers},
            "body": json.dumps(self.document, separators=(",", ":"), ensure_ascii=False),
            "isBase64Encoded": False,
        }


def error_answer(error: Exception, correlation_id: str) -> HttpAnswer:
    """Return the answer to a request that raised; what isn't one of ours is told as an internal error only."""
    match error:
        case RequestInvalid():
            return _error(400, error.code, error.message, correlation_id, {"fields": _fields(error.problems)})
        case TooManyRequests():
            return _error(429, error.code, error.message, correlation_id, after_s=error.retry_after_s)
        case Transient():
            return _error(503, "try_again", error.message, correlation_id, after_s=RETRY_AFTER_S)
        case Refused():
            return _error(STATUS_BY_CODE.get(error.code, 500), error.code, error.message, correlation_id, error.details)
        case Failed() if error.code in STATUS_BY_CODE:
            return _error(STATUS_BY_CODE[error.code], error.code, error.message, correlation_id)
        case _:
            return _error(500, "internal_error", "the request could not be processed", correlation_id)


def _error(
    status: int,
    code: str,
    message: str,
    correlation_id: str,
    details: Mapping[str, Any] | None = None,
    *,
    after_s: float | None = None,
) -> HttpAnswer:
    error = {"type": TYPE_BY_STATUS[status], "code": code, "message": message, "correlationId": correlation_id}
    headers = {} if after_s is None else {"retry-after": str(max(1, round(after_s)))}
    return HttpAnswer(status, {"error": error | dict(details or {})}, headers)


def _fields(problems: Sequence[Problem]) -> list[dict[str, str]]:
    return [{"field": one.field, "code": one.code, "message": one.message} for one in problems]


def _body(event: Mapping[str, Any]) -> bytes:
    body = event.get("body") or ""
    if not event.get("isBase64Encoded"):
        return str(body).encode(errors="replace")
    try:
        return base64.b64decode(body)
    except (binascii.Error, ValueError):
        return b"not base64"  # is refused as malformed JSON
