"""A run is read from what its folder has; a page is possible for everything but an empty one."""

import shutil
from pathlib import Path

import pytest

from harness.report.kept import RunUnreadable
from harness.report.model import find_run, latest_run, read_run
from harness.report.model.finding import RunNotFound
from tests.report.runs import BAD, GOOD, bad_run, good_run, old_run


def test_failed_scenarios_come_first_when_a_run_is_read(tmp_path: Path) -> None:
    run = read_run(bad_run(tmp_path / "run"))

    assert [one.outcome for one in run.scenarios] == ["failed", "skipped", "passed"]
    failed = run.scenarios[0]
    assert (failed.title, failed.variant) == ("Payment is charged once", "reset")
    assert failed.reason == "AssertionError: <b>no"
    assert run.replay(failed) == f'pytest "{BAD}" --rehearsal-seed 42'
    assert (run.validities["VALID"], run.validities["INVALID"]) == (1, 1)
    assert not run.is_good
    assert run.problems == ()


def test_run_is_read_when_it_was_kept_before_there_were_pages(tmp_path: Path) -> None:
    run = read_run(old_run(tmp_path / "old"))

    assert [(one.node_id, one.outcome) for one in run.scenarios] == [
        ("scenarios/test_it.py::test_payment_x", "failed"),
        (GOOD, "passed"),
    ]
    assert (run.seed, run.validities["VALID"]) == (42, 3)
    assert run.scenarios[1].history is not None


def test_test_is_unfinished_when_the_run_was_cut_off(tmp_path: Path) -> None:
    path = good_run(tmp_path / "run")
    (path / "tests.jsonl").unlink()
    (path / "run.json").unlink()

    run = read_run(path)

    assert [one.outcome for one in run.scenarios] == ["unfinished"]
    assert (run.seed, run.is_good) == (42, False)


@pytest.mark.parametrize("name", ["run.json", "machines.json", "verdicts.json"])
def test_problem_is_told_when_a_file_is_broken(tmp_path: Path, name: str) -> None:
    path = good_run(tmp_path / "run")
    (path / name).write_text("{")

    (problem,) = read_run(path).problems

    assert name in problem


def test_problem_is_the_scenario_s_when_its_history_is_broken(tmp_path: Path) -> None:
    path = good_run(tmp_path / "run")
    (history,) = path.glob("*/history.jsonl")
    history.write_text(history.read_text() + "half a li")

    (scenario,) = read_run(path).scenarios

    assert "is not JSON" in scenario.problems[0]
    assert scenario.outcome == "passed"


def test_run_is_refused_when_nothing_was_left(tmp_path: Path) -> None:
    (tmp_path / "notes.txt").write_text("hello")

    with pytest.raises(RunUnreadable, match="holds no test") as problem:
        read_run(tmp_path)

    assert problem.value.evidence["seen"] == "notes.txt"


def test_runs_are_listed_when_a_name_is_wrong(tmp_path: Path) -> None:
    for name in ("20260101-080000", "20260102-080000"):
        good_run(tmp_path / name)
        shutil.copystat(tmp_path / name, tmp_path / name)

    assert find_run("20260101-080000", tmp_path).name == "20260101-080000"
    assert find_run(str(tmp_path / "20260101-080000"), Path("elsewhere")).name == "20260101-080000"
    assert latest_run(tmp_path).name == "20260102-080000"
    with pytest.raises(RunNotFound) as problem:
        find_run("yesterday", tmp_path)
    assert problem.value.evidence["runs"] == "20260102-080000\n20260101-080000"
    with pytest.raises(RunNotFound, match="there is no run in"):
        latest_run(tmp_path / "nothing")
