"""One table's capacity: its model, its heat and metrics, the items seen lately, and what is set for it."""

from collections.abc import Mapping, Sequence
from typing import Any

from harness.capacity.account import AccountCapacity
from harness.capacity.auto_scaling import ScalingRule
from harness.capacity.charge import Charge, Observer, Place, Refusal
from harness.capacity.heat import Heat
from harness.capacity.parameters import Parameters
from harness.capacity.resource import Access
from harness.capacity.shape import TableShape
from harness.capacity.table import TableCapacity
from harness.edge.call import Namespace
from harness.edge.capacity.later import Later
from harness.edge.capacity.seen import Seen
from harness.edge.capacity.settings import CapacityOptions, TableSettings, check_fit, overridden_shape
from harness.edge.cloudwatch import TableMetrics
from harness.errors import SettingInvalid

_ACCESSES: Mapping[str, Access] = {"read": "Read", "write": "Write"}
SAMPLE_EVERY_S = 10.0  # how often what is left of the burst is kept, as no event tells


class Ledger:
    """What capacity knows of one table. `described` is the table as its engine tells it."""

    def __init__(
        self,
        namespace: Namespace,
        described: TableShape,
        options: CapacityOptions,
        started_s: float,
        now_s: float,
        account: AccountCapacity,
        metrics: TableMetrics,
        later: Later,
    ) -> None:
        self.namespace = namespace
        self.described = described
        self.settings: TableSettings = options.of(described.name)
        self.parameters: Parameters = options.parameters_of(self.settings)
        self.enforced = bool(self.settings.enforce)
        self.objection = ""  # why some of what is set can't be had
        try:
            check_fit(described, self.settings)
        except SettingInvalid as problem:
            self.objection = problem.headline
        self._tenant = None if self.objection else self.settings.tenant
        self.shape = overridden_shape(described, self.settings)
        self.seen = Seen()
        self.heat = Heat(self.shape, started_s, tenant=self._tenant)
        self.metrics = metrics
        self._fan = _Fan([self.heat, metrics], later)
        self.capacity = TableCapacity(
            self.shape, self.parameters, now_s, self._fan, account=account, scaling=_rules(self.settings)
        )
        self._sample_due_s = self._last_s = now_s
        # Ten gigabytes never come together here: bytes only count where somebody made partitions smaller.
        self._counts_bytes = self.parameters.partition_bytes < Parameters().partition_bytes

    def refusal(self, charges: Sequence[Charge], now_s: float) -> Refusal | None:
        """Return why these charges can't be paid now, None when they can or nothing is enforced."""
        self._last_s = now_s
        if now_s >= self._sample_due_s:
            self._sample(now_s)
        return self.capacity.refusal(charges, now_s) if self.enforced else None

    def learn(self, place: Place, item: Mapping[str, Any] | None, before_bytes: int, after_bytes: int) -> None:
        """Remember what a write made of the item at a place of the table; None: it is gone."""
        self.seen.note(place.item, item, after_bytes)
        if self._counts_bytes and before_bytes != after_bytes:
            self.capacity.grow(place, after_bytes - before_bytes, self._last_s)

    def reshape(self, described: TableShape, now_s: float) -> None:
        """Go on with a table that was changed."""
        self.described = described
        self.shape = overridden_shape(described, self.settings)
        self.capacity.reshape(self.shape, now_s)
        self.heat.reshape(self.shape)

    def _sample(self, now_s: float) -> None:
        """Keep what no event tells: how much burst is left, and what auto scaling has provisioned."""
        self._sample_due_s = now_s + SAMPLE_EVERY_S
        states = self.capacity.snapshot(now_s)
        self.heat.sample(now_s, states)
        provisioned = self.shape.billing == "PROVISIONED"
        for state in states:
            self.metrics.provision(state.resource, state.allowed if provisioned else None)

    def cool(self, started_s: float) -> None:
        """Forget the heat."""
        self.heat = Heat(self.shape, started_s, tenant=self._tenant)
        self._fan.observers[0] = self.heat


class _Fan:
    """Tells several observers the same, after the answer."""

    __slots__ = ("_later", "observers")

    def __init__(self, observers: list[Observer], later: Later) -> None:
        self.observers = observers
        self._later = later

    def took(self, now_s: float, charge: Charge, partition: int) -> None:
        self._later.add(self._tell_took, now_s, charge, partition)

    def refused(self, now_s: float, charge: Charge, refusal: Refusal) -> None:
        self._later.add(self._tell_refused, now_s, charge, refusal)

    def split(self, now_s: float, resource: str, partition: int, into: tuple[int, int], why: str) -> None:
        self._later.add(self._tell_split, now_s, resource, partition, into, why)

    def _tell_took(self, now_s: float, charge: Charge, partition: int) -> None:
        for one in self.observers:
            one.took(now_s, charge, partition)

    def _tell_refused(self, now_s: float, charge: Charge, refusal: Refusal) -> None:
        for one in self.observers:
            one.refused(now_s, charge, refusal)

    def _tell_split(self, now_s: float, resource: str, partition: int, into: tuple[int, int], why: str) -> None:
        for one in self.observers:
            one.split(now_s, resource, partition, into, why)


def _rules(settings: TableSettings) -> dict[tuple[str, Access], ScalingRule]:
    """Return auto scaling's rules as the model takes them."""
    resources = {"": settings, **settings.indexes}
    return {
        (name, _ACCESSES[side]): rule
        for name, resource in resources.items()
        for side, rule in resource.auto_scaling.items()
    }
