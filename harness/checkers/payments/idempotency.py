"""INV-8: one id, one effect, one answer."""

import json
from collections.abc import Iterator, Mapping
from typing import Any

from harness.checkers.checker import Undecided, checker
from harness.checkers.payments.statuses import reachable
from harness.checkers.verdict import Counterexample
from harness.history import FAIL, INFO, History, Operation
from harness.units import Money

# The request was never looked at under its id: not valid, no key, too many.
_NOT_LOOKED_AT = frozenset({400, 403, 429})
_SAME_FOR_EVER = {
    "pay": ("payment_id", "user_id", "amount", "currency", "merchant", "created_at"),
    "refund": ("refund_id", "payment_id", "amount", "currency"),
    "credit": ("credit_id", "user_id", "currency"),
}
_DEFAULTS = {"card": "tok_visa", "merchant": "default", "metadata": {}}


@checker("INV-8", reads=("payments",), actions=("pay", "refund", "credit"))
def idempotent_answers(history: History) -> Iterator[Counterexample]:
    """The same request under the same id gets the same answer; another request under it is refused, without effect."""
    groups = [group for group in _groups(history) if len(group) > 1]
    for group in groups:
        yield from _same_answers(group)
        yield from _one_request_accepted(group)
        if group[0].action == "pay":
            yield from _effect_of_the_accepted(history, group)
    if not groups:
        raise Undecided("no id was used twice")


def _groups(history: History) -> Iterator[list[Operation]]:
    groups: dict[tuple[str, str, str], list[Operation]] = {}
    for operation in history.of("pay", "refund", "credit"):
        # A payment's own id is its subject; refunds and credits have theirs in the request.
        own = operation.subject if operation.action == "pay" else operation.value.get(f"{operation.action}_id")
        if own and operation.status_code not in _NOT_LOOKED_AT:
            groups.setdefault((operation.action, operation.subject, str(own)), []).append(operation)
    yield from groups.values()


def _accepted(operation: Operation) -> bool:
    """Tell whether the answer is the document of what was asked for, rather than a refusal or no answer."""
    return operation.outcome != INFO and "error" not in operation.result and bool(operation.result)


def _request(operation: Operation) -> str:
    asked = {**_DEFAULTS, **operation.value} if operation.action == "pay" else dict(operation.value)
    asked.pop("payment_id", None)
    return json.dumps({name: str(value) for name, value in asked.items()}, sort_keys=True)


def _told(operation: Operation) -> str:
    return f"operation {operation.index}: {dict(operation.value)} → {operation.status_code} {dict(operation.result)}"


def _subject(operation: Operation) -> str:
    own = "" if operation.action == "pay" else f" {operation.value.get(f'{operation.action}_id')} of"
    return f"{operation.action}{own} {operation.subject}"


def _same_answers(group: list[Operation]) -> Iterator[Counterexample]:
    by_request: dict[str, list[Operation]] = {}
    for operation in group:
        by_request.setdefault(_request(operation), []).append(operation)
    for same in by_request.values():
        accepted = [operation for operation in same if _accepted(operation)]
        for other in accepted[1:]:
            different = _difference(accepted[0], other)
            if different:
                evidence = {"first": _told(accepted[0]), "then": _told(other)}
                yield Counterexample(_subject(other), f"was answered with another {different}", evidence)
        refused = [operation for operation in same if operation.outcome == FAIL and not _accepted(operation)]
        if accepted and refused:
            evidence = {"accepted": _told(accepted[0]), "refused": _told(refused[0])}
            yield Counterexample(
                _subject(refused[0]), "was accepted once and refused once, expected one answer", evidence
            )


def _difference(first: Operation, other: Operation) -> str:
    one, two = first.result, other.result
    for name in _SAME_FOR_EVER[first.action]:
        if one.get(name) != two.get(name):
            return name
    if first.action == "pay" and first.precedes(other) and two.get("status") not in reachable(str(one.get("status"))):
        return "status"
    if first.action == "pay" and one.get("gateway_ref") and two.get("gateway_ref"):
        return "" if one["gateway_ref"] == two["gateway_ref"] else "gateway_ref"
    return ""


def _one_request_accepted(group: list[Operation]) -> Iterator[Counterexample]:
    accepted: dict[str, Operation] = {}
    for operation in group:
        if _accepted(operation):
            accepted.setdefault(_request(operation), operation)
    if len(accepted) > 1:
        first, other, *_ = accepted.values()
        evidence = {"first": _told(first), "other": _told(other)}
        yield Counterexample(_subject(other), "was accepted for two different requests, expected a refusal", evidence)


def _effect_of_the_accepted(history: History, group: list[Operation]) -> Iterator[Counterexample]:
    payment = history.payments.get(group[0].subject)
    if payment is None:
        return
    candidates = [operation for operation in group if _accepted(operation)] or group
    if not any(_is_for(operation.value, payment.user_id, payment.amount_minor) for operation in candidates):
        what = f"became a payment of {payment.amount_minor} minor units by {payment.user_id}, which nobody was promised"
        yield Counterexample(_subject(group[0]), what, {"first": _told(group[0])})


def _is_for(value: Mapping[str, Any], user_id: str, amount_minor: int) -> bool:
    asked = Money.parse(str(value["amount"]), str(value["currency"]))
    return value["user_id"] == user_id and asked.amount_minor == amount_minor
