"""What the plan's page shows, made ready for its template: rows, plots, and the hottest table's heat."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from harness.capacity.picture import HeatPicture, TableHeat
from harness.heat.page import fragment
from harness.plan.drawn import column_name, cost_plot, details, fullest
from harness.plan.plots import Plot
from harness.plan.running import StageResult
from harness.plan.telling import HEADS, headline, holds, rows
from harness.plan.words import told_count, told_resource, told_share, told_time, told_usd

CHANGES_MAX = 40
NUMBERS = ("peak a second", "DynamoDB refuses", "a month")


@dataclass(frozen=True, slots=True)
class Row:
    """A stage of one variant."""

    cells: tuple[str, ...]
    holds: bool
    reasons: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Cell:
    """A figure that may be beyond what is allowed."""

    told: str
    holds: bool = True


@dataclass(frozen=True, slots=True)
class QuotaRow:
    """A quota, with a cell a result."""

    what: str
    allowed: str
    cells: tuple[Cell, ...]


@dataclass(frozen=True, slots=True)
class BillRow:
    """A service, with a sum a result."""

    name: str
    cells: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class PayingRow:
    """A table, with a month's throughput by how it is paid for."""

    table: str
    billing: str
    on_demand: str
    scaled: str
    provisioned: str


@dataclass(frozen=True, slots=True)
class ChangeRow:
    """Something that the service did."""

    after: str
    where: str
    what: str


@dataclass(frozen=True, slots=True)
class PlanView:
    """The whole page."""

    design: str
    headline: str
    mood: str
    under: str
    facts: tuple[tuple[str, str], ...]
    heads: tuple[str, ...]
    numbers: tuple[int, ...]
    rows: tuple[Row, ...]
    notes: tuple[str, ...]
    columns: tuple[str, ...]
    quotas: tuple[QuotaRow, ...]
    prices_as_of: str
    cost_plot: Plot
    bill: tuple[BillRow, ...]
    paying_for: str
    paying: tuple[PayingRow, ...]
    details_of: str
    details: tuple[Plot, ...]
    changes: tuple[ChangeRow, ...]
    changes_left_out: int
    heat_of: str
    heat: str
    command: str


def plan_view(results: Sequence[StageResult], *, command: str, prices_as_of: str) -> PlanView:
    """Return what the page shows of results."""
    shown = _most_telling(results)
    changes = tuple(
        ChangeRow(told_time(one.at_s), told_resource(one.table, one.resource), _change(one.what, one.to_units))
        for one in shown.outcome.changes
    )
    hot = _hottest(shown.outcome.picture)
    told = list(rows(results))
    columns = [column for column in range(len(HEADS)) if any(row[column] for row in told)]
    return PlanView(
        design=results[-1].variant.design.name,
        headline=_capital(headline(results)),
        mood="good" if holds(results) else "bad",
        under=f"{told_count(sum(one.verdict.offered for one in results))} requests to DynamoDB were simulated",
        facts=tuple(_facts(shown)),
        heads=tuple(HEADS[column] for column in columns),
        numbers=tuple(number for number, column in enumerate(columns) if HEADS[column] in NUMBERS),
        rows=tuple(
            Row(tuple(row[column] for column in columns), one.verdict.holds, tuple(one.verdict.reasons()))
            for one, row in zip(results, told, strict=True)
        ),
        notes=tuple(dict.fromkeys(note for one in results for note in one.variant.notes)),
        columns=tuple(map(column_name, results)),
        quotas=tuple(_quotas(results)),
        prices_as_of=prices_as_of,
        cost_plot=cost_plot(results),
        bill=tuple(_bill(results)),
        paying_for=column_name(shown),
        paying=tuple(_paying(shown)),
        details_of=column_name(shown),
        details=tuple(details(shown)),
        changes=changes[:CHANGES_MAX],
        changes_left_out=max(0, len(changes) - CHANGES_MAX),
        heat_of=f"{hot.tables[0].table}, {column_name(shown)}" if hot.tables else "",
        heat=fragment(hot) if hot.tables else "",
        command=command,
    )


def _most_telling(results: Sequence[StageResult]) -> StageResult:
    """Return the first result that does not hold, of the last variant where there is one; else the last."""
    ordered = sorted(results, key=lambda one: one.variant.name == results[-1].variant.name, reverse=True)
    dynamodb = [one for one in ordered if not one.verdict.dynamodb_holds]
    return dynamodb[0] if dynamodb else results[-1]


def _hottest(picture: HeatPicture) -> HeatPicture:
    """Return the picture with the table alone that refused most, else the one whose partitions were fullest."""
    if not picture.tables:
        return picture
    return replace(picture, tables=(max(picture.tables, key=_heat),))


def _heat(table: TableHeat) -> tuple[int, float]:
    throttled = sum(sum(one.throttles.values()) for one in table.resources)
    return throttled, max((fullest(one) for one in table.resources), default=0.0)


def _facts(result: StageResult) -> Iterator[tuple[str, str]]:
    verdict = result.verdict
    yield "looked at closely", column_name(result)
    yield "business requests a second, at most", told_count(result.traffic.peak_per_s)
    yield "requests to DynamoDB", told_count(verdict.offered)
    yield "refused", told_share(verdict.throttled_share) if verdict.throttled else "none"
    yield "partitions", f"{sum(one.partitions_at_end for one in verdict.resources)} at the end"
    yield "a month", told_usd(result.bill.usd)


def _quotas(results: Sequence[StageResult]) -> Iterator[QuotaRow]:
    names = dict.fromkeys(use.what for one in results for use in one.verdict.quotas)
    for what in names:
        uses = [next((use for use in one.verdict.quotas if use.what == what), None) for one in results]
        allowed = dict.fromkeys(told_count(use.allowed) for use in uses if use is not None)
        cells = tuple(Cell("–") if use is None else Cell(told_count(use.most), use.holds) for use in uses)
        yield QuotaRow(what, " / ".join(allowed), cells)


def _bill(results: Sequence[StageResult]) -> Iterator[BillRow]:
    sums = [one.bill.by_service() for one in results]
    for service in dict.fromkeys(service for one in sums for service in one):
        yield BillRow(service, tuple(told_usd(one.get(service, 0.0)) for one in sums))
    yield BillRow("in all", tuple(told_usd(one.bill.usd) for one in results))


def _paying(result: StageResult) -> Iterator[PayingRow]:
    for cost in result.tables:
        fixed = "–" if cost.provisioned_usd is None else told_usd(cost.provisioned_usd)
        billing = "on demand" if cost.billing == "PAY_PER_REQUEST" else "provisioned"
        yield PayingRow(cost.table, billing, told_usd(cost.on_demand_usd), told_usd(cost.scaled_usd), fixed)


def _change(what: str, to_units: float) -> str:
    return f"{what}: {told_count(to_units)} units/s" if to_units else what


def _capital(text: str) -> str:
    return text[:1].upper() + text[1:]
