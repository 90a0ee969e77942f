"""The record in figures: how many calls of each kind, how many went wrong and how, how long they took."""

import math
from collections import Counter, defaultdict
from collections.abc import Iterable
from typing import Any

from harness.edge.record.call_record import CallRecord

ROWS_MAX = 500


def summarised(records: Iterable[CallRecord]) -> dict[str, Any]:
    """Return counts, error codes and percentiles (ms) by service, operation and resource, the busiest first."""
    groups: dict[tuple[str, str, str], list[CallRecord]] = defaultdict(list)
    for record in records:
        groups[record.service, record.kind, record.resource].append(record)
    rows = sorted(groups.items(), key=lambda group: (-len(group[1]), group[0]))
    every = [record for _, own in rows for record in own]
    return {
        "total": _figures(every),
        "rows": [
            {"service": service, "operation": operation, "resource": resource, **_figures(own)}
            for (service, operation, resource), own in rows[:ROWS_MAX]
        ],
        "rows_left_out": max(0, len(rows) - ROWS_MAX),
    }


def _figures(records: list[CallRecord]) -> dict[str, Any]:
    outcomes = Counter(record.outcome for record in records)
    codes = Counter(record.error_code or str(record.status) for record in records if record.outcome == "error")
    durations_ms = sorted(record.duration_ms for record in records)
    return {
        "calls": len(records),
        "ok": outcomes["ok"],
        "errors": outcomes["error"],
        "lost": outcomes["lost"],
        "faults": sum(1 for record in records if record.fault),
        "error_codes": dict(codes.most_common(20)),
        "p50_ms": _percentile(durations_ms, 50),
        "p99_ms": _percentile(durations_ms, 99),
        "max_ms": _percentile(durations_ms, 100),
        "bytes_in": sum(record.bytes_in for record in records),
        "bytes_out": sum(record.bytes_out for record in records),
        "read_units": round(sum(record.read_units or 0 for record in records), 3),
        "write_units": round(sum(record.write_units or 0 for record in records), 3),
    }


def _percentile(ordered: list[float], percent: int) -> float | None:
    """Return the nearest-rank percentile, None of nothing."""
    if not ordered:
        return None
    return round(ordered[max(0, math.ceil(len(ordered) * percent / 100) - 1)], 3)
