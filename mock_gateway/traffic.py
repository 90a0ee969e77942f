"""What was answered since the start, in plain numbers: cheap to count for every request, read when somebody asks."""

import threading
from bisect import bisect_left
from collections import Counter
from dataclasses import dataclass, field
from typing import NamedTuple

# Upper bounds in seconds; what is above the last is counted apart.
BOUNDS_S = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0)


class Kind(NamedTuple):
    """What is counted together: requests of one face that asked for the same and were answered alike."""

    face: str
    operation: str
    status: int
    delivery: str


@dataclass
class Durations:
    """How long requests took: how many in each range up to a bound, and all of them in seconds."""

    counts: list[int] = field(default_factory=lambda: [0] * (len(BOUNDS_S) + 1))
    sum_s: float = 0.0

    def add(self, duration_s: float) -> None:
        """Count a request."""
        self.counts[bisect_left(BOUNDS_S, duration_s)] += 1
        self.sum_s += duration_s

    def copy(self) -> "Durations":
        """Return the numbers as they are now."""
        return Durations(list(self.counts), self.sum_s)


@dataclass(frozen=True)
class Counted:
    """The numbers at one moment; durations and replays by face and operation."""

    requests: Counter[Kind]
    durations: dict[tuple[str, str], Durations]
    replays: Counter[tuple[str, str]]


class Traffic:
    """Counts answers; thread-safe."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self.clear()

    def clear(self) -> None:
        """Count from nothing."""
        with self._lock:
            self._requests: Counter[Kind] = Counter()
            self._durations: dict[tuple[str, str], Durations] = {}
            self._replays: Counter[tuple[str, str]] = Counter()

    def answered(self, kind: Kind, duration_s: float | None, *, is_replay: bool) -> None:
        """Count an answer; `duration_s` is None where nobody measured it."""
        whose = kind[:2]
        with self._lock:
            self._requests[kind] += 1
            if duration_s is not None:
                if whose not in self._durations:
                    self._durations[whose] = Durations()
                self._durations[whose].add(duration_s)
            if is_replay:
                self._replays[whose] += 1

    def counted(self) -> Counted:
        """Return the numbers as they are now."""
        with self._lock:
            durations = {whose: one.copy() for whose, one in self._durations.items()}
            return Counted(Counter(self._requests), durations, Counter(self._replays))
