"""The command that watches executions: monitor."""

from typing import TYPE_CHECKING, Annotated

import typer

from harness.cli.options import AsJson, Instance, Target, notes, print_json, running
from harness.cli.watched import WITHIN_S_DEFAULT, Watched, WithinS, watched
from harness.config import INSTANCE_DEFAULT, TARGET_ANY
from harness.errors import SettingInvalid

if TYPE_CHECKING:
    from harness.monitor import Account, Row, Subject

OUTCOMES = ("SUCCEEDED", "FAILED", "TIMED_OUT", "ABORTED")


def register(application: typer.Typer) -> None:
    """Add this module's commands."""
    application.command(
        epilog="Examples: rehearse monitor · rehearse monitor pay-7f3a · rehearse monitor --next · "
        "rehearse monitor --last 3 --states"
    )(monitor)


def monitor(
    execution: Annotated[str, typer.Argument(help="A payment's or refund's id, or an execution's ARN.")] = "",
    next_one: Annotated[bool, typer.Option("--next", help="Wait for the next execution, whoever starts it.")] = False,
    last: Annotated[int, typer.Option("--last", "-n", min=1, max=100, help="How many to list.")] = 10,
    states: Annotated[bool, typer.Option("--states", help="List them state by state.")] = False,
    expect: Annotated[str, typer.Option(help=f"The end that counts as success: {', '.join(OUTCOMES)}.")] = OUTCOMES[0],
    within_s: WithinS = WITHIN_S_DEFAULT,
    instance: Instance = INSTANCE_DEFAULT,
    target: Target = TARGET_ANY,
    as_json: AsJson = False,
) -> None:
    """List recent payments and refunds, or follow one to its end. Exit code 1 when that is not the expected one."""
    if expect not in OUTCOMES:
        raise SettingInvalid(f"an execution never ends as {expect!r}, expected one of {', '.join(OUTCOMES)}")
    if execution and next_one:
        raise SettingInvalid("an execution's id and --next can't go together: give one of them")
    system = watched(running(instance, target))
    if not execution and not next_one:
        _list(system, last, states=states, as_json=as_json)
        return
    account = _followed(system, execution, within_s, as_json=as_json)
    if as_json:
        print_json(account.to_json())
    if account.flow.outcome != expect:
        raise typer.Exit(1)


def _followed(system: Watched, wanted: str, within_s: float, *, as_json: bool) -> "Account":
    from harness.monitor import open_screen, opening

    seen = set() if wanted else system.machines.newest()
    if not wanted:
        notes.print(f"waiting for the next execution, at most {within_s:.0f} s; Ctrl-C ends it")
    with open_screen(silent=as_json) as screen:
        screen.now("" if wanted else "nothing so far")
        found = system.machines.find(wanted) if wanted else system.machines.next_after(seen, within_s=within_s)
        subject = system.witnesses.completed(found)
        before = system.witnesses.initial_balance(subject)
        for line in opening(subject, before):
            screen.say(line)
        return system.follow(subject, screen, before, within_s)


def _list(system: Watched, last: int, *, states: bool, as_json: bool) -> None:
    from harness.monitor import Line, Telling, open_screen, table

    rows = [_row(system, subject) for subject in system.machines.recent(last)]
    if as_json:
        print_json([row.to_json() for row in rows])
        return
    screen = open_screen(still=True)
    if not rows:
        screen.say(Line("details", "no execution yet; start one: rehearse pay user_test_001 50.00"))
    elif not states:
        screen.console.print(table(rows, screen.glyphs, width=screen.console.width))
    for row in rows if states else ():
        screen.say(Line("start", f"{row.subject.flow} {row.subject.name} {row.flow.outcome}", row.where, "bold"))
        for line in Telling().take(row.flow.transitions):
            screen.say(line)


def _row(system: Watched, subject: "Subject") -> "Row":
    from harness.monitor import Following, Row

    following = Following(system.client, subject.arn, within_s=0)
    following.look()
    return Row(subject, following.flow)
