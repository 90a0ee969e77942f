"""The charts of one resource, in the order of the page: rates beside what is allowed, throttles, burst left."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

from markupsafe import Markup

from harness.capacity.advice.case import ACCESSES, Case
from harness.capacity.advice.words import told_number
from harness.heat.drawing.over_time import counts_chart, left_chart, merged, rates_chart
from harness.heat.words import Instants


@dataclass(frozen=True)
class Chart:
    """One drawing beside its name and a figure."""

    name: str
    figure: str
    drawing: Markup


def charts_of(case: Case, instants: Instants, columns_max: int) -> tuple[Chart, ...]:
    """Return a resource's charts; those with nothing in them are left out."""
    charts = (_rates, _throttles, _bursts)
    return tuple(one for draw in charts for one in draw(case, instants, columns_max))


def _rates(case: Case, instants: Instants, columns_max: int) -> Iterator[Chart]:
    for access in ACCESSES:
        rates = case.rates(access)
        if not any(rates):
            continue
        told = case.heat.allowed_write if access == "Write" else case.heat.allowed_read
        allowed = told if len(told) == len(rates) else (case.allowed(access),) * len(rates)
        values, limits = merged(rates, columns_max, max), merged(allowed, columns_max, min)
        titles = _titles(case, values, len(rates), instants, lambda value: f"{value:,.1f} units/s")
        titles = [f"{title} of {told_number(limit)}" for title, limit in zip(titles, limits, strict=True)]
        name = f"{access.lower()}s/s"
        figure = f"peak {told_number(case.peak(access))} of {told_number(case.allowed(access))}"
        yield Chart(name, figure, rates_chart(values, limits, titles, f"consumed {name}"))


def _throttles(case: Case, instants: Instants, columns_max: int) -> Iterator[Chart]:
    counts = [float(count) for count in case.heat.throttled]
    if any(counts):
        values = merged(counts, columns_max, sum)
        titles = _titles(case, values, len(counts), instants, lambda value: f"{value:,.0f} throttled")
        yield Chart("throttled", f"{case.throttled:,} in all", counts_chart(values, titles, "throttled requests"))


def _bursts(case: Case, instants: Instants, columns_max: int) -> Iterator[Chart]:
    for access in ACCESSES:
        series = case.heat.burst_write if access == "Write" else case.heat.burst_read
        left, most = case.burst(access)
        if most <= 0 or not series or not any(case.rates(access)):
            continue
        values = [max(0.0, value) for value in merged(series, columns_max, min)]
        titles = _titles(case, values, len(series), instants, lambda value: f"{told_number(value)} units left")
        name, figure = f"{access.lower()} burst", f"{told_number(round(max(0.0, left)))} of {told_number(most)}"
        yield Chart(name, figure, left_chart(values, most, titles, f"{name} left"))


def _titles(
    case: Case, values: Sequence[float], steps: int, instants: Instants, told: Callable[[float], str]
) -> list[str]:
    """Return what each column says when a pointer rests on it."""
    started_s = case.picture.started_s
    column_s = case.picture.step_s * max(1, -(-steps // max(1, len(values))))
    return [f"{instants.told(started_s + index * column_s)} {told(value)}" for index, value in enumerate(values)]
