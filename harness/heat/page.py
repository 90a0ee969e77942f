"""The page of a heat picture: one HTML file, the same without script; or its middle part, for another page.

`render` gives a whole page. `fragment` gives advice, drawings and lists with their style, for a page that has the
house's style already (a template that extends harness/pages' frame). Elsewhere show `render` in a frame of its own.
"""

from pathlib import Path

from harness.capacity.picture import HeatPicture
from harness.heat.view import heat_view
from harness.pages import Pages

TOP_DEFAULT = 15
_TEMPLATES = Path(__file__).parent / "templates"
_PAGES = Pages(_TEMPLATES)


def render(picture: HeatPicture, *, title: str = "heat", command: str = "", top: int = TOP_DEFAULT) -> str:
    """Return the whole page; `command` is what makes it anew, and is shown where given."""
    view = heat_view(picture, top=top)
    return _PAGES.render("heat.html.jinja", view=view, title=title, command_again=command)


def fragment(picture: HeatPicture, *, top: int = TOP_DEFAULT, styled: bool = True, prefix: str = "heat") -> str:
    """Return the page's middle part; the second and later ones in a page need no style, but a prefix of their own."""
    style = (_TEMPLATES / "heat.css").read_text(encoding="utf-8") if styled else ""
    return _PAGES.render("fragment.html.jinja", view=heat_view(picture, top=top, prefix=prefix), heat_style=style)


def write(path: Path, picture: HeatPicture, *, title: str = "heat", command: str = "", top: int = TOP_DEFAULT) -> Path:
    """Write the whole page; raises SettingInvalid where that is not possible."""
    view = heat_view(picture, top=top)
    return _PAGES.write(path, "heat.html.jinja", view=view, title=title, command_again=command)
