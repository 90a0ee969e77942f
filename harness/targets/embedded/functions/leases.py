"""Who may use which worker: reuse, bounds and a fair queue. Knows nothing of processes.

A worker serves one invocation at a time; the one used last is reused first, so that a burst's surplus grows idle. There
are bounds for each function, for what all of them have beyond their first workers (the spare ones: more where more
functions are at work), and in total. Where spare ones are used up, the one that has been idle longest makes room, but
only once it has been idle for a while: functions that take turns must not end each other's workers, because a cold
start costs far more than the wait; and a burst of one function leaves every other its first worker. Otherwise callers
wait in the order of arrival. At the total, whichever worker has been idle longest makes room. A function's first worker
is granted above the total: if function A waits for function B (through an execution, say), B always gets one, and the
two can't wait for each other for ever.
"""

import time
from collections import defaultdict
from collections.abc import Callable, Hashable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from threading import Event, Lock
from typing import Generic, Protocol, TypeVar

SPARE_AFTER_S = 1.0
SPARE_PER_FUNCTION = 2


class Leasable(Protocol):
    """What can be leased."""

    idle_since_s: float


L = TypeVar("L", bound=Leasable)


@dataclass(slots=True, eq=False)
class Lease(Generic[L]):
    """The right to use one worker; without a worker, the right to make one."""

    family: Hashable  # what stays when the function is updated
    key: Hashable  # what makes workers interchangeable
    worker: L | None = None
    refused: bool = False
    decided: Event = field(default_factory=Event)


class Leases(Generic[L]):
    """Grants leases; safe for threads. `end` is called for workers that leave, without a lock held."""

    def __init__(
        self,
        *,
        per_function_max: int,
        total_max: int,
        end: Callable[[L], None],
        spare_min: int | None = None,
        spare_after_s: float = SPARE_AFTER_S,
    ) -> None:
        self._spare_after_s = spare_after_s
        self._spare_min = total_max if spare_min is None else spare_min
        self._per_function_max = per_function_max
        self._total_max = total_max
        self._end = end
        self._lock = Lock()
        self._shut = False
        self._idle: defaultdict[Hashable, list[L]] = defaultdict(list)  # by key, used longest ago first
        self._held: defaultdict[Hashable, int] = defaultdict(int)  # leases and idle workers, by family
        self._current_key: dict[Hashable, Hashable] = {}
        self._waiting: list[Lease[L]] = []
        self._leaving: list[L] = []

    def take(self, family: Hashable, key: Hashable, within_s: float) -> Lease[L] | None:
        """Return a lease, waiting for it up to `within_s`; None after that, or when shut."""
        lease: Lease[L] = Lease(family, key)
        with self._changing():
            if self._shut:
                return None
            self._turn_to(lease)
            queued = any(other.family == family for other in self._waiting)
            if not queued and self._grant(lease):
                return lease
            self._waiting.append(lease)
        lease.decided.wait(max(0.0, within_s))
        with self._lock:
            if not lease.decided.is_set():
                self._waiting.remove(lease)
                return None
        return None if lease.refused else lease

    def give_back(self, lease: Lease[L], worker: L) -> None:
        """End a lease and keep its worker for the next, unless the function has changed meanwhile."""
        with self._changing():
            if self._current_key.get(lease.family) == lease.key and not self._shut:
                worker.idle_since_s = time.monotonic()
                self._idle[lease.key].append(worker)
            else:
                self._leaving.append(worker)
                self._free(lease.family)

    def drop(self, lease: Lease[L], worker: L | None) -> None:
        """End a lease whose worker, if it had one, is not to be used again."""
        with self._changing():
            if worker is not None:
                self._leaving.append(worker)
            self._free(lease.family)

    def end_idle(self, idle_for_s: float) -> None:
        """End the workers that have been idle for that long."""
        with self._changing():
            self._retire(time.monotonic() - idle_for_s)

    def outdate(self) -> None:
        """Let no worker that exists be used again: idle ones end now, those at work with their lease."""
        with self._changing():
            self._retire(float("inf"))
            self._current_key.clear()

    def shut(self) -> None:
        """Grant nothing any more, and send those who wait away."""
        with self._changing():
            self._shut = True
            for lease in self._waiting:
                lease.refused = True
                lease.decided.set()
            self._waiting.clear()
            self._retire(float("inf"))

    @contextmanager
    def _changing(self) -> Iterator[None]:
        with self._lock:
            yield
            self._serve_waiting()
            leaving, self._leaving = self._leaving, []
        for worker in leaving:
            self._end(worker)

    def _turn_to(self, lease: Lease[L]) -> None:
        known = self._current_key.get(lease.family)
        if known != lease.key:
            for worker in self._idle.pop(known, []):
                self._leaving.append(worker)
                self._free(lease.family)
            self._current_key[lease.family] = lease.key

    def _retire(self, before_s: float) -> None:
        for family, key in self._current_key.items():
            idle = self._idle.pop(key, [])
            self._idle[key] = [worker for worker in idle if worker.idle_since_s > before_s]
            old = [worker for worker in idle if worker.idle_since_s <= before_s]
            self._leaving += old
            for _ in old:
                self._free(family)

    def _free(self, family: Hashable) -> None:
        self._held[family] -= 1
        if not self._held[family]:
            del self._held[family]

    def _grant(self, lease: Lease[L]) -> bool:
        idle = self._idle.get(lease.key)
        if idle:
            lease.worker = idle.pop()
            return True
        held = self._held.get(lease.family, 0)
        if held >= self._per_function_max:
            return False
        if held and self._no_spare_left() and not self._evict_longest_idle(self._spare_after_s, keep=1):
            return False
        full = sum(self._held.values()) >= self._total_max
        if full and not self._evict_longest_idle(self._spare_after_s if held else 0.0) and held:
            return False
        self._held[lease.family] += 1
        return True

    def _no_spare_left(self) -> bool:
        spare_max = max(self._spare_min, SPARE_PER_FUNCTION * len(self._held))
        return sum(self._held.values()) - len(self._held) >= spare_max

    def _evict_longest_idle(self, idle_for_s: float, keep: int = 0) -> bool:
        """End the worker that has been idle longest, of a function that has more than `keep`; False without one."""
        candidates = [
            (family, self._idle[key])
            for family, key in self._current_key.items()
            if self._idle.get(key) and self._held[family] > keep
        ]
        if not candidates:
            return False
        family, idle = min(candidates, key=lambda candidate: candidate[1][0].idle_since_s)
        if time.monotonic() - idle[0].idle_since_s < idle_for_s:
            return False
        self._leaving.append(idle.pop(0))
        self._free(family)
        return True

    def _serve_waiting(self) -> None:
        for lease in list(self._waiting):
            if self._grant(lease):
                self._waiting.remove(lease)
                lease.decided.set()
