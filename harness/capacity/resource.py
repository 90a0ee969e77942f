"""A table or a global index: its partitions, what it may serve as a whole, and its account.

Order of refusal: partition, then the table or index, then the account. AWS publishes no order; the narrowest is told
first, because raising what is wider would not help a hot key (assumed).
"""

from collections.abc import Mapping
from math import inf
from typing import Literal

from harness.capacity.account import AccountCapacity
from harness.capacity.auto_scaling import AutoScaling, ScalingRule
from harness.capacity.buckets import Bucket
from harness.capacity.charge import Cause, Charge, Place, Refusal
from harness.capacity.limits import Limit, OnDemandLimit, OnDemandRule, ScaledLimit
from harness.capacity.parameters import Parameters
from harness.capacity.partitions import Partition, Partitions, Told, count_at_birth, needed
from harness.capacity.shape import Billing, IndexShape, TableShape, Throughput
from harness.capacity.state import ResourceState

Access = Literal["Read", "Write"]
_NOTHING = Throughput(0.0, 0.0)
_UNBOUND = Throughput(inf, inf)


class Resource:
    """One table ("") or global index with its own throughput and partitions."""

    __slots__ = (
        "_caps", "_due_s", "_paid", "_parameters", "_rules", "_warm", "account", "billing", "name", "partitions",
        "read", "write",
    )  # fmt: skip

    def __init__(
        self, shape: TableShape, index: IndexShape | None, parameters: Parameters, now_s: float, told: Told,
        account: AccountCapacity | None, rules: Mapping[Access, ScalingRule],
    ) -> None:  # fmt: skip
        self.name = index.name if index else ""
        self.billing: Billing = shape.billing
        self._paid = index or shape
        self._warm = self._paid.warm or _NOTHING
        self._parameters = parameters
        self.account = account
        self._rules = rules  # by access
        self.read = self._limit("Read", now_s)
        self.write = self._limit("Write", now_s)
        self._due_s = min(self.read.due_s, self.write.due_s)  # when the rates may change by themselves
        count = count_at_birth(self._weight(), 0 if index else shape.size_bytes, parameters)
        self.partitions = Partitions(
            parameters, now_s, count, told,
            by_sort=_may_cut_collections(shape, index), has_sort=bool(self._paid.key.sort),
        )  # fmt: skip
        self._caps = self.partitions.caps

    def refusal(self, charge: Charge, now_s: float) -> Refusal | None:
        """Return which bucket would refuse this charge now."""
        if now_s >= self._due_s:
            self.advance(now_s)
        partition = self.partitions.find(charge.place)
        if charge.write_units > 0.0:
            cause = self._cause(partition.write, self.write, now_s)
            if cause is not None:
                return self._refusal("Write", cause, partition, charge.place)
        if charge.read_units > 0.0:
            cause = self._cause(partition.read, self.read, now_s)
            if cause is not None:
                return self._refusal("Read", cause, partition, charge.place)
        return None

    def take(self, charge: Charge, now_s: float) -> int:
        """Take a charge's units; return the number of the partition that paid."""
        if now_s >= self._due_s:
            self.advance(now_s)
        place, reads, writes = charge.place, charge.read_units, charge.write_units
        partition = self.partitions.find(place)
        caps = self._caps
        read_load = write_load = 0.0
        if writes:
            write_load = writes * caps.write_load
            partition.write.spend(writes, now_s)
            self._spend(self.write, writes, now_s)
        if reads:
            weighed = reads if charge.consistent else reads * caps.eventual_weight
            read_load = weighed * caps.read_load
            partition.read.spend(weighed * caps.read_weight, now_s)
            self._spend(self.read, reads, now_s)
        return self.partitions.note(partition, place, read_load, write_load, now_s)

    def reshape(self, shape: TableShape, index: IndexShape | None, now_s: float) -> None:
        """Take another throughput, billing mode or other bounds on; partitions are added, never merged."""
        self.advance(now_s)
        before, self._paid = self._paid, index or shape
        self._warm = _greater(self._warm, self._paid.warm)
        if shape.billing != self.billing:
            self.billing = shape.billing
            self.read = self._limit("Read", now_s, self.read.provisioned)
            self.write = self._limit("Write", now_s, self.write.provisioned)
        else:
            self._update(self.read, "Read", before, now_s)
            self._update(self.write, "Write", before, now_s)
        self._due_s = min(self.read.due_s, self.write.due_s)
        self.partitions.by_sort = _may_cut_collections(shape, index)
        self.partitions.carry(self._weight(), now_s)

    def state(self, now_s: float) -> ResourceState:
        """Return what it allows and has left now."""
        self.advance(now_s)
        for limit in (self.read, self.write):
            limit.bucket.advance(now_s)
        read, write = self.read, self.write
        burst = maximum = None
        if read.burst_maximum is not None and write.burst_maximum is not None:
            burst = Throughput(max(read.bucket.level, 0.0), max(write.bucket.level, 0.0))
            maximum = Throughput(read.burst_maximum, write.burst_maximum)
        return ResourceState(
            self.name, Throughput(read.bucket.rate, write.bucket.rate), burst, maximum,
            Throughput(self._caps.read, self._caps.write), self.partitions.states(),
        )  # fmt: skip

    @staticmethod
    def _cause(partition: Bucket, limit: Limit, now_s: float) -> Cause | None:
        if not partition.admits(now_s):
            return Cause.KEY_RANGE
        if not limit.bucket.admits(now_s):
            return limit.cause
        return Cause.ACCOUNT if limit.account is not None and not limit.account.admits(now_s) else None

    def _refusal(self, access: Access, cause: Cause, partition: Partition, place: Place) -> Refusal:
        return Refusal(self.name, access, cause, partition.number if cause is Cause.KEY_RANGE else -1, place)

    @staticmethod
    def _spend(limit: Limit, units: float, now_s: float) -> None:
        limit.units += units
        limit.bucket.spend(units, now_s)
        if limit.account is not None:
            limit.account.spend(units, now_s)

    def advance(self, now_s: float) -> None:
        """Let both rates change with time, and add the partitions that more throughput needs."""
        changed = [limit.advance(now_s) for limit in (self.read, self.write) if now_s >= limit.due_s]
        self._due_s = min(self.read.due_s, self.write.due_s)
        if any(changed):
            self.partitions.carry(self._weight(), now_s)

    def _limit(self, access: Access, now_s: float, before: float = 0.0) -> Limit:
        if self.billing == "PAY_PER_REQUEST":
            return OnDemandLimit(self._rule(access), self._parameters, now_s, before)
        provisioned = _of(self._paid.provisioned or _NOTHING, access)
        rule = self._rules.get(access)
        account = None
        if self.account is not None:
            account = self.account.read if access == "Read" else self.account.write
        if rule is None:
            return Limit(provisioned, self._parameters, now_s, account)
        scaling = AutoScaling(rule, provisioned, self._parameters, now_s)
        return ScaledLimit(scaling, self._parameters, now_s, account)

    def _rule(self, access: Access) -> OnDemandRule:
        figures, warm = self._parameters, _of(self._warm, access)
        maximum = _of(self._paid.maximum or _UNBOUND, access)
        if access == "Read":
            return OnDemandRule(figures.on_demand_read_units, warm, maximum, figures.table_read_units)
        return OnDemandRule(figures.on_demand_write_units, warm, maximum, figures.table_write_units)

    def _update(self, limit: Limit, access: Access, before: IndexShape | TableShape, now_s: float) -> None:
        if isinstance(limit, OnDemandLimit):
            limit.bound(self._rule(access), now_s)
        # What auto scaling has provisioned meanwhile stays, unless another throughput is told.
        elif self._paid.provisioned != before.provisioned:
            limit.provision(_of(self._paid.provisioned or _NOTHING, access), now_s)

    def _weight(self) -> float:
        figures = self._parameters
        on_demand = self.billing == "PAY_PER_REQUEST"
        carried = needed(self.read.carried, self.write.carried, figures, either=on_demand)
        return max(carried, needed(self._warm.read_units, self._warm.write_units, figures, either=True))


def _may_cut_collections(shape: TableShape, index: IndexShape | None) -> bool:
    # A local index keeps each of its table's collections in one partition (documented: LSI).
    return index is not None or len(shape.global_indexes) == len(shape.indexes)


def _of(pair: Throughput, access: Access) -> float:
    return pair.read_units if access == "Read" else pair.write_units


def _greater(one: Throughput, other: Throughput | None) -> Throughput:
    if other is None:
        return one
    return Throughput(max(one.read_units, other.read_units), max(one.write_units, other.write_units))
