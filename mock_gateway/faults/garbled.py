"""Faults of the answer: it comes, and it is not what was agreed. The ledger has what really happened."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

from mock_gateway.answer import Answer
from mock_gateway.faults.fault import Fault, Phase, argument


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
        return _with(answer, "amount_minor", lambda amount_minor: amount_minor + self.difference_minor)


@dataclass(frozen=True)
class WrongCurrency(Fault):
    """Say another currency than the one that was moved: `currency`, or else EUR, or USD where it was EUR."""

    kind = "wrong_currency"
    phases = (Phase.AFTER,)
    currency: str = ""

    def spoil(self, answer: Answer, /) -> Answer:
        return _with(answer, "currency", lambda told: self.currency or ("USD" if told == "EUR" else "EUR"))


def _with(answer: Answer, name: str, change: Callable[[Any], Any]) -> Answer:
    """Change a field of the charge or refund in an answer; an answer without one stays the same object."""
    document = answer.document()
    told = next((one for one in (document, document.get("charge"), document.get("refund")) if _has(one, name)), None)
    if told is None:
        return answer
    told[name] = change(told[name])
    return replace(answer, body=Answer.of(answer.status, document).body)


def _has(document: Any, name: str) -> bool:
    return isinstance(document, dict) and name in document
