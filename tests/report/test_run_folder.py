"""A run's folder appears with its first file, and no two tests share one in it."""

from pathlib import Path

from harness.history import from_json_lines
from harness.report import RunFolder
from tests.checkers.story import whole_story


def test_history_and_timeline_are_kept_when_a_test_ends(tmp_path: Path) -> None:
    folder = RunFolder(tmp_path / "run")
    history = whole_story().history("scenarios/payments/test_refund.py::test_back")

    assert not folder.path.exists()
    folder.keep_history(history.name, history)

    kept = folder.of_test(history.name)
    assert kept.name.startswith("test_refund-test-back-")
    assert from_json_lines((kept / "history.jsonl").read_text()) == history
    assert "pay-1" in (kept / "timeline.txt").read_text()


def test_folders_differ_when_names_are_alike_or_long(tmp_path: Path) -> None:
    folder = RunFolder(tmp_path)
    names = ["a.py::test_x[a b]", "a.py::test_x[a-b]", "b.py::test_x[a b]", "a.py::test_" + "x" * 300]

    paths = [folder.of_test(name) for name in names]

    assert len(set(paths)) == 4
    assert all(len(path.name) <= 110 for path in paths)


def test_logs_are_kept_when_the_run_left_anything(tmp_path: Path) -> None:
    environment = tmp_path / "environment"
    (environment / "logs").mkdir(parents=True)
    (environment / "logs" / "cloud.log").write_text("ready\n")
    silent, run = RunFolder(tmp_path / "silent"), RunFolder(tmp_path / "run")
    run.path.mkdir()

    silent.keep_logs(environment)
    run.keep_logs(environment)

    assert not silent.path.exists()
    assert (run.path / "logs" / "logs" / "cloud.log").read_text() == "ready\n"
