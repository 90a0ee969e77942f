"""Which tables there are and were, and since when the journal knows all that is in them.

A table that is deleted and made again under the same name is another table: a new generation. The index follows from
the records alone, in their order; so recovery and folding rebuild it by applying them again. It holds no items.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from harness.edge.call import Namespace

FOREVER = float("inf")
SINCE_EVER = 0.0


@dataclass(slots=True)
class Generation:
    """One table between its creation and its deletion; instants are epoch seconds of the edge's clock.

    `known_from_s` is the first instant at which its whole content is known (None: not yet). A gap is a span, open at
    its end while `FOREVER`, in which changes were lost. `pitr_since_s` is when continuous backups began, None when
    they are off; `pitr_told` says that a client of this edge set them, so the engine's own setting counts no more.
    """

    number: int
    namespace: Namespace
    table: str
    made_at_s: float
    known_from_s: float | None = None
    gone_at_s: float | None = None
    table_id: str = ""
    key: tuple[str, ...] = ()
    gaps: list[list[float]] = field(default_factory=list)
    pitr_since_s: float | None = None
    pitr_days: int = 35
    pitr_told: bool = False
    description: dict[str, Any] = field(default_factory=dict)
    # Only while the process lives: recovered from a former one, so the engine may have lived on without this edge.
    stale: bool = False

    def gap_at(self, at_s: float) -> tuple[float, float] | None:
        """Return the gap that an instant lies in, if one."""
        return next(((begin, end) for begin, end in self.gaps if begin <= at_s < end), None)

    def to_json(self) -> dict[str, Any]:
        """Return what a snapshot keeps of this."""
        return {
            "g": self.number,
            "account": self.namespace.account,
            "region": self.namespace.region,
            "table": self.table,
            "made_at": self.made_at_s,
            "known_from": self.known_from_s,
            "gone_at": self.gone_at_s,
            "table_id": self.table_id,
            "key": self.key,
            "gaps": [[begin, None if end == FOREVER else end] for begin, end in self.gaps],
            "pitr": [self.pitr_since_s, self.pitr_days, self.pitr_told],
            "description": self.description,
        }

    @classmethod
    def of_json(cls, kept: Mapping[str, Any]) -> "Generation":
        """Return what `to_json` told of."""
        since_s, days, told = kept["pitr"]
        return cls(
            kept["g"],
            Namespace(kept["account"], kept["region"]),
            kept["table"],
            kept["made_at"],
            kept["known_from"],
            kept["gone_at"],
            kept["table_id"],
            tuple(kept["key"]),
            [[begin, FOREVER if end is None else end] for begin, end in kept["gaps"]],
            since_s,
            days,
            told,
            kept["description"],
        )


@dataclass(frozen=True, slots=True)
class Cut:
    """The records up to an instant: those before `run_begin`, and of the run until `run_end` those not after `at_s`.

    The clock can be set back, so that it passes an instant twice; a run is a stretch of records in which it did not.
    """

    run_begin: int
    run_end: float
    at_s: float

    def takes(self, number: int, at_s: float) -> bool:
        """Return whether a record lies before the cut."""
        return number < self.run_begin or (number < self.run_end and at_s <= self.at_s)


class Index:
    """Everything that the journal holds in memory."""

    def __init__(self) -> None:
        self.generations: dict[int, Generation] = {}
        self.current: dict[tuple[Namespace, str], Generation] = {}
        self.runs: list[tuple[int, float]] = []  # the first record of each, and its instant
        self.next_record = 1
        self.next_generation = 1
        self.last_at_s = 0.0
        self.folded_at_s = SINCE_EVER  # the past before it is gone

    def apply(self, record: Mapping[str, Any]) -> None:
        """Take in what a record tells of tables."""
        self.advance(record["n"], record["at"])
        kind = record["kind"]
        if kind == "made":
            self._make(record)
        elif kind == "clock":
            return
        elif generation := self.generations.get(record["g"]):
            _APPLIED[kind](generation, record)
            if kind == "gone":
                self.current.pop((generation.namespace, generation.table), None)

    def advance(self, number: int, at_s: float) -> None:
        """Take note that a record came, whatever it tells of."""
        if at_s < self.last_at_s or not self.runs:
            self.runs.append((number, at_s))
        self.next_record, self.last_at_s = number + 1, at_s

    @property
    def run_began_s(self) -> float:
        """The instant from which on the clock was not set back any more."""
        return self.runs[-1][1] if self.runs else FOREVER

    def cut_at(self, at_s: float) -> Cut:
        """Return the cut at an instant: at the last time that the clock showed it."""
        end = FOREVER
        for number, begin_s in reversed(self.runs):
            if begin_s <= at_s:
                return Cut(number, end, at_s)
            end = number
        return Cut(0, 0, at_s)

    def cut_before_record(self, number: int) -> Cut:
        """Return the cut that takes every record before this one."""
        return Cut(number, number, -FOREVER)

    def restorable_from_s(self, generation: Generation) -> float | None:
        """Return the first instant whose content of a table is known, gaps apart."""
        if generation.known_from_s is None:
            return None
        return max(generation.known_from_s, self.folded_at_s)

    def drop_gone(self, until_s: float) -> None:
        """Forget the tables that were gone at an instant before which the past is gone too."""
        gone = [one for one in self.generations.values() if one.gone_at_s is not None and one.gone_at_s <= until_s]
        for one in gone:
            del self.generations[one.number]

    def to_json(self) -> dict[str, Any]:
        """Return what a snapshot keeps of this; tables that are gone are not kept."""
        return {
            "n": self.next_record - 1,
            "at": self.last_at_s,
            "next_generation": self.next_generation,
            "runs": self.runs[-1:],
            "generations": [one.to_json() for one in self.generations.values() if one.gone_at_s is None],
        }

    @classmethod
    def of_json(cls, kept: Mapping[str, Any]) -> "Index":
        """Return what `to_json` told of; the past before it is gone."""
        index = cls()
        index.next_record, index.last_at_s = kept["n"] + 1, kept["at"]
        index.folded_at_s = kept["at"]
        index.next_generation = kept["next_generation"]
        index.runs = [(number, at_s) for number, at_s in kept["runs"]]
        index._take(Generation.of_json(one) for one in kept["generations"])
        return index

    def _take(self, generations: Iterable[Generation]) -> None:
        for one in generations:
            self.generations[one.number] = one
            self.current[one.namespace, one.table] = one

    def _make(self, record: Mapping[str, Any]) -> None:
        self.next_generation = max(self.next_generation, record["g"] + 1)
        namespace = Namespace(record["account"], record["region"])
        known_from_s = record["at"] if record["known"] else None
        made = Generation(record["g"], namespace, record["table"], record["at"], known_from_s)
        made.table_id, made.key = record.get("table_id", ""), tuple(record.get("key", ()))
        if record.get("since_ever"):
            made.known_from_s = SINCE_EVER
        former = self.current.get((namespace, record["table"]))
        if former is not None:
            former.gone_at_s = record["at"]
        self._take([made])


def _gone(generation: Generation, record: Mapping[str, Any]) -> None:
    generation.gone_at_s = record["at"]


def _baseline(generation: Generation, record: Mapping[str, Any]) -> None:
    generation.key = tuple(record["key"])
    for gap in generation.gaps:
        gap[1] = min(gap[1], record["at"])
    if generation.known_from_s is None:
        generation.known_from_s = record["at"]
    generation.stale = False


def _gap(generation: Generation, record: Mapping[str, Any]) -> None:
    if all(begin != record["from"] for begin, _ in generation.gaps):
        generation.gaps.append([record["from"], FOREVER])


def _pitr(generation: Generation, record: Mapping[str, Any]) -> None:
    generation.pitr_since_s, generation.pitr_days = record["since"], record["days"]
    generation.pitr_told = record["told"]


def _described(generation: Generation, record: Mapping[str, Any]) -> None:
    generation.description = record["description"]
    generation.table_id = generation.description.get("TableId") or generation.table_id
    schema = {one["KeyType"]: one["AttributeName"] for one in generation.description["KeySchema"]}
    generation.key = tuple(schema[kind] for kind in ("HASH", "RANGE") if kind in schema)


def _nothing(_: Generation, __: Mapping[str, Any]) -> None:
    """Changes of items tell nothing of tables."""


_APPLIED = {
    "changes": _nothing,
    "gone": _gone,
    "baseline": _baseline,
    "gap": _gap,
    "pitr": _pitr,
    "described": _described,
}
