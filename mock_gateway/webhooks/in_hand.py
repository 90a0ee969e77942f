"""What the deliverer has taken from the outbox and not yet finished: waiting, held together, or being sent.

It is the process's memory of faults at work: when the process dies, the deliveries are still due in the outbox and are
sent as they should be. Used by the deliverer's thread alone.
"""

import heapq
import itertools
from collections import Counter, deque
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field, replace

from mock_gateway.faults.board import Bite
from mock_gateway.faults.misdelivery import Misdelivery
from mock_gateway.webhooks.endpoints import Endpoint
from mock_gateway.webhooks.events import Event
from mock_gateway.webhooks.outbox import Delivery
from mock_gateway.webhooks.posting import Post

SENDING_MAX = 32
# One receiver that hangs leaves most of the room to the others.
SENDING_PER_ENDPOINT_MAX = 4


@dataclass(frozen=True, slots=True, kw_only=True)
class Parcel:
    """A delivery with all that is needed to send it once; what comes of a copy is logged and changes nothing."""

    delivery: Delivery
    event: Event
    endpoint: Endpoint
    fault: Misdelivery
    age_s: int = 0
    is_copy: bool = False

    def copied(self) -> "Parcel":
        """Return the parcel that a fault has sent once more."""
        return replace(self, age_s=self.fault.copies_age_s(), is_copy=True)


@dataclass(slots=True, eq=False)
class Job:
    """Parcels for one endpoint that are sent one after another."""

    parcels: list[Parcel]
    post: Post | None = None
    late_at_s: float = 0.0


@dataclass(slots=True)
class _Group:
    size: int
    late_at_s: float
    held: list[tuple[Parcel, Bite]] = field(default_factory=list)


class InHand:
    """Keeps parcels until they may be sent; instants are seconds of a clock that never goes back."""

    def __init__(self, is_set: Callable[[str], bool]) -> None:
        self._is_set = is_set
        self._waiting: list[tuple[float, int, Job]] = []
        self._order = itertools.count()
        self._groups: dict[tuple[str, str], _Group] = {}
        self._ready: deque[Job] = deque()
        self.sending: list[Job] = []
        self._parcels: Counter[str] = Counter()

    def __len__(self) -> int:
        return self._parcels.total()

    def deliveries(self) -> list[str]:
        """Return the ids of the deliveries in hand."""
        return list(self._parcels)

    def endpoints_busy(self) -> list[str]:
        """Return the endpoints that nothing more is to be taken for."""
        counts = _by_endpoint((*self.sending, *self._ready))
        return [endpoint for endpoint, count in counts.items() if count >= SENDING_PER_ENDPOINT_MAX]

    def room(self) -> int:
        """Return how many more jobs may be sent at once; those that wait for a busy endpoint take no room."""
        sending = _by_endpoint(self.sending)
        starting = sum(
            min(count, SENDING_PER_ENDPOINT_MAX - sending[endpoint])
            for endpoint, count in _by_endpoint(self._ready).items()
        )
        return SENDING_MAX - len(self.sending) - starting

    def add(self, parcel: Parcel, at_s: float | None = None) -> None:
        """Keep a parcel that is to be sent at an instant (None: at once)."""
        self._parcels[parcel.delivery.id] += 1
        if at_s is None:
            self._ready.append(Job([parcel]))
        else:
            heapq.heappush(self._waiting, (at_s, next(self._order), Job([parcel])))

    def hold(self, parcel: Parcel, bite: Bite, until_s: float) -> None:
        """Keep a parcel until there are as many as its fault holds together, or until an instant."""
        self._parcels[parcel.delivery.id] += 1
        fresh = _Group(parcel.fault.held_together(), until_s)
        self._groups.setdefault((bite.rule_id, parcel.endpoint.id), fresh).held.append((parcel, bite))
        self._release(lambda _rule, group: len(group.held) >= group.size)

    def startable(self, now_s: float) -> Iterator[Job]:
        """Take the jobs that may be sent now; each is being sent from then on."""
        while self._waiting and self._waiting[0][0] <= now_s:
            self._ready.append(heapq.heappop(self._waiting)[2])
        self._release(lambda rule, group: group.late_at_s <= now_s or not self._is_set(rule))
        for _ in range(len(self._ready)):
            job = self._ready.popleft()
            if len(self.sending) < SENDING_MAX and self._has_room(job.parcels[0].endpoint.id):
                self.sending.append(job)
                yield job
            else:
                self._ready.append(job)

    def end(self, job: Job) -> None:
        """Let go of a job that was sent; one that was forgotten meanwhile is nothing to it."""
        if job in self.sending:
            self.sending.remove(job)
            self._parcels -= Counter(parcel.delivery.id for parcel in job.parcels)

    def clear(self) -> None:
        """Let go of everything."""
        for kept in (self._waiting, self._groups, self._ready, self.sending, self._parcels):
            kept.clear()

    def next_at_s(self) -> float | None:
        """Return the next instant at which something has to be done here."""
        instants = [
            *(at_s for at_s, _, _ in self._waiting[:1]),
            *(group.late_at_s for group in self._groups.values()),
            *(job.late_at_s for job in self.sending),
        ]
        return min(instants, default=None)

    def _has_room(self, endpoint: str) -> bool:
        return _by_endpoint(self.sending)[endpoint] < SENDING_PER_ENDPOINT_MAX

    def _release(self, is_over: Callable[[str, _Group], bool]) -> None:
        for rule, endpoint in [key for key, group in self._groups.items() if is_over(key[0], group)]:
            held = self._groups.pop((rule, endpoint)).held
            for _, bite in held:
                if len(held) > 1:
                    bite.fire()
                bite.settle()
            self._ready.append(Job([parcel for parcel, _ in reversed(held)]))


def _by_endpoint(jobs: Iterable[Job]) -> Counter[str]:
    return Counter(job.parcels[0].endpoint.id for job in jobs)
