"""What is told of one metric: sums in memory that does not grow, and the form that PutMetricData takes them in."""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field

Form = dict[str, str]
VALUES_MAX = 150  # of one datum (documented, API_MetricDatum)


@dataclass(slots=True)
class Figure:
    """A statistic set: how many samples, their sum, the least and the greatest."""

    count: int = 0
    total: float = 0.0
    least: float = 0.0
    greatest: float = 0.0

    def add(self, value: float, count: int = 1) -> None:
        """Count `count` samples of this value."""
        self.least = min(self.least, value) if self.count else value
        self.greatest = max(self.greatest, value) if self.count else value
        self.count += count
        self.total += value * count

    def give_back(self, value: float) -> None:
        """Take back what was counted too much; it makes no sample."""
        self.total -= value

    @property
    def is_telling(self) -> bool:
        """Whether there is anything to tell; more given back than taken waits for the next takings."""
        return self.count > 0 and self.total >= 0


@dataclass(frozen=True, slots=True)
class Datum:
    """One metric's figures of one interval, ready to be sent."""

    metric: str
    unit: str
    dimensions: tuple[tuple[str, str], ...]
    figure: Figure = field(default_factory=Figure)
    values: Mapping[float, int] = field(default_factory=dict)  # value → how often; instead of the figure

    def form(self, prefix: str) -> Form:
        """Return the datum's fields of a query-protocol form."""
        form = {f"{prefix}.MetricName": self.metric, f"{prefix}.Unit": self.unit}
        for number, (name, value) in enumerate(self.dimensions, 1):
            form[f"{prefix}.Dimensions.member.{number}.Name"] = name
            form[f"{prefix}.Dimensions.member.{number}.Value"] = value
        return form | (self._values(prefix) if self.values else self._statistics(prefix))

    def _statistics(self, prefix: str) -> Form:
        told = {
            "SampleCount": float(self.figure.count),
            "Sum": self.figure.total,
            "Minimum": self.figure.least,
            "Maximum": self.figure.greatest,
        }
        return {f"{prefix}.StatisticValues.{name}": repr(value) for name, value in told.items()}

    def _values(self, prefix: str) -> Form:
        form = {}
        for number, (value, count) in enumerate(self.values.items(), 1):
            form[f"{prefix}.Values.member.{number}"] = repr(value)
            form[f"{prefix}.Counts.member.{number}"] = repr(float(count))
        return form


def rounded_ms(duration_ms: float) -> float:
    """Return a duration with two digits that count, so that an interval has few different ones."""
    return float(f"{max(duration_ms, 0.01):.2g}")


def in_parts(values: "Counter[float]") -> list[dict[float, int]]:
    """Return values in parts that one datum may hold."""
    entries = sorted(values.items())
    return [dict(entries[begin : begin + VALUES_MAX]) for begin in range(0, len(entries), VALUES_MAX)]
