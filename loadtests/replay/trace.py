"""A recorded trace: which DynamoDB calls were asked for, when, about which items, how large.

Made of an edge's record (`calls.jsonl`, docs/calls.md). What an application asked for is wanted, not what its SDK made
of it: attempts that were throttled, failed with 5xx or got lost were tried again by their clients and stand in the
record a second time, so they are left out. The record has keys and sizes, never items: conditions, filters and
projections are not known, and a transaction's or batch's items share its size evenly.
"""

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from pathlib import Path
from typing import Any

from harness.durations import duration_text
from harness.edge.record.reading import is_repeated, read_calls
from harness.errors import SettingInvalid

CALLS_MAX = 2_000_000  # about 1 GB; more than a laptop replays in an hour
OPERATIONS = frozenset(
    {
        "GetItem", "PutItem", "UpdateItem", "DeleteItem", "Query", "Scan",
        "BatchGetItem", "BatchWriteItem", "TransactGetItems", "TransactWriteItems",
    }
)  # fmt: skip


_MEANT_ERRORS = ("ConditionalCheckFailedException", "TransactionCanceledException")


@dataclass(frozen=True, slots=True)
class RecordedCall:
    """One call. `at_s` counts from the trace's first; `items` are (table, canonical key), "" for a key unknown."""

    at_s: float
    operation: str
    items: tuple[tuple[str, str], ...]
    bytes_in: int
    bytes_out: int = 0
    read_units: float | None = None
    write_units: float | None = None


@dataclass(frozen=True, slots=True)
class Trace:
    """Recorded calls in the order in which they began, and why others were left out."""

    calls: tuple[RecordedCall, ...]
    left_out: Mapping[str, int] = field(default_factory=dict)

    @property
    def length_s(self) -> float:
        """Seconds from the first call's beginning to the last one's."""
        return self.calls[-1].at_s if self.calls else 0.0

    @property
    def tables(self) -> tuple[str, ...]:
        """The names of the tables that are called."""
        return tuple(sorted({table for call in self.calls for table, _ in call.items}))

    def summary(self) -> str:
        """Return one line about the trace, for people."""
        kinds = ", ".join(f"{count} {name}" for name, count in Counter(c.operation for c in self.calls).most_common(4))
        said = f"{len(self.calls)} calls in {duration_text(self.length_s)}: {kinds}"
        left = ", ".join(f"{count} {why}" for why, count in sorted(self.left_out.items()))
        return f"{said}; left out: {left}" if left else said


def read_trace(place: Path) -> Trace:
    """Return the trace in a record's file or folder; raises SettingInvalid where there is nothing to replay."""
    trace = trace_of(read_calls(place))
    if not trace.calls:
        left = ", ".join(f"{count} {why}" for why, count in sorted(trace.left_out.items())) or "the record is empty"
        raise SettingInvalid(f"no DynamoDB call to replay in {place}", evidence={"left out": left})
    return trace


def trace_of(records: Iterable[Mapping[str, Any]]) -> Trace:
    """Return the trace in some records; raises SettingInvalid for more than CALLS_MAX."""
    left_out: Counter[str] = Counter()
    found: list[tuple[float, RecordedCall]] = []
    for record in records:
        why = _left_out(record)
        if why:
            left_out[why] += 1
            continue
        found.append((datetime.fromisoformat(record["started_at"]).timestamp(), _call(record)))
        if len(found) > CALLS_MAX:
            raise SettingInvalid(f"the record has more than {CALLS_MAX:,} DynamoDB calls, which is the most to replay")
    found.sort(key=lambda pair: pair[0])
    first = found[0][0] if found else 0.0
    return Trace(tuple(replace(call, at_s=round(at - first, 6)) for at, call in found), dict(left_out))


def _left_out(record: Mapping[str, Any]) -> str:
    if record.get("service") != "dynamodb":
        return "of other services"
    if record["operation"] not in OPERATIONS:
        return "that read and write no items"
    if is_repeated(record):
        return "throttled or failed attempts"
    if record.get("outcome") == "error" and record.get("error_code") not in _MEANT_ERRORS:
        return "refused as invalid"
    items = _items(record)
    if not items:
        return "without a known table"
    return "" if record["operation"] == "Scan" or all(key for _, key in items) else "without a known key"


def _items(record: Mapping[str, Any]) -> list[tuple[str, str]]:
    targets = record.get("targets") or [{"resource": record.get("resource"), "key": record.get("key")}]
    return [(str(one["resource"]), str(one.get("key") or "")) for one in targets if one.get("resource")]


def _call(record: Mapping[str, Any]) -> RecordedCall:
    return RecordedCall(
        at_s=0.0,
        operation=record["operation"],
        items=tuple(_items(record)),
        bytes_in=int(record.get("bytes_in") or 0),
        bytes_out=int(record.get("bytes_out") or 0),
        read_units=record.get("read_units"),
        write_units=record.get("write_units"),
    )
