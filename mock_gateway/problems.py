"""What the gateway refuses, in the one shape in which every face tells it.

`{"error": {"type", "code", "message", "param"?, …}}`; types and most codes are Stripe's (source: its public error
reference, documented), so that clients written for it find what they look for. Messages never hold a value that was
sent: it may be a card number.
"""

from typing import Any

from mock_gateway.answer import Answer


class Refused(Exception):
    """A request that the gateway does not carry out; nothing happened."""

    def __init__(self, status: int, kind: str, code: str, message: str, **more: Any) -> None:
        self.status = status
        self.code = code
        self.error = {"type": kind, "code": code, "message": message, **more}
        super().__init__(message)

    def answer(self) -> Answer:
        """Return the answer that says so."""
        return Answer.of(self.status, {"error": self.error})


def invalid(message: str, *, code: str = "parameter_invalid", param: str | None = None) -> Refused:
    """Return the refusal of a request that cannot be right whenever it is sent."""
    return Refused(400, "invalid_request_error", code, message, **({"param": param} if param else {}))


def missing(what: str) -> Refused:
    """Return the refusal of a request about something that is not there."""
    return Refused(404, "invalid_request_error", "not_found", f"{what} was not found")


def key_in_use() -> Refused:
    """Return the refusal of a request whose key belongs to one that is still being carried out."""
    return Refused(
        409,
        "idempotency_error",
        "idempotency_key_in_use",
        "the first request with this Idempotency-Key is still in flight; ask again later",
    )


def key_reused() -> Refused:
    """Return the refusal of a request whose key was used with other parameters."""
    return Refused(
        400,
        "idempotency_error",
        "idempotency_key_reused",
        "this Idempotency-Key was used with other parameters; a key belongs to one request and its retries",
    )


def gateway_reset() -> Refused:
    """Return the refusal of a request that was still waiting when the gateway forgot everything."""
    return Refused(503, "api_error", "gateway_reset", "the gateway was reset while the request was in flight")
