"""What a resource consumed, what was left and what was refused, over time: flat charts below its heat map."""

from collections.abc import Callable, Sequence

from markupsafe import Markup

HEIGHT = 56
# A limit so many times above the peak would press what was consumed flat; it is told in words then.
LIMIT_SHOWN_MAX = 3.0


def merged(values: Sequence[float], columns_max: int, by: Callable[[Sequence[float]], float]) -> list[float]:
    """Return at most so many values, each made of as many neighbours by `by` (max, sum, min)."""
    each = max(1, -(-len(values) // columns_max))
    return [by(values[first : first + each]) for first in range(0, len(values), each)]


def is_limit_shown(values: Sequence[float], limits: Sequence[float]) -> bool:
    """Tell whether a limit is near enough to what was consumed to be drawn."""
    return 0 < max(limits, default=0.0) <= LIMIT_SHOWN_MAX * max(values, default=0.0)


def rates_chart(values: Sequence[float], limits: Sequence[float], titles: Sequence[str], label: str) -> Markup:
    """Return rates as an area, below a dashed limit where it is near enough; both as long as `titles`."""
    shown = list(limits) if is_limit_shown(values, limits) else []
    most = max([*values, *shown], default=0.0) * 1.08 or 1.0
    limit = Markup('<path class="limit" d="{}"/>').format(_line(shown, most)) if shown else Markup("")
    return _chart(Markup('<path class="area" d="{}"/>{}').format(_area(values, most), limit), values, titles, label)


def left_chart(values: Sequence[float], maximum: float, titles: Sequence[str], label: str) -> Markup:
    """Return what is left of something (burst) as an area of its maximum."""
    most = max([maximum, *values], default=0.0) or 1.0
    kept = [max(0.0, value) for value in values]
    return _chart(Markup('<path class="left" d="{}"/>').format(_area(kept, most)), values, titles, label)


def counts_chart(values: Sequence[float], titles: Sequence[str], label: str) -> Markup:
    """Return counts (refused requests) as bars."""
    most = max(values, default=0.0) * 1.08 or 1.0
    return _chart(Markup('<path class="refused" d="{}"/>').format(_area(values, most)), values, titles, label)


def _chart(drawn: Markup, values: Sequence[float], titles: Sequence[str], label: str) -> Markup:
    hits = [
        Markup('<rect x="{}" width="1" height="{}"><title>{}</title></rect>').format(index, HEIGHT, title)
        for index, title in enumerate(titles)
    ]
    return Markup(
        '<svg class="chart" width="100%" height="{0}" viewBox="0 0 {1} {0}" preserveAspectRatio="none" role="img" '
        'aria-label="{2}">{3}<g class="hits">{4}</g></svg>'
    ).format(HEIGHT, max(1, len(values)), label, drawn, Markup("").join(hits))


def _area(values: Sequence[float], most: float) -> str:
    """Return steps from left to right, closed along the ground."""
    tops = "".join(f"V{_y(value, most)}H{index + 1}" for index, value in enumerate(values))
    return f"M0 {HEIGHT}{tops}V{HEIGHT}z"


def _line(values: Sequence[float], most: float) -> str:
    if not values:
        return ""
    return f"M0 {_y(values[0], most)}" + "".join(
        f"V{_y(value, most)}H{index + 1}" for index, value in enumerate(values)
    )


def _y(value: float, most: float) -> str:
    return f"{HEIGHT * (1 - min(value / most, 1.0)):.1f}".removesuffix(".0")
