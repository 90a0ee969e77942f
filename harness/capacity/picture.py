"""A table's heat as one document: what `/_rehearsal/heat` answers, and what terminal, page and planner draw.

Rates are units a second, scaled limits as they were enforced; times are epoch seconds (of the edge's clock, or of the
planned day). Lists by step all begin at `started_s` and are equally long.
"""

from dataclasses import asdict, dataclass, field
from typing import Any, Literal

from harness.capacity.shape import Billing, Throughput


@dataclass(frozen=True, slots=True)
class PartitionHeat:
    """One partition over time; `low` and `high` are its part of the hash ring, from 0.0 to 1.0.

    A partition that has split ends; its halves begin where it ended. `collection` names the partition key when the
    partition holds (part of) a single item collection, `alone` tells that it holds a single hot item.
    """

    number: int
    low: float
    high: float
    born_s: float
    ended_s: float | None
    read: tuple[float, ...]  # units a second, one a step
    write: tuple[float, ...]
    throttled: tuple[int, ...]  # requests refused, one a step
    collection: str = ""
    alone: bool = False


@dataclass(frozen=True, slots=True)
class SplitSeen:
    """A partition became two."""

    at_s: float
    partition: int
    into: tuple[int, int]
    why: str


@dataclass(frozen=True, slots=True)
class KeyHeat:
    """What one key (or tenant) took. `overcount` is by how many units or throttles the figures may be too high."""

    key: str
    read_units: float
    write_units: float
    throttled: int
    share: float  # of the resource's heat (3 × write + read units), 0.0 to 1.0
    peak: float  # most heat in one step, units a second
    overcount: float = 0.0


@dataclass(frozen=True, slots=True)
class ResourceHeat:
    """A table (`resource` "") or a global index of it."""

    resource: str
    allowed: Throughput  # units a second now: what is provisioned, or what on demand serves
    consumed: Throughput  # units in all
    burst: Throughput | None  # units left; None on demand
    burst_maximum: Throughput | None
    partition_cap: Throughput
    throttles: dict[str, int] = field(default_factory=dict)  # by reason
    partitions: tuple[PartitionHeat, ...] = ()
    splits: tuple[SplitSeen, ...] = ()
    read: tuple[float, ...] = ()  # of all partitions, units a second, one a step
    write: tuple[float, ...] = ()
    throttled: tuple[int, ...] = ()
    burst_read: tuple[float, ...] = ()  # units left at each step's end; empty on demand
    burst_write: tuple[float, ...] = ()
    keys: tuple[KeyHeat, ...] = ()  # hottest partition keys first
    items: tuple[KeyHeat, ...] = ()  # hottest items (partition and sort key) first
    throttled_keys: tuple[KeyHeat, ...] = ()  # most throttled first
    tenants: tuple[KeyHeat, ...] = ()


@dataclass(frozen=True, slots=True)
class TableHeat:
    """One table with its indexes; the table itself is the first resource."""

    table: str
    billing: Billing
    resources: tuple[ResourceHeat, ...]
    account: str = ""
    region: str = ""
    enforced: bool = True


@dataclass(frozen=True, slots=True)
class HeatPicture:
    """All tables."""

    at_s: float
    started_s: float
    step_s: float
    scale: float
    tables: tuple[TableHeat, ...]
    source: Literal["live", "plan"] = "live"

    def as_document(self) -> dict[str, Any]:
        """Return the picture as JSON-ready data."""
        return asdict(self)
