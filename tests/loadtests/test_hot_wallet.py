"""The story "hot wallet", played for real: it throttles on its own key and alarms; write sharding heals it."""

import json
import os
import signal
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from harness.clients import EdgeClient
from harness.clients.api import http_client
from harness.deploy import describe_stack
from harness.targets import open_environment
from harness.waiting import wait_until

ROOT = Path(__file__).resolve().parents[2]
KEY_RANGE = "TableWriteKeyRangeThroughputExceeded"
# Times of a machine that runs other tests meanwhile say nothing; throttles do.
EASY = ("--p50", "5s", "--p99", "30s", "--fairness", "0")
SHORT = ("--for", "35s", "--warm-up", "20s")

pytestmark = pytest.mark.slow


def run(folder: Path, *arguments: str) -> tuple[int, dict[str, Any]]:
    command = [sys.executable, "-m", "loadtests", *arguments, "--folder", str(folder)]
    ended = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=240, check=False)
    assert ended.returncode in (0, 1), ended.stderr
    return ended.returncode, json.loads((folder / "report.json").read_text())


def test_hot_wallet_throttles_itself_alone_and_alarms_when_it_is_not_sharded(tmp_path: Path) -> None:
    code, report = run(tmp_path, "hot-wallet", *EASY, *SHORT)

    judged = report["phases"]["judged"]
    assert code == 1
    assert [one["name"] for one in report["objectives"] if one["outcome"] == "INVALID"] == ["throttles"]
    assert set(judged["groups"]["hot"]["throttles"]) == {KEY_RANGE}
    assert judged["groups"]["hot"]["throttles"][KEY_RANGE] > 20
    assert judged["groups"]["others"]["throttles"] == {}
    assert judged["groups"]["others"]["requests"] > 50
    assert set(report["keys"]["judged"]) == {"wallet-000000"}
    # The SDK's backoff shows: more attempts than requests, and time between them.
    assert judged["all"]["attempts"] > judged["all"]["requests"]
    assert judged["all"]["waited_s"] > 1
    assert "WalletThrottlesAlarm" in report["alarm"]["alarm"]
    assert (tmp_path / "heat.html").read_text().startswith("<!")
    assert 0 < report["client"]["cpu_s"] < 35


def test_objectives_are_kept_when_the_wallet_is_sharded(tmp_path: Path) -> None:
    code, report = run(tmp_path, "hot-wallet", "--shards", "10", *EASY, *SHORT)

    assert (code, report["verdict"]) == (0, "VALID")
    assert report["phases"]["judged"]["all"]["throttle_rate"] < 0.01
    assert report["phases"]["judged"]["groups"]["hot"]["requests"] > 100


def test_running_cloud_stays_as_it_was_when_a_run_is_interrupted(tmp_path: Path) -> None:
    name = f"load-test-{os.getpid()}"
    with open_environment(instance=name) as environment, http_client(environment.aws_endpoint_url) as http:
        edge = EdgeClient(http)
        arguments = ["wallets", "--instance", name, "--folder", str(tmp_path), "--for", "60s"]
        process = subprocess.Popen([sys.executable, "-m", "loadtests", *arguments], cwd=ROOT, stdout=subprocess.PIPE)
        try:
            progress = tmp_path / "progress.json"
            wait_until(
                "load", lambda: progress.is_file() and json.loads(progress.read_text())["requests"] > 50, within_s=60
            )
            assert len(edge.ask("GET", "/_rehearsal/capacity")["settings"]["tables"]) == 2
            process.send_signal(signal.SIGINT)
            told, _ = process.communicate(timeout=60)
        finally:
            process.kill()
            process.wait()

        assert process.returncode == 130
        assert "interrupted" in told.decode()
        assert json.loads((tmp_path / "report.json").read_text())["phases"]
        tables = environment.client("dynamodb").list_tables()["TableNames"]
        assert not [table for table in tables if table.startswith("load-")]
        assert edge.ask("GET", "/_rehearsal/capacity")["mode"] == "off"
        assert describe_stack("payments", environment) is None
