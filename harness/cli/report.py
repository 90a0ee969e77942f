"""The command about runs that are over: report makes a run's page, or the page that compares two."""

import webbrowser
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from harness.cli.options import AsJson, answers, notes, print_json
from harness.errors import SettingInvalid

if TYPE_CHECKING:
    from harness.report.model import Run

ARTIFACTS_DEFAULT = Path("artifacts")


def register(application: typer.Typer) -> None:
    """Add this module's command."""
    application.command(epilog="Examples: rehearse report · rehearse report 20260102-080000 20260103-080000 --open")(
        report
    )


def report(
    runs: Annotated[
        list[str] | None,
        typer.Argument(metavar="[RUN [LATER_RUN]]", help="A run's name or folder; the latest without one."),
    ] = None,
    output: Annotated[Path | None, typer.Option("--output", "-o", help="Write the page to this file.")] = None,
    artifacts: Annotated[Path, typer.Option(help="The folder that holds the runs.")] = ARTIFACTS_DEFAULT,
    show: Annotated[bool, typer.Option("--open", help="Open the page in a browser.")] = False,
    as_json: AsJson = False,
) -> None:
    """Make the page of a run, or the one page that compares two runs.

    With one run the exit code is 0, however that run ended. With two it is 1 when the later run has newly failed
    tests or INVALID verdicts.
    """
    from harness.report.model import compare, find_run, latest_run, read_run
    from harness.report.page import write_comparison, write_page

    names = runs or []
    if len(names) > 2:
        raise SettingInvalid(f"{len(names)} runs were named, expected at most two")
    if len(names) < 2:
        path = find_run(names[0], artifacts) if names else latest_run(artifacts)
        page = write_page(path, output)
        if as_json:
            print_json({**read_run(path).to_json(), "page": str(page)})
        else:
            answers.print(str(page), markup=False)
        _open(page, wanted=show)
        return
    before, after = (read_run(find_run(name, artifacts)) for name in names)
    comparison = compare(before, after)
    page = write_comparison(comparison, output)
    if as_json:
        print_json({**comparison.to_json(), "page": str(page)})
    else:
        _tell(after, len(comparison.newly_failing))
        answers.print(str(page), markup=False)
    _open(page, wanted=show)
    if comparison.is_worse:
        raise typer.Exit(1)


def _tell(after: "Run", newly_failing: int) -> None:
    notes.print(f"newly failing {newly_failing}, INVALID verdicts {after.validities['INVALID']}", markup=False)


def _open(page: Path, *, wanted: bool) -> None:
    if wanted and not webbrowser.open(page.resolve().as_uri()):
        notes.print("no browser could be opened", markup=False)
