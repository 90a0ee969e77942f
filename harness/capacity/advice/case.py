"""One resource of a picture and what can be worked out of it: peaks, what was asked, who asked most."""

import math
from dataclasses import dataclass
from functools import cached_property
from itertools import zip_longest
from typing import Literal

from harness.capacity.advice.words import told_key, told_number
from harness.capacity.heat import HEAT_OF_A_WRITE
from harness.capacity.picture import HeatPicture, KeyHeat, PartitionHeat, ResourceHeat, TableHeat

Access = Literal["Read", "Write"]
ACCESSES: tuple[Access, Access] = ("Write", "Read")
Weight = Literal["act", "watch", "fine"]


@dataclass(frozen=True, slots=True)
class Advice:
    """One thing to do. `weight` says how much: act (requests are refused), watch (soon they may be), fine (nothing)."""

    kind: str  # such as "hot item"; one of docs/heat.md's
    weight: Weight
    table: str
    resource: str  # "" for the table
    title: str
    why: str
    what: str
    snippet: str = ""  # a command or code
    throttled: int = 0  # requests that it is about


@dataclass(frozen=True)
class Case:
    """A resource within its picture. Rates are as enforced; `aws` says them as AWS would have them."""

    picture: HeatPicture
    table: TableHeat
    heat: ResourceHeat

    @property
    def name(self) -> str:
        """The table's or the index's name, in one line."""
        table = told_key(self.table.table, 80)
        return f"index {told_key(self.heat.resource, 80)} of {table}" if self.heat.resource else table

    def advice(
        self, kind: str, title: str, why: str, what: str, snippet: str = "", *, weight: Weight = "act", about: int = 0
    ) -> Advice:
        """Return advice for this resource, about so many refused requests."""
        return Advice(kind, weight, self.table.table, self.heat.resource, title, why, what, snippet, about)

    @property
    def throttled(self) -> int:
        """Requests refused, for whatever reason."""
        return sum(self.heat.throttles.values())

    def refused(self, access: Access, cause: str) -> int:
        """Return how many requests were refused for a cause (`KeyRangeThroughputExceeded`)."""
        return sum(
            count for reason, count in self.heat.throttles.items() if reason.endswith(cause) and access in reason[:10]
        )

    def aws(self, units: float) -> float:
        """Return a rate or limit without the scale."""
        return units / self.picture.scale if self.picture.scale > 0 else units

    def to_set(self, units: float) -> int:
        """Return units a second to write into a template or command: without the scale, two digits, rounded up."""
        wanted = self.aws(units)
        if wanted <= 10:
            return max(1, math.ceil(wanted))
        step: int = 10 ** (int(math.log10(wanted)) - 1)
        return math.ceil(wanted / step) * step

    def told_rate(self, units: float) -> str:
        """Return a rate in words; at another scale than 1, also as AWS would have it."""
        told = f"{told_number(units)} units/s"
        return told if self.picture.scale == 1 else f"{told} ({told_number(self.aws(units))} at full scale)"

    def rates(self, access: Access) -> tuple[float, ...]:
        """Return what was consumed, units a second by step."""
        return self.heat.read if access == "Read" else self.heat.write

    def allowed(self, access: Access) -> float:
        """Return units a second that are allowed now."""
        return self.heat.allowed.read_units if access == "Read" else self.heat.allowed.write_units

    def cap(self, access: Access) -> float:
        """Return a partition's units a second."""
        cap = self.heat.partition_cap
        return cap.read_units if access == "Read" else cap.write_units

    def burst(self, access: Access) -> tuple[float, float]:
        """Return the units that are left of the burst, and how many there can be; 0 of 0 on demand."""
        pair = self.heat.burst, self.heat.burst_maximum
        if pair[0] is None or pair[1] is None:
            return 0.0, 0.0
        if access == "Read":
            return pair[0].read_units, pair[1].read_units
        return pair[0].write_units, pair[1].write_units

    def peak(self, access: Access) -> float:
        """Return the most units a second that were consumed over one step."""
        return max(self.rates(access), default=0.0)

    def asked(self, access: Access) -> float:
        """Return the most units a second that were consumed or refused over one step."""
        return max(self._asked_rates(access), default=0.0)

    def asked_mean(self, access: Access) -> float:
        """Return the units a second that were consumed or refused over all steps."""
        rates = self._asked_rates(access)
        return sum(rates) / len(rates) if rates else 0.0

    def asked_of(self, key: KeyHeat, access: Access) -> float:
        """Return the most units a second that were asked of one key."""
        heat = heat_of(key.read_units, key.write_units)
        units = key.write_units if access == "Write" else key.read_units
        taken = key.peak * units / heat if heat else 0.0
        step_s = self.picture.step_s or 1.0
        most = max(self.heat.throttled, default=0) / step_s * self._refused_part(access)
        part = min(1.0, key.throttled / self.throttled if self.throttled else 0.0)
        return taken + most * part * _each(key.refused_units, key.throttled)

    def fullest(self, partition: PartitionHeat, access: Access) -> float:
        """Return the most of its cap that a partition served over one step, 1.0 for all of it."""
        rates = partition.read if access == "Read" else partition.write
        cap = self.cap(access)
        return max(rates, default=0.0) / cap if cap > 0 else 0.0

    @cached_property
    def fullest_part(self) -> float:
        """The most of its cap that any partition served."""
        return max((self.fullest(one, access) for one in self.heat.partitions for access in ACCESSES), default=0.0)

    @cached_property
    def used_part(self) -> float:
        """The most of what is allowed that was consumed over one step."""
        return max((self.peak(one) / self.allowed(one) for one in ACCESSES if self.allowed(one) > 0), default=0.0)

    @property
    def nearest_part(self) -> float:
        """The most of any limit, a partition's cap or what is allowed, that was consumed over one step."""
        return max(self.fullest_part, self.used_part)

    @property
    def nearest_limit(self) -> str:
        """Which limit that was, in words."""
        return "a partition's cap" if self.fullest_part >= self.used_part else "what it is allowed"

    @property
    def throttled_s(self) -> float:
        """For how many seconds something was refused."""
        return sum(1 for count in self.heat.throttled if count) * self.picture.step_s

    def _asked_rates(self, access: Access) -> list[float]:
        units = self.heat.refused.read_units if access == "Read" else self.heat.refused.write_units
        part = self._refused_part(access)
        each = part * _each(units, self.throttled * part)
        a_request = each / self.picture.step_s if self.picture.step_s > 0 else 0.0
        pairs = zip_longest(self.rates(access), self.heat.throttled, fillvalue=0)
        return [rate + count * a_request for rate, count in pairs]

    def _refused_part(self, access: Access) -> float:
        told = sum(count for reason, count in self.heat.throttles.items() if access in reason[:10])
        return told / self.throttled if self.throttled else 0.0


def heat_of(read_units: float, write_units: float) -> float:
    """Return heat as Contributor Insights counts it: a write unit is three times a read unit."""
    return read_units + HEAT_OF_A_WRITE * write_units


def _each(units: float, requests: float) -> float:
    """Return what a refused request asked for on average; one unit where it was not told."""
    return units / requests if units > 0 and requests > 0 else 1.0
