"""Fault rules as documents: what the admin API, files and LocalStack's chaos API are read into, and shown as."""

import math
from collections.abc import Mapping
from dataclasses import Field, fields
from datetime import UTC, datetime
from typing import Any, get_type_hints

from harness.edge.documents import (
    RuleInvalid,
    a_number,
    a_text,
    a_truth,
    an_integer,
    an_object,
    known,
)
from harness.edge.faults.distribution import Distribution
from harness.edge.faults.fault import Fault, Phase
from harness.edge.faults.kinds import KINDS
from harness.edge.faults.match import match_of
from harness.edge.faults.rule import Rule, When
from harness.edge.faults.vocabulary import with_known_names
from harness.errors import did_you_mean

RULE_FIELDS = (
    *("name", "kind", "phase", "match", "nth", "times", "probability", "seed", "sequence", "window", "ttl_s"),
    "on_errors",
)


def rule_of(document: Any, origin: str = "") -> Rule:
    """Read a rule; `origin` says where it came from. Raises RuleInvalid that names the field."""
    given = an_object(document, "the rule")
    kind = _kind_of(given)
    names = tuple(one.name for one in fields(kind))
    known(given, (*RULE_FIELDS, *names), f"a rule of kind {kind.kind}")
    meant = with_known_names(match_of(given.get("match") or {}))
    fault = kind.made_of(_arguments(kind, {name: given[name] for name in names if given.get(name) is not None}))
    fault.check(meant)
    phase = _phase(given, kind)
    on_errors = a_truth(given, "on_errors")
    if on_errors and phase is not Phase.AFTER:
        raise RuleInvalid("on_errors is set for a fault before the effect, expected phase after")
    return Rule(
        id="",
        name=a_text(given, "name"),
        match=meant,
        fault=fault,
        phase=phase,
        when=_when(given),
        on_errors=on_errors,
        origin=origin,
    )


def document_of(rule: Rule) -> dict[str, Any]:
    """Return a rule as it was set, with its defaults."""
    return {
        **({"name": rule.name} if rule.name else {}),
        "kind": rule.fault.kind,
        "phase": rule.phase.value,
        "match": rule.match.to_json(),
        **_arguments_document(rule.fault),
        **_when_document(rule.when),
        **({"on_errors": True} if rule.on_errors else {}),
    }


def state_of(rule: Rule, *, active: bool) -> dict[str, Any]:
    """Return a rule as the admin API shows it: what was set, and what it has seen."""
    missed = {"missed": rule.missed, "missed_why": rule.missed_why} if rule.missed else {}
    return {
        "id": rule.id,
        **document_of(rule),
        **({"origin": rule.origin} if rule.origin else {}),
        "set_at": datetime.fromtimestamp(rule.set_at_s, UTC).isoformat(),
        "seen": rule.seen,
        "fired": rule.fired,
        **missed,
        "active": active,
    }


def kinds_document() -> list[dict[str, Any]]:
    """Return every kind with its phases and arguments."""
    return [
        {
            "kind": kind.kind,
            "does": " ".join((kind.__doc__ or "").split()),
            "phases": [phase.value for phase in kind.phases],
            "arguments": [_argument_document(one, get_type_hints(kind)[one.name]) for one in fields(kind)],
        }
        for kind in KINDS.values()
    ]


def _kind_of(given: Mapping[str, Any]) -> type[Fault]:
    name = a_text(given, "kind")
    if name not in KINDS:
        raise RuleInvalid(f"kind is {name!r}{did_you_mean(name, KINDS)}, expected one of {', '.join(KINDS)}")
    return KINDS[name]


def _arguments(kind: type[Fault], given: Mapping[str, Any]) -> dict[str, Any]:
    types = get_type_hints(kind)
    return {one.name: _argument(one, types[one.name], given) for one in fields(kind) if one.name in given}


def _argument(one: "Field[Any]", expected: Any, given: Mapping[str, Any]) -> Any:
    low, high = one.metadata["at_least"] or 0, one.metadata["at_most"] or math.inf
    if expected is str:
        return a_text(given, one.name)
    if expected in (int, int | None):
        return an_integer(given, one.name, None, at_least=low, at_most=high)
    if expected == tuple[Any, ...]:
        if not isinstance(given[one.name], list) or not given[one.name]:
            raise RuleInvalid(f"{one.name} is {given[one.name]!r}, expected a list")
        return tuple(given[one.name])
    return an_object(given[one.name], one.name)


def _argument_document(one: "Field[Any]", expected: Any) -> dict[str, Any]:
    type_name = {str: "text", int: "integer", int | None: "integer", tuple[Any, ...]: "list"}.get(expected, "object")
    told = {"name": one.name, "type": type_name, "says": one.metadata["says"], "default": one.default or None}
    bounds = {name: one.metadata[name] for name in ("at_least", "at_most") if one.metadata[name] is not None}
    return {**told, **bounds}


def _arguments_document(fault: Fault) -> dict[str, Any]:
    told: dict[str, Any] = {}
    for one in fields(fault):
        value = getattr(fault, one.name)
        if value is None or value in ((), ""):
            continue
        told[one.name] = value.to_json() if isinstance(value, Distribution) else value
        if isinstance(value, tuple):
            told[one.name] = list(value)
    return told


def _phase(given: Mapping[str, Any], kind: type[Fault]) -> Phase:
    phase = a_text(given, "phase", kind.phases[0].value)
    if phase not in kind.phases:
        raise RuleInvalid(f"phase is {phase!r}, expected {' or '.join(one.value for one in kind.phases)}")
    return Phase(phase)


def _when(given: Mapping[str, Any]) -> When:
    sequence = an_object(given.get("sequence") or {}, "sequence")
    known(sequence, ("fail", "pass"), "sequence")
    window = an_object(given.get("window") or {}, "window")
    known(window, ("after_s", "for_s"), "window")
    if given.get("sequence") is not None and not sequence.get("fail"):
        raise RuleInvalid('sequence does not say how many fail, expected e.g. {"fail": 3, "pass": 2}')
    return When(
        nth=an_integer(given, "nth", None, at_least=1),
        times=an_integer(given, "times", None, at_least=1),
        probability=a_number(given, "probability", None, at_most=1),
        seed=an_integer(given, "seed", 0, at_least=-(2**63), at_most=2**64),
        fail=an_integer(sequence, "fail", 0, at_least=1),
        let_pass=an_integer(sequence, "pass", 0),
        after_s=a_number(window, "after_s", 0.0),
        for_s=a_number(window, "for_s", math.inf),
        ttl_s=a_number(given, "ttl_s", math.inf),
    )


def _when_document(when: When) -> dict[str, Any]:
    document: dict[str, Any] = {
        name: getattr(when, name) for name in ("nth", "times", "probability") if getattr(when, name) is not None
    }
    if when.probability is not None or when.seed:
        document["seed"] = when.seed
    if when.fail:
        document["sequence"] = {"fail": when.fail, "pass": when.let_pass}
    if when.after_s or when.for_s < math.inf:
        document["window"] = {"after_s": when.after_s, **({} if when.for_s == math.inf else {"for_s": when.for_s})}
    if when.ttl_s < math.inf:
        document["ttl_s"] = when.ttl_s
    return document
