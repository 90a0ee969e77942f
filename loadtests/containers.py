"""A run on several containers that share the edge's network: one with Locust's master, the others with its workers.

    docker compose --profile load up --scale locust-worker=4      with REHEARSAL_LOAD_WORKERS=4

The master plays the whole program (deploy, seed, load, judge). What its workers need to know it writes into the volume
that all of them have: where the briefing is, and the API keys, which go with the run. A worker claims a number, so that
the same run draws the same keys again. Everything aims at 127.0.0.1: no port mapping is measured.
"""

import json
import os
import subprocess
import sys
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path

from harness.errors import SettingInvalid, WaitTimeout
from harness.targets import Environment
from harness.targets.docker.project import inside_urls
from harness.targets.ports import KNOWN, LOOPBACK
from harness.waiting import wait_until
from loadtests import distributed, process
from loadtests.briefing import WORKER_VARIABLE
from loadtests.options import asked
from loadtests.process import Ended, Launch
from loadtests.program import play
from loadtests.settings import Settings

DIRECTORY = Path("/var/rehearsal")
MASTER_PORT, WEB_PORT = 5557, 8089
ANYWHERE = "0.0.0.0"  # noqa: S104 - the container's; the port is published on the loopback address alone
INVITATION_WITHIN_S = 600.0
WORKERS_WRITE_WITHIN_S = 30.0


@dataclass(frozen=True, slots=True)
class Invitation:
    """What a worker has to know: the run's folder and briefing, how many may come, and the variables of its users."""

    folder: Path
    briefing_path: Path
    workers: int
    environ: Mapping[str, str]

    def write(self, directory: Path) -> Path:
        """Leave it where workers look, in one step and for this user alone."""
        document = {
            "folder": str(self.folder), "briefing_path": str(self.briefing_path), "workers": self.workers,
            "environ": dict(self.environ),
        }  # fmt: skip
        draft = directory / "invitation.partial"
        draft.touch(mode=0o600)
        draft.write_text(json.dumps(document))
        return draft.replace(directory / "invitation.json")

    def claim(self) -> int | None:
        """Return a number that no other worker has, None when all are taken."""
        for number in range(self.workers):
            with suppress(FileExistsError):
                (self.folder / f"claimed-{number}").touch(exist_ok=False)
                return number
        return None


def invited(directory: Path) -> Invitation | None:
    """Return the invitation that lies in `directory`, None when there is none."""
    try:
        read = json.loads((directory / "invitation.json").read_text())
    except FileNotFoundError:
        return None
    return Invitation(Path(read["folder"]), Path(read["briefing_path"]), int(read["workers"]), read["environ"])


def master(arguments: list[str], environ: Mapping[str, str], directory: Path = DIRECTORY) -> int:
    """Play a run with workers in other containers; return its exit code."""
    (directory / "invitation.json").unlink(missing_ok=True)
    wanted = asked(arguments, environ)
    if not wanted.settings.workers:
        raise SettingInvalid("the run has no workers, expected REHEARSAL_LOAD_WORKERS to say how many containers join")
    folder = wanted.settings.folder or str(directory / f"load-{datetime.now(UTC):%Y%m%d-%H%M%S}")
    settings = replace(wanted.settings, folder=folder, target="local")
    return play(replace(wanted, settings=settings), opened=beside, run=lambda launch: _run(launch, directory))


def worker(environ: Mapping[str, str], directory: Path = DIRECTORY) -> int:
    """Wait for a run that has a place, and be one of its workers; return Locust's exit code."""
    try:
        invitation, number = wait_until(
            "an invitation", lambda: _place(directory), within_s=INVITATION_WITHIN_S, every_max_s=0.5
        )
    except WaitTimeout as timeout:
        raise SettingInvalid(
            "no run has a place for this worker", evidence={"seen": timeout.headline},
            remedy="start as many workers as REHEARSAL_LOAD_WORKERS says, together with locust-master",
        ) from timeout  # fmt: skip
    sys.stderr.write(f"worker {number} of {invitation.workers}\n")
    ended = subprocess.run(
        distributed.worker_command(MASTER_PORT),
        env={
            **environ,
            **process.environ(invitation.briefing_path, invitation.environ),
            WORKER_VARIABLE: str(number),
        },
        cwd=process.PROJECT, stdin=subprocess.DEVNULL, check=False,
    )  # fmt: skip
    return ended.returncode


@contextmanager
def beside(settings: Settings) -> Iterator[Environment]:
    """Give the cloud whose edge shares this container's network."""
    yield Environment(
        target="docker",
        instance="load",
        aws_endpoint_url=f"http://{LOOPBACK}:{KNOWN.aws}",
        gateway_url="",  # in another container, which only functions ask
        directory=DIRECTORY,
        api_urls={system: f"http://{LOOPBACK}:{port}" for system, port in KNOWN.apis.items()},
        region=settings.region or "us-east-1",
        for_functions=inside_urls(KNOWN),
    )


def _place(directory: Path) -> tuple[Invitation, int] | None:
    invitation = invited(directory)
    number = invitation.claim() if invitation is not None else None
    return None if invitation is None or number is None else (invitation, number)


def _run(launch: Launch, directory: Path) -> Ended:
    """Invite the workers, run Locust's master until the load ends, and gather what they measured."""
    names = [str(number) for number in range(launch.settings.workers)]
    invitation = Invitation(launch.folder, launch.briefing_path, len(names), launch.cloud_environ)
    left = invitation.write(directory)
    try:
        ended = process.run(launch, _master_command(launch))
    finally:
        left.unlink(missing_ok=True)
    with suppress(WaitTimeout):  # who is missing, `gather` tells
        wait_until("all workers' figures", lambda: _all_wrote(launch.folder, names), within_s=WORKERS_WRITE_WITHIN_S)
    return replace(ended, problems=(*ended.problems, *distributed.gather(launch.folder, names)))


def _master_command(launch: Launch) -> list[str]:
    command = distributed.master_command(launch, MASTER_PORT)
    return [*command, "--web-host", ANYWHERE] if launch.settings.web_port else command


def _all_wrote(folder: Path, names: list[str]) -> bool:
    return all(distributed.measures_path(folder, name).is_file() for name in names)


ROLES: Mapping[str, Callable[[list[str]], int]] = {
    "master": lambda rest: master(rest, os.environ),
    "worker": lambda _: worker(os.environ),
}


def main(arguments: list[str]) -> int:
    """Run what the container's command says: `master [options of loadtests]` or `worker`."""
    from loadtests.__main__ import in_words

    role, *rest = arguments or [""]
    if role not in ROLES:
        sys.stderr.write(f"{role!r} is no role, expected one of: {', '.join(ROLES)}\n")
        return 2
    return in_words(lambda: ROLES[role](rest))


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
