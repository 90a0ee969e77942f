"""What the controlling process keeps of a run: a line for each rehearsed test as it ends, and the run at its end.

Lines are written at once, so that a run that is interrupted, or killed, still has a page about what there is.
"""

import inspect
import platform
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from harness.pytest_plugin.session import Session
    from harness.report.kept import TestRecord

FAILURE_LENGTH_MAX = 20_000
PARAMETER_LENGTH_MAX = 200
NEEDS = "rehearsal"


def story_of(item: pytest.Item) -> dict[str, Any] | None:
    """Return what a page tells of a test before it ran, as plain values; None for one that rehearses nothing."""
    if NEEDS not in getattr(item, "fixturenames", ()):
        return None
    words = inspect.getdoc(getattr(item, "module", None)) or ""
    callspec = getattr(item, "callspec", None)
    parameters = {name: _told(value) for name, value in callspec.params.items()} if callspec else {}
    return {"story": " ".join(words.partition("\n\n")[0].split()), "parameters": parameters}


class Keeper:
    """Watches the reports of all processes; registered as a plugin of the controlling one."""

    def __init__(self, session: "Session") -> None:
        self._session = session
        self._begun: dict[str, _Begun] = {}

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        """Take a phase of a test; the last one writes its line."""
        story = getattr(report, "story", None)
        if story is not None:
            self._begun[report.nodeid] = _Begun(story)
        begun = self._begun.get(report.nodeid)
        if begun is None:
            return
        begun.take(report)
        # A test whose worker crashed has one report, of no phase that pytest knows.
        if report.when not in ("setup", "call"):
            del self._begun[report.nodeid]
            self._session.run_folder(self._session.secrets).keep_outcome(begun.record(report.nodeid))


class _Begun:
    """A test of which not all phases were reported yet."""

    def __init__(self, story: Mapping[str, Any]) -> None:
        self._story = story
        self._outcome = "passed"
        self._duration_s = 0.0
        self._failures: list[str] = []
        self._lacking = ""

    def take(self, report: pytest.TestReport) -> None:
        self._duration_s += report.duration
        self._lacking = self._lacking or getattr(report, "lacking", "")
        if report.failed:
            self._outcome = "failed" if report.when == "call" or self._outcome == "failed" else "error"
            self._failures.append(report.longreprtext)
        elif report.skipped:
            untrusted = bool(getattr(report, "untrusted", ()))
            skipped = "xfailed" if hasattr(report, "wasxfail") else "untrusted" if untrusted else "skipped"
            # What has failed stays failed, whatever its teardown says.
            self._outcome = self._outcome if self._outcome in ("failed", "error") else skipped
            self._failures.append(_reason(report))

    def record(self, node_id: str) -> "TestRecord":
        from harness.report.kept import TestRecord

        failure = "\n\n".join(self._failures)
        if len(failure) > FAILURE_LENGTH_MAX:
            failure = f"… {len(failure) - FAILURE_LENGTH_MAX} characters left out …\n{failure[-FAILURE_LENGTH_MAX:]}"
        story, parameters = str(self._story["story"]), dict(self._story["parameters"])
        duration_s = round(self._duration_s, 4)
        return TestRecord(node_id, self._outcome, duration_s, story, parameters, failure, self._lacking)


def keep_run(session: "Session", exit_status: int, duration_s: float) -> str:
    """Write the run's own documents and its page; return the page's path, or why there is none, in words.

    It never raises: the run is over, and its result must not depend on how it is shown.
    """
    from harness.report.kept import RunRecord, TrustRecord
    from harness.report.kept.gathering import read_machines

    folder = session.run_folder(session.secrets)
    problems = []
    try:
        deployment = session.deployed
        if deployment is not None:
            folder.keep_machines(read_machines(deployment))
    except Exception as problem:  # noqa: BLE001 - told in the summary; the page then lacks the drawings
        problems.append(f" (without state machines: {type(problem).__name__}: {problem})")
    try:
        folder.keep_run(
            RunRecord(
                seed=session.seed,
                started_at=session.started_at.isoformat(),
                duration_s=round(duration_s, 3),
                target=session.target,
                instance=session.instance,
                boot_s=round(session.boot_s, 3),
                arguments=session.arguments,
                exit_status=exit_status,
                python=platform.python_version(),
                gateway=session.gateway_style,
                again=session.again,
                trust=tuple(TrustRecord(one.probe, one.verdict, one.seen) for one in session.found),
                images=session.images,
            )
        )
        from harness.report.page import write_page

        return session.shown(write_page(session.run_path)) + "".join(problems)
    except Exception as problem:  # noqa: BLE001 - told in the summary
        return f"not written: {type(problem).__name__}: {problem}"


def _reason(report: pytest.TestReport) -> str:
    where = report.longrepr
    return str(where[2]) if isinstance(where, tuple) else report.longreprtext


def _told(value: object) -> str:
    text = getattr(value, "__name__", None) or repr(value)
    return text if len(text) <= PARAMETER_LENGTH_MAX else f"{text[:PARAMETER_LENGTH_MAX]}…"
