"""What an engine told beside what the model reckons, part by part."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from harness.capacity.units import units_told

TRANSACTIONS = ("TransactWriteItems", "TransactGetItems", "ExecuteTransaction")


@dataclass(frozen=True, slots=True)
class Asked:
    """One request: what was asked, what the engine told (by table), what the model expects (by table)."""

    operation: str
    request: Mapping[str, Any]
    told: Mapping[str, Mapping[str, Any]]
    expected: Mapping[str, Mapping[str, Any]]


@dataclass(frozen=True, slots=True)
class Difference:
    """A kind of difference: how often it was seen, and its smallest example."""

    operation: str
    part: str
    told: float | None
    expected: float | None
    example: Asked
    count: int = 1


@dataclass(slots=True)
class Tally:
    """All that was asked of one engine."""

    asked: dict[str, int] = field(default_factory=dict)
    agreed: dict[str, int] = field(default_factory=dict)
    differences: dict[tuple[str, str], Difference] = field(default_factory=dict)
    refused: dict[tuple[str, str], int] = field(default_factory=dict)  # by operation and error: answered with none

    def refuse(self, operation: str, error: str) -> None:
        """Note a request that was answered with an error, and so tells no units."""
        self.refused[operation, error] = self.refused.get((operation, error), 0) + 1

    def add(self, one: Asked) -> None:
        """Compare one request's figures."""
        found = list(differences(one))
        self.asked[one.operation] = self.asked.get(one.operation, 0) + 1
        if not found:
            self.agreed[one.operation] = self.agreed.get(one.operation, 0) + 1
        for new in found:
            known = self.differences.get((new.operation, new.part))
            self.differences[new.operation, new.part] = new if known is None else _smaller(known, new)


def differences(one: Asked) -> list[Difference]:
    """Return where the engine and the model differ, [] when they agree."""
    found: dict[str, tuple[float | None, float | None]] = {}
    for table, expected in one.expected.items():
        told = one.told.get(table)
        if told is None:
            found.setdefault("no ConsumedCapacity", (None, units_told(expected).total))
            continue
        for part, (seen, wanted) in _parts(one.operation, told, expected).items():
            if seen != wanted:
                found.setdefault(part, (seen, wanted))
    return [Difference(one.operation, part, seen, wanted, one) for part, (seen, wanted) in found.items()]


def _parts(
    operation: str, told: Mapping[str, Any], expected: Mapping[str, Any]
) -> dict[str, tuple[float | None, float | None]]:
    seen, wanted = units_told(told), units_told(expected)
    parts: dict[str, tuple[float | None, float | None]] = {"total": (seen.total, wanted.total)}
    if operation.startswith(TRANSACTIONS):
        for side in ("ReadCapacityUnits", "WriteCapacityUnits"):
            parts[side] = (told.get(side) or 0.0, expected.get(side) or 0.0)
    if wanted.table is None:
        return parts
    parts["table's part"] = (seen.table, wanted.table)
    kinds = (("global index's part", seen.global_indexes, wanted.global_indexes),
             ("local index's part", seen.local_indexes, wanted.local_indexes))  # fmt: skip
    for part, those, these in kinds:
        for name in sorted(those.keys() | these.keys()):
            if those.get(name, 0.0) != these.get(name, 0.0):
                parts.setdefault(part, (those.get(name, 0.0), these.get(name, 0.0)))
    return parts


def _smaller(known: Difference, new: Difference) -> Difference:
    smaller = min(known, new, key=lambda one: len(str(one.example.request)))
    return Difference(known.operation, known.part, smaller.told, smaller.expected, smaller.example, known.count + 1)
