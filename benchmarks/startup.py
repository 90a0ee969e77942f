"""How long `up` takes, cold (nothing in the disk cache of packages) and warm, and a deployment after it."""

import os
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path

REHEARSE = str(Path(sys.executable).with_name("rehearse"))


@dataclass(frozen=True, slots=True)
class Startup:
    """Seconds of wall time."""

    up_cold_s: float
    deploy_cold_s: float
    up_warm_s: float
    deploy_warm_s: float


def measure() -> Startup:
    """Bring an environment up and deploy payments twice; the first time without a package in the cache."""
    with tempfile.TemporaryDirectory() as folder:
        environ = {
            **os.environ,
            "REHEARSAL_STATE_DIR": f"{folder}/state",
            "REHEARSAL_CACHE_DIR": f"{folder}/cache",
            "REHEARSAL_INSTANCE": "bench-startup",
        }
        cold = _round(environ)
        warm = _round(environ)
    return Startup(*cold, *warm)


def _round(environ: dict[str, str]) -> tuple[float, float]:
    try:
        return _timed(["up", "--quiet"], environ), _timed(["deploy", "payments", "--quiet"], environ)
    finally:
        _timed(["down"], environ)


def _timed(arguments: list[str], environ: dict[str, str]) -> float:
    started_s = time.perf_counter()
    subprocess.run([REHEARSE, *arguments], env=environ, check=True, stdout=subprocess.DEVNULL)
    return time.perf_counter() - started_s
