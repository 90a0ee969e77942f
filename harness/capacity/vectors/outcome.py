"""What came of a simulated stretch of time."""

from dataclasses import dataclass, field

from harness.capacity.picture import HeatPicture


@dataclass(frozen=True, slots=True)
class KindOutcome:
    """One kind of request over the whole time; lists have one entry a step."""

    name: str
    offered: int
    throttled: int
    offered_by_step: tuple[int, ...]
    throttled_by_step: tuple[int, ...]
    read_units: float  # of the requests that were admitted, over all their charges
    write_units: float


@dataclass(frozen=True, slots=True)
class Change:
    """Something that the simulated service did: auto scaling, on-demand growth, a split."""

    at_s: float
    table: str
    resource: str
    what: str  # one line, for people
    from_units: float = 0.0
    to_units: float = 0.0


@dataclass(frozen=True, slots=True)
class FirstThrottle:
    """When and for which key a resource refused a request first."""

    at_s: float
    table: str
    resource: str
    reason: str
    key: str


@dataclass(frozen=True, slots=True)
class Outcome:
    """The whole simulation: heat as the live edge shows it (`picture`), and what only a planner asks for."""

    picture: HeatPicture
    kinds: tuple[KindOutcome, ...]
    changes: tuple[Change, ...] = ()
    first_throttles: tuple[FirstThrottle, ...] = ()
    allowed_read: dict[tuple[str, str], tuple[float, ...]] = field(default_factory=dict)  # (table, resource) → a step
    allowed_write: dict[tuple[str, str], tuple[float, ...]] = field(default_factory=dict)

    @property
    def offered(self) -> int:
        """Requests in all."""
        return sum(kind.offered for kind in self.kinds)

    @property
    def throttled(self) -> int:
        """Requests that were refused."""
        return sum(kind.throttled for kind in self.kinds)
