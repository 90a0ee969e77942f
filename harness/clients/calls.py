"""The record of AWS calls, as a test or a command reads it from the edge: pages, news as they come, figures, bodies.

The filters are the edge's: execution, trace, service, operation, resource, key, caller, principal, account, region,
outcome, fault, since, until.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from harness.clients.edge import EdgeClient
from harness.clock import SYSTEM_CLOCK, Clock

CALLS, RECORDING = "/_rehearsal/calls", "/_rehearsal/recording"
PAGE_MAX = 1000
ASK_EVERY_S = 0.3


@dataclass(frozen=True, slots=True)
class CallsPage:
    """Some calls, oldest first. `last` is the sequence number to go on after; `more` tells that others fit now."""

    calls: list[Mapping[str, Any]]
    last: int
    more: bool


class CallsClient:
    """Reads the record of an edge; raises AnswerUnexpected, with the edge's words, for filters that make no sense."""

    def __init__(self, edge: EdgeClient, clock: Clock = SYSTEM_CLOCK) -> None:
        self._edge = edge
        self._clock = clock

    def recent(self, *, limit: int = 100, **filters: str) -> list[Mapping[str, Any]]:
        """Return the newest `limit` calls that fit, oldest first."""
        return self._page(limit=limit, **filters).calls

    def after(self, sequence: int, *, limit: int = PAGE_MAX, **filters: str) -> CallsPage:
        """Return the first `limit` calls that fit and ended after the one with this number."""
        return self._page(after=sequence, limit=limit, **filters)

    def follow(self, *, last: int = 0, **filters: str) -> Iterator[list[Mapping[str, Any]]]:
        """Give the newest `last` calls that fit (maybe none), then what comes, for ever."""
        page = self._page(limit=max(1, last), **filters)
        yield page.calls if last else []
        seen = page.last
        while True:
            page = self._page(after=seen, limit=PAGE_MAX, **filters)
            if page.calls:
                yield page.calls
            # An edge that began anew counts from 1 again.
            seen = page.last if page.last >= seen or page.calls else 0
            if not page.more:
                self._clock.sleep(ASK_EVERY_S)

    def summary(self, **filters: str) -> dict[str, Any]:
        """Return counts, error codes and percentiles of the calls that fit, in all and by what they are."""
        return self._edge.ask("GET", f"{CALLS}/summary", params=_given(filters))

    def record_bodies(self, *, services: Iterable[str] = (), bytes_max: int | None = None) -> None:
        """Keep masked headers and bodies of calls from now on; of `services` alone when any are named."""
        asked: dict[str, Any] = {"bodies": True, "services": list(services)}
        self._edge.ask("PUT", RECORDING, json=asked | ({"bytes_max": bytes_max} if bytes_max else {}))

    def leave_bodies(self) -> None:
        """Keep no bodies from now on."""
        self._edge.ask("PUT", RECORDING, json={"bodies": False})

    def _page(self, **parameters: Any) -> CallsPage:
        told = self._edge.ask("GET", CALLS, params=_given(parameters))
        calls, more = list(told["calls"]), bool(told["more"])
        # What ended while the edge looked may be among them already.
        newest = int(calls[-1]["sequence"]) if calls else 0
        return CallsPage(calls, newest if more and "after" in parameters else max(newest, int(told["last"])), more)


def _given(parameters: Mapping[str, Any]) -> dict[str, str]:
    return {name: str(value) for name, value in parameters.items() if value not in ("", None)}
