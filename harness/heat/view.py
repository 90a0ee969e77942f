"""What the page says of each resource, worked out: figures in words, drawings, lists. Leaves out the look."""

from collections.abc import Sequence
from dataclasses import dataclass

from markupsafe import Markup

from harness.capacity.advice import Advice, advise
from harness.capacity.advice.advising import HOT
from harness.capacity.advice.case import ACCESSES, Access, Case
from harness.capacity.advice.words import counted, told_number, told_share
from harness.capacity.picture import HeatPicture
from harness.heat.charts import Chart, charts_of
from harness.heat.drawing.heat_map import HeatMap, heat_map, split_told
from harness.heat.drawing.time_axis import time_axis
from harness.heat.grid import grid_of
from harness.heat.lists import KeyList, ReasonLine, key_lists_of, reasons_of
from harness.heat.verdict import Verdict, verdict_of
from harness.heat.words import Instants, resource_name

# What keeps a page below 1 MB: cells of all heat maps together, columns of charts, resources that are drawn.
CELLS_MAX = 3600
COLUMNS_MIN, COLUMNS_MAX = 36, 120
ROWS_MAX = 48
DRAWN_MAX = 24
LISTED_MAX = 300
SPLITS_MAX = 40


@dataclass(frozen=True)
class ResourceLine:
    """One resource in the table of all."""

    anchor: str
    name: str
    billing: str
    mood: str
    figures: tuple[str, ...]  # reads, writes, fullest partition, burst left, throttled


@dataclass(frozen=True)
class ResourceView:
    """One resource in full."""

    line: ResourceLine
    heat_map: HeatMap | None
    charts: tuple[Chart, ...]
    axis: Markup
    reasons: tuple[ReasonLine, ...]
    keys: tuple[KeyList, ...]
    splits: tuple[str, ...]
    splits_left_out: int
    partitions: str


@dataclass(frozen=True)
class HeatView:
    """The whole page."""

    prefix: str
    verdict: Verdict
    facts: tuple[tuple[str, str], ...]
    advice: tuple[Advice, ...]
    lines: tuple[ResourceLine, ...]
    lines_left_out: int
    resources: tuple[ResourceView, ...]
    drawn_left_out: int


def heat_view(picture: HeatPicture, *, top: int, prefix: str = "heat") -> HeatView:
    """Work out the page; lists of keys hold at most `top`, names of anchors begin with `prefix`."""
    cases = [Case(picture, table, heat) for table in picture.tables for heat in table.resources]
    lines = [_line(case, f"{prefix}-{index}") for index, case in enumerate(cases)]
    # The table leads its indexes in the list of all; what is drawn in full comes by how much is wrong with it.
    order = sorted(range(len(cases)), key=lambda index: _urgency(cases[index]), reverse=True)
    eventful = [index for index in order if _has_heat(cases[index])]
    drawn = eventful[:DRAWN_MAX]
    cells = CELLS_MAX // max(1, len(drawn))
    return HeatView(
        prefix=prefix,
        verdict=verdict_of(picture),
        facts=_facts(picture, cases),
        advice=tuple(advise(picture)),
        lines=tuple(lines[:LISTED_MAX]),
        lines_left_out=max(0, len(lines) - LISTED_MAX),
        resources=tuple(_resource(cases[index], lines[index], cells, top) for index in drawn),
        drawn_left_out=len(eventful) - len(drawn),
    )


def _urgency(case: Case) -> tuple[int, float, float]:
    return case.throttled, case.nearest_part, case.peak("Write") + case.peak("Read")


def _has_heat(case: Case) -> bool:
    return bool(case.throttled or case.heat.consumed.read_units or case.heat.consumed.write_units)


def _facts(picture: HeatPicture, cases: Sequence[Case]) -> tuple[tuple[str, str], ...]:
    instants = Instants(picture)
    indexes = sum(1 for case in cases if case.heat.resource)
    splits = sum(len(case.heat.splits) for case in cases)
    since = instants.told(picture.started_s)
    facts = [
        ("planned" if picture.source == "plan" else "seen (UTC)", f"{since} to {instants.told(picture.at_s)}"),
        ("tables", f"{len(picture.tables)}, with {counted(indexes, 'index')}"),
        ("throttled", counted(sum(case.throttled for case in cases), "request")),
        ("splits", f"{splits:,}"),
    ]  # fmt: skip
    if picture.scale != 1:
        facts.append(("scale of limits", told_number(picture.scale)))
    if any(not table.enforced for table in picture.tables):
        facts.append(("enforced", "no, counted only" if not any(one.enforced for one in picture.tables) else "in part"))
    return tuple(facts)


def _line(case: Case, anchor: str) -> ResourceLine:
    bursts = {access: case.burst(access) for access in ACCESSES}
    burst = [
        f"{told_share(max(0.0, left) / most)} of {access.lower()}s" for access, (left, most) in bursts.items() if most
    ]
    mood = "bad" if case.throttled else "unsure" if case.fullest_part >= HOT or case.used_part > 1 else "good"
    return ResourceLine(
        anchor=anchor,
        name=resource_name(case.table, case.heat),
        billing="on demand" if case.table.billing == "PAY_PER_REQUEST" else "provisioned",
        mood=mood,
        figures=(
            _used(case, "Write"), _used(case, "Read"), told_share(case.fullest_part), ", ".join(burst) or "–",
            f"{case.throttled:,}",
        ),
    )  # fmt: skip


def _used(case: Case, access: Access) -> str:
    return f"{told_number(case.peak(access))} of {told_number(case.allowed(access))}"


def _resource(case: Case, line: ResourceLine, cells: int, top: int) -> ResourceView:
    instants, picture = Instants(case.picture), case.picture
    rows = max(1, min(len(case.heat.partitions), cells // COLUMNS_MIN, ROWS_MAX))
    columns = min(COLUMNS_MAX, max(COLUMNS_MIN, cells // rows))
    shown_max = max(3, min(ROWS_MAX, cells // columns))
    grid = grid_of(case.heat, picture.started_s, picture.step_s, rows_max=shown_max, columns_max=columns)
    steps = len(case.heat.read or case.heat.write or case.heat.throttled)
    return ResourceView(
        line=line,
        heat_map=heat_map(case.heat, grid, instants),
        charts=charts_of(case, instants, columns),
        axis=time_axis(picture, max(steps * picture.step_s, grid.columns * grid.column_s)),
        reasons=reasons_of(case),
        keys=key_lists_of(case.heat, top),
        splits=tuple(split_told(one, instants) for one in case.heat.splits[-SPLITS_MAX:]),
        splits_left_out=max(0, len(case.heat.splits) - SPLITS_MAX),
        partitions=counted(sum(1 for one in case.heat.partitions if one.ended_s is None), "partition"),
    )
