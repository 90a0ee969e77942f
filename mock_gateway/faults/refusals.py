"""Faults that answer with an error, as a gateway or what stands before it does."""

from dataclasses import dataclass

from mock_gateway.answer import Answer
from mock_gateway.faults.fault import Fault, Phase, argument


@dataclass(frozen=True)
class Error(Fault):
    """Answer with an error status. After the commit the money has moved, and the key keeps the error (as Stripe's do).

    `stored` says otherwise: true before the commit is a request that began, failed, and keeps failing under its key.
    """

    kind = "error"
    status: int = argument(500, at_least=400, at_most=599)
    code: str = "internal_error"
    stored: bool | None = None

    def spoil(self, _answer: Answer, /) -> Answer:
        message = f"the gateway answers with {self.status} because a fault was set"
        return Answer.of(self.status, {"error": {"type": "api_error", "code": self.code, "message": message}})

    def is_kept(self, phase: Phase, /) -> bool:
        return phase is Phase.AFTER if self.stored is None else self.stored


@dataclass(frozen=True)
class RateLimited(Fault):
    """Answer 429 with Retry-After."""

    kind = "rate_limited"
    retry_after_s: int = argument(1, at_least=0, at_most=86_400)

    def spoil(self, _answer: Answer, /) -> Answer:
        document = {"type": "rate_limit_error", "code": "rate_limited", "message": "too many requests; ask again later"}
        return Answer.of(429, {"error": document}, {"Retry-After": str(self.retry_after_s)})


@dataclass(frozen=True)
class Maintenance(Fault):
    """Answer 503 with Retry-After, as in a maintenance window."""

    kind = "maintenance"
    retry_after_s: int = argument(30, at_least=0, at_most=86_400)

    def spoil(self, _answer: Answer, /) -> Answer:
        document = {"type": "api_error", "code": "maintenance", "message": "the gateway is down for maintenance"}
        return Answer.of(503, {"error": document}, {"Retry-After": str(self.retry_after_s)})
