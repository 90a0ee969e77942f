"""Plots as SVG for the page: matplotlib draws axes and lines, the page's own variables give the colours.

A colour that matplotlib writes is one of a few marks, which are replaced by the house's CSS variables: so a plot is
light, dark or printed like the page around it. Text stays text. matplotlib comes with the extra `rehearsal[plan]`.
"""

import io
import re
import textwrap
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from html import escape
from typing import TYPE_CHECKING, Any

from harness.errors import ToolMissing

if TYPE_CHECKING:
    from matplotlib.axes import Axes

# Written by matplotlib, read by nobody: each stands for a variable of harness/pages' house.css.
MARKS = {
    "#010101": "var(--ink)",
    "#020202": "var(--soft)",
    "#030303": "var(--line)",
    "#040404": "var(--card)",
    "#050505": "var(--accent)",
    "#060606": "var(--bad)",
    "#070707": "var(--good)",
    "#080808": "var(--detour)",
    "#090909": "var(--fault)",
    "#0a0a0a": "var(--unsure)",
}
_BY_VARIABLE = {variable[6:-1]: mark for mark, variable in MARKS.items()}
SERIES_COLOURS = ("accent", "detour", "fault", "good", "unsure")
LABEL_MAX = 13  # letters of a bar's name in one line
_MARK = re.compile("|".join(MARKS), re.IGNORECASE)
_IDS = re.compile(r'(\bid="|href="#|url\(#)([\w.-]+)')


def colour(name: str) -> str:
    """Return the mark that stands for a variable of the house's style."""
    return _BY_VARIABLE[name]


@dataclass(frozen=True, slots=True)
class Plot:
    """An SVG drawing with what it says, for those who don't see it."""

    title: str
    says: str
    svg: str


@dataclass(frozen=True, slots=True)
class Series:
    """A line or an area: values at the x of its plot."""

    name: str
    values: Sequence[float]
    colour: str = "accent"
    dashes: str = "-"
    filled: bool = False


def over_time(
    title: str,
    says: str,
    xs: Sequence[float],
    series: Sequence[Series],
    *,
    unit: str,
    name: str,
    height_in: float = 1.9,
) -> Plot:
    """Return series over minutes since the beginning, from zero up; `name` keeps ids apart in one page."""
    with _figure(height_in) as (figure, axes):
        for one in series:
            if one.filled:
                axes.fill_between(xs, one.values, step="post", color=colour(one.colour), alpha=0.25, linewidth=0)
            axes.step(
                xs, one.values, where="post", color=colour(one.colour), linestyle=one.dashes, linewidth=1.5,
                label=one.name,
            )  # fmt: skip
        axes.set_ylim(bottom=0)
        axes.set_xlim(xs[0], xs[-1])
        axes.set_xlabel("minutes")
        axes.set_ylabel(unit)
        _legend(axes, len(series))
        return Plot(title, says, _svg(figure, title, says, name))


def bars(
    title: str, says: str, groups: Sequence[str], series: Sequence[Series], *, unit: str, name: str, log: bool = False
) -> Plot:
    """Return groups of bars beside each other, one a series; `log` where they lie powers of ten apart."""
    with _figure(2.5) as (figure, axes):
        wide = 0.8 / max(1, len(series))
        for number, one in enumerate(series):
            places = [group - 0.4 + wide * (number + 0.5) for group in range(len(groups))]
            axes.bar(places, one.values, wide * 0.92, color=colour(one.colour), label=one.name)
        if log:
            axes.set_yscale("log")
            axes.yaxis.set_major_formatter(_amount)
        axes.set_xticks(range(len(groups)), [textwrap.fill(group, LABEL_MAX) for group in groups], fontsize=8)
        axes.tick_params(axis="x", length=0)
        axes.set_ylabel(unit)
        _legend(axes, len(series))
        return Plot(title, says, _svg(figure, title, says, name))


@contextmanager
def _figure(height_in: float) -> "Iterator[tuple[Any, Axes]]":
    try:
        import matplotlib as mpl
        from matplotlib.figure import Figure
    except ImportError as problem:
        raise ToolMissing(
            "plots need matplotlib, which is not installed", remedy="pip install 'rehearsal[plan]'"
        ) from problem
    settings: Any = {
        "svg.fonttype": "none",
        "svg.hashsalt": "rehearsal",  # the same plot is the same file
        "font.family": "sans-serif",
        "font.size": 9,
        "text.color": colour("ink"),
        "axes.edgecolor": colour("line"),
        "axes.labelcolor": colour("soft"),
        "axes.facecolor": "none",
        "xtick.color": colour("soft"),
        "ytick.color": colour("soft"),
        "axes.spines.top": False,
        "axes.spines.right": False,
    }
    with mpl.rc_context(settings):
        # No pyplot: it would look for a display, and keep every figure.
        figure = Figure(figsize=(4.9, height_in), layout="constrained")
        axes = figure.add_subplot()
        axes.grid(visible=True, axis="y", color=colour("line"), linewidth=0.7)
        axes.set_axisbelow(True)
        axes.yaxis.set_major_formatter(_amount)
        yield figure, axes


def _amount(value: float, place: float) -> str:
    del place
    return f"{value:,.10g}"


def _legend(axes: "Axes", count: int) -> None:
    if count > 1:
        axes.legend(
            loc="lower right", bbox_to_anchor=(1, 1), ncols=min(count, 3), frameon=False, fontsize=8,
            labelcolor=colour("ink"), handlelength=1.6, borderaxespad=0.1,
        )  # fmt: skip


def _svg(figure: Any, title: str, says: str, name: str) -> str:
    written = io.StringIO()
    figure.savefig(written, format="svg", transparent=True, metadata={"Date": None, "Creator": None})
    text = written.getvalue()
    text = text[text.index("<svg") :]
    text = re.sub(r"<metadata>.*?</metadata>", "", text, flags=re.DOTALL)
    text = _MARK.sub(lambda found: MARKS[found[0].lower()], text)
    # Fonts are the page's; matplotlib writes its own into each text's style, and a style for the whole page.
    text = re.sub(r"font-family: [^;\"]*;? ?", "", text)
    text = re.sub(r"<style.*?</style>", "", text, count=1, flags=re.DOTALL)
    text = _IDS.sub(lambda found: f"{found[1]}{name}-{found[2]}", text)
    width, height = re.findall(r'(?:width|height)="([\d.]+)pt"', text)[:2]
    opening = (
        f'<svg class="plot" role="img" aria-labelledby="{name}-title {name}-desc" '
        f'viewBox="0 0 {width} {height}"><title id="{name}-title">{escape(title)}</title>'
        f'<desc id="{name}-desc">{escape(says)}</desc>'
    )
    return re.sub(r"<svg[^>]*>", lambda _: opening, text, count=1)
