"""How much memory a worker uses. Resident memory, shared pages included: more than AWS counts, by the libraries."""

import sys
from pathlib import Path


def resident_bytes(pid: int) -> int:
    """Return the resident memory of a process now; 0 when it has ended."""
    return _resident_linux(pid) if sys.platform.startswith("linux") else _resident_elsewhere(pid)


def peak_bytes(pid: int) -> int:
    """Return the most resident memory that a process ever had; where unknown, what it has now; 0 when it has ended."""
    if not sys.platform.startswith("linux"):
        return resident_bytes(pid)
    try:
        status = Path(f"/proc/{pid}/status").read_bytes()
    except OSError:
        return 0
    _, found, rest = status.partition(b"VmHWM:")
    return int(rest.split(None, 1)[0]) * 1024 if found else 0


def _resident_linux(pid: int) -> int:
    import resource

    try:
        statm = Path(f"/proc/{pid}/statm").read_bytes()
    except OSError:
        return 0
    return int(statm.split(None, 2)[1]) * resource.getpagesize()


def _resident_elsewhere(pid: int) -> int:
    import psutil

    try:
        return int(psutil.Process(pid).memory_info().rss)
    except psutil.Error:
        return 0
