"""The verdicts of a whole run, counted per invariant, and the histories that nobody checked."""

import re
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

VALIDITIES = ("VALID", "INVALID", "UNKNOWN")


def in_order(verdicts: Iterable[tuple[str, str, str]]) -> list[tuple[str, str]]:
    """Return (invariant, checker) of some verdicts once each, INV-9 before INV-10."""
    names = {(invariant, checker) for invariant, checker, _ in verdicts}
    return sorted(names, key=lambda one: ([int(number) for number in re.findall(r"\d+", one[0])], *one))


@dataclass
class Tally:
    """Counts what tests told. Plain text and numbers only, because they cross process borders."""

    verdicts: Counter[tuple[str, str, str]] = field(default_factory=Counter)
    unchecked: dict[str, int] = field(default_factory=dict)
    tests: int = 0

    def add(self, node_id: str, told: Mapping[str, object]) -> None:
        """Add one test: its verdicts as [invariant, checker, validity], and how many operations stayed unchecked."""
        self.tests += 1
        verdicts = told.get("verdicts")
        rows: Iterable[Sequence[str]] = verdicts if isinstance(verdicts, (list, tuple)) else ()
        for invariant, checker, validity in rows:
            self.verdicts[(invariant, checker, validity)] += 1
        operations = told.get("unchecked")
        if isinstance(operations, int) and operations:
            self.unchecked[node_id] = operations

    def lines(self) -> list[str]:
        """Return the table of verdicts, one line an invariant, then a line for each unchecked history."""
        names = in_order(self.verdicts)
        width = max((len(checker) for _, checker in names), default=0)
        lines = []
        for invariant, checker in names:
            counts = "  ".join(f"{one} {self.verdicts[(invariant, checker, one)]}" for one in VALIDITIES)
            lines.append(f"{invariant:<7}{checker:<{width + 2}}{counts}")
        for node_id, operations in sorted(self.unchecked.items()):
            lines.append(f"unchecked  {node_id} made {operations} operations and checked none of its history")
        return lines

    def to_json(self) -> dict[str, object]:
        """Return the counts as JSON-ready values."""
        rows = [
            {"invariant": invariant, "checker": checker, "validity": validity, "count": count}
            for (invariant, checker, validity), count in sorted(self.verdicts.items())
        ]
        return {"tests": self.tests, "verdicts": rows, "unchecked": self.unchecked}
