"""The recent calls that passed the edge, in bounded memory."""

from collections import deque
from itertools import islice
from threading import Lock

from harness.edge.call import Namespace
from harness.edge.record.call_record import CallRecord
from harness.edge.record.query import CallQuery, Page

CALLS_KEPT_MAX = 20_000
BYTES_KEPT_MAX = 32 * 1024 * 1024


class CallLog:
    """Keeps the last `kept_max` calls, and no more than about `bytes_max` bytes of them.

    Calls are added by the event loop; any thread may read.
    """

    def __init__(self, kept_max: int = CALLS_KEPT_MAX, bytes_max: int = BYTES_KEPT_MAX) -> None:
        self.kept_max, self.bytes_max = kept_max, bytes_max
        self._records: deque[CallRecord] = deque()
        self._bytes = 0
        self._added = 0
        self._dropped = 0
        self._lock = Lock()

    @property
    def added(self) -> int:
        """How many calls ended since the edge began: the newest one's sequence number."""
        return self._added

    @property
    def dropped(self) -> int:
        """How many calls made room for newer ones."""
        return self._dropped

    def __len__(self) -> int:
        return len(self._records)

    def add(self, record: CallRecord) -> None:
        """Number and keep one finished call."""
        records, size = self._records, record.size_bytes
        with self._lock:
            self._added += 1
            record.sequence = self._added
            records.append(record)
            self._bytes += size
            while len(records) > self.kept_max or (self._bytes > self.bytes_max and len(records) > 1):
                self._bytes -= records.popleft().size_bytes
                self._dropped += 1

    def find(self, query: CallQuery) -> Page:
        """Return the calls that a query asks for."""
        return query.page(self._kept(query.after))

    def matching(self, query: CallQuery) -> list[CallRecord]:
        """Return every kept call that a query's filters fit, oldest first; its limit does not count."""
        return [record for record in self._kept(query.after) if query.fits(record)]

    def recent(self, *, limit: int = 100, **filters: str) -> list[dict[str, object]]:
        """Return the newest `limit` calls that match as JSON-ready values, oldest first."""
        return [record.to_json() for record in self.find(CallQuery(limit=limit, filters=filters)).records]

    def clear(self, namespace: Namespace | None = None) -> None:
        """Forget the calls of a namespace, or (None) of all. What was forgotten was not dropped."""
        with self._lock:
            kept = [] if namespace is None else [one for one in self._records if not _is_of(one, namespace)]
            self._records = deque(kept)
            self._bytes = sum(one.size_bytes for one in kept)

    def _kept(self, after: int | None) -> list[CallRecord]:
        with self._lock:
            # Numbers rise without gaps unless a namespace was forgotten: then this skips too few, never too many.
            skipped = max(0, (after or 0) - self._added + len(self._records))
            return list(islice(self._records, skipped, None)) if after else list(self._records)


def _is_of(record: CallRecord, namespace: Namespace) -> bool:
    return record.account == namespace.account and record.region == namespace.region
