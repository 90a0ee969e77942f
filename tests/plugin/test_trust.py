"""What tests rely on is put to the test once; what is not guaranteed is never green."""

import json
from pathlib import Path
from xml.etree import ElementTree as Xml

import pytest

from harness.doctor import all_probes
from harness.errors import SettingInvalid
from harness.pytest_plugin import relies_on
from harness.report.model import read_run
from tests.plugin.project import CONFTEST, Project

ALONE_AND_WITH_WORKERS = [
    pytest.param([], id="alone"),
    pytest.param(["-n", "2"], id="xdist", marks=pytest.mark.slow),
]
# What the doctor finds is pretended; that it was asked is written down.
FINDINGS = """
import harness.doctor
from harness.doctor import Finding

VERDICTS = {"dynamodb.transactions.isolated": "broken", "dynamodb.pitr": "absent", "lambda.timeout": "unknown"}


def examined(patient, probes, **_):
    probes = list(probes)
    log("examined " + ",".join(one.id for one in probes))
    return [Finding(one.id, VERDICTS.get(one.id, "guaranteed"), "as pretended") for one in probes]


harness.doctor.examine = examined
"""
TESTS = """
import pytest

from harness.pytest_plugin import relies_on

pytestmark = relies_on("lambda.runs")


def test_sound(rehearsal):
    pass


@relies_on("dynamodb.transactions.isolated")
def test_doubted(rehearsal):
    pass


@relies_on("dynamodb.transactions.isolated")
def test_fails(rehearsal):
    assert False, "on purpose"


@relies_on("dynamodb.pitr")
def test_lacking(rehearsal):
    raise AssertionError("must not run")


@relies_on("lambda.timeout")
def test_undecided(rehearsal):
    pass
"""


@pytest.fixture
def project(tmp_path: Path) -> Project:
    project = Project(tmp_path)
    project.write("conftest.py", CONFTEST + FINDINGS)
    project.write("test_trust.py", TESTS)
    return project


@pytest.mark.parametrize("options", ALONE_AND_WITH_WORKERS)
def test_every_kind_of_doubt_has_its_own_outcome_when_findings_differ(project: Project, options: list[str]) -> None:
    answer = project.run(*options, "--junitxml=junit.xml")

    assert answer.returncode == 1, answer.stdout + answer.stderr
    assert "1 failed, 1 passed, 1 skipped, 2 untrusted" in answer.stdout
    asked = [line for line in project.environment_log if line.startswith("examined")]
    (asked_once,) = asked
    assert set(asked_once.split()[1].split(",")) == {
        "dynamodb.transactions.isolated", "dynamodb.pitr", "lambda.runs", "lambda.timeout",
    }  # fmt: skip
    assert "trust      1 of 4 guarantees that tests rely on hold" in answer.stdout
    assert "broken     dynamodb.transactions.isolated: as pretended" in answer.stdout
    assert "untrusted  test_trust.py::test_doubted relies on dynamodb.transactions.isolated" in answer.stdout
    assert "skipped    test_trust.py::test_lacking relies on dynamodb.pitr" in answer.stdout


def test_documents_tell_what_was_doubted_when_a_run_ends(project: Project) -> None:
    project.run("--junitxml=junit.xml")

    document = json.loads((project.run_folder() / "verdicts.json").read_text())["trust"]
    assert document["untrusted"] == {
        "test_trust.py::test_doubted": ["dynamodb.transactions.isolated"],
        "test_trust.py::test_undecided": ["lambda.timeout"],
    }
    assert document["absent"] == {"test_trust.py::test_lacking": ["dynamodb.pitr"]}
    assert {one["probe"]: one["verdict"] for one in document["findings"]}["lambda.runs"] == "guaranteed"
    skipped = [case.find("skipped") for case in Xml.parse(project.folder / "junit.xml").iter("testcase")]  # noqa: S314
    messages = [one.get("message", "") for one in skipped if one is not None]
    assert sum(message.startswith("untrusted: passed, but relies on") for message in messages) == 2
    run = read_run(project.run_folder())
    assert run.outcomes["untrusted"] == 2
    assert not run.is_good
    page = (project.run_folder() / "report.html").read_text()
    assert "Not guaranteed by the target" in page
    assert "untrusted" in page


def test_run_is_not_good_when_a_pass_is_untrusted(project: Project) -> None:
    answer = project.run("-k", "doubted")

    assert answer.returncode == 0
    assert "1 untrusted" in answer.stdout
    assert "passed" not in answer.stdout.splitlines()[-1]
    run = read_run(project.run_folder())
    assert not run.is_good


def test_nothing_is_examined_when_trust_is_assumed(project: Project) -> None:
    answer = project.run("--rehearsal-trust", "assume", "-k", "sound or doubted")

    assert answer.returncode == 0, answer.stdout
    assert "2 passed" in answer.stdout
    assert not [line for line in project.environment_log if line.startswith("examined")]
    assert "trust      assumed" in answer.stdout


def test_only_what_the_chosen_tests_rely_on_is_examined(project: Project) -> None:
    project.run("-k", "sound")

    assert "examined lambda.runs" in project.environment_log


def test_unknown_guarantee_is_an_error_with_what_was_meant(project: Project) -> None:
    project.write(
        "test_trust.py", "from harness.pytest_plugin import relies_on\npytestmark = relies_on('states.retri')\n"
    )

    answer = project.run()

    assert answer.returncode == 2
    assert "there is no probe 'states.retri'" in answer.stdout
    assert "did you mean 'states.retry'?" in answer.stdout


def test_unknown_guarantee_is_an_error_when_the_marker_is_used_itself(project: Project) -> None:
    project.write(
        "test_trust.py",
        "import pytest\n\n@pytest.mark.relies_on('lambda.ruins')\ndef test_one(rehearsal):\n    pass\n",
    )

    answer = project.run()

    assert answer.returncode == 1
    assert "did you mean 'lambda.runs'?" in answer.stdout


def test_all_of_a_family_are_meant_when_the_beginning_of_their_ids_is_given() -> None:
    family = [one.id for one in all_probes() if one.id.startswith("dynamodb.transactions.")]

    assert list(relies_on("dynamodb.transactions").args) == family
    assert len(family) > 2


def test_error_names_what_there_is_when_no_probe_is_alike() -> None:
    with pytest.raises(SettingInvalid) as refused:
        relies_on("zzz")

    assert "rehearse doctor --list" in str(refused.value)
