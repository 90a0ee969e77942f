"""pytest itself writes the page: alone and with workers, after failures, errors and an interruption."""

from pathlib import Path

import pytest

from harness.report.model import read_run
from tests.plugin.project import Project

ALONE_AND_WITH_WORKERS = [
    pytest.param([], id="alone"),
    pytest.param(["-n", "2"], id="xdist", marks=pytest.mark.slow),
]
STORY = '''"""A customer pays.

Invariants: INV-1 one charge per payment.
"""

import pytest

from harness.checkers import one_charge_per_payment


@pytest.mark.parametrize("amount", ["1.00", "2.00"])
def test_payment_is_charged_once(payments, history, amount):
    payments.pay(payments.wallet(balance=None), amount=amount, payment_id="pay")
    history.satisfies(one_charge_per_payment)
    assert amount == "1.00", f"the key is {payments.api.__dict__}"


def test_nothing_is_kept_of_others():
    assert True
'''


@pytest.fixture
def project(tmp_path: Path) -> Project:
    return Project(tmp_path)


@pytest.mark.parametrize("options", ALONE_AND_WITH_WORKERS)
def test_page_is_written_when_tests_failed(project: Project, options: list[str]) -> None:
    project.write("test_story.py", STORY)

    answer = project.run("--rehearsal-seed", "42", *options)

    path = project.run_folder()
    assert f"report     artifacts/{path.name}/report.html" in answer.stdout
    assert "1 of 2 tests failed" in (path / "report.html").read_text()
    run = read_run(path)
    failed, passed = run.scenarios
    assert (failed.outcome, passed.outcome) == ("failed", "passed")
    assert failed.story == "A customer pays."
    assert failed.parameters == {"amount": "'2.00'"}
    assert [one.validity for one in failed.verdicts] == ["VALID"]
    assert (run.seed, run.record and run.record.exit_status) == (42, 1)


@pytest.mark.slow
def test_page_tells_what_could_not_begin(project: Project) -> None:
    project.write("test_story.py", STORY)

    project.run(PRETEND_BROKEN="1")

    page = (project.run_folder() / "report.html").read_text()
    assert "2 of 2 tests failed" in page
    assert "the engine is missing" in page


@pytest.mark.slow
def test_page_tells_what_there_is_when_the_run_is_interrupted(project: Project) -> None:
    project.write(
        "test_story.py",
        STORY.replace("    assert amount ==", "    if amount == '2.00': raise KeyboardInterrupt\n    assert amount =="),
    )

    answer = project.run("-p", "no:randomly")

    assert "report.html" in answer.stdout
    run = read_run(project.run_folder())
    assert sorted(one.outcome for one in run.scenarios) == ["passed", "unfinished"]
    assert "cut short: 1 of 2 tests unfinished" in (run.path / "report.html").read_text()
