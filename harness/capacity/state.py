"""What a table's capacity tells of itself: throughput, burst left and partitions, as plain values."""

from dataclasses import dataclass

from harness.capacity.shape import Throughput


@dataclass(frozen=True, slots=True)
class PartitionState:
    """One partition; `low` and `high` are its part of the hash ring, from 0.0 to 1.0."""

    number: int
    low: float
    high: float
    born_s: float
    ended_s: float | None = None
    collection: str = ""
    alone: bool = False
    bytes: int = 0


@dataclass(frozen=True, slots=True)
class ResourceState:
    """A table (`resource` "") or a global index: units a second allowed now, and units of burst left (scaled)."""

    resource: str
    allowed: Throughput
    burst: Throughput | None  # None on demand
    burst_maximum: Throughput | None
    partition_cap: Throughput
    partitions: tuple[PartitionState, ...] = ()  # living ones by their place on the ring, then those that have ended
