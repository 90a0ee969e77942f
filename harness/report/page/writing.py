"""Writes pages: from a run's folder to `report.html` in it, and from two runs to the page that compares them."""

from pathlib import Path

from harness.pages import Pages
from harness.report.model.comparison import Comparison
from harness.report.model.reading import read_run
from harness.report.page.comparing import comparison_view
from harness.report.page.run_view import run_view

PAGE_NAME = "report.html"
_PAGES = Pages(Path(__file__).parent / "templates")


def write_page(run_path: Path, output: Path | None = None) -> Path:
    """Write the page of the run in `run_path`, by default into that folder; raises RunUnreadable."""
    return _PAGES.write(output or run_path / PAGE_NAME, "run.html.jinja", view=run_view(read_run(run_path)))


def write_comparison(comparison: Comparison, output: Path | None = None) -> Path:
    """Write the page that compares two runs, by default into the later one's folder."""
    name = f"compared-with-{comparison.before.name}.html"
    return _PAGES.write(
        output or comparison.after.path / name, "comparison.html.jinja", view=comparison_view(comparison)
    )
