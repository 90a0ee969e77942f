"""How many business requests come when: a steady rate, a day that breathes, the day of a launch; as seconds of a trace.

Arrivals within a second are drawn (Poisson); which business request each is follows the mix. What is random comes from
one seed. Left out: correlations between requests, such as people who come back because they were refused.
"""

from collections.abc import Iterator
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from harness.capacity.vectors.trace import Slice
from harness.plan.demand import Demand
from harness.plan.design import Design
from harness.plan.words import DAY_S, told_count

Rates = NDArray[np.float64]
BUSIEST_S = 3600  # of a day that is simulated; its totals are the whole day's
LAUNCH_AVERAGE_S, LAUNCH_RISE_S, LAUNCH_HOLD_S, LAUNCH_FALL_S = 1200, 120, 1800, 1800
LAUNCH_PEAK = 20.0  # times the day's average, when the doors open (assumed)


@dataclass(frozen=True, slots=True)
class Traffic:
    """Business requests a second over some time, and a whole day's for the bill: in all, and each hour's rate."""

    name: str
    rates: Rates
    per_day: float
    hours: tuple[float, ...]

    @property
    def length_s(self) -> int:
        """How long the trace is."""
        return len(self.rates)

    @property
    def peak_per_s(self) -> float:
        """The highest rate."""
        return float(self.rates.max())

    @property
    def expected(self) -> float:
        """Business requests in all, on average."""
        return float(self.rates.sum())

    def times(self, factor: float) -> "Traffic":
        """Return the same shape with so many times the requests."""
        if factor == 1.0:
            return self
        return replace(
            self,
            name=f"{self.name} × {factor:g}",
            rates=self.rates * factor,
            per_day=self.per_day * factor,
            hours=tuple(rate * factor for rate in self.hours),
        )


def steady(rate_per_s: float, length_s: float) -> Traffic:
    """Return a rate that stays, from the first second on; the bill counts it day and night."""
    rates = np.full(max(1, round(length_s)), float(rate_per_s))
    return Traffic(f"{told_count(rate_per_s)} a second", rates, rate_per_s * DAY_S, (float(rate_per_s),) * 24)


def day_of(design: Design, counted_per_day: float, length_s: float = BUSIEST_S) -> Traffic:
    """Return the busiest stretch of a day with so many of the request that growth counts."""
    per_day = counted_per_day * design.per_counted()
    busy = _breathing(design.day) * (per_day / DAY_S)
    length = min(max(1, round(length_s)), DAY_S)
    sums = np.cumsum(np.concatenate([[0.0], busy, busy]))
    first = int(np.argmax(sums[length : length + DAY_S] - sums[:DAY_S]))
    rates = np.concatenate([busy, busy])[first : first + length]
    return Traffic(f"{told_count(counted_per_day)} {design.counts}s a day", rates, per_day, _hours(busy))


def launch_of(design: Design, counted_per_day: float) -> Traffic:
    """Return the first hour and a half of a launch: quiet, a wall of people, a plateau, then a quarter of it."""
    per_day = counted_per_day * design.per_counted()
    average, peak = per_day / DAY_S, per_day / DAY_S * LAUNCH_PEAK
    rates = np.concatenate(
        [
            np.full(LAUNCH_AVERAGE_S, average),
            np.linspace(average, peak, LAUNCH_RISE_S),
            np.full(LAUNCH_HOLD_S, peak),
            np.linspace(peak, peak / 4, LAUNCH_FALL_S),
        ]
    )
    return Traffic(
        f"launch day, {told_count(counted_per_day)} {design.counts}s",
        rates,
        per_day,
        _hours(_breathing(design.day) * average),
    )


def slices(demand: Demand, traffic: Traffic, length_s: int = 1) -> Iterator[Slice]:
    """Give the trace in slices of so many seconds, each drawn when it is asked for."""
    requests = demand.design.requests
    shares = np.array([request.share for request in requests])
    shares = shares / shares.sum()
    for second in range(0, traffic.length_s, length_s):
        rates = traffic.rates[second : second + length_s]
        counts = demand.random.poisson(shares * rates.sum())
        named = {request.name: int(count) for request, count in zip(requests, counts, strict=True)}
        yield Slice(float(second), tuple(demand.groups(named)), float(len(rates)))


def _hours(busy: Rates) -> tuple[float, ...]:
    return tuple(float(rate) for rate in busy.reshape(24, 3600).max(axis=1))


def _breathing(day: tuple[float, ...]) -> Rates:
    """Return a day's weight of every second, 1 on average: straight lines between the middles of the hours."""
    middles = (np.arange(-1, 25) + 0.5) * 3600
    weights = np.array([day[-1], *day, day[0]])
    curve: Rates = np.interp(np.arange(DAY_S) + 0.5, middles, weights)
    curve /= curve.mean()
    return curve
