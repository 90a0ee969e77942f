"""The document: how often each engine agrees with the model, and where it does not, why."""

import re
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from conformance.units.comparing import Difference, Tally
from conformance.units.explaining import explained
from conformance.units.rules import rules

TEXT_MAX = 24
BINARY_MAX = 8
UNEXPLAINED = "**Unexplained.**"


@dataclass(frozen=True, slots=True)
class Measured:
    """One engine, or why it was not measured."""

    name: str
    version: str = ""
    tally: Tally = field(default_factory=Tally)
    not_measured: str = ""


def document(engines: Sequence[Measured], *, date: str, operations: int, seed: int) -> str:
    """Return the whole document as Markdown."""
    measured = [one for one in engines if not one.not_measured]
    names = sorted({name for one in measured for name in one.tally.asked})
    lines = [
        "# Capacity units",
        "",
        "How far engines agree with the units that `harness.capacity.units` reckons from items, measured on"
        f" {date} with `make conformance-units`: {operations:,} random operations an engine, the same for all, drawn"
        f" from seed {seed}. Items have every attribute type, and sizes around where a unit ends. Of every answer the"
        " sum is compared, and with INDEXES the table's part and each index's, too.",
        "",
        "AWS itself is not asked. Where engines differ, its documentation decides; where that is silent, it says so."
        " The witnesses are DynamoDB Local and the stock engine. The embedded engine reckons its reads, transactions"
        " and PartiQL by these same functions: that it agrees shows that they are given the right items, not that the"
        " figures are right.",
        "",
        *(f"- **{one.name}**: {one.version}" for one in measured),
        *(f"- **{one.name}**: not measured, {one.not_measured}" for one in engines if one.not_measured),
        "",
        "Agreed of all that were asked and answered:",
        "",
        f"| operation | {' | '.join(one.name for one in measured)} |",
        f"| --- |{' ---: |' * len(measured)}",
        *(f"| {name} | {' | '.join(_agreed(one.tally, name) for one in measured)} |" for name in names),
        f"| all | {' | '.join(_all_agreed(one.tally) for one in measured)} |",
        "",
        "A failed condition costs units (documented), and so does a cancelled transaction (assumed), but no answer"
        " tells them: they are in the model, and unverified. So are deletions by TTL, which cost none.",
        "",
        *rules(),
        "## Differences",
        "",
        *(line for one in measured for line in _differences(one)),
        "## Refused",
        "",
        "Requests that were answered with an error, and so told no units:",
        "",
        *(line for one in measured for line in _refused(one)),
    ]
    return "\n".join(lines).rstrip() + "\n"


def _agreed(tally: Tally, operation: str) -> str:
    asked, agreed = tally.asked.get(operation, 0), tally.agreed.get(operation, 0)
    if not asked:
        return "–"
    return f"{agreed}/{asked}" if agreed == asked else f"**{agreed}**/{asked}"


def _all_agreed(tally: Tally) -> str:
    return f"{sum(tally.agreed.values()):,}/{sum(tally.asked.values()):,}"


def _differences(engine: Measured) -> list[str]:
    groups: dict[str, list[Difference]] = {}
    for one in engine.tally.differences.values():
        groups.setdefault(explained(engine.name, one) or UNEXPLAINED, []).append(one)
    if not groups:
        return [f"### {engine.name}", "", "None.", ""]
    lines = [f"### {engine.name}", ""]
    for says, differences in sorted(groups.items(), key=lambda group: group[0] != UNEXPLAINED):
        often: dict[str, int] = {}
        for one in differences:
            often[one.operation] = max(one.count, often.get(one.operation, 0))
        where = "; ".join(f"{operation} ({count})" for operation, count in sorted(often.items()))
        smallest = min(differences, key=lambda one: len(str(shown(one.example.request))))
        lines += [f"- {says}", f"  - Seen in {where}.", f"  - Such as {_example(smallest)}"]
    return [*lines, ""]


def _example(one: Difference) -> str:
    told = "nothing" if one.told is None else f"{one.told:g}"
    wanted = "nothing" if one.expected is None else f"{one.expected:g}"
    return f"{told} told, {wanted} reckoned ({one.part}): `{shown(one.example.request)}`"


def shown(value: Any) -> Any:
    """Return a request for people: long texts cut, tables by the names that they were given."""
    if isinstance(value, Mapping):
        return {shown(name): shown(one) for name, one in value.items() if name != "ClientRequestToken"}
    if isinstance(value, list):
        return [shown(one) for one in value]
    if isinstance(value, bytes):
        return value if len(value) < BINARY_MAX else f"{len(value)} bytes"
    if isinstance(value, str) and len(value) > TEXT_MAX and len(set(value)) == 1:
        return f"{len(value)} times {value[0]}"
    return re.sub(r"units-([a-z]+)-\w+", r"\1", value) if isinstance(value, str) else value


def _refused(engine: Measured) -> list[str]:
    counts: Counter[tuple[str, str]] = Counter()
    for (operation, error), count in engine.tally.refused.items():
        counts[operation, error.split(":")[0]] += count
    return [f"- {engine.name}: {operation}, {error}: {count}" for (operation, error), count in sorted(counts.items())]
