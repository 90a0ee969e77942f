"""The page of a plan: one HTML file with plots as SVG, which follows the house's colours and needs no script."""

import shlex
from collections.abc import Sequence
from pathlib import Path

from harness.pages import Pages
from harness.plan.running import StageResult
from harness.plan.view import plan_view

_PAGES = Pages(Path(__file__).parent / "templates")


def render_page(results: Sequence[StageResult], *, arguments: Sequence[str] = (), prices_as_of: str = "") -> str:
    """Return the page as text; `arguments` are those of `rehearse plan` that make it again."""
    view = plan_view(results, command=_command(arguments), prices_as_of=prices_as_of)
    return _PAGES.render("plan.html.jinja", view=view)


def write_page(
    path: Path, results: Sequence[StageResult], *, arguments: Sequence[str] = (), prices_as_of: str = ""
) -> Path:
    """Write the page; raises SettingInvalid where that is not possible, ToolMissing without matplotlib."""
    view = plan_view(results, command=_command(arguments), prices_as_of=prices_as_of)
    return _PAGES.write(path, "plan.html.jinja", view=view)


def _command(arguments: Sequence[str]) -> str:
    return shlex.join(["rehearse", "plan", *arguments])
