"""How long a latency fault holds calls up: a fixed time, or one drawn from a distribution.

Every distribution is drawn by its inverse from one number in [0, 1), so the same call draws the same delay.
"""

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from statistics import NormalDist
from typing import Any

from harness.edge.documents import RuleInvalid, a_number, a_text, an_object, known
from harness.edge.faults.fault import DELAY_MS_MAX
from harness.errors import did_you_mean

_NORMAL = NormalDist()
_P99 = _NORMAL.inv_cdf(0.99)


@dataclass(frozen=True, slots=True)
class Distribution:
    """Delays in milliseconds; `arguments` are as they were given."""

    kind: str
    arguments: Mapping[str, float]
    _draw: Callable[[float], float]

    def delay_ms(self, drawn: float) -> float:
        """Return the delay that a number in [0, 1) stands for."""
        longest_ms = self.arguments.get("max_ms", DELAY_MS_MAX)
        # The ends of the range would be infinitely far away.
        return min(max(self._draw(min(max(drawn, 1e-9), 1 - 1e-9)), 0.0), longest_ms)

    def to_json(self) -> dict[str, Any]:
        """Return the distribution as it was set."""
        return {"kind": self.kind, **self.arguments}


def distribution_of(value: Any) -> Distribution:
    """Read `{"kind": "normal", "mean_ms": 80, "sd_ms": 20, "max_ms": 500}`. Raises RuleInvalid."""
    document = an_object(value, "distribution")
    kind = a_text(document, "kind")
    if kind not in KINDS:
        raise RuleInvalid(
            f"distribution.kind is {kind!r}{did_you_mean(kind, KINDS)}, expected one of {', '.join(KINDS)}"
        )
    names, made = KINDS[kind]
    known(document, ("kind", *names, "max_ms"), f"a {kind} distribution")
    arguments: dict[str, float] = {}
    for name in (*names, "max_ms"):
        least = 0.01 if name == "shape" else 0
        number = a_number(document, name, None, at_least=least, at_most=DELAY_MS_MAX)
        if number is not None:
            arguments[name] = number
        elif name in names:
            raise RuleInvalid(f"a {kind} distribution has no {name}, expected {', '.join(names)}")
    return Distribution(kind, arguments, made(arguments))


def _uniform(given: Mapping[str, float]) -> Callable[[float], float]:
    low, high = given["min_ms"], given["max_ms"]
    if low > high:
        raise RuleInvalid(f"a uniform distribution has min_ms {low:g} above max_ms {high:g}")
    return lambda drawn: low + (high - low) * drawn


def _normal(given: Mapping[str, float]) -> Callable[[float], float]:
    mean, deviation = given["mean_ms"], given["sd_ms"]
    return lambda drawn: mean + deviation * _NORMAL.inv_cdf(drawn)


def _exponential(given: Mapping[str, float]) -> Callable[[float], float]:
    mean = given["mean_ms"]
    return lambda drawn: -mean * math.log1p(-drawn)


def _lognormal(given: Mapping[str, float]) -> Callable[[float], float]:
    median, p99 = given["median_ms"], given["p99_ms"]
    if not 0 < median <= p99:
        raise RuleInvalid(
            f"a lognormal distribution has median_ms {median:g}, expected above 0, at most p99_ms {p99:g}"
        )
    sigma = math.log(p99 / median) / _P99
    return lambda drawn: median * math.exp(sigma * _NORMAL.inv_cdf(drawn))


def _pareto(given: Mapping[str, float]) -> Callable[[float], float]:
    least, shape = given["min_ms"], given["shape"]

    def draw(drawn: float) -> float:
        try:
            return float(least * (1 - drawn) ** (-1 / shape))
        except OverflowError:
            return math.inf

    return draw


_Made = Callable[[Mapping[str, float]], Callable[[float], float]]
KINDS: dict[str, tuple[tuple[str, ...], _Made]] = {
    "uniform": (("min_ms", "max_ms"), _uniform),
    "normal": (("mean_ms", "sd_ms"), _normal),
    "exponential": (("mean_ms",), _exponential),
    "lognormal": (("median_ms", "p99_ms"), _lognormal),
    "pareto": (("min_ms", "shape"), _pareto),
}
