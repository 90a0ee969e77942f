"""Bringing a run on an AWS account up and down. `up` makes nothing there: it checks, asks, and writes the run down.

Leaves out processes, ports and logs of parts: an account has none of ours.
"""

import os
import subprocess
from collections.abc import Iterator
from pathlib import Path

from harness.errors import SettingInvalid, TargetLacks
from harness.targets.environment import Environment
from harness.targets.instance import Instance
from harness.targets.lifecycle import Progress
from harness.targets.ports import Ports
from harness.targets.staging import guard
from harness.targets.staging.consent import require_consent
from harness.targets.staging.kept import ENDING, READY, Kept, as_state, keep, read_kept
from harness.targets.staging.places import refuse_overrides
from harness.targets.staging.run import Run
from harness.targets.staging.teardown import LeftBehind, Teardown
from harness.targets.status import Status

PARTS: tuple[str, ...] = ()


def up(
    name: str,
    *,
    region: str = "us-east-1",
    ports: Ports | None = None,  # noqa: ARG001 - every target's `up` takes the same
    owned: bool = False,
    calls_file: Path | None = None,
    progress: Progress,
) -> "tuple[Environment, subprocess.Popen[bytes] | None]":
    """Begin a run, or find it begun; there is never a process. `ports` mean nothing here.

    Raises StagingRefused when it may not be, SettingInvalid when an earlier run of this name was not ended, TargetLacks
    for an environment that is to end with a process, or to record calls.
    """
    if owned or calls_file is not None:
        raise TargetLacks(
            "target staging has no environment that ends with a process, and none that records calls",
            remedy=f"rehearse up --target staging --instance {name}, then use it: --rehearsal-instance {name}",
        )
    instance = Instance(name)
    with instance.locked():
        kept = read_kept(name)
        if kept is not None:
            return _found(kept, region), None
        question = guard.check(name, region)
        progress(f"account {question.run.account_id} in {region} is listed and shows no unexpected sign of production")
        require_consent(question)
        kept = Kept(question.run)
        keep(kept)
        return kept.environment(), None


def down(name: str) -> bool:
    """End the run: delete all of it, and look; raises LeftBehind, and keeps the run, while something is left."""
    return end(name, progress=lambda _: None)


def end(name: str, *, progress: Progress) -> bool:
    """As `down`, telling of each step; return whether there was a run."""
    instance = Instance(name)
    with instance.locked():
        kept = read_kept(name)
        if kept is None:
            return False
        _end_run(kept, progress)
        instance.remove()
        return True


def end_run(run: Run, *, progress: Progress) -> None:
    """End a run that this machine may know nothing of; raises LeftBehind."""
    known = read_kept(run.instance)
    if known is not None and known.run.id == run.id:
        end(run.instance, progress=progress)
    else:
        Teardown(Kept(run).environment().client, run, progress).end()


def status_of(name: str) -> Status:
    """Return how the run is, as this machine knows; an account is not asked."""
    kept = read_kept(name)
    if kept is None:
        return Status(name, "down")
    if kept.state != READY:
        return Status(name, "dead", death=as_state(kept))
    return Status(name, "ready", kept.environment(), started_at=kept.run.started_at)


def log_lines(name: str, part: str, *, last: int, follow: bool) -> Iterator[str]:  # noqa: ARG001 - as every target's
    """Raise TargetLacks: functions' logs are in CloudWatch."""
    raise TargetLacks("target staging has no parts of its own", remedy="rehearse logs --function NAME")


def _found(kept: Kept, region: str) -> Environment:
    name = kept.run.instance
    if kept.state != READY:
        raise SettingInvalid(
            f"the end of run {kept.run.prefix} is not finished, expected nothing of it to be left",
            remedy=f"rehearse down --instance {name}",
        )
    if kept.run.region != region:
        raise SettingInvalid(
            f"environment {name!r} is in {kept.run.region}, expected {region}",
            remedy=f"rehearse down --instance {name}, or another name",
        )
    return kept.environment()


def _end_run(kept: Kept, progress: Progress) -> None:
    refuse_overrides(os.environ)
    client = kept.environment().client
    client("sts")  # whose keys these are is asked before anything is marked or deleted
    keep(Kept(kept.run, ENDING, kept.api_urls, kept.left))
    try:
        Teardown(client, kept.run, progress).end()
    except LeftBehind as problem:
        keep(Kept(kept.run, ENDING, kept.api_urls, tuple(one.to_json() for one in problem.left)))
        raise
