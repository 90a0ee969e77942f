"""A temporary folder goes with its owner, were it by the next one."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from harness.edge.journal.folder import Folder


@pytest.fixture
def temporary(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    return tmp_path


def ended_process() -> int:
    with subprocess.Popen([sys.executable, "-c", ""]) as process:
        process.wait()
        return process.pid


def test_folder_of_a_killed_owner_is_removed_when_another_is_made(temporary: Path) -> None:
    orphan = temporary / f"rehearsal-journal-{ended_process()}-abc"
    orphan.mkdir()
    (orphan / "segment").write_text("x")
    living = temporary / f"rehearsal-journal-{os.getpid()}-abc"
    other = temporary / "rehearsal-backups-abc"
    for one in (living, other):
        one.mkdir()

    folder = Folder(None, "journal")
    made = folder.path

    assert sorted(temporary.iterdir()) == sorted([living, other, made])


def test_temporary_folder_is_removed_when_its_owner_closes(temporary: Path) -> None:
    folder = Folder(None, "journal")
    made = folder.path
    assert list(temporary.iterdir()) == [made]

    folder.close()

    assert list(temporary.iterdir()) == []


def test_given_folder_stays_when_its_owner_closes(tmp_path: Path) -> None:
    folder = Folder(tmp_path / "given", "journal")
    assert not folder.exists
    assert folder.path.is_dir()

    folder.close()

    assert folder.exists
