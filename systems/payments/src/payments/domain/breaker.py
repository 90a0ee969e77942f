"""The circuit breaker at work: asks before a call, learns after it, and shares what it knows through the tables.

On the happy path it costs one cached read: a success is only written when it ends a row of failures. What another
worker did is known at the latest when the cache is over.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Protocol

from groundwork.instants import Clock, instant

from payments.domain.circuit import BreakerPolicy, Circuit, CircuitState
from payments.domain.errors import CircuitOpen, StoreUnavailable
from payments.domain.events import Event, circuit_event

_TOLD = {
    CircuitState.OPEN: "CircuitOpenedEvent",
    CircuitState.HALF_OPEN: "CircuitHalfOpenedEvent",
    CircuitState.CLOSED: "CircuitClosedEvent",
}
_RACES_MAX = 8
_ROUTES_CACHED_MAX = 1_000


class CircuitStore(Protocol):
    """The table of circuits."""

    def read(self, route: str) -> Circuit:
        """Return the circuit as stored; a closed one of version 0 when there is none."""

    def replace(self, before: Circuit, after: Circuit, events: Sequence[Event]) -> bool:
        """Store `after` and the events if the circuit is still `before`; return whether it was."""


@dataclass(frozen=True, slots=True)
class Admission:
    """Leave to make one call. `probe_version` is the circuit's version that the probe's lease made; None: no probe."""

    route: str
    probe_version: int | None = None


@dataclass
class Breaker:
    """Guards the routes of one worker; its cache is the only state that it keeps."""

    store: CircuitStore
    policy: BreakerPolicy
    clock: Clock
    on_change: Callable[[Circuit], None] = lambda _: None
    _cache: dict[str, tuple[int, Circuit]] = field(default_factory=dict)

    def admit(self, route: str) -> Admission:
        """Return leave to call; raises CircuitOpen while the circuit is open or its one probe is out.

        While the table does not answer, what this worker knew last decides, and a circuit that it does not know is
        closed: a protection that is out of order must not stop what it protects.
        """
        try:
            return self._admit(route)
        except StoreUnavailable:
            _, known = self._cache.get(route, (0, Circuit(route)))
            _refuse_while_open(known, self.clock())
            self._remember(known)  # or every call would wait for the table
            return Admission(route)

    def _admit(self, route: str) -> Admission:
        circuit = self._cached(route)
        for _ in range(_RACES_MAX):
            now = self.clock()
            _refuse_while_open(circuit, now)
            if circuit.state is CircuitState.CLOSED:
                return Admission(route)
            # An old cached state must not decide about the probe.
            circuit = self._read(route)
            if circuit.state is CircuitState.CLOSED or circuit.refuses_until_ms(_ms(now)):
                continue
            probing = circuit.probed(_ms(now), self.policy)
            if self._replace(circuit, probing, now):
                return Admission(route, probing.version)
            circuit = self._read(route)
        raise CircuitOpen(f"the circuit to {route} is contended", retry_after_s=1.0)

    def succeeded(self, admission: Admission) -> None:
        """Close the circuit when the call was its probe; else end a row of failures, if this worker knows of one."""
        if admission.probe_version is not None:
            circuit = self._read(admission.route)
            if circuit.version == admission.probe_version:
                self._replace(circuit, circuit.closed(), self.clock())
            return
        _, known = self._cache.get(admission.route, (0, Circuit(admission.route)))
        if known.state is CircuitState.CLOSED and known.failures:
            self._replace(known, known.closed(), self.clock())

    def failed(self, admission: Admission) -> None:
        """Count a failure; opens the circuit at the threshold, or when the call was its probe."""
        for _ in range(_RACES_MAX):
            circuit, now = self._read(admission.route), self.clock()
            probe = admission.probe_version == circuit.version and circuit.state is CircuitState.HALF_OPEN
            after = circuit.failed(_ms(now), self.policy, probe=probe)
            if after is circuit or self._replace(circuit, after, now):
                return

    def _cached(self, route: str) -> Circuit:
        cached = self._cache.get(route)
        if cached and _ms(self.clock()) - cached[0] < self.policy.cache_ms:
            return cached[1]
        return self._read(route)

    def _read(self, route: str) -> Circuit:
        return self._remember(self.store.read(route))

    def _replace(self, before: Circuit, after: Circuit, now: datetime) -> bool:
        events = []
        if before.state is not after.state or after.state is CircuitState.HALF_OPEN:
            data = {"failures": after.failures, "open_until_ms": after.open_until_ms}
            events = [circuit_event(after.route, _TOLD[after.state], after.version, instant(now), data)]
        if not self.store.replace(before, after, events):
            return False
        self._remember(after)
        if events:
            self.on_change(after)
        return True

    def _remember(self, circuit: Circuit) -> Circuit:
        if len(self._cache) >= _ROUTES_CACHED_MAX:
            self._cache.clear()
        self._cache[circuit.route] = (_ms(self.clock()), circuit)
        return circuit


def _refuse_while_open(circuit: Circuit, now: datetime) -> None:
    if until_ms := circuit.refuses_until_ms(_ms(now)):
        raise CircuitOpen(f"the circuit to {circuit.route} is open", retry_after_s=(until_ms - _ms(now)) / 1000)


def _ms(moment: datetime) -> int:
    return int(moment.timestamp() * 1000)
