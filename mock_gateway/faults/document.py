"""Fault rules as JSON (the admin face) and as a header (one request): read strictly, so that a typo is never a rule
that silently does nothing.
"""

import math
import secrets
from collections.abc import Mapping
from dataclasses import Field, fields
from typing import Any, get_type_hints

from mock_gateway.calls import WEBHOOK
from mock_gateway.clock import Clock, to_text
from mock_gateway.faults.fault import Fault, Phase
from mock_gateway.faults.match_document import match_document, match_of
from mock_gateway.faults.reading import an_object, is_a, known, named, read, value_of_text
from mock_gateway.faults.registry import KINDS
from mock_gateway.faults.rule import Rule, When
from mock_gateway.problems import invalid

HEADER = "X-Gateway-Fault"
_RULE_FIELDS = (
    "name", "match", "kind", "phase", "nth", "probability", "seed", "times", "sequence", "window", "ttl_s",
)  # fmt: skip


def rule_of(document: Any, *, seed: int, clock: Clock) -> Rule:
    """Read a rule; `seed` is for the rule that has none of its own. Raises Refused (400) that names the field."""
    rule = an_object(document, "rule")
    kind = _kind_of(rule.get("kind"))
    names = tuple(one.name for one in fields(kind))
    known(rule, (*_RULE_FIELDS, *names), "rule")
    fault = _fault(kind, {name: rule[name] for name in names if name in rule})
    return Rule(
        id=f"fault_{secrets.token_hex(8)}",
        name=read(rule, "name", str, None),
        match=match_of(an_object(rule.get("match", {}), "match"), kind),
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
    if WEBHOOK in kind.operations:
        raise invalid(f"{HEADER} is for the request that carries it, and {kind.kind} befalls webhooks", param=HEADER)
    types = get_type_hints(kind)
    for one in fields(kind):
        if one.name in document:
            document[one.name] = value_of_text(document[one.name], types[one.name], one.name)
    known(document, ("kind", "phase", *(one.name for one in fields(kind))), HEADER)
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
        "match": match_document(rule.match),
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
    if not is_a(value, expected):
        raise invalid(f"{one.name} must be of type {named(expected)}", param=one.name)
    low, high = one.metadata.get("at_least"), one.metadata.get("at_most")
    if low is not None and not low <= value <= high:
        raise invalid(f"{one.name} must be between {low} and {high}", param=one.name)


def _phase(rule: Mapping[str, Any], kind: type[Fault]) -> Phase:
    phase = rule.get("phase", kind.phases[0].value)
    if phase not in [one.value for one in kind.phases]:
        expected = " or ".join(one.value for one in kind.phases)
        raise invalid(f"phase of a {kind.kind} must be {expected}", param="phase")
    return Phase(phase)


def _when(rule: Mapping[str, Any], seed: int) -> When:
    sequence = an_object(rule.get("sequence", {}), "sequence")
    known(sequence, ("fail", "pass"), "sequence")
    window = an_object(rule.get("window", {}), "window")
    known(window, ("from_s", "to_s"), "window")
    if "sequence" in rule and not sequence.get("fail"):
        raise invalid('sequence must say how many fail, e.g. {"fail": 3, "pass": 2}', param="sequence.fail")
    return When(
        nth=read(rule, "nth", int, None, at_least=1),
        times=read(rule, "times", int, None, at_least=1),
        probability=read(rule, "probability", float, None, at_most=1),
        seed=read(rule, "seed", int, seed, at_least=-(2**63)),
        fail=read(sequence, "fail", int, 0, at_least=1),
        let_pass=read(sequence, "pass", int, 0),
        from_s=read(window, "from_s", float, 0.0),
        to_s=read(window, "to_s", float, math.inf),
        ttl_s=read(rule, "ttl_s", float, math.inf),
    )


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
