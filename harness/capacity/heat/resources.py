"""What is counted of one table or index, and how it is told as a `ResourceHeat`."""

from collections import Counter, deque
from collections.abc import Iterable, Sequence
from typing import Any, Protocol

from harness.capacity.charge import Charge, Refusal
from harness.capacity.heat.history import Axis, History, Series, counts, rates
from harness.capacity.heat.limits import HEAT_OF_A_WRITE, HeatLimits
from harness.capacity.heat.sketches import Counted, HeaviestKeys
from harness.capacity.heat.tenants import TenantOf
from harness.capacity.picture import KeyHeat, PartitionHeat, ResourceHeat, SplitSeen
from harness.capacity.shape import Throughput


class PartitionState(Protocol):
    """A partition as the capacity model tells it."""

    @property
    def number(self) -> int: ...
    @property
    def low(self) -> float: ...
    @property
    def high(self) -> float: ...
    @property
    def born_s(self) -> float: ...
    @property
    def ended_s(self) -> float | None: ...
    @property
    def collection(self) -> str: ...
    @property
    def alone(self) -> bool: ...


class ResourceState(Protocol):
    """A table's ("") or index's buckets as the capacity model tells them."""

    @property
    def resource(self) -> str: ...
    @property
    def allowed(self) -> Throughput: ...
    @property
    def burst(self) -> Throughput | None: ...
    @property
    def burst_maximum(self) -> Throughput | None: ...
    @property
    def partition_cap(self) -> Throughput: ...
    @property
    def partitions(self) -> Sequence[Any]: ...  # of PartitionState


class ResourceCounts:
    """Everything counted of one resource."""

    def __init__(self, started_s: float, limits: HeatLimits, tenant_of: TenantOf | None) -> None:
        self.history = History(started_s, limits.step_s, limits.steps_max)
        self.splits: deque[SplitSeen] = deque(maxlen=limits.splits_max)
        self.read_units = 0.0
        self.write_units = 0.0
        self.refused_reads = 0.0
        self.refused_writes = 0.0
        self.reasons: Counter[str] = Counter()
        self.keys, self.items, self.tenants = (HeaviestKeys(limits.monitored, HEAT_OF_A_WRITE) for _ in range(3))
        self.throttled_keys, self.throttled_items, self.throttled_tenants = (
            # Weighed by how many they are; what they asked for is kept beside it.
            HeaviestKeys(limits.monitored, write_weight=0.0)
            for _ in range(3)
        )
        self._tenant_of = tenant_of

    def take(self, now_s: float, base_step: int, charge: Charge, partition: int) -> None:
        """Count units; `base_step` is the shortest step that now is in."""
        place, read_units, write_units = charge.place, charge.read_units, charge.write_units
        self.read_units += read_units
        self.write_units += write_units
        self.history.add(now_s, partition, read_units, write_units)
        key, item = place.partition_key, place.item
        if key:
            self.keys.add(key, read_units, write_units, base_step)
            if item != key:  # without a sort key, the item is its key
                self.items.add(item, read_units, write_units, base_step)
            if self._tenant_of is not None and (tenant := self._tenant_of(place)):
                self.tenants.add(tenant, read_units, write_units, base_step)

    def refuse(self, now_s: float, base_step: int, charge: Charge, refusal: Refusal) -> None:
        """Count a refusal."""
        self.reasons[refusal.reason] += 1
        units = charge.write_units if refusal.access == "Write" else charge.read_units
        self.refuse_units(refusal.access, units)
        self.history.add_throttle(now_s, refusal.partition)
        place = charge.place
        if place.partition_key:
            self.throttled_keys.add(place.partition_key, 1.0, units, base_step)
            if place.item != place.partition_key:
                self.throttled_items.add(place.item, 1.0, units, base_step)
            if self._tenant_of is not None and (tenant := self._tenant_of(place)):
                self.throttled_tenants.add(tenant, 1.0, units, base_step)

    def refuse_units(self, access: str, units: float) -> None:
        """Count what refused requests asked for."""
        if access == "Write":
            self.refused_writes += units
        else:
            self.refused_reads += units

    def told(self, state: ResourceState, axis: Axis, now_s: float, top: int, peak_s: float) -> ResourceHeat:
        """Return all of it; `peak_s` is how long the step lasts in which a key's peak was counted."""
        whole = self.history.whole
        heat = self.read_units + HEAT_OF_A_WRITE * self.write_units
        burst_read, burst_write = self.history.burst(axis) if state.burst is not None else ((), ())
        hot = _Hot(heat, peak_s, top)
        return ResourceHeat(
            resource=state.resource,
            allowed=state.allowed,
            consumed=Throughput(round(self.read_units, 3), round(self.write_units, 3)),
            burst=state.burst,
            burst_maximum=state.burst_maximum,
            partition_cap=state.partition_cap,
            throttles=dict(self.reasons.most_common()),
            partitions=_partitions(state.partitions, self.history, axis, now_s),
            splits=tuple(self.splits),
            read=rates(whole.read, axis, now_s),
            write=rates(whole.write, axis, now_s),
            throttled=counts(whole.throttled, axis),
            burst_read=burst_read,
            burst_write=burst_write,
            keys=hot.most_accessed(self.keys, self.throttled_keys),
            items=hot.most_accessed(self.items, self.throttled_items),
            throttled_keys=hot.most_throttled(self.throttled_keys, self.keys),
            tenants=hot.most_accessed(self.tenants, self.throttled_tenants),
            refused=Throughput(round(self.refused_reads, 3), round(self.refused_writes, 3)),
        )


class _Hot:
    """Turns estimates into what is told of a key."""

    def __init__(self, heat: float, peak_s: float, top: int) -> None:
        self._heat, self._peak_s, self._top = heat, peak_s, top

    def most_accessed(self, accessed: HeaviestKeys, throttled: HeaviestKeys) -> tuple[KeyHeat, ...]:
        told = [self._told(key, one, throttled.of(key), one.overcount) for key, one in accessed.heaviest(self._top)]
        # Who was refused everything has taken nothing, and is as hot as the others.
        known = {one.key for one in told}
        for key, one in throttled.heaviest(self._top - len(told)) if len(told) < self._top else ():
            if key not in known and accessed.of(key) is None:
                told.append(self._told(key, None, one, one.overcount))
        return tuple(told)

    def most_throttled(self, throttled: HeaviestKeys, accessed: HeaviestKeys) -> tuple[KeyHeat, ...]:
        return tuple(
            self._told(key, accessed.of(key), one, one.overcount) for key, one in throttled.heaviest(self._top)
        )

    def _told(self, key: str, accessed: Counted | None, throttled: Counted | None, overcount: float) -> KeyHeat:
        return KeyHeat(
            key=key,
            read_units=round(accessed.read_units, 3) if accessed else 0.0,
            write_units=round(accessed.write_units, 3) if accessed else 0.0,
            throttled=int(throttled.weight) if throttled else 0,
            share=min(1.0, round(accessed.weight / self._heat, 6)) if accessed and self._heat > 0 else 0.0,
            peak=round(accessed.peak / self._peak_s, 3) if accessed else 0.0,
            overcount=round(overcount, 3),
            refused_units=round(throttled.write_units, 3) if throttled else 0.0,
        )


def _partitions(
    states: Iterable[PartitionState], history: History, axis: Axis, now_s: float
) -> tuple[PartitionHeat, ...]:
    nothing = Series()
    return tuple(
        PartitionHeat(
            number=state.number,
            low=state.low,
            high=state.high,
            born_s=state.born_s,
            ended_s=state.ended_s,
            read=rates(series.read, axis, now_s),
            write=rates(series.write, axis, now_s),
            throttled=counts(series.throttled, axis),
            collection=state.collection,
            alone=state.alone,
        )
        for state in states
        for series in (history.partitions.get(state.number, nothing),)
    )
