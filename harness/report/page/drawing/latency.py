"""The latency of each state as a strip: a dot a visit, a box from the median to the 95th percentile, the target."""

from collections.abc import Sequence
from dataclasses import dataclass

from markupsafe import Markup

from harness.pages.scales import LogScale, told_ms
from harness.report.model.latency import Spread

DOTS_MAX = 160
ROW_HEIGHT = 26
LEAST_MS = 1.0


@dataclass(frozen=True)
class LatencyRow:
    """One state's row: its numbers in words and its strip."""

    spread: Spread
    p50: str
    p95: str
    most: str
    strip: Markup


def latency_scale(spreads: Sequence[Spread]) -> LogScale:
    """Return a scale that holds all samples and targets."""
    most = max((max(one.samples_ms[-1], one.target_ms) for one in spreads), default=LEAST_MS * 10)
    return LogScale(LEAST_MS, most * 1.3)


def latency_rows(spreads: Sequence[Spread], scale: LogScale) -> list[LatencyRow]:
    """Return a row for each spread, on one scale."""
    return [
        LatencyRow(
            one, told_ms(one.quantile_ms(0.5)), told_ms(one.quantile_ms(0.95)), told_ms(one.samples_ms[-1]),
            _strip(one, scale),
        )
        for one in spreads
    ]  # fmt: skip


def latency_axis(scale: LogScale) -> Markup:
    """Return the axis, to be put above rows."""
    ticks = [
        Markup('<line class="tick" x1="{0}%" x2="{0}%" y1="13" y2="18"/><text x="{0}%" y="10">{1}</text>').format(
            scale.percent(tick), _tick(tick)
        )
        for tick in scale.ticks()
    ]
    return Markup('<svg class="axis" width="100%" height="18" aria-hidden="true">{}</svg>').format(
        Markup("").join(ticks)
    )


def _strip(spread: Spread, scale: LogScale) -> Markup:
    median, p95 = spread.quantile_ms(0.5), spread.quantile_ms(0.95)
    middle = ROW_HEIGHT / 2
    at = {name: scale.percent(value) for name, value in (("p50", median), ("p95", p95), ("t", spread.target_ms))}
    parts = [
        Markup('<line class="grid" x1="{0}%" x2="{0}%" y1="0" y2="{1}"/>').format(scale.percent(tick), ROW_HEIGHT)
        for tick in scale.ticks()
    ]
    parts.append(
        Markup('<rect class="box" x="{}%" y="{}" width="{}%" height="12" rx="2"/>').format(
            at["p50"], middle - 6, round(max(at["p95"] - at["p50"], 0.3), 2)
        )
    )
    parts += [
        Markup('<circle class="{}" cx="{}%" cy="{}" r="2.2"/>').format(
            "dot over" if sample > spread.target_ms else "dot", scale.percent(sample), middle + (index % 5 - 2) * 2.2
        )
        for index, sample in enumerate(_thinned(spread.samples_ms))
    ]
    parts.append(Markup('<line class="median" x1="{0}%" x2="{0}%" y1="4" y2="{1}"/>').format(at["p50"], ROW_HEIGHT - 4))
    parts.append(
        Markup('<line class="target" x1="{0}%" x2="{0}%" y1="0" y2="{1}"><title>target {2}</title></line>').format(
            at["t"], ROW_HEIGHT, told_ms(spread.target_ms)
        )
    )
    label = f"{spread.name}: p50 {told_ms(median)}, p95 {told_ms(p95)}, max {told_ms(spread.samples_ms[-1])}"
    return Markup('<svg class="strip" width="100%" height="{}" role="img" aria-label="{}">{}</svg>').format(
        ROW_HEIGHT, label, Markup("").join(parts)
    )


def _thinned(samples: Sequence[float]) -> Sequence[float]:
    """Return at most DOTS_MAX of the sorted samples, evenly chosen, the slowest among them."""
    if len(samples) <= DOTS_MAX:
        return samples
    return [samples[round(index * (len(samples) - 1) / (DOTS_MAX - 1))] for index in range(DOTS_MAX)]


def _tick(value: float) -> str:
    return f"{value / 1000:g} s" if value >= 1000 else f"{value:g} ms"
