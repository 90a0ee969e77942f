"""Takes the record's calls out of the edge while they are made: its memory is bounded, a run is not."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from threading import Lock
from typing import Any

from harness.clients.calls import CallsClient
from harness.isolation.table_calls import TableCall, table_calls

TAKEN_EVERY_REQUESTS = 300


@dataclass
class CallsTaken:
    """The calls to DynamoDB that some functions made since this began; `callers` as the record's filter has them."""

    record: CallsClient
    callers: str
    calls: list[TableCall] = field(default_factory=list)
    _after: int = 0
    _requests: int = 0
    _begun: bool = False
    _lock: Lock = field(default_factory=Lock)

    def begin(self) -> "CallsTaken":
        """Leave out what was called so far; the first time counts."""
        if not self._begun:
            newest = self.record.recent(limit=1)
            self._after, self._begun = int(newest[-1]["sequence"]) if newest else 0, True
        return self

    def request_ended(self) -> None:
        """Take what is there, now and then."""
        with self._lock:
            self._requests += 1
            due = self._requests % TAKEN_EVERY_REQUESTS == 0
        if due:
            self.take()

    def take(self) -> list[TableCall]:
        """Take what is there, and return all that was taken so far."""
        with self._lock:
            more = True
            while more:
                page = self.record.after(self._after, service="dynamodb", caller=self.callers)
                found: list[Mapping[str, Any]] = page.calls
                self.calls += table_calls(found)
                self._after, more = page.last, page.more
        return self.calls
