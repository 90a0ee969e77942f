"""Scales: from milliseconds to percent of a drawing's width, and the round numbers along it.

Everything is placed in percent, so that a drawing is as wide as the screen without its dots becoming eggs.
"""

import math
from dataclasses import dataclass

_STEPS = (1, 2, 5)


@dataclass(frozen=True, slots=True)
class LogScale:
    """Logarithmic from `least` to `most`, both above 0."""

    least: float
    most: float

    def percent(self, value: float) -> float:
        """Return where a value is, 0 to 100; what lies outside is put to the border."""
        share = math.log(max(value, self.least) / self.least) / math.log(self.most / self.least)
        return round(100 * min(max(share, 0.0), 1.0), 2)

    def ticks(self) -> list[float]:
        """Return the powers of ten within."""
        first, last = math.ceil(math.log10(self.least)), math.floor(math.log10(self.most))
        return [10.0**power for power in range(first, last + 1)]


@dataclass(frozen=True, slots=True)
class LinearScale:
    """Linear from 0 to `most`."""

    most: float

    def percent(self, value: float) -> float:
        """Return where a value is, 0 to 100."""
        return round(100 * min(max(value / self.most, 0.0), 1.0), 2) if self.most > 0 else 0.0

    def ticks(self, about: int = 6) -> list[float]:
        """Return round numbers from 0 on, about so many."""
        if self.most <= 0:
            return [0.0]
        rough = self.most / about
        power = 10.0 ** math.floor(math.log10(rough))
        step = next((power * one for one in _STEPS if power * one >= rough), power * 10)
        return [index * step for index in range(int(self.most / step) + 1)]


def told_ms(value: float | None) -> str:
    """Return milliseconds as people read them: 0.4 ms, 12 ms, 3.21 s."""
    if value is None:
        return "…"
    if value >= 1000:
        return f"{value / 1000:.2f} s"
    return f"{value:.0f} ms" if value >= 10 else f"{value:.1f} ms"
