"""The plugin brings one environment up when somebody asks, takes it down always, and tells what it found."""

import json
from importlib.metadata import entry_points
from pathlib import Path

import pytest

from harness.history import from_json_lines
from tests.plugin.project import Project

ALONE_AND_WITH_WORKERS = [
    pytest.param([], id="alone"),
    pytest.param(["-n", "2"], id="xdist", marks=pytest.mark.slow),
]
PLAIN = """
import sys


def test_plain():
    assert not {"boto3", "httpx", "harness.clients", "harness.targets"} & set(sys.modules)
"""
LENT = """
import pytest


@pytest.mark.parametrize("number", range(4))
def test_lent(rehearsal_deployment, number):
    assert rehearsal_deployment.environment.instance == "pretended"
    assert rehearsal_deployment.system("payments").output("PaymentsTable") == "p"
"""
CHECKED = """
from harness.checkers import ledger_balances, one_charge_per_payment


def test_checked(payments, history, seed):
    payments.health()
    history.satisfies(one_charge_per_payment, ledger_balances)
    assert seed == 42


def test_forgotten(payments):
    payments.health()
"""
FAILING = """
def test_failing(payments, history):
    payments.pay(payments.wallet(balance=None), amount="40.00", payment_id="pay")
    assert False, "on purpose"
"""

COUNTING_PAGES = """
import harness.pytest_plugin.keeping as keeping

keep_run = keeping.keep_run


def counting(session, *told):
    with open("pages.log", "a") as log:
        log.write("worker\\n" if session.is_worker else "controller\\n")
    return keep_run(session, *told)


keeping.keep_run = counting
"""


@pytest.fixture
def project(tmp_path: Path) -> Project:
    return Project(tmp_path)


@pytest.mark.parametrize("options", ALONE_AND_WITH_WORKERS)
def test_page_is_written_once_when_the_run_ends(project: Project, options: list[str]) -> None:
    project.write("test_checked.py", CHECKED)
    project.write("conftest.py", (project.folder / "conftest.py").read_text() + COUNTING_PAGES)

    project.run("--rehearsal-seed", "42", *options)

    assert (project.folder / "pages.log").read_text().split() == ["controller"]


@pytest.mark.parametrize("options", ALONE_AND_WITH_WORKERS)
def test_nothing_happens_when_no_test_asks(project: Project, options: list[str]) -> None:
    project.write("test_plain.py", PLAIN)
    project.write("conftest.py", "")

    answer = project.run(*options)

    assert answer.returncode == 0, answer.stdout
    assert "= rehearsal =" not in answer.stdout
    assert not (project.folder / "artifacts").exists()


@pytest.mark.parametrize("options", ALONE_AND_WITH_WORKERS)
def test_one_environment_serves_all_and_ends(project: Project, options: list[str]) -> None:
    project.write("test_lent.py", LENT)

    answer = project.run(*options)

    assert answer.returncode == 0, answer.stdout
    assert project.environment_log == ["up", "down"]


@pytest.mark.parametrize("options", ALONE_AND_WITH_WORKERS)
def test_environment_ends_when_tests_fail(project: Project, options: list[str]) -> None:
    project.write("test_lent.py", LENT + "    assert number < 2\n")

    answer = project.run(*options)

    assert answer.returncode == 1
    assert project.environment_log == ["up", "down"]


def test_environment_ends_when_the_run_is_interrupted(project: Project) -> None:
    project.write("test_lent.py", LENT + "    raise KeyboardInterrupt\n")

    answer = project.run()

    assert answer.returncode == 2
    assert project.environment_log == ["up", "down"]


@pytest.mark.parametrize("options", ALONE_AND_WITH_WORKERS)
def test_reason_is_told_and_tried_once_when_the_environment_does_not_come_up(
    project: Project, options: list[str]
) -> None:
    project.write("test_lent.py", LENT)

    answer = project.run(*options, PRETEND_BROKEN="1")

    assert answer.returncode == 1
    assert "the engine is missing" in answer.stdout
    assert "4 errors" in answer.stdout
    assert project.environment_log == ["up"]


@pytest.mark.parametrize("options", ALONE_AND_WITH_WORKERS)
def test_summary_counts_verdicts_and_names_forgotten_histories(project: Project, options: list[str]) -> None:
    project.write("test_checked.py", CHECKED)

    answer = project.run("--rehearsal-seed", "42", *options)

    assert answer.returncode == 0, answer.stdout
    assert "INV-1  one_charge_per_payment  VALID 1  INVALID 0  UNKNOWN 0" in answer.stdout
    assert "unchecked  test_checked.py::test_forgotten made 1 operations" in answer.stdout
    assert "seed       42" in answer.stdout
    document = json.loads((project.run_folder() / "verdicts.json").read_text())
    assert (document["seed"], document["tests"]) == (42, 2)
    histories = sorted(project.run_folder().glob("*/history.jsonl"))
    assert len(histories) == 2
    assert from_json_lines(histories[0].read_text()).seed == 42
    assert "health" in histories[1].with_name("timeline.txt").read_text()


def test_failed_test_shows_how_to_repeat_it_and_what_was_done(project: Project) -> None:
    project.write("test_failing.py", FAILING)

    answer = project.run("--rehearsal-seed", "42")

    assert answer.returncode == 1
    assert 'pytest "test_failing.py::test_failing" --rehearsal-seed 42' in answer.stdout
    assert "40.00 USD → info no answer" in answer.stdout


def test_names_depend_on_the_seed_and_the_test_alone(project: Project) -> None:
    project.write(
        "test_names.py",
        """
import pytest


@pytest.mark.parametrize("number", range(3))
def test_names(payments, number):
    body = payments.payment(payments.wallet(balance=None), amount="1.00").body
    with open(f"name-{number}.txt", "a") as file:
        print(body["user_id"], body["payment_id"], file=file)
""",
    )

    for options in ([], ["-p", "pytest_randomly", "-n", "2"]):
        answer = project.run("--rehearsal-seed", "42", *options)
        assert answer.returncode == 0, answer.stdout

    names = [set((project.folder / f"name-{number}.txt").read_text().splitlines()) for number in range(3)]
    assert [len(one) for one in names] == [1, 1, 1]
    assert len(set.union(*names)) == 3


def test_junit_report_lies_beside_the_histories_when_a_conftest_asks(project: Project) -> None:
    project.write("test_checked.py", CHECKED)
    scenarios = (Path(__file__).parents[2] / "scenarios" / "conftest.py").read_text()
    project.write("conftest.py", (project.folder / "conftest.py").read_text() + scenarios)

    project.run("--rehearsal-seed", "42", "--rehearsal-artifacts", "kept")

    (run,) = (project.folder / "kept").iterdir()
    assert 'tests="2"' in (run / "junit.xml").read_text()


def test_plugin_is_there_when_the_distribution_is_installed() -> None:
    (found,) = entry_points(group="pytest11", name="rehearsal")

    assert found.value == "harness.pytest_plugin"
