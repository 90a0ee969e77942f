"""The circuit breaker's rules, one circuit per gateway route; pure, so that every race can be tested.

CLOSED counts the failures in a row (a success ends the row, a failure after the window begins a new one) and opens at
the threshold: a row, not a sum, so that a small rate of failures opens nothing however high the load. OPEN refuses
until its time is over. HALF_OPEN lets one probe through, on a lease, so that a probe that never reports doesn't hold
the circuit for ever.
"""

from dataclasses import dataclass, replace
from enum import StrEnum


class CircuitState(StrEnum):
    """Whether calls may pass."""

    CLOSED = "CLOSED"
    OPEN = "OPEN"
    HALF_OPEN = "HALF_OPEN"


@dataclass(frozen=True, slots=True)
class BreakerPolicy:
    """When a circuit opens, and for how long; a probe's lease must be longer than a call can take."""

    failure_threshold: int = 5
    window_ms: int = 10_000
    open_ms: int = 30_000
    probe_lease_ms: int = 15_000
    cache_ms: int = 1_000


@dataclass(frozen=True, slots=True)
class Circuit:
    """A route's circuit as stored; instants in epoch milliseconds; `version` counts the changes, 0 is never stored."""

    route: str
    state: CircuitState = CircuitState.CLOSED
    failures: int = 0
    window_started_ms: int = 0
    open_until_ms: int = 0
    probe_until_ms: int = 0
    version: int = 0

    def refuses_until_ms(self, now_ms: int) -> int:
        """Return until when calls are refused; 0 when one may pass, or may try to become the probe."""
        until_ms = {
            CircuitState.CLOSED: 0,
            CircuitState.OPEN: self.open_until_ms,
            CircuitState.HALF_OPEN: self.probe_until_ms,
        }[self.state]
        return until_ms if until_ms > now_ms else 0

    def probed(self, now_ms: int, policy: BreakerPolicy) -> "Circuit":
        """Return the circuit with the one probe let through; whoever stores this holds the lease."""
        return self._next(state=CircuitState.HALF_OPEN, probe_until_ms=now_ms + policy.probe_lease_ms)

    def failed(self, now_ms: int, policy: BreakerPolicy, *, probe: bool) -> "Circuit":
        """Return the circuit after a failed call; itself when a late call of another time has nothing to say."""
        if probe or self.state is CircuitState.CLOSED:
            fresh = now_ms - self.window_started_ms >= policy.window_ms
            failures = 1 if fresh else self.failures + 1
            if probe or failures >= policy.failure_threshold:
                return self._next(
                    state=CircuitState.OPEN, failures=failures, open_until_ms=now_ms + policy.open_ms, probe_until_ms=0
                )
            return self._next(failures=failures, window_started_ms=now_ms if fresh else self.window_started_ms)
        return self

    def closed(self) -> "Circuit":
        """Return the circuit after a success that ends a row of failures, or after that of the probe."""
        return self._next(state=CircuitState.CLOSED, failures=0, window_started_ms=0, open_until_ms=0, probe_until_ms=0)

    def _next(self, **values: object) -> "Circuit":
        return replace(self, version=self.version + 1, **values)  # type: ignore[arg-type]
