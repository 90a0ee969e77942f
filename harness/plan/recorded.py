"""A recorded trace as traffic: the DynamoDB calls of a `calls.jsonl`, at their own pace, with their own keys.

Units are those that were recorded; where none were, a read is one unit and a write one an item, two in a transaction.
Attempts that clients repeated count once: `--attempts` says how often simulated clients repeat theirs.
Left out: the keys of index entries, which no record has (entries lie where their items' own keys would), and sharding,
which would need to know what a key means.
"""

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any

import numpy as np

from harness.capacity.charge import position_of
from harness.capacity.shape import TableShape
from harness.capacity.vectors.trace import Group, KeySpace, Kind, KindCharge, Slice
from harness.edge.aws.items import READS, WRITES
from harness.edge.record.reading import is_repeated, read_calls
from harness.errors import SettingInvalid
from harness.plan.bill import bill_of
from harness.plan.demand import requests_per_request
from harness.plan.design import Design
from harness.plan.prices import Prices
from harness.plan.running import Progress, Settings, StageResult, Variant, simulated
from harness.plan.traffic import Traffic
from harness.plan.verdict import verdict_of
from harness.plan.words import DAY_S

_SPACE = "recorded"


def run_recorded(
    path: Path, variant: Variant, factor: float, prices: Prices, settings: Settings, progress: Progress | None = None
) -> StageResult:
    """Return what becomes of a design under a recorded trace, with every call so many times."""
    sharded = [name for name, table in variant.design.tables.items() if table.shards > 1]
    if sharded:
        raise SettingInvalid(f"a recorded trace can't be sharded, and {', '.join(sharded)} is: leave shards out")
    trace = recorded_trace(read_calls(path), variant.design)
    if not trace.seconds:
        raise SettingInvalid(f"trace {path} holds no call of DynamoDB about {', '.join(variant.design.tables)}")
    traffic = trace.traffic(path.name, requests_per_request(variant.design) or 1.0).times(factor)
    random = np.random.default_rng(settings.seed)
    slices = trace.slices(factor, random)
    outcome = simulated(variant.design, trace.spaces(), slices, traffic, settings, variant.name, progress)
    bill, costs = bill_of(variant.design, traffic, prices)
    verdict = verdict_of(variant.design, traffic, outcome, settings.tolerated)
    return StageResult(variant, traffic, outcome, verdict, bill, costs)


@dataclass(slots=True)
class RecordedTrace:
    """Calls by the second in which they began, as (kind, id) in their order, and the keys by id."""

    keys: list[tuple[str, str]] = field(default_factory=list)  # (partition key's value, how it is told)
    seconds: dict[int, list[tuple[Kind, tuple[int, ...]]]] = field(default_factory=dict)
    api_calls: dict[int, int] = field(default_factory=dict)
    _ids: dict[tuple[str, str], int] = field(default_factory=dict)

    def id_of(self, shape: TableShape, key: str) -> int:
        """Return the id of a table's key."""
        found = self._ids.get((shape.name, key))
        if found is None:
            found = self._ids[shape.name, key] = len(self.keys)
            self.keys.append((_partition_value(shape, key), key or "unknown"))
        return found

    def spaces(self) -> dict[str, KeySpace]:
        """Return the keys as spaces: a call that is about several items names one in each."""
        positions = np.fromiter((position_of(value.encode()) for value, _ in self.keys), np.uint64, len(self.keys))
        most = max((len(ids) for calls in self.seconds.values() for _, ids in calls), default=0)
        names = [_space(number) for number in range(most)]
        return {name: KeySpace(name, positions, lambda one: self.keys[one][1]) for name in names}

    def traffic(self, name: str, each: float = 1.0) -> Traffic:
        """Return how many calls of deployed APIs came when.

        Where there were none, as many business requests as make those calls of DynamoDB, `each` of them so many.
        """
        counted: Mapping[int, float] = self.api_calls
        if not counted:
            counted = {second: len(calls) / each for second, calls in self.seconds.items()}
        first, last = min(self.seconds), max(self.seconds)
        rates = np.array([float(counted.get(second, 0)) for second in range(first, last + 1)])
        average = float(rates.mean())
        return Traffic(name, rates, average * DAY_S, (average,) * 24)

    def slices(self, factor: float, random: np.random.Generator) -> Iterator[Slice]:
        """Give the trace from its first second on, every call `factor` times."""
        first, last = min(self.seconds), max(self.seconds)
        for second in range(first, last + 1):
            by_kind: defaultdict[Kind, list[tuple[int, ...]]] = defaultdict(list)
            for kind, ids in self.seconds.get(second, ()):
                by_kind[kind].append(ids)
            groups = tuple(_group(kind, ids, factor, random) for kind, ids in by_kind.items())
            yield Slice(float(second - first), tuple(group for group in groups if len(group)))


def recorded_trace(calls: Iterator[Mapping[str, Any]], design: Design) -> RecordedTrace:
    """Return the calls about a design's tables; a stack's name before a table's is not looked at."""
    trace = RecordedTrace()
    seconds: defaultdict[int, list[tuple[Kind, tuple[int, ...]]]] = defaultdict(list)
    api_calls: defaultdict[int, int] = defaultdict(int)
    for call in calls:
        second = int(datetime.fromisoformat(call["started_at"]).timestamp())
        if is_repeated(call):
            continue
        if call["service"] == "execute-api":
            api_calls[second] += 1
        elif call["service"] == "dynamodb" and (asked := _asked(call, design, trace)):
            seconds[second].append(asked)
    # Calls came in the order in which they ended: the file's first second may not be its first line's.
    trace.seconds, trace.api_calls = dict(sorted(seconds.items())), dict(api_calls)
    return trace


def _asked(call: Mapping[str, Any], design: Design, trace: RecordedTrace) -> tuple[Kind, tuple[int, ...]] | None:
    operation = call["operation"]
    if operation not in READS | WRITES:
        return None
    named = call.get("targets") or [{"resource": call["resource"], "key": call["key"]}]
    targets = [(table, one["key"]) for one in named if (table := table_of(one["resource"], design)) is not None]
    if not targets:
        return None
    charges: list[KindCharge] = []
    for number, (table, _) in enumerate(targets):
        charges += _charges(call, design, table, _space(number), len(targets))
    kind = Kind(f"{operation} {' + '.join(dict.fromkeys(table for table, _ in targets))}", tuple(charges))
    return kind, tuple(trace.id_of(design.tables[table].shape, key) for table, key in targets)


def _charges(call: Mapping[str, Any], design: Design, table: str, space: str, of: int) -> list[KindCharge]:
    transactional = call["operation"].startswith("Transact")
    usual = 2.0 if transactional else 1.0
    if call["operation"] in READS:
        told = call.get("read_units")
        return [KindCharge(table, "", space, read_units=usual if told is None else told / of)]
    indexes = design.tables[table].shape.global_indexes
    told = call.get("write_units")
    own = usual if told is None else max(usual, told / of - len(indexes))
    entries = [KindCharge(table, index.name, space, write_units=1.0) for index in indexes]
    return [KindCharge(table, "", space, write_units=own), *entries]


def table_of(resource: str, design: Design) -> str | None:
    """Return the design's table that a recorded resource is: by its name, or by its name's end after a dash."""
    return next((name for name in design.tables if resource == name or resource.endswith(f"-{name}")), None)


def _group(kind: Kind, ids: Sequence[tuple[int, ...]], factor: float, random: np.random.Generator) -> Group:
    columns = np.array(ids, np.int64)
    whole, part = int(factor), factor - int(factor)
    times = whole + (random.random(len(columns)) < part)
    columns = np.repeat(columns, times, axis=0)
    return Group(kind, {_space(number): columns[:, number] for number in range(columns.shape[1])})


def _space(number: int) -> str:
    return f"{_SPACE} {number + 1}"


def _partition_value(shape: TableShape, text: str) -> str:
    """Return the partition key's value in `PK=a,SK=b`, of an index's key too; queries may name no sort key."""
    read = (key.values_of(text) for key in (shape.key, *(index.key for index in shape.indexes)))
    return next((values[0] for values in read if values is not None), text.partition("=")[2])
