"""The recent calls that passed the edge, in bounded memory: who called what, and how it ended."""

from collections import deque
from dataclasses import asdict, dataclass
from datetime import UTC, datetime

from harness.edge.correlation import executions

CALLS_KEPT_MAX = 20_000


@dataclass(slots=True)
class CallRecord:
    """One call. `started_at_s` is epoch seconds; `caller` is a function's name, "" when not known."""

    started_at_s: float
    service: str
    operation: str
    method: str
    path: str
    trace: str
    caller: str
    status: int = 0
    duration_ms: float = 0.0

    def to_json(self) -> dict[str, object]:
        """Return the record as JSON-ready values, with the start as an ISO 8601 instant."""
        values = asdict(self)
        values["started_at"] = datetime.fromtimestamp(values.pop("started_at_s"), UTC).isoformat()
        values["duration_ms"] = round(self.duration_ms, 3)
        return values


class CallLog:
    """Keeps the last `kept_max` calls."""

    def __init__(self, kept_max: int = CALLS_KEPT_MAX) -> None:
        self._records: deque[CallRecord] = deque(maxlen=kept_max)

    def add(self, record: CallRecord) -> None:
        """Keep one finished call."""
        self._records.append(record)

    def recent(
        self, *, execution: str = "", trace: str = "", service: str = "", limit: int = 100
    ) -> list[dict[str, object]]:
        """Return the newest `limit` calls that match, oldest first; `execution` is an ARN or its last part."""
        chosen: list[dict[str, object]] = []
        for record in reversed(list(self._records)):
            bound = executions.of(record.trace)
            if (trace and record.trace != trace) or (service and record.service != service):
                continue
            if execution and execution not in (bound, bound.rpartition(":")[2]):
                continue
            chosen.append({**record.to_json(), "execution": bound})
            if len(chosen) >= limit:
                break
        return chosen[::-1]

    def clear(self) -> None:
        """Forget everything."""
        self._records.clear()
