"""A test that the target can't run is skipped with the reason wherever that is found, and never counts as a pass."""

import json
from pathlib import Path

import pytest

from harness.pytest_plugin.keeping import _Begun
from harness.report.model import read_run
from tests.plugin.project import Project

ALONE_AND_WITH_WORKERS = [
    pytest.param([], id="alone"),
    pytest.param(["-n", "2"], id="xdist", marks=pytest.mark.slow),
]
STORIES = """
import pytest

from harness.checkers import ledger_balances
from harness.clients import concurrently
from harness.errors import TargetLacks


@pytest.fixture
def moved(rehearsal):
    raise TargetLacks("the clock can't be moved")


def test_runs(payments, history):
    payments.health()
    history.satisfies(ledger_balances)


def test_can_not_begin(moved, payments):
    assert False, "never reached"


def lack():
    raise TargetLacks("workers can't be killed")


def test_finds_out_late(payments, history):
    payments.health()
    history.satisfies(ledger_balances)
    lack()


def test_finds_out_beside_others(payments):
    concurrently(lack, lack)


@pytest.mark.xfail(strict=True)
def test_is_no_expected_failure(rehearsal):
    lack()
"""
UNDONE = """
import pytest

from harness.errors import TargetLacks


@pytest.fixture
def undone(rehearsal):
    yield
    raise TargetLacks("nothing can be undone")


def test_passes(undone):
    pass
"""
NOT_DEPLOYED = """
import pytest


@pytest.mark.parametrize("number", range(2))
def test_deploys(rehearsal_deployment, number):
    rehearsal_deployment.system("live")
"""
LACKS_LIVE = """

from harness.errors import TargetLacks


@contextmanager
def lacking(target, instance, **_):
    def deploy(name):
        raise TargetLacks(f"{name} can't be deployed")

    environment = Environment(target, "pretended", *["http://127.0.0.1:9"] * 2, LOG.parent, images={"edge": "edge:1"})
    yield Deployment(environment, deploy)


provision.open_deployment = lacking
"""


@pytest.fixture
def project(tmp_path: Path) -> Project:
    return Project(tmp_path)


@pytest.mark.parametrize("options", ALONE_AND_WITH_WORKERS)
def test_tests_are_skipped_with_the_reason_when_the_target_lacks_what_they_need(
    project: Project, options: list[str]
) -> None:
    project.write("test_stories.py", STORIES)

    answer = project.run("--rehearsal-target", "docker", "-rs", "-p", "no:randomly", *options)

    assert answer.returncode == 0, answer.stdout
    assert "1 passed, 4 skipped" in answer.stdout
    assert "docker: the clock can't be moved" in answer.stdout
    assert "lacking    4 tests could not run on docker" in answer.stdout
    assert "target     docker" in answer.stdout
    document = json.loads((project.run_folder() / "verdicts.json").read_text())
    reasons = {reason: len(tests) for reason, tests in document["lacking"]["by_reason"].items()}
    assert (document["lacking"]["count"], reasons) == (
        4,
        {"workers can't be killed": 3, "the clock can't be moved": 1},
    )


def test_verdicts_do_not_count_when_the_target_lacks_what_a_story_needs(project: Project) -> None:
    project.write("test_stories.py", STORIES)

    answer = project.run("--rehearsal-target", "docker")

    assert "ledger_balances  VALID 1  INVALID 0" in answer.stdout
    assert "unchecked" not in answer.stdout
    run = read_run(project.run_folder())
    assert run.validities == {"VALID": 1}
    assert run.lacking == {"workers can't be killed": 3, "the clock can't be moved": 1}
    page = (project.run_folder() / "report.html").read_text()
    assert "1 test passed, 4 could not run on docker" in page
    assert "workers can&#39;t be killed" in page


def test_end_is_an_error_when_a_pass_can_not_be_undone(project: Project) -> None:
    project.write("test_undone.py", UNDONE)

    answer = project.run()

    assert answer.returncode == 1
    assert "1 passed, 1 error" in answer.stdout


@pytest.mark.parametrize("options", ALONE_AND_WITH_WORKERS)
def test_run_proves_nothing_when_the_target_can_do_none_of_it(project: Project, options: list[str]) -> None:
    project.write("conftest.py", (project.folder / "conftest.py").read_text() + LACKS_LIVE)
    project.write("test_deploys.py", NOT_DEPLOYED)

    answer = project.run("--rehearsal-target", "docker", *options)

    assert "2 skipped" in answer.stdout, answer.stdout
    assert "image      edge: edge:1" in answer.stdout
    assert not read_run(project.run_folder()).is_good if (project.run_folder() / "tests.jsonl").exists() else True


def test_target_is_the_running_environment_s_when_none_is_named(project: Project, tmp_path: Path) -> None:
    state = tmp_path / "state" / "shared"
    state.mkdir(parents=True)
    (state / "state.json").write_text(json.dumps({"target": "docker", "state": "ready"}))
    project.write("test_target.py", "def test_target(rehearsal_deployment):\n    pass\n")

    answer = project.run("--rehearsal-instance", "shared", REHEARSAL_STATE_DIR=str(tmp_path / "state"))

    assert answer.returncode == 0, answer.stdout
    assert project.environment_log == ["up", "down"]


def test_failed_test_stays_failed_when_its_teardown_skips() -> None:
    begun = _Begun({"story": "", "parameters": {}})

    for when, outcome in (("setup", "passed"), ("call", "failed"), ("teardown", "skipped")):
        begun.take(pytest.TestReport("test_it", ("test_it.py", 1, "test_it"), {}, outcome, "why", when))

    assert begun.record("test_it").outcome == "failed"
