"""A rule's match as JSON: a value, or an object that says more: {"like": "pay-*"}, {"at_least": 1, "at_most": 500}."""

import math
from collections.abc import Mapping
from typing import Any

from mock_gateway.faults.fault import Fault
from mock_gateway.faults.match import ANY, EQUAL, PATTERNS, Between, Condition, Like, Match
from mock_gateway.faults.reading import an_object, is_a, known, read
from mock_gateway.money.cards import card_to_match
from mock_gateway.problems import invalid

FIELDS = ("operation", *EQUAL, "amount_minor", "card", *PATTERNS, "header")


def match_of(document: Mapping[str, Any], kind: type[Fault]) -> Match:
    """Read a match for a kind of fault; raises Refused (400) that names the field."""
    known(document, FIELDS, "match")
    operation = document.get("operation", ANY)
    if operation != ANY and operation not in kind.operations:
        expected = ", ".join((*kind.operations, ANY))
        raise invalid(f"operation of a {kind.kind} must be one of {expected}", param="match.operation")
    headers = an_object(document.get("header", {}), "match.header")
    conditions: dict[str, Any] = {name: _text(document[name], name) for name in EQUAL if document.get(name) is not None}
    conditions |= {name: read(document, name, str, None) for name in PATTERNS}
    return Match(
        operation=operation,
        amount_minor=_amount(document.get("amount_minor")),
        card_last4=card_to_match(document["card"]) if "card" in document else None,
        headers={name: _text(value, "match.header") for name, value in headers.items()},
        **conditions,
    )


def match_document(match: Match) -> dict[str, Any]:
    """Return a match as it was set, a card by its last four digits."""
    conditions = {name: getattr(match, name) for name in (*EQUAL, "amount_minor", *PATTERNS)}
    told = {name: _told(one) for name, one in conditions.items() if one is not None}
    card = {"card": match.card_last4} if match.card_last4 else {}
    headers = {"header": {name: _told(one) for name, one in match.headers.items()}} if match.headers else {}
    return {"operation": match.operation, **told, **card, **headers}


def _text(value: Any, name: str) -> str | Like:
    if isinstance(value, str):
        return value
    if not isinstance(value, dict):
        raise invalid(f'{name} must be a text, or a pattern such as {{"like": "pay-*"}}', param=name)
    known(value, ("like",), name)
    pattern = read(value, "like", str, None)
    if not pattern:
        raise invalid(f'{name} must be a text, or a pattern such as {{"like": "pay-*"}}', param=name)
    return Like(pattern)


def _amount(value: Any) -> int | Between | None:
    name = "amount_minor"
    if value is None or is_a(value, int):
        return read({name: value}, name, int, None)  # type: ignore[no-any-return]
    if not isinstance(value, dict):
        raise invalid(f'{name} must be an integer, or a range such as {{"at_least": 100}}', param=name)
    known(value, ("at_least", "at_most"), name)
    between = Between(read(value, "at_least", int, 0), read(value, "at_most", int, math.inf))
    if between.at_least > between.at_most:
        raise invalid(f"{name} must not have at_least above at_most", param=name)
    return between


def _told(condition: Condition) -> Any:
    if isinstance(condition, Like):
        return {"like": condition.pattern}
    if isinstance(condition, Between):
        at_most = {} if condition.at_most == math.inf else {"at_most": condition.at_most}
        return {"at_least": condition.at_least, **at_most}
    return condition
