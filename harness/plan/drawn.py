"""The plots of the plan's page: bills by service, requests over time, what resources consume of what they allow."""

from collections.abc import Iterator, Sequence

from harness.capacity.picture import ResourceHeat, TableHeat
from harness.heat.grid import part_of_cap
from harness.plan.plots import SERIES_COLOURS, Plot, Series, bars, over_time
from harness.plan.running import StageResult
from harness.plan.telling import AS_DESIGNED
from harness.plan.words import told_count, told_refused, told_resource

PLOTTED_RESOURCES_MAX = 4
FAR_APART = 20.0
BARS_NAMED_MAX = 6


def cost_plot(results: Sequence[StageResult]) -> Plot:
    """Return a month's sums by service; on a logarithmic axis where bills lie far apart."""
    services = list(dict.fromkeys(service for one in results for service in one.bill.by_service()))
    bills = [one.bill.by_service() for one in results]
    series = [
        Series(service, [bill.get(service, 0.0) for bill in bills], SERIES_COLOURS[number % len(SERIES_COLOURS)])
        for number, service in enumerate(services[: len(SERIES_COLOURS)])
    ]
    sums = [one.bill.usd for one in results]
    dearest = f"{services[0]} takes most of it" if services else "nothing is asked"
    apart = max(sums) > FAR_APART * min(sums) > 0
    groups = [
        str(number + 1) if len(results) > BARS_NAMED_MAX else column_name(one) for number, one in enumerate(results)
    ]
    title = f"A month's bill by service{', on a scale of powers of ten' if apart else ''}"
    return bars(title, f"{dearest}.", groups, series, unit="USD", name="plot-cost", log=apart)


def details(result: StageResult) -> Iterator[Plot]:
    """Give the plots of one result: all requests, then the resources that refused most or came nearest."""
    outcome, step_s = result.outcome, result.outcome.picture.step_s
    offered = [sum(column) / step_s for column in zip(*(kind.offered_by_step for kind in outcome.kinds), strict=True)]
    refused = [sum(column) / step_s for column in zip(*(kind.throttled_by_step for kind in outcome.kinds), strict=True)]
    if not offered:
        return
    minutes = [number * step_s / 60 for number in range(len(offered) + 1)]
    yield over_time(
        "Requests to DynamoDB.",
        f"At most {told_count(max(offered))} a second, {told_refused(result.verdict.throttled)}.",
        minutes,
        [Series("offered", _stepped(offered)), Series("refused", _stepped(refused), "bad", filled=True)],
        unit="a second",
        name="plot-offered",
    )
    resources = [(table, one) for table in outcome.picture.tables for one in table.resources]
    busiest = sorted(resources, key=lambda pair: (-sum(pair[1].throttles.values()), -fullest(pair[1])))
    for number, (table, one) in enumerate(busiest[:PLOTTED_RESOURCES_MAX]):
        yield _resource_plot(result, table, one, f"plot-{number}")


def _resource_plot(result: StageResult, table: TableHeat, one: ResourceHeat, name: str) -> Plot:
    """Return consumed against allowed of the access that is nearer to its limit."""
    key, step_s = (table.table, one.resource), result.outcome.picture.step_s
    allowed_write, allowed_read = result.outcome.allowed_write.get(key, ()), result.outcome.allowed_read.get(key, ())
    writes = _part(one.write, allowed_write) >= _part(one.read, allowed_read)
    consumed, allowed = (one.write, allowed_write) if writes else (one.read, allowed_read)
    access = "write" if writes else "read"
    told = told_resource(table.table, one.resource)
    most = told_count(max(consumed, default=0.0))
    throttled = sum(one.throttles.values())
    says = f"At most {most} {access} units a second; {told_refused(throttled)}."
    minutes = [number * step_s / 60 for number in range(len(consumed) + 1)]
    series = [Series("consumed", _stepped(consumed), filled=True)]
    # A table far below its limit would be a flat line beside it.
    if allowed and max(allowed) < 20 * max(max(consumed, default=0.0), 1.0):
        series.append(Series("allowed", _stepped(_as_long(allowed, len(consumed))), "ink", "--"))
    return over_time(f"{told}, {access}s.", says, minutes, series, unit=f"{access} units/s", name=name)


def _part(consumed: Sequence[float], allowed: Sequence[float]) -> float:
    return max(consumed, default=0.0) / max(max(allowed, default=0.0), 1.0)


def _stepped(values: Sequence[float]) -> list[float]:
    """Return values with the last one again, so that the last step has its width."""
    return [*values, values[-1]] if values else []


def _as_long(values: Sequence[float], count: int) -> list[float]:
    """Return so many values; the last one again where there are fewer."""
    return [*values[:count], *[values[-1]] * (count - len(values))]


def fullest(resource: ResourceHeat) -> float:
    """Return how much of its cap the fullest partition took in its busiest step, 1.0 for all."""
    peaks = ((max(one.read, default=0.0), max(one.write, default=0.0)) for one in resource.partitions)
    return max((part_of_cap(*peak, resource.partition_cap) for peak in peaks), default=0.0)


def column_name(result: StageResult) -> str:
    """Return a result's name in a column: its traffic, and its changes."""
    variant = result.variant.name
    return result.traffic.name if variant == AS_DESIGNED else f"{result.traffic.name}, {variant}"
