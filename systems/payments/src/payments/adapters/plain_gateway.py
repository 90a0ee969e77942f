"""The card gateway's plain JSON API behind the domain's CardGateway port, and how its answers are judged.

The rule: a success or a decline must be complete and in the gateway's own words; turned away means 4xx that the
gateway gives before it executes anything; all else, every 5xx included, is Unknown. Amounts are integer minor units.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Protocol
from urllib.parse import quote, urlencode

from payments.adapters.http import Answer, AnswerLost, NotSent
from payments.domain.gateway import (
    ChargeOrder,
    Declined,
    Found,
    NoEffect,
    NotExecuted,
    Outcome,
    RefundOrder,
    Succeeded,
    Unknown,
)

_CODE = re.compile(r"[a-z][a-z0-9_]{0,63}")


class Http(Protocol):
    """What this adapter needs of an HTTP client."""

    def call(
        self,
        method: str,
        url: str,
        *,
        timeout_s: float,
        headers: Mapping[str, str] | None = None,
        body: Mapping[str, Any] | None = None,
    ) -> Answer:
        """Make one call; raises NotSent or AnswerLost."""


@dataclass(frozen=True, slots=True)
class PlainGateway:
    """A gateway at `url` that speaks the plain JSON API."""

    http: Http
    url: str

    def charge(self, order: ChargeOrder, timeout_s: float) -> Outcome:
        """POST /charges."""
        body = {
            "amount_minor": order.amount_minor,
            "currency": order.currency,
            "card": order.card,
            "merchant": order.merchant,
            "customer": order.customer,
            "reference": order.reference,
        }
        return self._post("/charges", order.key, body, timeout_s)

    def refund(self, order: RefundOrder, timeout_s: float) -> Outcome:
        """POST /refunds."""
        body: dict[str, Any] = {
            "charge": order.charge_ref,
            "reference": order.reference,
            "merchant": order.merchant,
        }
        if order.amount_minor is not None:
            body["amount_minor"] = order.amount_minor
        return self._post("/refunds", order.key, body, timeout_s)

    def look_up(self, key: str, merchant: str, timeout_s: float) -> Found:
        """GET /idempotency-keys/{key}."""
        path = f"/idempotency-keys/{quote(key, safe='')}?{urlencode({'merchant': merchant})}"
        try:
            answer = self.http.call("GET", f"{self.url}{path}", timeout_s=timeout_s)
        except (NotSent, AnswerLost) as lost:
            return Unknown(str(lost))
        return judge_look_up(answer)

    def _post(self, path: str, key: str, body: Mapping[str, Any], timeout_s: float) -> Outcome:
        headers = {"Idempotency-Key": key}
        try:
            answer = self.http.call("POST", f"{self.url}{path}", timeout_s=timeout_s, headers=headers, body=body)
        except NotSent as refused:
            return NotExecuted(str(refused))
        except AnswerLost as lost:
            return Unknown(str(lost))
        return judge(answer)


def judge(answer: Answer) -> Outcome:
    """Sort the answer to a charge or refund."""
    if answer.status in (200, 201):
        return _money(answer.document) or Unknown(f"{answer.status} with a body that can't be read")
    problem, told = _problem(answer), f"the gateway answered {answer.status}"
    # A refusal counts only in the gateway's own words: a proxy in between answers in others.
    if problem is None or not 400 <= answer.status < 500:
        return Unknown(told)
    return _refusal(answer.status, problem, told)


def _refusal(status: int, problem: tuple[str, str, str], told: str) -> Outcome:
    kind, code, message = problem
    # Another request holds, or has used, this very key: only a look-up can tell what came of it.
    if status == 409 or kind == "idempotency_error":
        return Unknown(f"{told} about the key")
    match status:
        case 401 | 403 | 429:
            return NotExecuted(told)
        case 402:
            return Declined(code, message)
        case 400 | 404 | 422:
            # The gateway's words are about its own interface here, and may repeat what was sent.
            return Declined(code, "the card gateway refused the request")
        case _:
            return Unknown(told)


def judge_look_up(answer: Answer) -> Found:
    """Sort the answer to a look-up of an idempotency key."""
    problem = _problem(answer)
    if answer.status == 404 and problem and problem[1] == "not_found":
        return NoEffect()
    document = answer.document
    if answer.status != 200 or document is None:
        return Unknown(f"the look-up was answered with {answer.status}")
    if document.get("state") != "completed":
        return Unknown("the call is still in flight")
    return _found(document)


def _found(document: Mapping[str, Any]) -> Found:
    match document.get("outcome"):
        case "succeeded":
            money = _money(document.get("charge") or document.get("refund"))
            return money or Unknown("the look-up's answer can't be read")
        case "declined":
            return _declined(document)
        case "error":
            # The call was executed and failed: nothing moved under this key, and nothing will.
            return Declined("gateway_unavailable", "the card gateway failed, nothing was charged")
        case _:
            return Unknown("the look-up's answer can't be read")


def _money(document: object) -> Succeeded | None:
    match document:
        case {
            "id": str(ref),
            "status": "succeeded",
            "amount_minor": int(amount_minor),
            "currency": str(currency),
            **rest,
        }:
            if isinstance(amount_minor, bool) or not ref:
                return None
            return Succeeded(ref, amount_minor, currency, str(rest.get("created_at") or ""))
        case _:
            return None


def _problem(answer: Answer) -> tuple[str, str, str] | None:
    match answer.document:
        case {"error": {"type": str(kind), **rest}}:
            code, message = str(rest.get("code") or kind), str(rest.get("message") or "declined")
            return kind, code if _CODE.fullmatch(code) else "declined", message[:200]
        case _:
            return None


def _declined(document: Mapping[str, Any]) -> Declined:
    """The stored decline, in the gateway's words where it repeats them."""
    error = document.get("error")
    charge = document.get("charge")
    source = error if isinstance(error, dict) else charge if isinstance(charge, dict) else {}
    code = str(source.get("code") or source.get("failure_code") or "card_declined")
    message = str(source.get("message") or source.get("failure_message") or "the card was declined")
    return Declined(code if _CODE.fullmatch(code) else "card_declined", message[:200])
