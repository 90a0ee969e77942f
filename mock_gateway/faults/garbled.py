"""Faults of the answer: it comes, and it is not what was agreed. The ledger has what really happened."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

from mock_gateway.answer import Answer
from mock_gateway.faults.fault import Fault, Phase, argument

# The plain face's name, Adyen's, then those of Stripe's.
_AMOUNTS = ("amount_minor", "value", "amount", "amount_received", "amount_capturable", "amount_captured")


@dataclass(frozen=True)
class MalformedJson(Fault):
    """Answer with the right status and a body that no JSON parser takes."""

    kind = "malformed_json"

    def spoil(self, answer: Answer, /) -> Answer:
        return replace(answer, body=answer.body[:-1] + ",,")


@dataclass(frozen=True)
class WrongContentType(Fault):
    """Answer with the right status and a web page, as a proxy in between does."""

    kind = "wrong_content_type"

    def spoil(self, answer: Answer, /) -> Answer:
        page = "<!doctype html><title>Gateway</title><p>Please try again later.</p>"
        return replace(answer, body=page, content_type="text/html; charset=utf-8")


@dataclass(frozen=True)
class WrongAmount(Fault):
    """Say an amount that is `difference_minor` beside the one that was moved."""

    kind = "wrong_amount"
    phases = (Phase.AFTER,)
    difference_minor: int = argument(1, at_least=-1_000_000, at_most=1_000_000)

    def spoil(self, answer: Answer, /) -> Answer:
        return _with(answer, _AMOUNTS, lambda amount_minor: amount_minor + self.difference_minor)


@dataclass(frozen=True)
class WrongCurrency(Fault):
    """Say another currency than the one that was moved: `currency`, or else EUR, or USD where it was EUR."""

    kind = "wrong_currency"
    phases = (Phase.AFTER,)
    currency: str = ""

    def spoil(self, answer: Answer, /) -> Answer:
        return _with(answer, ("currency",), self._instead_of)

    def _instead_of(self, told: str) -> str:
        other = self.currency or ("USD" if told.upper() == "EUR" else "EUR")
        # Stripe's face tells currencies in lower case.
        return other.lower() if told.islower() else other


def _with(answer: Answer, names: tuple[str, ...], change: Callable[[Any], Any]) -> Answer:
    """Change fields of the payment that an answer tells of; an answer without one stays the same object."""
    document = answer.document()
    # Adyen's amounts are objects of their own; a look-up by key holds what was made under it.
    held = [document.get(name) for name in ("charge", "authorization", "capture", "void", "refund")]
    told = next((one for one in (document.get("amount"), document, *held) if _has(one, names)), None)
    if told is None:
        return answer
    told |= {name: change(told[name]) for name in names if told.get(name)}
    return replace(answer, body=Answer.of(answer.status, document).body)


def _has(document: Any, names: tuple[str, ...]) -> bool:
    return isinstance(document, dict) and any(document.get(name) for name in names)
