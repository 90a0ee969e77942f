"""The command that shows heat: which partitions and keys are hot, what was throttled, and what to do about it."""

import json
import shlex
import sys
import webbrowser
from collections.abc import Callable
from dataclasses import asdict, replace
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from harness.cli.options import AsJson, Instance, Target, answers, edge_of, notes, print_json, running
from harness.config import INSTANCE_DEFAULT, TARGET_ANY
from harness.errors import SettingInvalid

if TYPE_CHECKING:
    from harness.capacity.picture import HeatPicture

HEAT, CAPACITY = "/_rehearsal/heat", "/_rehearsal/capacity"
PAGE_DEFAULT = Path("heat.html")
TOP_DEFAULT, TOP_MAX = 5, 500

Look = Callable[[], "HeatPicture"]


def register(application: typer.Typer) -> None:
    """Add this module's command."""
    application.command(
        epilog="Examples: rehearse heat · rehearse heat Wallets --follow · rehearse heat --output heat.html --open · "
        "rehearse heat --json > heat.json && rehearse heat --from heat.json"
    )(heat)


def heat(
    table: Annotated[
        str, typer.Argument(help="A table's name, its end after a dash, or a pattern with `*`; all without it.")
    ] = "",
    top: Annotated[int, typer.Option("--top", "-n", min=1, max=TOP_MAX, help="How many keys a list.")] = TOP_DEFAULT,
    follow: Annotated[bool, typer.Option("--follow", "-f", help="Show it as it changes; Ctrl-C ends it.")] = False,
    output: Annotated[Path | None, typer.Option("--output", "-o", help="Write a page to this file instead.")] = None,
    show: Annotated[bool, typer.Option("--open", help="Open the page in a browser.")] = False,
    source: Annotated[
        Path | None, typer.Option("--from", help="A file that --json gave, instead of an environment.")
    ] = None,
    instance: Instance = INSTANCE_DEFAULT,
    target: Target = TARGET_ANY,
    as_json: AsJson = False,
) -> None:
    """Show how hot DynamoDB's tables, partitions and keys are, what was throttled, and what to do about it.

    Capacity has to be counted or enforced: rehearse up --capacity enforce.
    """
    if follow and (output or show or source or as_json):
        raise SettingInvalid("--follow goes with none of --output, --open, --from and --json: give it alone")
    look = _file(source) if source else _environment(instance, target, top)
    if follow:
        from harness.heat.following import follow as follow_it
        from harness.heat.screen import console_of

        follow_it(lambda: _chosen(look(), table), console_of(sys.stdout), top=top)
        return
    picture = _chosen(look(), table)
    if output or show:
        path = output or PAGE_DEFAULT
        words = ["heat", *filter(None, [table]), "--output", str(path)]
        again = "" if source else shlex.join(["rehearse", *words, *_unless_default(instance)])
        _write(picture, path, top, again, opened=show, as_json=as_json)
    elif as_json:
        print_json(_document(picture))
    else:
        _show(picture, top)


def _show(picture: "HeatPicture", top: int) -> None:
    from harness.heat.screen import console_of, shown

    console = console_of(sys.stdout)
    console.print(shown(picture, console, top=top))


def _write(picture: "HeatPicture", path: Path, top: int, again: str, *, opened: bool, as_json: bool) -> None:
    from harness.heat.page import TOP_DEFAULT as TOP_OF_PAGE
    from harness.heat.page import write
    from harness.heat.verdict import verdict_of

    page = write(path, picture, command=again, top=max(top, TOP_OF_PAGE))
    if as_json:
        print_json({**_document(picture), "page": str(page)})
    else:
        notes.print(verdict_of(picture).headline, markup=False)
        answers.print(str(page), markup=False)
    if opened and not webbrowser.open(page.resolve().as_uri()):
        notes.print("no browser could be opened", markup=False)


def _unless_default(instance: str) -> list[str]:
    return [] if instance == INSTANCE_DEFAULT else ["--instance", instance]


def _document(picture: "HeatPicture") -> dict[str, Any]:
    """Return the picture and what is said of it; `--from` reads it again."""
    from harness.capacity.advice import advise
    from harness.heat.verdict import verdict_of
    from harness.masking import masked_values

    said = {**asdict(verdict_of(picture)), "advice": [asdict(one) for one in advise(picture)]}
    document: dict[str, Any] = masked_values({**said, **picture.as_document()})
    return document


def _chosen(picture: "HeatPicture", table: str) -> "HeatPicture":
    """Return the picture with the tables that are meant alone; raises SettingInvalid when there are none."""
    if not table:
        return picture
    from harness.edge.pattern import Texts, forms_of_name

    meant = Texts((table,), forms_of_name)
    chosen = tuple(one for one in picture.tables if meant.mean(one.table))
    if not chosen:
        known = ", ".join(sorted({one.table for one in picture.tables})) or "none so far"
        raise SettingInvalid(f"no table {table!r} has any heat", evidence={"tables": known})
    return replace(picture, tables=chosen)


def _environment(instance: str, target: str, top: int) -> Look:
    edge = edge_of(running(instance, target))

    def look() -> "HeatPicture":
        picture = _picture(edge.ask("GET", HEAT, params={"top": top}), f"the edge's answer to GET {HEAT}")
        if not picture.tables and edge.ask("GET", CAPACITY).get("mode") == "off":
            raise SettingInvalid(
                "capacity is neither counted nor enforced, so nothing is known of heat",
                remedy="rehearse capacity set enforce --scale 0.05, or count alone: rehearse capacity set count",
            )
        return picture

    return look


def _file(path: Path) -> Look:
    def look() -> "HeatPicture":
        try:
            document = json.loads(path.read_text(encoding="utf-8"))
        except OSError as problem:
            raise SettingInvalid(f"heat file {path} can't be read: {problem.strerror}") from problem
        except ValueError as problem:
            raise SettingInvalid(f"heat file {path} is no JSON: {problem}") from problem
        return _picture(document, f"heat file {path}")

    return look


def _picture(document: Any, whose: str) -> "HeatPicture":
    from harness.capacity.picture import picture_from

    try:
        picture = picture_from(document)
    except ValueError as problem:
        raise SettingInvalid(f"{whose} is {problem}") from problem
    if picture.tables and not picture.step_s > 0:
        raise SettingInvalid(f"{whose} is no heat picture: its steps last {picture.step_s} s, expected more than 0")
    return picture
