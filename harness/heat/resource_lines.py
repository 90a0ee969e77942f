"""The lines of one table or index on a terminal: rates over its heat strip, throttles, keys, splits."""

from collections.abc import Iterator, Sequence
from typing import Literal

from rich.style import Style
from rich.text import Text

from harness.capacity.advice.case import ACCESSES, Access, Case
from harness.capacity.advice.words import counted, told_key, told_number, told_share
from harness.capacity.picture import KeyHeat
from harness.heat.drawing.heat_map import split_told
from harness.heat.drawing.over_time import merged
from harness.heat.grid import Grid, Row, grid_of
from harness.heat.ramp import LEVELS, Ramp
from harness.heat.words import Instants, resource_name

LABEL_WIDTH = 14
ROWS_MAX = 12
BAR_WIDTH = 10
KEY_WIDTH_MIN = 10
CELL_WIDTH_MAX = 8
SPLITS_SHOWN = 3
# With less burst than this left it is as good as gone.
BURST_GONE = 0.05


class ResourceLines:
    """Tells one resource in lines of at most `width` characters, with at most `top` keys a list."""

    def __init__(self, case: Case, ramp: Ramp, width: int, top: int) -> None:
        self._case, self._ramp, self._width, self._top = case, ramp, width, top
        self._instants = Instants(case.picture)
        columns = width - LABEL_WIDTH - 2
        self._grid: Grid = grid_of(
            case.heat, case.picture.started_s, case.picture.step_s, rows_max=ROWS_MAX, columns_max=columns
        )
        steps = max(len(case.heat.write), len(case.heat.read))
        self._columns = self._grid.columns or min(columns, steps)
        self._cell_width = max(1, min(CELL_WIDTH_MAX, columns // max(1, self._columns)))

    def all(self) -> Iterator[Text]:
        """Give all lines."""
        yield self._title()
        heat = self._case.heat
        if not (heat.consumed.read_units or heat.consumed.write_units or self._case.throttled):
            yield self._line("", "nothing consumed", "dim")
            return
        for access in ACCESSES:
            yield from self._rates(access)
        yield from self._strip()
        yield from self._reasons()
        yield from self._keys("hottest", heat.keys)
        yield from self._keys("throttled", heat.throttled_keys, by_throttles=True)
        yield from self._keys("tenants", heat.tenants)
        yield from self._splits()

    def _title(self) -> Text:
        case = self._case
        title = Text(self._ramp.text(resource_name(case.table, case.heat)), style="bold")
        title.append(
            "  on demand" if case.table.billing == "PAY_PER_REQUEST" else "  provisioned", style="not bold dim"
        )
        if case.throttled:
            title.append(self._ramp.text(f"  × {counted(case.throttled, 'request')} throttled"), style="red")
        return title

    def _rates(self, access: Access) -> Iterator[Text]:
        case, peak = self._case, self._case.peak(access)
        if peak <= 0:
            return
        line = self._line(
            f"{access.lower()}s/s", f"peak {told_number(peak)} of {told_number(case.allowed(access))} allowed"
        )
        left, most = case.burst(access)
        if most:
            part = max(0.0, left) / most
            line.append(f", {told_share(part)} of the burst left", style="red" if part < BURST_GONE else "")
        yield self._fitted(line)
        values = merged(case.rates(access), max(1, self._columns), max)
        sparks = (self._ramp.spark(value / peak * 0.999) * self._cell_width for value in values)
        yield self._line("", "".join(sparks), "cyan")

    def _strip(self) -> Iterator[Text]:
        if not self._grid.columns:
            return
        for row in self._grid.rows:
            line = self._line(_name(row), "")
            for cell in row.cells:
                sign, style = self._ramp.cell(cell.part, cell.throttled) if cell else (" ", Style())
                line.append(sign * self._cell_width, style=style)
            yield line
        yield self._time()
        yield self._legend()

    def _time(self) -> Text:
        grid = self._grid
        since = self._instants.told(grid.started_s)
        until = self._instants.told(grid.started_s + grid.columns * grid.column_s)
        gap = grid.columns * self._cell_width - len(since) - len(until)
        return self._line("", f"{since}{' ' * gap if gap > 0 else ' to '}{until}", "dim")

    def _legend(self) -> Text:
        line = self._line("", "0 ", "dim")
        for level in range(LEVELS):
            sign, style = self._ramp.cell((level + 0.5) / LEVELS, 0)
            line.append(sign * 2, style=style)
        line.append(" a partition's cap", style="dim")
        if self._case.throttled:
            line.append(self._ramp.text("  × throttled"), style="dim")
        if any(row.alone for row in self._grid.rows):
            line.append("  * one item alone", style="dim")
        return self._fitted(line)

    def _reasons(self) -> Iterator[Text]:
        ordered = sorted(self._case.heat.throttles.items(), key=lambda pair: -pair[1])
        for index, (reason, count) in enumerate(ordered):
            line = self._line("" if index else "reasons", f"{count:>{BAR_WIDTH},} ", "red")
            yield self._fitted(line.append(self._ramp.text(told_key(reason))))

    def _keys(self, label: str, keys: Sequence[KeyHeat], *, by_throttles: bool = False) -> Iterator[Text]:
        most = max((one.throttled for one in keys), default=0) or 1
        for index, key in enumerate(keys[: self._top]):
            part = key.throttled / most if by_throttles else key.share
            line = self._line("" if index else label, self._bar(part), "red" if by_throttles else "cyan")
            line.append(f" {told_share(key.share):>7}  ")
            figures = f"  {told_number(round(key.write_units))} WU, {told_number(round(key.read_units))} RU"
            refused = self._ramp.text(f"  × {key.throttled:,}") if key.throttled else ""
            room = self._width - line.cell_len - len(refused)
            # The key is what is looked for: on a narrow screen the figures go first.
            name = Text(self._ramp.text(told_key(key.key)))
            if name.cell_len + len(figures) > room:
                figures = ""
            name.truncate(max(KEY_WIDTH_MIN, room - len(figures)), overflow=self._overflow)
            yield line.append_text(name).append(figures, style="dim").append(refused, style="red")

    def _bar(self, part: float) -> str:
        filled = min(BAR_WIDTH, max(1 if part > 0 else 0, round(part * BAR_WIDTH)))
        return self._ramp.text("█" * filled) + " " * (BAR_WIDTH - filled)

    def _splits(self) -> Iterator[Text]:
        splits = self._case.heat.splits
        for index, split in enumerate(splits[-SPLITS_SHOWN:]):
            yield self._fitted(self._line("" if index else "splits", split_told(split, self._instants)))
        if len(splits) > SPLITS_SHOWN:
            yield self._line("", f"and {len(splits) - SPLITS_SHOWN} before", "dim")

    def _line(self, label: str, text: str, style: str = "") -> Text:
        line = Text(f"  {self._ramp.text(label)[:LABEL_WIDTH]:<{LABEL_WIDTH}}")
        return line.append(self._ramp.text(text), style=style)

    @property
    def _overflow(self) -> Literal["crop", "ellipsis"]:
        return "crop" if self._ramp.is_plain else "ellipsis"

    def _fitted(self, line: Text) -> Text:
        line.truncate(self._width, overflow=self._overflow)
        return line


def _name(row: Row) -> str:
    if len(row.partitions) > 1:
        return counted(len(row.partitions), "partition")
    return f"partition {row.partitions[0]}{'*' if row.alone else ''}"
