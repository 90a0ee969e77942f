"""Load on the payments system, over its API and its state machine; and that load never outlives who started it."""

import json
import os
import signal
import subprocess
import sys
from pathlib import Path

import psutil
import pytest

from harness.targets import open_environment
from harness.waiting import wait_until

ROOT = Path(__file__).resolve().parents[2]
# What is asked here is that all kinds of requests work; times are for machines of one's own.
EASY = ("--p50", "20s", "--p99", "35s", "--errors", "0")
SHORT = ("--for", "15s", "--warm-up", "5s", "--users", "5", "--rate", "5", "--wallets", "10")

pytestmark = pytest.mark.slow


def test_payments_succeed_when_users_pay_over_the_api_and_the_machine(tmp_path: Path) -> None:
    name = f"load-payments-{os.getpid()}"
    with open_environment(instance=name):
        for story, request in (("payments-api", "POST /payments"), ("payments-machine", "payment to its end")):
            command = ["-m", "loadtests", story, "--instance", name, "--folder", str(tmp_path / story), *EASY, *SHORT]
            ended = subprocess.run(
                [sys.executable, *command], cwd=ROOT, capture_output=True, text=True, timeout=200, check=False
            )

            assert ended.returncode == 0, ended.stdout + ended.stderr
            report = json.loads((tmp_path / story / "report.json").read_text())
            assert report["phases"]["judged"]["requests"][request]["requests"] > 5
            # The keys that open the API are in no file of the run.
            assert "x-api-key" not in (tmp_path / story / "briefing.json").read_text()


def test_load_ends_when_who_started_it_is_killed(tmp_path: Path) -> None:
    command = [sys.executable, "-m", "loadtests", "wallets", "--for", "200s", "--folder", str(tmp_path)]
    process = subprocess.Popen(command, cwd=ROOT, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    load: list[psutil.Process] = []
    try:
        wait_until("load", (tmp_path / "progress.json").is_file, within_s=90)
        load = [one for one in psutil.Process(process.pid).children(recursive=True) if "locust" in one.cmdline()]
        assert load
        process.send_signal(signal.SIGKILL)
        process.wait()

        wait_until("the end of the load", lambda: not any(map(is_alive, load)), within_s=30)
        assert (tmp_path / "measures.json").is_file()
    finally:
        process.kill()
        process.wait()
        for one in filter(is_alive, load):
            one.kill()


def is_alive(process: psutil.Process) -> bool:
    return process.is_running() and process.status() != psutil.STATUS_ZOMBIE
