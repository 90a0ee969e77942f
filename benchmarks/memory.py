"""Memory of all processes of an environment together, as proportional set size: shared pages count once."""

import contextlib

import psutil

from harness.targets.environment import Environment


def proportional_mb(environment: Environment) -> dict[str, float]:
    """Return megabytes (10^6 bytes) by process kind, and `total`; workers are the cloud's children."""
    totals: dict[str, float] = {}
    for part, pid in {**environment.pids, "supervisor": _parent(environment)}.items():
        totals[part] = _mb(psutil.Process(pid))
    workers = psutil.Process(environment.pids["cloud"]).children(recursive=True)
    totals["function workers"] = 0.0
    for worker in workers:
        with contextlib.suppress(psutil.NoSuchProcess):
            totals["function workers"] += _mb(worker)
    totals["total"] = sum(totals.values())
    return totals


def _parent(environment: Environment) -> int:
    return psutil.Process(environment.pids["cloud"]).ppid()


def _mb(process: psutil.Process) -> float:
    info = process.memory_full_info()
    return float(getattr(info, "pss", info.rss)) / 1e6
