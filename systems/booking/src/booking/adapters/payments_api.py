"""The payments system's HTTP API behind the domain's PaymentSystem.

Spoken: `POST /payments` and `POST /payments/{id}/refunds` with `Prefer: respond-async`, so that no worker of ours waits
for one of theirs, and `GET /payments/{id}`. The same id with the same body is the same payment or refund (source: that
API's own document). An answer counts only when it is whole and in that API's words: a body of another shape, a 5xx or
none at all may hide any outcome.
"""

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Protocol

from groundwork.failures import Transient
from groundwork.http_pool import Answer, AnswerLost, Http, NotSent
from groundwork.money import format_amount

from booking.domain.payment_system import (
    Declined,
    Deposit,
    NoRecord,
    NotAsked,
    Outcome,
    Returned,
    Taken,
    UnderWay,
    Unknown,
)

TRACE_HEADER = "X-Amzn-Trace-Id"
# Refused at the door of the API, before anything of it ran: no or a wrong key, or too many requests.
_NOT_LET_IN = frozenset({401, 403, 429})
# A request that was understood and refused; 409 is none of them, because something of this id is there.
_REFUSED = frozenset({400, 404, 413, 422})


class ApiKey(Protocol):
    """Where the API's key comes from."""

    def text(self) -> str:
        """Return the key; raises a Transient error when it can't be had now."""

    def forget(self) -> None:
        """Have it read anew: the one that was known is refused."""


@dataclass(frozen=True, slots=True)
class PaymentsApi:
    """The API at `url` (with its stage, without a slash at the end).

    `trace` gives the X-Ray header of the invocation: a payment belongs to the trace of the booking that asks for it.
    """

    http: Http
    url: str
    api_key: ApiKey
    trace: Callable[[], str] = str

    def pay(self, deposit: Deposit, timeout_s: float) -> Outcome:
        """Ask for the payment without waiting for its end."""
        answer = self._call("POST", "/payments", timeout_s, _payment_body(deposit))
        if not isinstance(answer, Answer):
            return answer
        if code := _refusal(answer):
            return Declined(code, "the payments system refused the request")
        return _payment_outcome(answer, deposit)

    def standing(self, deposit: Deposit, timeout_s: float) -> Outcome:
        """Ask what became of the payment."""
        answer = self._call("GET", f"/payments/{deposit.payment_id}", timeout_s)
        if not isinstance(answer, Answer):
            return answer
        if answer.status == 404 and _code(answer) == "payment_not_found":
            return NoRecord()
        return _payment_outcome(answer, deposit)

    def refund(self, deposit: Deposit, timeout_s: float) -> Outcome:
        """Ask for all of the deposit back, without waiting."""
        body = {"refund_id": deposit.refund_id, "reason": "the booking was cancelled"}
        answer = self._call("POST", f"/payments/{deposit.payment_id}/refunds", timeout_s, body)
        return _refund_outcome(answer) if isinstance(answer, Answer) else answer

    def _call(
        self, method: str, path: str, timeout_s: float, body: Mapping[str, Any] | None = None
    ) -> Answer | NotAsked | Unknown:
        try:
            headers = {"x-api-key": self.api_key.text()}
        except Transient as error:
            return NotAsked(error.message)
        if trace := self.trace():
            headers[TRACE_HEADER] = trace
        content = None
        if body is not None:
            headers |= {"Content-Type": "application/json", "Prefer": "respond-async"}
            # One text for one deposit: payments compares what it gets under an id with what it got.
            content = json.dumps(body, sort_keys=True).encode()
        try:
            answer = self.http.call(method, f"{self.url}{path}", timeout_s=timeout_s, headers=headers, body=content)
        except NotSent:
            return NotAsked("there is no connection to the payments system")
        except AnswerLost:
            return Unknown("the payments system did not answer")
        if answer.status in _NOT_LET_IN:
            self.api_key.forget()
            return NotAsked(f"the payments system does not let the request in ({answer.status})")
        return answer


def _payment_body(deposit: Deposit) -> dict[str, Any]:
    return {
        "payment_id": deposit.payment_id,
        "user_id": deposit.user_id,
        "amount": format_amount(deposit.amount_minor, deposit.currency),
        "currency": deposit.currency,
        "card": deposit.card,
        "order_id": deposit.booking_id,
        # Each tenant is a merchant of its own: one whose card route is broken breaks no other's.
        "merchant": deposit.tenant_id,
    }


def _payment_outcome(answer: Answer, deposit: Deposit) -> Outcome:
    """Sort an answer by the payment that it tells, whatever its HTTP status: a failed one is told with 402 or 503."""
    told = answer.document or {}
    asked = _payment_body(deposit)
    if any(told.get(name) != asked[name] for name in ("payment_id", "user_id", "amount", "currency")):
        return Unknown(f"the payments system answered {answer.status} without this payment")
    match told.get("status"):
        case "COMPLETED":
            return Taken(deposit.payment_id)
        case "REFUNDED":
            return Returned()
        case "PENDING" | "PROCESSING":
            return UnderWay()
        case "FAILED":
            failure = told.get("failure") or {}
            return Declined(str(failure.get("code", "declined")), str(failure.get("message", "the payment failed")))
        case _:
            return Unknown("the payments system tells of a status that is not known here")


def _refund_outcome(answer: Answer) -> Outcome:
    told = answer.document or {}
    if answer.status == 200 and told.get("status") == "COMPLETED":
        return Returned()
    if answer.status == 202 and told.get("status") == "PENDING":
        return UnderWay()
    code = _code(answer)
    if code and 400 <= answer.status < 500:
        return Declined(code, "the payments system refused the refund")
    return Unknown(f"the payments system answered {answer.status} to the refund")


def _refusal(answer: Answer) -> str:
    return _code(answer) if answer.status in _REFUSED else ""


def _code(answer: Answer) -> str:
    error = (answer.document or {}).get("error")
    return str(error.get("code", "")) if isinstance(error, Mapping) else ""
