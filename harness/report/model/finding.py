"""Which folder a name means: a run in the folder of artifacts, or a path."""

from pathlib import Path

from harness.errors import RehearsalError
from harness.report.kept import RunUnreadable

SHOWN_MAX = 20
MARKS = ("run.json", "tests.jsonl", "verdicts.json", "junit.xml", "*/history.jsonl")


class RunNotFound(RehearsalError):
    """There is no run of that name."""


def runs_in(artifacts: Path) -> list[Path]:
    """Return the runs' folders, the newest last."""
    found = [path for path in artifacts.iterdir() if path.is_dir() and _is_run(path)] if artifacts.is_dir() else []
    return sorted(found, key=lambda path: (_begun_ns(path), path.name))


def latest_run(artifacts: Path) -> Path:
    """Return the newest run's folder; raises RunNotFound."""
    found = runs_in(artifacts)
    if not found:
        raise RunNotFound(f"there is no run in {artifacts}", remedy="make one: pytest scenarios")
    return found[-1]


def find_run(name: str, artifacts: Path) -> Path:
    """Return the folder of the run that is called so, or that lies there; raises RunNotFound, RunUnreadable."""
    for path in (artifacts / name, Path(name)):
        if path.is_dir():
            if not _is_run(path):
                raise RunUnreadable(f"{path} is a folder but not a run's", evidence={"expected": ", ".join(MARKS)})
            return path
    names = [path.name for path in reversed(runs_in(artifacts))]
    more = f"\nand {len(names) - SHOWN_MAX} older ones" if len(names) > SHOWN_MAX else ""
    raise RunNotFound(
        f"there is no run {name!r} in {artifacts}",
        evidence={"runs": "\n".join(names[:SHOWN_MAX]) + more if names else "none"},
    )


def _is_run(path: Path) -> bool:
    return any(any(path.glob(mark)) for mark in MARKS)


def _begun_ns(path: Path) -> int:
    """Return when the run's first file was made; a page that is made anew doesn't make a run newer."""
    own = [one.stat().st_mtime_ns for mark in MARKS for one in path.glob(mark)]
    return min(own, default=0)
