"""Writes pages: from a run's folder to `report.html` in it, and from two runs to the page that compares them."""

from contextlib import suppress
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

from harness import __version__
from harness.errors import SettingInvalid
from harness.masking import masked
from harness.report.model.comparison import Comparison
from harness.report.model.reading import read_run
from harness.report.page.comparing import comparison_view
from harness.report.page.drawing.scales import told_ms
from harness.report.page.run_view import run_view

if TYPE_CHECKING:
    from jinja2 import Environment, Template

PAGE_NAME = "report.html"
HERE = Path(__file__).parent


def write_page(run_path: Path, output: Path | None = None) -> Path:
    """Write the page of the run in `run_path`, by default into that folder; raises RunUnreadable."""
    return _write(output or run_path / PAGE_NAME, "run.html.jinja", view=run_view(read_run(run_path)))


def write_comparison(comparison: Comparison, output: Path | None = None) -> Path:
    """Write the page that compares two runs, by default into the later one's folder."""
    name = f"compared-with-{comparison.before.name}.html"
    return _write(output or comparison.after.path / name, "comparison.html.jinja", view=comparison_view(comparison))


def _write(path: Path, template: str, **context: Any) -> Path:
    # Masked before it was kept, and once more here: an older run's files were not.
    page = masked(_template(template).render(version=__version__, **context))
    unfinished = path.with_name(f".{path.name}.part")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        unfinished.write_text(page, encoding="utf-8")
        unfinished.replace(path)
    except OSError as problem:
        with suppress(OSError):
            unfinished.unlink(missing_ok=True)
        raise SettingInvalid(
            f"page {path} can't be written: {problem.strerror}", remedy="name another file: --output page.html"
        ) from problem
    return path


def _template(name: str) -> "Template":
    return _environment().get_template(name)


@cache
def _environment() -> "Environment":
    from jinja2 import Environment, FileSystemLoader, StrictUndefined
    from markupsafe import Markup

    environment = Environment(
        loader=FileSystemLoader(HERE / "templates"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters["ms"] = told_ms
    environment.globals["style"] = Markup((HERE / "templates" / "style.css").read_text(encoding="utf-8"))  # noqa: S704
    environment.globals["script"] = Markup((HERE / "templates" / "page.js").read_text(encoding="utf-8"))  # noqa: S704
    return environment
