"""Who may use which worker: reuse, bounds and a fair queue. Knows nothing of processes.

A worker serves one invocation at a time; the one used last is reused first, so that a burst's surplus grows idle. There
are bounds for each function and in total. At the total, the worker that has been idle longest makes room; when none is
idle, callers wait in the order of their arrival. A function's first worker is granted above the total: if function A
waits for function B (through an execution, say), B always gets one, and the two can't wait for each other for ever.
"""

import time
from collections import defaultdict
from collections.abc import Hashable
from dataclasses import dataclass, field
from threading import Event, Lock
from typing import Generic, Protocol, TypeVar


class Leasable(Protocol):
    """What can be leased."""

    idle_since_s: float


L = TypeVar("L", bound=Leasable)


@dataclass(slots=True)
class Lease(Generic[L]):
    """The right to use one worker; without a worker, the right to make one."""

    family: Hashable  # what stays when the function is updated
    key: Hashable  # what makes workers interchangeable
    worker: L | None = None
    evicted: list[L] = field(default_factory=list)  # to be ended by the holder


@dataclass(slots=True, eq=False)
class _Turn(Generic[L]):
    lease: Lease[L]
    granted: Event = field(default_factory=Event)


class Leases(Generic[L]):
    """Grants leases; safe for threads."""

    def __init__(self, *, per_function_max: int, total_max: int) -> None:
        self._per_function_max = per_function_max
        self._total_max = total_max
        self._lock = Lock()
        self._idle: defaultdict[Hashable, list[L]] = defaultdict(list)  # by key, used longest ago first
        self._held: defaultdict[Hashable, int] = defaultdict(int)  # leases and idle workers, by family
        self._current_key: dict[Hashable, Hashable] = {}
        self._waiting: list[_Turn[L]] = []

    def take(self, family: Hashable, key: Hashable, within_s: float) -> Lease[L] | None:
        """Return a lease, waiting for it up to `within_s`; None after that."""
        turn: _Turn[L] = _Turn(Lease(family, key))
        with self._lock:
            self._turn_to(turn.lease)
            if not any(other.lease.family == family for other in self._waiting) and self._grant(turn.lease):
                return turn.lease
            self._waiting.append(turn)
            self._serve_waiting()
        if turn.granted.wait(within_s):
            return turn.lease
        with self._lock:
            if turn.granted.is_set():
                return turn.lease
            self._waiting.remove(turn)
            return None

    def give_back(self, lease: Lease[L], worker: L) -> bool:
        """End a lease and keep its worker for the next; False when it is outdated, then it is to be ended."""
        with self._lock:
            keep = self._current_key.get(lease.family) == lease.key
            if keep:
                worker.idle_since_s = time.monotonic()
                self._idle[lease.key].append(worker)
            else:
                self._free(lease.family)
            self._serve_waiting()
            return keep

    def drop(self, lease: Lease[L]) -> None:
        """End a lease whose worker is no more."""
        with self._lock:
            self._free(lease.family)
            self._serve_waiting()

    def take_idle(self, idle_for_s: float = 0.0) -> list[L]:
        """Remove and return the workers that have been idle for that long; they are to be ended."""
        before_s = time.monotonic() - idle_for_s
        with self._lock:
            taken: list[L] = []
            for family, key in self._current_key.items():
                idle = self._idle[key]
                old = [worker for worker in idle if worker.idle_since_s <= before_s]
                self._idle[key] = [worker for worker in idle if worker not in old]
                for _ in old:
                    self._free(family)
                taken += old
            self._serve_waiting()
            return taken

    def outdate(self) -> list[L]:
        """Let no worker that exists be used again: return the idle ones; those at work end with their lease."""
        taken = self.take_idle()
        with self._lock:
            self._current_key.clear()
        return taken

    def waiting(self) -> int:
        """Return how many callers wait."""
        return len(self._waiting)

    def _turn_to(self, lease: Lease[L]) -> None:
        known = self._current_key.get(lease.family)
        if known == lease.key:
            return
        if known is not None:
            lease.evicted += self._idle.pop(known, [])
            for _ in lease.evicted:
                self._free(lease.family)
        self._current_key[lease.family] = lease.key

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
        if sum(self._held.values()) >= self._total_max and not self._evict_longest_idle(lease) and held:
            return False
        self._held[lease.family] += 1
        return True

    def _evict_longest_idle(self, lease: Lease[L]) -> bool:
        candidates = [(family, self._idle[key]) for family, key in self._current_key.items() if self._idle.get(key)]
        if not candidates:
            return False
        family, idle = min(candidates, key=lambda candidate: candidate[1][0].idle_since_s)
        lease.evicted.append(idle.pop(0))
        self._free(family)
        return True

    def _serve_waiting(self) -> None:
        for turn in list(self._waiting):
            if self._grant(turn.lease):
                self._waiting.remove(turn)
                turn.granted.set()
