"""What a gateway of each style says in the same situation, for tests that hold both adapters to one port.

The Stripe-style answers have the shapes of Stripe's API reference, shortened to what is of use (documented).
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Protocol

from groundwork.http_pool import Answer
from payments.adapters.plain_gateway import PlainGateway
from payments.adapters.stripe_gateway import StripeGateway
from payments.domain.gateway import CardGateway, ChargeOrder, RefundOrder

URL = "http://gateway"
API_KEY = "sk_test_of_these_tests"
CHARGE = ChargeOrder("pay-1:charge", "pay-1", 4000, "USD", "tok_visa", "m-1", "alice")
REFUND = RefundOrder("ref-1:refund", "pay-1", "ch_1", "m-1", "USD", 1500)
CREATED = 1_795_255_200
CREATED_AT = "2026-11-21T10:00:00.000000Z"


@dataclass
class Wire:
    """An HTTP client that says what it was given, in order (the last one again and again), and hears what is asked."""

    says: list[Answer | Exception]
    calls: list[dict[str, Any]] = field(default_factory=list)

    def call(
        self, method: str, url: str, *, timeout_s: float, headers: Mapping[str, str], body: bytes | None = None
    ) -> Answer:
        self.calls.append({"method": method, "url": url, "headers": dict(headers), "body": body})
        said = self.says.pop(0) if len(self.says) > 1 else self.says[0]
        if isinstance(said, Exception):
            raise said
        return said


class Dialect(Protocol):
    """One style: its adapter and its words."""

    def gateway(self, wire: Wire) -> CardGateway: ...
    def charged(self, **changed: Any) -> Answer: ...
    def refunded(self, **changed: Any) -> Answer: ...
    def found_charge(self) -> Answer: ...
    def found_decline(self, code: str, reason: str) -> Answer: ...
    def found_refund(self) -> Answer: ...
    def found_nothing(self) -> Answer: ...


class Plain:
    """The plain JSON API."""

    def gateway(self, wire: Wire) -> CardGateway:
        return PlainGateway(wire, URL)

    def charged(self, **changed: Any) -> Answer:
        return Answer(201, {**self._entry("ch_1", "charge", 4000), **changed})

    def refunded(self, **changed: Any) -> Answer:
        return Answer(201, {**self._entry("re_1", "refund", 1500), **changed})

    def found_charge(self) -> Answer:
        return self._completed("succeeded", charge=self._entry("ch_1", "charge", 4000))

    def found_decline(self, code: str, reason: str) -> Answer:
        entry = {**self._entry("ch_0", "charge", 4000), "status": "declined"}
        return self._completed("declined", charge={**entry, "failure_code": code, "decline_code": reason})

    def found_refund(self) -> Answer:
        return self._completed("succeeded", refund=self._entry("re_1", "refund", 1500))

    def found_nothing(self) -> Answer:
        return refusal(404, "invalid_request_error", "not_found")

    def _completed(self, outcome: str, **document: Any) -> Answer:
        return Answer(200, {"state": "completed", "outcome": outcome, **document})

    def _entry(self, ref: str, kind: str, amount_minor: int) -> dict[str, Any]:
        money = {"amount_minor": amount_minor, "currency": "USD", "created_at": CREATED_AT}
        return {"id": ref, "object": kind, "status": "succeeded", **money}


class Stripe:
    """The Stripe-style API."""

    def gateway(self, wire: Wire) -> CardGateway:
        return StripeGateway(wire, URL, API_KEY)

    def charged(self, **changed: Any) -> Answer:
        return Answer(200, {**intent(), **_in_words(changed, "amount_received", "amount")})

    def refunded(self, **changed: Any) -> Answer:
        return Answer(200, {**refund(), **_in_words(changed, "amount")})

    def found_charge(self) -> Answer:
        return listed(charge())

    def found_decline(self, code: str, reason: str) -> Answer:
        return listed(failed_charge(code, reason))

    def found_refund(self) -> Answer:
        return listed(refund())

    def found_nothing(self) -> Answer:
        return listed()


def _in_words(changed: dict[str, Any], *names: str) -> dict[str, Any]:
    told = {name: value for name, value in changed.items() if name != "amount_minor"}
    return told | (dict.fromkeys(names, changed["amount_minor"]) if "amount_minor" in changed else {})


def refusal(status: int, kind: str, code: str = "", decline_code: str = "") -> Answer:
    """Return an error, which reads the same in both styles."""
    named = {"code": code} if code else {}
    reason = {"decline_code": decline_code} if decline_code else {}
    return Answer(status, {"error": {"type": kind, "message": "not for the payer to read", **named, **reason}})


def intent(**changed: Any) -> dict[str, Any]:
    """Return a PaymentIntent that charged 40.00 USD."""
    return {
        "id": "pi_1",
        "object": "payment_intent",
        "amount": 4000,
        "amount_received": 4000,
        "currency": "usd",
        "created": CREATED,
        "latest_charge": "ch_1",
        "status": "succeeded",
        "transfer_group": "pay-1",
        "metadata": {"reference": "pay-1", "key": "pay-1:charge", "customer": "alice"},
        **changed,
    }


def charge(**changed: Any) -> dict[str, Any]:
    """Return a charge of 40.00 USD as lists have it."""
    return {
        "id": "ch_1",
        "object": "charge",
        "amount": 4000,
        "amount_captured": 4000,
        "amount_refunded": 0,
        "captured": True,
        "created": CREATED,
        "currency": "usd",
        "failure_code": None,
        "metadata": {"reference": "pay-1", "key": "pay-1:charge", "customer": "alice"},
        "outcome": {"network_status": "approved_by_network", "reason": None, "type": "authorized"},
        "paid": True,
        "payment_intent": "pi_1",
        "refunded": False,
        "status": "succeeded",
        "transfer_group": "pay-1",
        **changed,
    }


def failed_charge(code: str, reason: str, **changed: Any) -> dict[str, Any]:
    """Return a charge that the issuer declined."""
    outcome = {"network_status": "declined_by_network", "reason": reason, "type": "issuer_declined"}
    failed = {"id": "ch_0", "status": "failed", "paid": False, "captured": False}
    return charge(**{**failed, "failure_code": code, "outcome": outcome, **changed})


def refund(**changed: Any) -> dict[str, Any]:
    """Return a refund of 15.00 USD."""
    return {
        "id": "re_1",
        "object": "refund",
        "amount": 1500,
        "charge": "ch_1",
        "created": CREATED,
        "currency": "usd",
        "metadata": {"reference": "pay-1", "key": "ref-1:refund"},
        "payment_intent": "pi_1",
        "status": "succeeded",
        **changed,
    }


def listed(*rows: object, more: object = False) -> Answer:
    """Return a list, newest first."""
    return Answer(200, {"object": "list", "data": list(rows), "has_more": more, "url": "/v1/charges"})


DIALECTS: dict[str, Dialect] = {"plain": Plain(), "stripe": Stripe()}
