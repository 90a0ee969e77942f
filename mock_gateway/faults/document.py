"""Fault rules as JSON (the admin face) and as a header (one request): read strictly, so that a typo is never a rule
that silently does nothing.
"""

import math
import secrets
from collections.abc import Mapping
from dataclasses import Field, fields
from typing import Any, get_type_hints

from mock_gateway.clock import Clock, to_text
from mock_gateway.faults.fault import Fault, Phase
from mock_gateway.faults.match import ANY, EQUAL, Match
from mock_gateway.faults.registry import KINDS
from mock_gateway.faults.rule import Rule, When
from mock_gateway.money.cards import card_to_match
from mock_gateway.problems import Refused, invalid

HEADER = "X-Gateway-Fault"
_RULE_FIELDS = (
    "name", "match", "kind", "phase", "nth", "probability", "seed", "times", "sequence", "window", "ttl_s",
)  # fmt: skip
_MATCH_FIELDS = ("operation", *EQUAL, "card", "path", "header")


def rule_of(document: Any, *, seed: int, clock: Clock) -> Rule:
    """Read a rule; `seed` is for the rule that has none of its own. Raises Refused (400) that names the field."""
    rule = _object(document, "rule")
    kind = _kind_of(rule.get("kind"))
    names = tuple(one.name for one in fields(kind))
    _known(rule, (*_RULE_FIELDS, *names), "rule")
    fault = _fault(kind, {name: rule[name] for name in names if name in rule})
    return Rule(
        id=f"fault_{secrets.token_hex(8)}",
        name=_read(rule, "name", str, None),
        match=_match(_object(rule.get("match", {}), "match"), kind),
        fault=fault,
        phase=_phase(rule, kind),
        when=_when(rule, seed),
        set_at=to_text(clock.now()),
        set_at_monotonic_s=clock.monotonic_s(),
    )


def rule_of_header(text: str, *, seed: int, clock: Clock) -> Rule:
    """Read `kind=error; phase=after; status=500`: a rule for the request that carries it."""
    pairs = [part.partition("=") for part in text.split(";") if part.strip()]
    if not all(equals for _, equals, _ in pairs):
        raise invalid(f"{HEADER} must read name=value; name=value", param=HEADER)
    document: dict[str, Any] = {name.strip(): value.strip() for name, _, value in pairs}
    kind = _kind_of(document.get("kind"))
    types = get_type_hints(kind)
    for one in fields(kind):
        if one.name in document:
            document[one.name] = _value_of_text(document[one.name], types[one.name], one.name)
    _known(document, ("kind", "phase", *(one.name for one in fields(kind))), HEADER)
    rule = rule_of(document, seed=seed, clock=clock)
    rule.id = "header"
    return rule


def document_of(rule: Rule) -> dict[str, Any]:
    """Return a rule as the admin face shows it: what was set, and what it has seen."""
    return {
        "id": rule.id,
        "name": rule.name,
        "kind": rule.fault.kind,
        "phase": rule.phase.value,
        "match": _match_document(rule.match),
        **{one.name: getattr(rule.fault, one.name) for one in fields(rule.fault)},
        **_when_document(rule.when),
        "set_at": rule.set_at,
        "matched": rule.matched,
        "fired": rule.fired,
    }


def _kind_of(name: Any) -> type[Fault]:
    if not isinstance(name, str) or name not in KINDS:
        raise invalid(f"kind must be one of {', '.join(KINDS)}", param="kind")
    return KINDS[name]


def _fault(kind: type[Fault], given: Mapping[str, Any]) -> Fault:
    types = get_type_hints(kind)
    for one in fields(kind):
        if one.name in given:
            _check_argument(one, types[one.name], given[one.name])
    return kind(**given)


def _check_argument(one: "Field[Any]", expected: Any, value: Any) -> None:
    if not _is_a(value, expected):
        raise invalid(f"{one.name} must be of type {_named(expected)}", param=one.name)
    low, high = one.metadata.get("at_least"), one.metadata.get("at_most")
    if low is not None and not low <= value <= high:
        raise invalid(f"{one.name} must be between {low} and {high}", param=one.name)


def _match(document: Mapping[str, Any], kind: type[Fault]) -> Match:
    _known(document, _MATCH_FIELDS, "match")
    operation = document.get("operation", ANY)
    if operation != ANY and operation not in kind.operations:
        expected = ", ".join((*kind.operations, ANY))
        raise invalid(f"operation of a {kind.kind} must be one of {expected}", param="match.operation")
    headers = _object(document.get("header", {}), "match.header")
    if not all(isinstance(value, str) for value in headers.values()):
        raise invalid("match.header must map names to texts", param="match.header")
    named = {name: _read(document, name, int if name == "amount_minor" else str, None) for name in (*EQUAL, "path")}
    last4 = card_to_match(document["card"]) if "card" in document else None
    return Match(operation=operation, card_last4=last4, headers=headers, **named)


def _phase(rule: Mapping[str, Any], kind: type[Fault]) -> Phase:
    phase = rule.get("phase", kind.phases[0].value)
    if phase not in [one.value for one in kind.phases]:
        expected = " or ".join(one.value for one in kind.phases)
        raise invalid(f"phase of a {kind.kind} must be {expected}", param="phase")
    return Phase(phase)


def _when(rule: Mapping[str, Any], seed: int) -> When:
    sequence = _object(rule.get("sequence", {}), "sequence")
    _known(sequence, ("fail", "pass"), "sequence")
    window = _object(rule.get("window", {}), "window")
    _known(window, ("from_s", "to_s"), "window")
    if "sequence" in rule and not sequence.get("fail"):
        raise invalid('sequence must say how many fail, e.g. {"fail": 3, "pass": 2}', param="sequence.fail")
    return When(
        nth=_read(rule, "nth", int, None, at_least=1),
        times=_read(rule, "times", int, None, at_least=1),
        probability=_read(rule, "probability", float, None, at_most=1),
        seed=_read(rule, "seed", int, seed, at_least=-(2**63)),
        fail=_read(sequence, "fail", int, 0, at_least=1),
        let_pass=_read(sequence, "pass", int, 0),
        from_s=_read(window, "from_s", float, 0.0),
        to_s=_read(window, "to_s", float, math.inf),
        ttl_s=_read(rule, "ttl_s", float, math.inf),
    )


def _read(
    document: Mapping[str, Any],
    name: str,
    expected: Any,
    default: Any,
    *,
    at_least: float = 0,
    at_most: float = math.inf,
) -> Any:
    value = document.get(name)
    if value is None:
        return default
    if not _is_a(value, expected):
        raise invalid(f"{name} must be of type {_named(expected)}", param=name)
    if not isinstance(value, str) and not at_least <= value <= at_most:
        raise invalid(f"{name} must be at least {at_least}" + _up_to(at_most), param=name)
    return value


def _up_to(at_most: float) -> str:
    return "" if at_most == math.inf else f" and at most {at_most}"


def _is_a(value: Any, expected: Any) -> bool:
    if isinstance(value, bool) or expected == bool | None:
        return isinstance(value, bool) and expected == bool | None
    return isinstance(value, (int, float) if expected is float else expected)


def _named(expected: Any) -> str:
    return {int: "integer", float: "number", str: "string"}.get(expected, "boolean")


def _value_of_text(text: str, expected: Any, name: str) -> Any:
    if expected == bool | None:
        return {"true": True, "false": False}.get(text, text)
    try:
        return expected(text)
    except ValueError:
        raise invalid(f"{name} must be of type {_named(expected)}", param=name) from None


def _object(value: Any, name: str) -> Mapping[str, Any]:
    if not isinstance(value, dict):
        raise invalid(f"{name} must be an object", param=name)
    return value


def _known(document: Mapping[str, Any], names: tuple[str, ...], where: str) -> None:
    for name in document:
        if name not in names:
            raise _unknown(name, names, where)


def _unknown(name: str, names: tuple[str, ...], where: str) -> Refused:
    message = f"{where} has no field of that name, expected some of {', '.join(names)}"
    return invalid(message, code="parameter_unknown", param=name if name.isidentifier() else where)


def _match_document(match: Match) -> dict[str, Any]:
    named = {name: getattr(match, name) for name in (*EQUAL, "path") if getattr(match, name) is not None}
    card = {"card": match.card_last4} if match.card_last4 else {}
    return {"operation": match.operation, **named, **card, **({"header": dict(match.headers)} if match.headers else {})}


def _when_document(when: When) -> dict[str, Any]:
    document: dict[str, Any] = {}
    for name in ("nth", "times", "probability"):
        if getattr(when, name) is not None:
            document[name] = getattr(when, name)
    if when.probability is not None:
        document["seed"] = when.seed
    if when.fail:
        document["sequence"] = {"fail": when.fail, "pass": when.let_pass}
    if when.from_s or when.to_s != math.inf:
        document["window"] = {"from_s": when.from_s, **({} if when.to_s == math.inf else {"to_s": when.to_s})}
    if when.ttl_s != math.inf:
        document["ttl_s"] = when.ttl_s
    return document
