"""What a table or index as a whole may serve of one access: a bucket, why it says no, and how its rate changes.

Three kinds: provisioned (with burst), provisioned under auto scaling, and on demand (twice the previous peak, below the
table's own maximum and the quota on each table). Rates are scaled; what is told to auto scaling is not.
"""

from math import inf
from typing import NamedTuple

from harness.capacity.auto_scaling import AutoScaling
from harness.capacity.buckets import Bucket
from harness.capacity.charge import Cause
from harness.capacity.on_demand import OnDemandPeak
from harness.capacity.parameters import Parameters


class Limit:
    """The bucket of provisioned throughput: what was not used in the last `burst_s` is kept."""

    __slots__ = ("_parameters", "account", "bucket", "cause", "due_s", "provisioned", "units")

    def __init__(self, provisioned: float, parameters: Parameters, now_s: float, account: Bucket | None = None) -> None:
        self._parameters = parameters
        self.account = account  # the quota on provisioned throughput, which all tables share
        self.provisioned = provisioned  # units a second before any scale
        self.units = 0.0  # taken and not yet counted by what decides about the rate
        self.due_s = inf  # when `advance` has something to do
        self.cause = Cause.PROVISIONED
        rate, depth = self._rate_and_depth()
        self.bucket = Bucket(rate, depth, now_s, depth * parameters.burst_at_start)

    @property
    def burst_maximum(self) -> float | None:
        """Units that can be saved; None where nothing is."""
        return self.bucket.depth

    @property
    def carried(self) -> float:
        """Units a second, before any scale, that the partitions must carry."""
        return self.provisioned

    def advance(self, now_s: float) -> bool:  # noqa: ARG002 - nothing changes by itself
        """Let its rate change with time; tell whether it did."""
        return False

    def provision(self, provisioned: float, now_s: float) -> None:
        """Take another throughput on (UpdateTable); what was saved stays as far as there is room."""
        self.provisioned = provisioned
        self.bucket.resize(*self._rate_and_depth(), now_s)

    def _rate_and_depth(self) -> tuple[float, float]:
        rate = self.provisioned * self._parameters.scale
        # Without any burst a second's throughput can still be had at once.
        return rate, rate * max(self._parameters.burst_s, 1.0)


class ScaledLimit(Limit):
    """Provisioned throughput that auto scaling changes."""

    __slots__ = ("_scaling",)

    def __init__(
        self, scaling: AutoScaling, parameters: Parameters, now_s: float, account: Bucket | None = None
    ) -> None:
        super().__init__(scaling.provisioned, parameters, now_s, account)
        self._scaling = scaling
        self.due_s = scaling.due_s

    def advance(self, now_s: float) -> bool:
        """Let auto scaling look at the minutes that have ended."""
        self._scaling.take(self.units / self._parameters.scale)
        self.units = 0.0
        changed = self._scaling.advance(now_s)
        self.due_s = self._scaling.due_s
        if changed:
            super().provision(self._scaling.provisioned, now_s)
        return changed

    def provision(self, provisioned: float, now_s: float) -> None:
        """Take another throughput on; auto scaling goes on from it."""
        self._scaling.provisioned = provisioned
        super().provision(provisioned, now_s)


class OnDemandRule(NamedTuple):
    """What bounds one access on demand, units a second before any scale."""

    initial: float
    warm: float
    maximum: float  # of the table's own choice; infinity without
    quota: float  # on each table


class OnDemandLimit(Limit):
    """The bucket of an on-demand resource; it saves no more than `on_demand_depth_s`."""

    __slots__ = ("_peak", "_rule")

    def __init__(self, rule: OnDemandRule, parameters: Parameters, now_s: float, before: float = 0.0) -> None:
        self._rule = rule
        # A table that was provisioned before had half of that as its peak (documented: switching capacity modes).
        self._peak = OnDemandPeak(parameters, now_s, before * parameters.scale / parameters.on_demand_growth)
        super().__init__(0.0, parameters, now_s)
        self.due_s = self._peak.due_s
        self.bucket = Bucket(0.0, 0.0, now_s)
        self._allow(now_s)
        self.bucket.level = self.bucket.depth

    @property
    def burst_maximum(self) -> float | None:
        """None: on demand saves nothing that is told."""
        return None

    @property
    def carried(self) -> float:
        """What it may serve below quota and maximum: a maximum takes no partitions away."""
        return self._served() / self._parameters.scale

    def advance(self, now_s: float) -> bool:
        """Close the peak's windows that have ended."""
        self._peak.take(self.units)
        self.units = 0.0
        risen = self._peak.advance(now_s)
        self.due_s = self._peak.due_s
        if risen:
            self._allow(now_s)
        return risen

    def bound(self, rule: OnDemandRule, now_s: float) -> None:
        """Take other bounds on (UpdateTable)."""
        self._rule = rule
        self._allow(now_s)

    def _served(self) -> float:
        scale = self._parameters.scale
        grown = self._parameters.on_demand_growth * self._peak.peak
        return max(self._rule.initial * scale, self._rule.warm * scale, grown)

    def _allow(self, now_s: float) -> None:
        scale = self._parameters.scale
        served, maximum, quota = self._served(), self._rule.maximum * scale, self._rule.quota * scale
        rate = min(served, maximum, quota)
        self.cause = Cause.MAXIMUM if rate == maximum else Cause.ACCOUNT if rate == quota else Cause.SCALING
        self.provisioned = rate / scale
        self.bucket.resize(rate, rate * self._parameters.on_demand_depth_s, now_s)
