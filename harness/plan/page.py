"""The page of a plan: one HTML file with plots as SVG, which follows the house's colours and needs no script."""

import shlex
from collections.abc import Sequence
from pathlib import Path

from harness.pages import Pages
from harness.plan.running import StageResult
from harness.plan.view import plan_view

_PAGES = Pages(Path(__file__).parent / "templates")


def write_page(
    path: Path, results: Sequence[StageResult], *, arguments: Sequence[str] = (), prices_as_of: str = ""
) -> Path:
    """Write the page; `arguments` are those of `rehearse plan` that make it again.

    Raises SettingInvalid where that is not possible, ToolMissing without matplotlib.
    """
    command = shlex.join(["rehearse", "plan", *arguments])
    view = plan_view(results, command=command, prices_as_of=prices_as_of)
    return _PAGES.write(path, "plan.html.jinja", view=view)
