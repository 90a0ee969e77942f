"""How many requests one Locust process makes a second: the limit of the load client, for boto3 users and HTTP users.

Against an engine that answers at once with next to nothing, users ask as fast as answers come. The engine has another
process; on two cores each has about one. The limit that counts is by CPU time: requests for each second of the load
process's own CPU. `python -m benchmarks.load_client [SECONDS]`.
"""

import subprocess
import sys
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path

from harness.targets.ports import free_ports, is_listening
from harness.waiting import wait_until
from loadtests import process
from loadtests.briefing import API_KEY_VARIABLE, Briefing
from loadtests.conclusion import client_of
from loadtests.measures import JUDGED
from loadtests.program import read_measures
from loadtests.settings import Settings, checked

READY_WITHIN_S = 20.0
DURATION_S, WARM_UP_S = 12.0, 4.0
USERS = 20
# What is measured: the story that is played, and its users in words.
STORIES = {"wallets": "boto3: UpdateItem and GetItem", "payments-api": "HTTP: POST and GET with JSON bodies"}
_CREDENTIALS = {"AWS_ACCESS_KEY_ID": "test", "AWS_SECRET_ACCESS_KEY": "test", API_KEY_VARIABLE: "none"}


@dataclass(frozen=True, slots=True)
class ClientFigures:
    """One kind of user: requests a second as measured, then for a whole core, and how late the loop was."""

    users: str
    per_s: float
    per_core_s: float
    cpu_ms: float
    late_p99_ms: float


def measure(duration_s: float = DURATION_S) -> list[ClientFigures]:
    """Return the client's limits, one row a kind of user."""
    with _instant_engine() as url:
        return [_measured(story, url, duration_s) for story in STORIES]


def document(rows: Sequence[ClientFigures]) -> list[str]:
    """Return the rows as lines of Markdown."""
    return [
        f"| one load process, {USERS} users, against an engine that answers at once"
        " | a second | on a whole core | CPU a request | loop late, p99 |",
        "| --- | --- | --- | --- | --- |",
        *(
            f"| {one.users} | {one.per_s:.0f} | {one.per_core_s:.0f} | {one.cpu_ms:.2f} ms | {one.late_p99_ms:.1f} ms |"
            for one in rows
        ),
    ]


@contextmanager
def _instant_engine() -> Iterator[str]:
    """Give the address of an engine in a process of its own."""
    port = free_ports().aws
    engine = subprocess.Popen([sys.executable, "-m", "benchmarks.instant_engine", str(port)])
    try:
        wait_until(f"an engine on port {port}", lambda: is_listening(port), within_s=READY_WITHIN_S)
        yield f"http://127.0.0.1:{port}"
    finally:
        engine.kill()
        engine.wait()


def _measured(story: str, url: str, duration_s: float) -> ClientFigures:
    settings = Settings(story=story, users=USERS, rate_per_s=0.0, capacity="off")
    settings = checked(replace(settings, duration_s=duration_s, warm_up_s=min(WARM_UP_S, duration_s / 3)))
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        outputs = {"WalletsTable": "load-Wallets", "EventsTable": "load-Events"}
        briefing = Briefing(settings, folder, outputs, url, url)
        ended = process.run(process.Launch(settings, briefing.write(), folder, _CREDENTIALS))
        assert not ended.problems, ended.problems
        measures = read_measures(folder)
    client = client_of(measures)
    judged = measures.view(JUDGED)
    assert judged.error_rate == 0, judged.starting("error:")
    return ClientFigures(
        STORIES[story],
        judged.requests / (settings.duration_s - settings.warm_up_s),
        client["limit_per_core_s"],
        client["cpu_ms_a_request"],
        client["late_p99_ms"],
    )


if __name__ == "__main__":
    seconds = float(sys.argv[1]) if len(sys.argv) > 1 else DURATION_S
    sys.stdout.write("\n".join(document(measure(seconds))) + "\n")
