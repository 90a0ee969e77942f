"""The command that compares targets: the same scenarios on both, and what they show differently."""

import shlex
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from rich.text import Text

from harness.cli.options import AsJson, answers, notes, print_json
from harness.errors import SettingInvalid
from harness.ids import new_seed
from harness.targets import TARGETS, check_target

if TYPE_CHECKING:
    from harness.parity.running import Progress, Wanted
    from harness.parity.side import Round, Side

ARTIFACTS_DEFAULT = Path("artifacts")
SIDES = 2
# Where nobody watches a terminal, a line so often is enough.
TELL_EVERY_S = 15.0
_STYLES = {"good": "green", "bad": "bold red", "unsure": "yellow", "soft": "dim", "": ""}


def register(application: typer.Typer) -> None:
    """Add this module's command."""
    application.command(
        epilog="Examples: rehearse parity --targets embedded,docker"
        " · rehearse parity --scenarios scenarios/payments --only refund --noise"
        " · rehearse parity --runs 20260102-080000 20260103-080000 --html parity.html"
    )(parity)


def parity(
    targets: Annotated[
        str, typer.Option(help=f"Two of {', '.join(TARGETS)}; with @NAME a running environment instead of an own one.")
    ] = "embedded,docker",
    scenarios: Annotated[
        list[str] | None, typer.Option(metavar="PATH", help="Files or folders of scenarios; several times for several.")
    ] = None,
    only: Annotated[str, typer.Option(metavar="EXPR", help="Only scenarios whose names match, as pytest's -k.")] = "",
    gateway: Annotated[str, typer.Option(help="The card gateway's protocol: plain or stripe.")] = "plain",
    seed: Annotated[int | None, typer.Option(help="The seed of all runs; a fresh one without.")] = None,
    workers: Annotated[int, typer.Option(min=1, max=64, help="How many scenarios run at once.")] = 2,
    trust: Annotated[
        str, typer.Option(help="probe: examine what scenarios rely on first; assume: believe it, which is faster.")
    ] = "probe",
    noise: Annotated[
        bool, typer.Option("--noise", help="Run all twice on each target: what varies there by itself is told apart.")
    ] = False,
    runs: Annotated[
        tuple[str, str] | None,
        typer.Option(
            metavar="RUN RUN", help="Compare finished runs instead: names or folders, several rounds joined by commas."
        ),
    ] = None,
    known: Annotated[Path | None, typer.Option(help="A list of known differences of your own.")] = None,
    html: Annotated[
        Path | None, typer.Option(metavar="FILE", help="Write the page here (default: beside the runs that it made).")
    ] = None,
    artifacts: Annotated[Path, typer.Option(help="The folder that holds the runs.")] = ARTIFACTS_DEFAULT,
    as_json: AsJson = False,
) -> None:
    """Run the same scenarios on two targets and say what they show differently, the most serious first.

    Compared are outcomes and verdicts, what clients were answered, the shape of answers and errors, the order of
    events, and what is there in the end; ids, times and the winners of races are not. Exit code 0 when there is no
    difference but known ones, 1 when there is one that is not known, 2 when it could not be compared.
    """
    from harness.parity.comparing import compare_sides
    from harness.parity.known import KNOWN_FILE, judge, read_known
    from harness.parity.page import PAGE_NAME, write_page
    from harness.parity.running import Wanted
    from harness.parity.side import check_comparable
    from harness.parity.telling import lines, to_json

    listed = read_known(known or KNOWN_FILE)
    if runs is not None:
        first, second = _finished(runs, artifacts)
        page, again = html, shlex.join(["rehearse", "parity", "--runs", *runs])
    else:
        names = _targets(targets)
        drawn = new_seed() if seed is None else seed
        folder = artifacts / f"parity-{datetime.now(UTC):%Y%m%d-%H%M%S}"
        wanted = Wanted(tuple(scenarios or ["scenarios"]), drawn, gateway, only, workers, trust, 2 if noise else 1)
        first, second = _run(names, folder, wanted)
        page, again = html or folder / PAGE_NAME, _again(names, wanted)
    check_comparable(first, second)
    with notes.status("comparing") as status:
        judged = judge(compare_sides(first, second, status.update), listed)
    if page:
        write_page(page, judged, again=again)
    if as_json:
        print_json({**to_json(judged), **({"page": str(page)} if page else {})})
    else:
        for line, mood in lines(judged):
            answers.print(Text(line, _STYLES[mood]))
        if page:
            notes.print(f"page: {page}", markup=False)
    raise typer.Exit(judged.exit_code)


def _targets(text: str) -> tuple[str, str]:
    names = [one.strip() for one in text.split(",") if one.strip()]
    for one in names:
        check_target(one.partition("@")[0])
    if len(names) != SIDES or names[0] == names[1]:
        raise SettingInvalid(
            f"targets are {text!r}, expected two different ones such as embedded,docker",
            remedy="what varies on one target by itself is told by --noise",
        )
    return names[0], names[1]


def _finished(runs: tuple[str, str], artifacts: Path) -> "tuple[Side, Side]":
    """Return the sides that two finished runs, or several rounds of them, make."""
    from harness.parity.side import Side, read_round
    from harness.report.model import find_run

    def found(name: str) -> Path:
        return Path(name) if Path(name).is_dir() else find_run(name, artifacts)

    rounds = [tuple(read_round(found(name)) for name in one.split(",") if name) for one in runs]
    if not all(rounds):
        raise SettingInvalid(f"runs are {' '.join(runs)!r}, expected two names or folders")
    names = _names(rounds[0][0], rounds[1][0])
    return Side(names[0], rounds[0]), Side(names[1], rounds[1])


def _names(first: "Round", second: "Round") -> tuple[str, str]:
    """Return what tells two rounds apart: their targets, else their gateways, else their names."""
    targets = first.target or "run", second.target or "run"
    for told in (("", ""), (first.gateway, second.gateway), (first.path.name, second.path.name)):
        names = tuple(f"{target} {more}".strip() for target, more in zip(targets, told, strict=True))
        if names[0] != names[1]:
            return names[0], names[1]
    return str(first.path), str(second.path)


def _run(names: tuple[str, str], folder: Path, wanted: "Wanted") -> "tuple[Side, Side]":
    """Run the scenarios on both targets, telling how far they are."""
    from harness.parity.running import run_side

    sides = []
    notes.print(f"seed {wanted.seed}, artifacts {folder}", markup=False)
    for number, name in enumerate(names, start=1):
        with _telling(f"[{number} of {len(names)}] ") as told:
            sides.append(run_side(name, wanted, folder, told))
    return sides[0], sides[1]


@contextmanager
def _telling(prefix: str) -> "Iterator[Callable[[Progress], None]]":
    """Give what tells of progress: in place on a terminal, else a line now and then, and one for each end."""
    last_s = time.monotonic()
    with notes.status(prefix) as status:

        def told(progress: "Progress") -> None:
            nonlocal last_s
            line = Text(f"{prefix}{progress}")
            status.update(line)
            ended = progress.tests and progress.ended >= progress.tests
            if not notes.is_terminal and time.monotonic() - last_s >= TELL_EVERY_S and not ended:
                last_s = time.monotonic()
                notes.print(line)
            if progress.is_over:
                notes.print(line)

        yield told


def _again(names: tuple[str, str], wanted: "Wanted") -> str:
    options = ["rehearse", "parity", "--targets", ",".join(names), "--seed", str(wanted.seed)]
    options += ["--gateway", wanted.gateway, "--workers", str(wanted.workers), "--trust", wanted.trust]
    options += [word for one in wanted.scenarios for word in ("--scenarios", one)]
    options += ["--only", wanted.only] if wanted.only else []
    return shlex.join([*options, *(["--noise"] if wanted.rounds > 1 else [])])
