"""When each call of a trace is due, and who plays it.

Calls about the same item are played by the same worker and begin in their order; the others may overtake each other, as
they did when they were recorded. A call that is due while all users are busy begins late, and how late is told: a
replay that lags says more about its client than about the table.
"""

from collections import Counter, deque
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from hashlib import blake2b

from harness.errors import SettingInvalid
from loadtests.replay.trace import RecordedCall, Trace
from loadtests.settings import SPEED_MAX, SPEED_MIN


@dataclass(frozen=True, slots=True)
class Due:
    """A call, and when it is to begin, in seconds from the replay's start."""

    call: RecordedCall
    at_s: float


@dataclass(slots=True)
class Lag:
    """By how much calls began late, counted by whole milliseconds: as many figures as the worst has at most."""

    begun: int = 0
    _by_ms: Counter[int] = field(default_factory=Counter)

    def begin(self, due_s: float, now_s: float) -> None:
        """Note that a call which was due began now."""
        self.begun += 1
        self._by_ms[round(max(0.0, now_s - due_s) * 1000)] += 1

    def by_ms(self, rounded: Callable[[float], float] = float) -> dict[float, int]:
        """Return how many calls began so many ms late."""
        counts: Counter[float] = Counter()
        for late_ms, count in self._by_ms.items():
            counts[rounded(late_ms)] += count
        return dict(counts)


class Schedule:
    """The calls of one worker, handed out one after the other to its users."""

    def __init__(self, trace: Trace, *, speed: float = 1.0, worker: int = 0, workers: int = 1) -> None:
        """Take a trace's calls of worker `worker` (0 to workers - 1) at `speed` times their own pace."""
        check_speed(speed)
        self.lag = Lag()
        self.length_s = trace.length_s / speed
        self._speed = speed
        self._waiting = deque(_share(trace.calls, worker, workers))
        self.total = len(self._waiting)

    @property
    def left(self) -> int:
        """Calls that nobody has taken so far."""
        return len(self._waiting)

    def take(self) -> Due | None:
        """Return the next call and when it is due; None when all have been handed out."""
        if not self._waiting:
            return None
        call = self._waiting.popleft()
        return Due(call, call.at_s / self._speed)


def check_speed(speed: float) -> None:
    """Raise SettingInvalid for a speed that makes no sense."""
    if not SPEED_MIN <= speed <= SPEED_MAX:  # NaN is within no bounds
        raise SettingInvalid(f"--speed is {speed:g}, expected {SPEED_MIN:g} to {SPEED_MAX:g}")


def _share(calls: Sequence[RecordedCall], worker: int, workers: int) -> Sequence[RecordedCall]:
    if workers <= 1:
        return calls
    return [call for call in calls if _hash(call.items[0]) % workers == worker]


def _hash(item: tuple[str, str]) -> int:
    return int.from_bytes(blake2b("\0".join(item).encode("utf-8", "replace"), digest_size=8).digest())
