"""The card gateway's plain JSON API behind the domain's CardGateway port, and how its answers are judged.

The rule: a success or a decline must be complete and in the gateway's own words; turned away means 4xx that the
gateway gives before it executes anything; all else, every 5xx included, is Unknown. Amounts are integer minor units.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote, urlencode

from groundwork.http_pool import Answer, AnswerLost, Http, NotSent

from payments.adapters.refusals import declined, error_of, judge_refusal
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

    def find_charge(self, order: ChargeOrder, timeout_s: float, *, besides: str | None = None) -> Found:
        """GET /idempotency-keys/{key}, which knows one charge of a key."""
        found = self._look_up(order, timeout_s)
        return NoEffect() if isinstance(found, Succeeded) and found.ref == besides else found

    def rule_out_charge(self, order: ChargeOrder, timeout_s: float) -> Found:
        """Look again: this API can't spend a key without charging, so that only the quiet period protects."""
        return self._look_up(order, timeout_s)

    def find_refund(self, order: RefundOrder, timeout_s: float) -> Found:
        """GET /idempotency-keys/{key}."""
        return self._look_up(order, timeout_s)

    def _look_up(self, order: ChargeOrder | RefundOrder, timeout_s: float) -> Found:
        path = f"/idempotency-keys/{quote(order.key, safe='')}?{urlencode({'merchant': order.merchant})}"
        try:
            answer = self.http.call("GET", f"{self.url}{path}", timeout_s=timeout_s, headers={})
        except (NotSent, AnswerLost) as lost:
            return Unknown(str(lost))
        return judge_look_up(answer)

    def _post(self, path: str, key: str, body: Mapping[str, Any], timeout_s: float) -> Outcome:
        headers = {"Idempotency-Key": key, "Content-Type": "application/json"}
        sent = json.dumps(body).encode()
        try:
            answer = self.http.call("POST", f"{self.url}{path}", timeout_s=timeout_s, headers=headers, body=sent)
        except NotSent as refused:
            return NotExecuted(str(refused))
        except AnswerLost as lost:
            return Unknown(str(lost))
        return judge(answer)


def judge(answer: Answer) -> Outcome:
    """Sort the answer to a charge or refund."""
    if answer.status in (200, 201):
        return _money(answer.document) or Unknown(f"{answer.status} with a body that can't be read")
    return judge_refusal(answer)


def judge_look_up(answer: Answer) -> Found:
    """Sort the answer to a look-up of an idempotency key."""
    error = error_of(answer)
    if answer.status == 404 and error and error.get("code") == "not_found":
        return NoEffect()
    document = answer.document
    if answer.status != 200 or document is None:
        return Unknown(f"the look-up was answered with {answer.status}")
    if document.get("state") != "completed":
        return Unknown("the call is still in flight")
    return _found(document)


def _found(document: Mapping[str, Any]) -> Found:
    match document:
        case {"outcome": "succeeded"}:
            money = _money(document.get("charge") or document.get("refund"))
            return money or Unknown("the look-up's answer can't be read")
        case {"outcome": "declined", "charge": {"failure_code": code, **rest}}:
            return declined(code, rest.get("decline_code"))
        case {"outcome": "declined"}:
            return declined(None)
        case {"outcome": "error"}:
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
