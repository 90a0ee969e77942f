"""Runs on an AWS account from the command line: the question before one begins, its end told, and those forgotten."""

import os
import sys
from datetime import timedelta
from typing import Annotated, Any

import typer

from harness.cli.options import AsJson, answers, notes, print_json
from harness.clock import SYSTEM_CLOCK
from harness.durations import duration_text
from harness.errors import SettingInvalid
from harness.targets import lifecycle
from harness.targets.environment import Environment
from harness.targets.staging import lifecycle as staging
from harness.targets.staging.allow_list import FILE_NAME
from harness.targets.staging.consent import Question, consent_by
from harness.targets.staging.kept import Kept, read_kept
from harness.targets.staging.refusal import StagingRefused
from harness.targets.staging.run import TAG_RUN, Run
from harness.targets.staging.teardown import answered

commands = typer.Typer(
    name="staging", help="Runs on AWS accounts that were begun and not taken down.", no_args_is_help=True
)
Region = Annotated[str, typer.Option("--region", envvar="AWS_REGION", help="The account's region.")]


def register(application: typer.Typer) -> None:
    """Add this module's commands."""
    commands.command("list", epilog="Example: AWS_PROFILE=staging rehearse staging list --region eu-central-1")(
        list_runs
    )
    commands.command("remove", epilog="Example: rehearse staging remove rh-demo-x1y2z3")(remove)
    application.add_typer(commands)


def bring_up(name: str, region: str, *, yes: bool, quiet: bool) -> tuple[Environment, bool]:
    """Begin a run after its user said yes to what it costs, or find it begun; return it, and whether it began now."""
    began = read_kept(name) is None
    with consent_by(lambda question: _agreed(question, yes=yes)):
        environment, _ = lifecycle.up(
            "staging",
            name,
            region=region,
            progress=lambda line: None if quiet else notes.print(f"  {line}", markup=False),
        )
    return environment, began


def take_down(name: str, *, quiet: bool) -> bool:
    """End a run, telling of each step; raises LeftBehind."""
    return staging.end(name, progress=lambda line: None if quiet else notes.print(f"  {line}", markup=False))


def print_run(environment: Environment, *, began: bool) -> None:
    """Say what a run is and what comes next."""
    run = Run.from_json(environment.run)
    answers.print(f"environment {run.instance} {'may begin' if began else 'was begun already'}; nothing is made yet")
    answers.print(f"  account       {run.account_id} in {run.region}")
    answers.print(f"  names         {run.prefix}-…, tagged {TAG_RUN}={run.id}", markup=False)
    answers.print(f"  until         {run.expires_at}")
    answers.print(f"  gateway       {run.gateway_url}")
    if run.endpoint_url:
        answers.print(f"  played by     {run.endpoint_url}, an emulator")
    notes.print(
        f"next      rehearse deploy --instance {run.instance}; at the end: rehearse down --instance {run.instance}"
    )


def list_runs(region: Region = "us-east-1", as_json: AsJson = False) -> None:
    """List the runs that the account still holds, with their age and cost. Exit code 1 when one is past its time."""
    from harness.targets.staging.forgotten import forgotten_runs

    place, now = _account(region), SYSTEM_CLOCK.now()
    with answered("runs can't be listed", "allow what docs/staging.md lists"):
        found = forgotten_runs(place.environment().client)
    rows = [
        {
            "run": one.prefix,
            "age_s": round(one.age_s(now)),
            "expires_at": one.expires_at,
            "expired": one.is_expired(now),
            "usd_per_day": round(one.usd_per_day, 4),
            "stacks": one.stacks,
            "buckets": one.buckets,
        }
        for one in found
    ]
    if as_json:
        print_json({"account": place.run.account_id, "region": region, "runs": rows})
    elif not rows:
        answers.print(f"account {place.run.account_id} in {region} holds no run")
    for row in () if as_json else rows:
        _print_row(row)
    if any(row["expired"] for row in rows):
        raise typer.Exit(1)


def remove(
    run: Annotated[str, typer.Argument(help="The run's prefix, as `rehearse staging list` prints it.")],
    region: Region = "us-east-1",
    as_json: AsJson = False,
) -> None:
    """End a run that no machine remembers: delete all of it, and look. Exit code 1 when something is left."""
    from harness.targets.staging.forgotten import Found, forgotten_runs, parts_of, refuse_others

    if parts_of(run) is None:
        raise SettingInvalid(
            f"{run!r} is no run's prefix, expected e.g. rh-demo-x1y2z3", remedy="rehearse staging list"
        )
    account = _account(region)
    with answered("runs can't be listed", "allow what docs/staging.md lists"):
        refuse_others(run, forgotten_runs(account.environment().client))
    place = account.run
    ended = Found(run).run(place.account_id, region, place.endpoint_url)
    staging.end_run(ended, progress=lambda line: None if as_json else notes.print(f"  {line}", markup=False))
    if as_json:
        print_json({"run": run, "removed": True})
    else:
        answers.print(f"run {run} is gone")


def _print_row(row: dict[str, Any]) -> None:
    age = duration_text(timedelta(seconds=row["age_s"]).total_seconds())
    until = f"PAST ITS TIME ({row['expires_at']})" if row["expired"] else f"until {row['expires_at'] or 'not told'}"
    what = f"{len(row['stacks'])} stacks, {len(row['buckets'])} buckets"
    answers.print(
        f"{row['run']}  since {age}, {until}, {what}, {row['usd_per_day']:.2f} USD a day standing", markup=False
    )
    answers.print(f"  rehearse staging remove {row['run']}", markup=False)


def _account(region: str) -> Kept:
    """Return the listed account of this shell's credentials, as a run that is none; raises StagingRefused."""
    from harness.targets.staging.guard import listed_account

    account, endpoint_url = listed_account(region, os.environ)
    return Kept(
        Run(id="", instance="", account_id=account, region=region, gateway_url="", started_at="", expires_at="",
            endpoint_url=endpoint_url)
    )  # fmt: skip


def _agreed(question: Question, *, yes: bool) -> bool:
    from harness.plan.staged import run_cost
    from harness.plan.tariff import usd_text

    run, cost = question.run, run_cost(question.run.region)
    if cost.usd_per_day > question.bounds.usd_per_day_max:
        raise StagingRefused(
            f"a day of the run is estimated at {usd_text(cost.usd_per_day)}, expected at most "
            f"{usd_text(question.bounds.usd_per_day_max)} in account {run.account_id}",
            evidence=cost.evidence(),
            remedy=f"raise usd_per_day in {FILE_NAME}",
        )
    notes.print(f"A run in account {run.account_id}, {run.region}, as {question.caller}", markup=False)
    for what, words in cost.evidence().items():
        notes.print(f"  {what:<10} {words}", markup=False)
    for finding in question.expected:
        notes.print(f"  expected   {finding}, as the allow list says", markup=False)
    for place in question.unread:
        notes.print(f"  unread     {place}: these credentials may not read it", markup=False)
    if yes:
        return True
    if not (sys.stdin.isatty() and sys.stderr.isatty()):
        raise StagingRefused("the run was not confirmed, and nobody is here to ask", remedy="--yes")
    answer: str = typer.prompt("Begin it? Type yes", err=True)
    return answer.strip().lower() == "yes"
