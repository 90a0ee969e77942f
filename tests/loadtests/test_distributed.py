"""Many processes make one run: nothing of what they measured is lost unseen, and none of them stays."""

import json
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import psutil
import pytest

from harness.waiting import wait_until
from loadtests import distributed
from loadtests.measures import ALL, JUDGED, PROCESS, REQUEST, Measures, Observation
from loadtests.process import Launch
from loadtests.program import read_measures
from loadtests.settings import Settings
from tests.loadtests.fake_aws import FakeAws, fake_aws, launch

RUN = Settings(story="wallets", users=6, rate_per_s=60.0, duration_s=5.0, workers=2, capacity="off")


def measured(*names: str) -> dict[str, Any]:
    measures = Measures()
    for name in names:
        measures.observe(Observation(name, 5.0), JUDGED, 0)
    return measures.as_document()


def events() -> SimpleNamespace:
    class Event(list):  # type: ignore[type-arg]
        add_listener = list.append

        def fire(self, **arguments: Any) -> None:
            for listener in self:
                listener(**arguments)

    return SimpleNamespace(report_to_master=Event(), quit=Event())


def test_everything_is_kept_when_a_worker_reports_and_ends(tmp_path: Path, monkeypatch) -> None:
    monkeypatch.setenv(distributed.WORKER_VARIABLE, "1")
    measures, environment = Measures(), SimpleNamespace(events=events())
    distributed.keep(environment, tmp_path, measures)

    environment.events.report_to_master.fire(client_id="w", data={"rehearsal": measured("put", "put")})
    measures.observe(Observation("get", 5.0), JUDGED, 0)
    environment.events.quit.fire(exit_code=0)

    kept = Measures()
    kept.add_document(json.loads((tmp_path / "worker-1.json").read_text()))
    assert {name: kept.view(JUDGED, REQUEST, name).requests for name in ("put", "get")} == {"put": 2, "get": 1}


def test_sum_has_the_workers_figures_and_the_masters_own_when_all_ended(tmp_path: Path) -> None:
    for worker, document in (("0", measured("put")), ("1", measured("put", "get"))):
        (tmp_path / f"worker-{worker}.json").write_text(json.dumps(document))
    master = Measures()
    master.add_document(measured("put"))  # an older state of what the workers have
    master.add_figure(PROCESS, "pid 7", "cpu_s", 1.5)
    master.stop_reasons.append("spend cap")
    (tmp_path / "measures.json").write_text(json.dumps(master.as_document()))

    assert distributed.gather(tmp_path, ["0", "1"]) == ()

    total = read_measures(tmp_path)
    assert total.view(JUDGED, ALL).requests == 3
    assert total.view("", PROCESS, "pid 7")["cpu_s"] == 1.5
    assert total.stop_reasons == ["spend cap"]


def test_loss_is_told_when_a_worker_left_nothing(tmp_path: Path) -> None:
    (tmp_path / "worker-0.json").write_text(json.dumps(measured("put")))

    assert distributed.gather(tmp_path, ["0", "1"]) == ("what worker 1 measured is lost: 1 of 2 workers",)


@pytest.fixture
def fake() -> Iterator[FakeAws]:
    with fake_aws() as served:
        yield served


def left_behind(run: Launch) -> list[int]:
    """The load processes of a run that still live."""
    living = psutil.process_iter(["environ"])
    named = {one.pid: (one.info["environ"] or {}).get("REHEARSAL_LOAD_BRIEFING") for one in living}
    return [pid for pid, briefing in named.items() if briefing == str(run.briefing_path)]


@pytest.mark.slow
def test_every_request_is_counted_once_when_two_workers_share_a_run(fake: FakeAws, tmp_path: Path) -> None:
    run = launch(fake, tmp_path, RUN)

    ended = distributed.run(run)

    assert ended.problems == ()
    assert not ended.interrupted
    measures = read_measures(tmp_path)
    assert measures.view(JUDGED).requests == len(fake.calls) > 100
    assert {"0", "1"} <= set(measures.names("", PROCESS))
    assert left_behind(run) == []


@pytest.mark.slow
def test_run_ends_and_says_so_when_a_worker_is_killed(fake: FakeAws, tmp_path: Path) -> None:
    killed = []

    def kill_one() -> None:
        if fake.calls and not killed:
            for one in psutil.process_iter(["environ"]):
                environ = one.info["environ"] or {}
                is_ours = environ.get("REHEARSAL_LOAD_BRIEFING") == str(tmp_path / "briefing.json")
                if is_ours and environ.get("REHEARSAL_LOAD_WORKER") == "1":
                    one.kill()
                    killed.append(one.pid)

    long = Settings(story="wallets", users=6, rate_per_s=60.0, duration_s=60.0, workers=2, capacity="off")
    made = launch(fake, tmp_path, long)
    run = Launch(made.settings, made.briefing_path, made.folder, made.cloud_environ, kill_one)

    ended = distributed.run(run)

    assert len(killed) == 1
    assert any(f"worker 1 (pid {killed[0]}) was killed by SIGKILL" in problem for problem in ended.problems)
    assert "what worker 1 measured is lost: 1 of 2 workers" in ended.problems
    assert read_measures(tmp_path).view(JUDGED).requests > 0
    assert left_behind(run) == []


@pytest.mark.slow
def test_no_process_stays_when_somebody_interrupts(fake: FakeAws, tmp_path: Path) -> None:
    long = Settings(story="wallets", users=6, rate_per_s=60.0, duration_s=60.0, workers=2, capacity="off")
    run = launch(fake, tmp_path, long)
    script = (
        "import json, sys\nfrom pathlib import Path\nfrom loadtests import distributed\n"
        "from loadtests.briefing import read_briefing\nfrom loadtests.process import Launch\n"
        "path = Path(sys.argv[1])\nbriefing = read_briefing(path)\n"
        "ended = distributed.run(Launch(briefing.settings, path, briefing.folder, json.loads(sys.argv[2])))\n"
        "print(json.dumps([ended.interrupted, list(ended.problems)]))\n"
    )
    command = [sys.executable, "-c", script, str(run.briefing_path), json.dumps(dict(run.cloud_environ))]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True, env={**os.environ, "PYTHONPATH": "."}) as program:
        wait_until("load", lambda: len(fake.calls) > 50, within_s=40)
        program.send_signal(signal.SIGINT)
        told, _ = program.communicate(timeout=60)

    assert json.loads(told) == [True, []]
    # What was answered before the interruption is measured, but for what was under way.
    assert len(fake.calls) >= read_measures(tmp_path).view(JUDGED).requests > 40
    assert left_behind(run) == []
