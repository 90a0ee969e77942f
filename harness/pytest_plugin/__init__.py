"""The pytest plugin: scenarios get domain verbs, an environment of their own, and a summary of verdicts.

It does nothing for tests that ask for none of its fixtures: no environment, no files, no imports beyond pytest's. The
first test that asks brings one environment up; under xdist the controlling process does that and lends it to all.
"""

from collections.abc import Generator
from typing import Any

import pytest

from harness.pytest_plugin.fixtures import (
    REHEARSAL,
    booking,
    capacity,
    clock,
    edge,
    faults,
    gateway,
    history,
    isolation,
    payments,
    rehearsal,
    rehearsal_connections,
    rehearsal_deployment,
    seed,
)
from harness.pytest_plugin.keeping import Keeper, story_of
from harness.pytest_plugin.lacking import Lacking, excuse
from harness.pytest_plugin.session import SESSION, session_of
from harness.pytest_plugin.trust import MARKER, MODES, PROBE, Told, admit, gather, judge, relies_on

__all__ = [
    "booking",
    "capacity",
    "clock",
    "edge",
    "faults",
    "gateway",
    "history",
    "isolation",
    "keep_junit",
    "payments",
    "rehearsal",
    "rehearsal_connections",
    "rehearsal_deployment",
    "relies_on",
    "seed",
]


def pytest_addoption(parser: pytest.Parser) -> None:
    """Add the options; none has an effect on tests that don't rehearse."""
    group = parser.getgroup("rehearsal", "rehearsals against a local AWS")
    group.addoption(
        "--rehearsal-target",
        choices=("embedded", "docker", "staging"),
        default="",
        help="where the cloud runs (default: where --rehearsal-instance does, else embedded); staging runs already",
    )
    group.addoption(
        "--rehearsal-gateway",
        choices=("plain", "stripe"),
        default="plain",
        help="the card gateway's protocol that the payments system is to speak (default: plain)",
    )
    group.addoption(
        "--rehearsal-trust",
        choices=MODES,
        default=PROBE,
        help="put to the test what tests rely on, or assume that the target guarantees it (default: probe)",
    )
    group.addoption("--rehearsal-seed", type=int, default=None, help="the seed of the run (default: a fresh one)")
    group.addoption(
        "--rehearsal-instance", default="", help="use this running environment instead of an own one", metavar="NAME"
    )
    group.addoption(
        "--rehearsal-artifacts", default="", help="folder for what runs leave (default: artifacts)", metavar="DIR"
    )


@pytest.hookimpl(tryfirst=True)
def pytest_configure(config: pytest.Config) -> None:
    """Begin the session: choose the seed and the run's name."""
    config.addinivalue_line("markers", f"{MARKER}(*ids): relies on what the doctor's probes of these ids guarantee")
    session = session_of(config)
    if not session.is_worker:
        config.pluginmanager.register(Keeper(session), "rehearsal-keeper")


def pytest_unconfigure(config: pytest.Config) -> None:
    """Take down what was brought up, also after Ctrl-C and after failures."""
    session = config.stash.get(SESSION, None)
    if session is not None:
        session.close()


@pytest.hookimpl(optionalhook=True)
def pytest_configure_node(node: Any) -> None:
    """Tell an xdist worker the seed, the run's name, and whom to ask for the environment."""
    node.workerinput["rehearsal"] = session_of(node.config).for_worker()


def pytest_collection_finish(session: pytest.Session) -> None:
    """Remember what the tests of this run rely on."""
    gather(session.config, session.items)


def pytest_runtest_setup(item: pytest.Item) -> None:
    """Skip a test that relies on what the target lacks."""
    admit(item, session_of(item.config))


@pytest.hookimpl(tryfirst=True)
def pytest_report_teststatus(report: pytest.TestReport) -> tuple[str, str, tuple[str, dict[str, bool]]] | None:
    """Let passes that prove nothing have a name of their own."""
    return ("untrusted", "U", ("UNTRUSTED", {"yellow": True})) if getattr(report, "untrusted", None) else None


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(
    item: pytest.Item, call: pytest.CallInfo[None]
) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """Put the verdicts, and after a failure the run's own story, into the test's report."""
    report = yield
    if call.when == "setup" and (story := story_of(item)) is not None:
        report.story = story  # type: ignore[attr-defined]
    judge(item, report)
    own = item.stash.get(REHEARSAL, None)
    if excuse(item, call, report, session_of(item.config).target):
        if own is not None:
            own.proved_nothing()
        return report
    if own is None or call.when == "teardown":
        return report
    if report.failed:
        report.sections.append(("rehearsal", own.failure_section()))
    if call.when == "call":
        report.rehearsal = own.told()  # type: ignore[attr-defined]
    return report


def pytest_terminal_summary(terminalreporter: Any, exitstatus: int, config: pytest.Config) -> None:
    """Print the verdicts of the run and where its page is, when anything was rehearsed."""
    session = session_of(config)
    if session.is_worker:
        return  # nobody sees what a worker prints, and the page is one, made when all is there
    reports = [report for reports in terminalreporter.stats.values() for report in reports]
    told = {report.nodeid: report.rehearsal for report in reports if hasattr(report, "rehearsal")}
    if told or session.has_kept or session.found or any(hasattr(one, "lacking") for one in reports):
        terminalreporter.section("rehearsal")
        for line in session.conclude(told, Told.of(reports), Lacking.of(reports, session.target), int(exitstatus)):
            terminalreporter.write_line(line)


def keep_junit(config: pytest.Config) -> None:
    """Let the run write `artifacts/<run>/junit.xml` when no other path was asked for; for a conftest to call."""
    session = session_of(config)
    if not session.is_worker and not config.option.xmlpath:
        config.option.xmlpath = str(session.run_path / "junit.xml")
