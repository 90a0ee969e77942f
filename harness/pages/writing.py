"""Writes pages: a template of one part's own in the frame, style and script of all."""

from collections.abc import Callable, Mapping
from contextlib import suppress
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

from harness import __version__
from harness.errors import SettingInvalid
from harness.masking import masked
from harness.pages.scales import told_ms

if TYPE_CHECKING:
    from jinja2 import Environment

HERE = Path(__file__).parent / "templates"


class Pages:
    """The pages of one part: its templates, which extend `frame.html.jinja`, and what it adds to style and script.

    Every `.css` and `.js` in its folder goes into each page, after the house's own.
    """

    def __init__(self, templates: Path, filters: Mapping[str, Callable[..., Any]] | None = None) -> None:
        self._templates = templates
        self._filters = {"ms": told_ms, **(filters or {})}

    def render(self, template: str, **context: Any) -> str:
        """Return a page as text, masked."""
        # Masked before it was kept, and once more here: an older run's files were not.
        return masked(self._environment.get_template(template).render(version=__version__, **context))

    def write(self, path: Path, template: str, **context: Any) -> Path:
        """Write a page, whole or not at all; raises SettingInvalid where that is not possible."""
        page = self.render(template, **context)
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            if path.exists() and not path.is_file():
                path.write_text(page, encoding="utf-8")  # a pipe or a device is written to, never put aside
            else:
                _write_whole(path.resolve(), page)  # a link stays a link
        except (OSError, RuntimeError) as problem:  # RuntimeError: links that go in a circle
            raise SettingInvalid(
                f"page {path} can't be written: {getattr(problem, 'strerror', None) or problem}",
                remedy="name another file: --output page.html",
            ) from problem
        return path

    @cached_property
    def _environment(self) -> "Environment":
        from jinja2 import Environment, FileSystemLoader, StrictUndefined
        from markupsafe import Markup

        environment = Environment(
            loader=FileSystemLoader([self._templates, HERE]),
            autoescape=True,
            undefined=StrictUndefined,
            trim_blocks=True,
            lstrip_blocks=True,
        )
        environment.filters.update(self._filters)
        environment.globals["style"] = Markup(self._joined("*.css"))  # noqa: S704
        environment.globals["script"] = Markup(self._joined("*.js"))  # noqa: S704
        return environment

    def _joined(self, pattern: str) -> str:
        files = [*sorted(HERE.glob(pattern)), *sorted(self._templates.glob(pattern))]
        return "\n".join(file.read_text(encoding="utf-8") for file in files)


def _write_whole(path: Path, page: str) -> None:
    unfinished = path.with_name(f".{path.name}.part")
    try:
        unfinished.write_text(page, encoding="utf-8")
        unfinished.replace(path)
    except OSError:
        with suppress(OSError):
            unfinished.unlink(missing_ok=True)
        raise
