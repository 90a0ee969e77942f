"""What a load run checks before it brings anything up, and what it leaves when it can't."""

import errno
import socket
from pathlib import Path

import pytest

from loadtests import program
from loadtests.__main__ import main


def test_run_is_refused_when_its_folder_cannot_be_made(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "file").write_text("in the way")

    assert main(["hot-wallet", "--folder", str(tmp_path / "file" / "run")]) == 2
    assert "--folder FOLDER" in capsys.readouterr().err


def test_run_is_refused_when_the_web_uis_port_is_held(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    with socket.socket() as holder:
        holder.bind(("127.0.0.1", 0))
        holder.listen()
        port = holder.getsockname()[1]

        assert main(["hot-wallet", "--web-port", str(port), "--folder", str(tmp_path / "run")]) == 2

    assert f"port {port} of the web UI can't be had" in capsys.readouterr().err
    assert not (tmp_path / "run").exists()


def test_no_folder_is_left_when_the_cloud_is_not_there(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["hot-wallet", "--instance", "absent", "--folder", str(tmp_path / "run")]) == 2
    assert "rehearse up --instance absent" in capsys.readouterr().err
    assert not (tmp_path / "run").exists()


def test_folder_is_kept_when_something_was_written(tmp_path: Path) -> None:
    with program.kept_if_used(tmp_path):
        (tmp_path / "report.txt").write_text("measured")

    assert (tmp_path / "report.txt").exists()


def test_full_disk_is_told_when_a_run_meets_one(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def full(_: object) -> int:
        raise OSError(errno.ENOSPC, "No space left on device", "measures.json")

    monkeypatch.setattr(program, "play", full)

    assert main(["hot-wallet"]) == 2
    assert capsys.readouterr().err == "measures.json can't be written: No space left on device\n"


@pytest.mark.parametrize("content", [b"\xff\xfe\x00", b"p99: ["])
def test_objectives_are_refused_in_words_when_they_are_no_yaml(
    content: bytes, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "objectives.yaml").write_bytes(content)

    assert main(["hot-wallet", "--objectives", str(tmp_path / "objectives.yaml")]) == 2
    assert "can't be read" in capsys.readouterr().err
