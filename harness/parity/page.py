"""The page of a comparison: one HTML file; what nobody knows of first, then what is known, then what varies."""

from pathlib import Path

from harness.pages import Pages
from harness.parity import telling
from harness.parity.known import Judged
from harness.parity.sight import ASPECTS

PAGE_NAME = "parity.html"
_PAGES = Pages(
    Path(__file__).parent / "templates",
    filters={"saw": telling.shown_saw, "place": telling.place_name, "facts": telling.facts},
)


def write_page(path: Path, judged: Judged, *, again: str = "") -> Path:
    """Write the page; `again` is the command that makes the comparison again. Raises SettingInvalid."""
    return _PAGES.write(
        path,
        "parity.html.jinja",
        judged=judged,
        sides=judged.found.sides,
        headline=telling.headline(judged),
        again=again,
        meanings={one.name: one.meaning for one in ASPECTS},
        problems=[
            (side.name, problem) for side in judged.found.sides for one in side.rounds for problem in one.problems
        ],
    )
