"""One table's heat: observes what its capacity model takes and refuses, and tells it as a `TableHeat`.

On the way of a live call only a list grows; every `HeatLimits.batch` events, and before anything is read, the list is
folded into step histories and key sketches. Not thread-safe: one event loop's thread observes and reads.
Leaves out: what was refused to whom in which order (the record of calls has that).
"""

from collections.abc import Mapping, Sequence
from typing import Any

from harness.capacity.charge import Charge, Refusal
from harness.capacity.heat.history import Axis
from harness.capacity.heat.limits import HeatLimits
from harness.capacity.heat.resources import ResourceCounts, ResourceState
from harness.capacity.heat.tenants import tenant_reader
from harness.capacity.picture import SplitSeen, TableHeat
from harness.capacity.shape import TableShape


class Heat:
    """Counts one table's heat. An `Observer` of its capacity.

    Tables that are to stand in one picture need the same `started_s` and limits. `tenant` is `tenant_reader`'s setting;
    raises SettingInvalid for one that makes no sense.
    """

    def __init__(
        self,
        shape: TableShape,
        started_s: float,
        limits: HeatLimits | None = None,
        *,
        tenant: Mapping[str, Any] | None = None,
    ) -> None:
        self.limits = limits or HeatLimits()
        self.started_s = started_s
        self.shape = shape
        self._tenant = tenant
        self._resources: dict[str, ResourceCounts] = {}
        self._pending: list[tuple[float, Charge, int, Refusal | None]] = []
        self._batch = self.limits.batch
        self._of("")

    def reshape(self, shape: TableShape) -> None:
        """Go on with a changed table: new indexes, other throughput."""
        self._fold()
        self.shape = shape

    def took(self, now_s: float, charge: Charge, partition: int) -> None:
        """Count units; the observer's part."""
        self._pending.append((now_s, charge, partition, None))
        if len(self._pending) >= self._batch:
            self._fold()

    def refused(self, now_s: float, charge: Charge, refusal: Refusal) -> None:
        """Count a refusal, for the charge that could not be paid; the observer's part.

        The other charges of a refused request are told too, and took nothing.
        """
        if charge.resource == refusal.resource and refusal.place in (None, charge.place):
            self._pending.append((now_s, charge, refusal.partition, refusal))

    def split(self, now_s: float, resource: str, partition: int, into: tuple[int, int], why: str) -> None:
        """Keep that a partition became two; the observer's part."""
        self._of(resource).splits.append(SplitSeen(now_s, partition, into, why))

    def sample(self, now_s: float, states: Sequence[ResourceState]) -> None:
        """Keep how much burst is left; to be called about once a step, because no event tells."""
        for state in states:
            if state.burst is not None:
                burst = state.burst
                self._of(state.resource).history.keep_burst(now_s, burst.read_units, burst.write_units)

    def axis(self, now_s: float) -> Axis:
        """Return the time axis that a picture would have now."""
        self._fold()
        axes = [counts.history.axis(now_s) for counts in self._resources.values()]
        return max(axes, key=lambda axis: axis.step_s * axis.steps)

    def picture(
        self, now_s: float, states: Sequence[ResourceState], *, top: int = 100, axis: Axis | None = None
    ) -> TableHeat:
        """Return the heat until now with the `top` hottest keys; `states` are the capacity's, the table first.

        `axis` makes the lists as long as other tables' (see `pictures.picture_of`).
        """
        self.sample(now_s, states)
        axis = axis or self.axis(now_s)
        told = []
        for state in states:
            counts = self._of(state.resource)
            counts.history.reach(axis)
            told.append(counts.told(state, axis, now_s, top, self.limits.step_s))
        return TableHeat(table=self.shape.name, billing=self.shape.billing, resources=tuple(told))

    def _fold(self) -> None:
        started_s, step_s, resources = self.started_s, self.limits.step_s, self._resources
        for now_s, charge, partition, refusal in self._pending:
            counts = resources.get(charge.resource) or self._of(charge.resource)
            base_step = int((now_s - started_s) / step_s)
            if refusal is None:
                counts.take(now_s, base_step, charge, partition)
            else:
                counts.refuse(now_s, base_step, charge, refusal)
        self._pending.clear()

    def _of(self, resource: str) -> ResourceCounts:
        known = self._resources.get(resource)
        if known is None:
            tenant_of = tenant_reader(self._tenant, self.shape, resource)
            known = self._resources[resource] = ResourceCounts(self.started_s, self.limits, tenant_of)
        return known
