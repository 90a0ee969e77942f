"""How long the whole end-to-end suite takes, environment and deployment included."""

import subprocess
import sys
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
WORKERS = 4


def measure() -> float:
    """Return the seconds of wall time of all scenarios on one embedded environment; raises when one fails."""
    command = [sys.executable, "-m", "pytest", "scenarios", "-q", "-n", str(WORKERS), "--dist", "worksteal"]
    started_s = time.perf_counter()
    subprocess.run(command, cwd=ROOT, check=True, stdout=subprocess.DEVNULL)
    return time.perf_counter() - started_s
