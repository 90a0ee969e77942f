"""Load on the booking system: visitors of seeded tenants look, book, cancel and chat, one provider more than others."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from harness.targets import open_environment

ROOT = Path(__file__).resolve().parents[2]
# What is asked here is that all kinds of requests work; times are for machines of one's own.
EASY = ("--p50", "20s", "--p99", "35s", "--errors", "0")
SHORT = ("--for", "25s", "--warm-up", "5s", "--users", "6", "--rate", "6", "--tenants", "2", "--keys", "hot-wallet")

pytestmark = pytest.mark.slow


def test_bookings_succeed_when_one_provider_is_hot(tmp_path: Path) -> None:
    name = f"load-bookings-{os.getpid()}"
    with open_environment(instance=name):
        command = ["-m", "loadtests", "bookings", "--instance", name, "--folder", str(tmp_path), *EASY, *SHORT]
        ended = subprocess.run(
            [sys.executable, *command], cwd=ROOT, capture_output=True, text=True, timeout=280, check=False
        )

    assert ended.returncode == 0, ended.stdout + ended.stderr
    judged = json.loads((tmp_path / "report.json").read_text())["phases"]["judged"]["requests"]
    assert judged["GET /providers/{provider}/slots"]["requests"] > 5
    assert judged["POST /bookings"]["requests"] > 5
    # No key is in a file of the run.
    assert "bk_" not in "".join(one.read_text(errors="replace") for one in tmp_path.iterdir() if one.is_file())
