"""The heat map: partitions by their part of the hash ring, over time, coloured by how full they were.

The cells lie in a drawing of its own that is stretched to the screen's width; names and marks of splits are placed
beside and above it in percent, so that nothing with a shape of its own is stretched.
"""

from collections.abc import Iterator
from dataclasses import dataclass

from markupsafe import Markup

from harness.capacity.advice.words import counted, told_key, told_number, told_share
from harness.capacity.picture import ResourceHeat, SplitSeen
from harness.heat.grid import Cell, Grid, Row
from harness.heat.words import Instants

HEIGHT_MIN, HEIGHT_MAX = 72.0, 360.0
ROW_HEIGHT_MIN, KEY_HEIGHT_MIN = 7.0, 16.0
ROW_HEIGHT = 30.0
LABEL_HEIGHT = 12.0
# Colours: h0 for next to nothing up to h8 for a full partition.
LEVELS = 8
FORKS_MAX = 60


@dataclass(frozen=True)
class HeatMap:
    """The names of rows, and the cells with the splits above them, both `height` pixels high."""

    labels: Markup
    cells: Markup
    height: float


def heat_map(resource: ResourceHeat, grid: Grid, instants: Instants) -> HeatMap | None:
    """Return a resource's heat map; None where no partition is known."""
    if not grid.rows or not grid.columns:
        return None
    tops = _tops(grid)
    height = tops[-1]
    drawn = Markup("").join(_cells(grid, tops, instants))
    forks = Markup("").join(_forks(resource, grid, tops, instants))
    # Titles carry the words, for screen readers and for a pointer that rests.
    cells = Markup(
        '<svg class="map" width="100%" height="{0}" role="img" aria-label="{1}">'
        '<svg width="100%" height="{0}" viewBox="0 0 {2} {0}" preserveAspectRatio="none">'
        '<rect class="ring" width="{2}" height="{0}"/>{3}</svg>{4}</svg>'
    ).format(_short(height), _told(resource, grid), grid.columns, drawn, forks)
    labels = Markup('<svg class="names" width="100%" height="{}" aria-hidden="true">{}</svg>').format(
        _short(height), Markup("").join(_labels(grid, tops))
    )
    return HeatMap(labels, cells, height)


def _told(resource: ResourceHeat, grid: Grid) -> str:
    throttled = sum(resource.throttled)
    return f"heat of {counted(grid.partitions, 'partition')} over time, {counted(throttled, 'request')} throttled"


def _tops(grid: Grid) -> list[float]:
    """Return where rows begin, and where the last one ends: by their part of the ring, and none too thin to see."""
    count = len(grid.rows)
    # What holds a single key has next to nothing of the ring, and is what one looks for.
    least = [KEY_HEIGHT_MIN if row.collection else ROW_HEIGHT_MIN for row in grid.rows]
    height = min(max(HEIGHT_MIN, count * ROW_HEIGHT), max(HEIGHT_MAX, count * ROW_HEIGHT_MIN))
    free = max(0.0, height - sum(least))
    whole = sum(row.share for row in grid.rows) or 1.0
    tops = [0.0]
    for row, own in zip(grid.rows, least, strict=True):
        tops.append(tops[-1] + own + free * row.share / whole)
    return tops


def _cells(grid: Grid, tops: list[float], instants: Instants) -> Iterator[Markup]:
    for column in range(grid.columns):
        at = instants.told(grid.started_s + column * grid.column_s)
        first = 0
        while first < len(grid.rows):
            cell = grid.rows[first].cells[column]
            last = first
            # Until a partition splits it has the height of all that come of it.
            while (
                cell is not None
                and len(cell.partitions) == 1
                and last + 1 < len(grid.rows)
                and (below := grid.rows[last + 1].cells[column]) is not None
                and below.partitions == cell.partitions
            ):
                last += 1
            if cell is not None and (cell.part > 0 or cell.throttled):
                yield _cell(cell, column, tops[first], tops[last + 1], at)
            first = last + 1


def _cell(cell: Cell, column: int, top: float, bottom: float, at: str) -> Markup:
    level = min(LEVELS, int(cell.part * LEVELS))
    high = max(1.0, bottom - top - 0.6)
    box = Markup('<path class="h{}" d="M{} {}h1v{}h-1z"/>').format(level, column, _short(top), _short(high))
    mark = Markup("")
    if cell.throttled:
        mark = Markup('<path class="x{}" d="M{} {}l.7 -{}"/>').format(
            " dark" if level < LEVELS / 2 else "", f"{column + 0.15:g}", _short(top + high * 0.85), _short(high * 0.7)
        )
    return Markup("<g><title>{}</title>{}{}</g>").format(_cell_told(cell, at), box, mark)


def _cell_told(cell: Cell, at: str) -> str:
    who = f"partition {cell.partitions[0]}" if len(cell.partitions) == 1 else f"{len(cell.partitions)} partitions"
    rates = [f"{told_number(rate)} {name}/s" for rate, name in ((cell.write, "WU"), (cell.read, "RU")) if rate]
    throttled = f" · {cell.throttled:,} throttled" if cell.throttled else ""
    return f"{at} {who}: {told_share(cell.part)} of its cap, {', '.join(rates) or 'nothing'}{throttled}"


def split_told(split: SplitSeen, instants: Instants) -> str:
    """Return a split in words: when, which partition, into which, why."""
    into = f"{split.into[0]} and {split.into[1]}"
    return f"{instants.told(split.at_s)} partition {split.partition} became {into}: {split.why}"


def _forks(resource: ResourceHeat, grid: Grid, tops: list[float], instants: Instants) -> Iterator[Markup]:
    whole_s = grid.columns * grid.column_s
    for split in resource.splits[-FORKS_MAX:]:
        middle = _border(split, resource, grid, tops)
        percent = 100 * (split.at_s - grid.started_s) / whole_s
        if middle is not None and 0 <= percent <= 100:
            yield Markup(
                '<svg x="{}%" y="{}" overflow="visible"><g class="fork"><title>{}</title><circle r="5.5"/>'
                '<path d="M-4 0h2.5l4 -3M-1.5 0l4 3"/></g></svg>'
            ).format(round(percent, 2), _short(middle), split_told(split, instants))


def _border(split: SplitSeen, resource: ResourceHeat, grid: Grid, tops: list[float]) -> float | None:
    """Return where the halves of a split meet; the middle of their row where they share one; None for unknown ones."""
    by_number = {one.number: one for one in resource.partitions}
    halves = [by_number[number] for number in split.into if number in by_number]
    if len(halves) < 2:
        return None
    border = max(halves, key=lambda one: (one.low, one.number))
    found = [
        index
        for index, row in enumerate(grid.rows)
        if any(cell is not None and border.number in cell.partitions for cell in row.cells)
    ]
    if not found:
        return None
    index = found[0]
    is_shared = len(grid.rows[index].partitions) > 1
    return (tops[index] + tops[index + 1]) / 2 if is_shared else tops[index]


def _labels(grid: Grid, tops: list[float]) -> Iterator[Markup]:
    free_from = 0.0
    for index, row in enumerate(grid.rows):
        middle = (tops[index] + tops[index + 1]) / 2
        if middle - LABEL_HEIGHT / 2 < free_from and index:
            continue
        free_from = middle + LABEL_HEIGHT / 2
        title, text = _row_told(row)
        yield Markup('<text x="100%" y="{}"><title>{}</title>{}</text>').format(_short(middle + 4), title, text)


def _row_told(row: Row) -> tuple[str, str]:
    if len(row.partitions) > 1:
        told = counted(len(row.partitions), "partition")
        return f"{told}, hash {row.low:.3f} to {row.high:.3f}", told
    number = row.partitions[0]
    what = " alone" if row.alone else " collection" if row.collection else ""
    whose = f" of {told_key(row.collection)}" if row.collection else ""
    return f"partition {number}{what}{whose}, hash {row.low:.4f} to {row.high:.4f}", f"{number}{what}"


def _short(value: float) -> str:
    return f"{value:.1f}".removesuffix(".0")
