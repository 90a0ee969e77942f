"""Requests as faults match them and as `GET /_admin/calls` remembers them; never a whole card number."""

import threading
from collections import deque
from dataclasses import dataclass, field
from typing import Any, Protocol

# What money moves by, then what only prepares or reads it.
MOVEMENTS = ("charge", "authorize", "capture", "void", "refund")
OPERATIONS = (*MOVEMENTS, "prepare", "lookup")
# An attempt of the gateway itself to tell somebody of an event.
WEBHOOK = "webhook"
REMEMBERED_MAX = 5_000


class Headers(Protocol):
    """A request's headers, asked by a name in lower case."""

    def get(self, name: str, /) -> str | None:
        """Return a header's value, None when it is not there."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Call:
    """A valid request, in the words of the fault rules. Texts are "" and amounts None when it has none."""

    operation: str
    path: str = ""
    request_id: str = ""
    merchant: str = "default"
    customer: str = ""
    reference: str = ""
    idempotency_key: str = ""
    face: str = ""
    card_last4: str = ""
    amount_minor: int | None = None
    currency: str = ""
    # Of webhooks alone: the event's type, and the endpoint's id.
    event: str = ""
    endpoint: str = ""
    headers: Headers = field(default_factory=dict[str, str])

    def identity(self) -> str:
        """Return what tells this request, with its retries, from every other one."""
        named = (self.idempotency_key, self.reference, self.path, self.customer, str(self.amount_minor))
        return "\x1f".join((self.operation + self.event, self.merchant, *named))


class CallLog:
    """The last requests, bounded; thread-safe. A request is there from its arrival on, so that hanging ones show."""

    def __init__(self) -> None:
        self._calls: deque[dict[str, Any]] = deque(maxlen=REMEMBERED_MAX)
        self._lock = threading.Lock()

    def arrived(self, record: dict[str, Any]) -> None:
        """Remember a request; the record may be completed later."""
        with self._lock:
            self._calls.append(record)

    def last(self, count: int) -> list[dict[str, Any]]:
        """Return the last `count` requests, oldest first."""
        with self._lock:
            calls = list(self._calls)
        return [dict(call) for call in calls[-count:]] if count else []

    def clear(self) -> None:
        """Forget all of them."""
        with self._lock:
            self._calls.clear()
