"""A run on containers: who is invited, which number a worker has, and what is told when there is no place."""

import os
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from harness.errors import SettingInvalid
from loadtests import containers
from loadtests.containers import Invitation, beside, invited, main, master, worker
from loadtests.settings import Settings


def invitation(folder: Path, workers: int = 2) -> Invitation:
    return Invitation(folder, folder / "briefing.json", workers, {"PAYMENTS_API_KEY": "k"})


def test_every_worker_gets_a_number_of_its_own_until_all_are_taken(tmp_path: Path) -> None:
    given = invitation(tmp_path)

    assert [given.claim() for _ in range(3)] == [0, 1, None]


def test_invitation_is_read_as_it_was_written_and_by_its_owner_alone(tmp_path: Path) -> None:
    written = invitation(tmp_path)
    assert invited(tmp_path) is None

    file = written.write(tmp_path)

    assert invited(tmp_path) == written
    assert file.stat().st_mode & 0o077 == 0


def test_worker_plays_the_run_under_its_number(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    invitation(tmp_path).write(tmp_path)
    played: list[Any] = []
    monkeypatch.setattr(
        containers.subprocess,
        "run",
        lambda words, **options: played.append((words, options)) or SimpleNamespace(returncode=0),
    )

    assert worker({"PATH": os.environ["PATH"]}, tmp_path) == 0

    words, options = played[0]
    assert words[-4:] == ["--master-host", "127.0.0.1", "--master-port", "5557"]
    assert options["env"]["REHEARSAL_LOAD_WORKER"] == "0"
    assert options["env"]["PAYMENTS_API_KEY"] == "k"
    assert options["env"]["REHEARSAL_LOAD_BRIEFING"] == str(tmp_path / "briefing.json")


def test_worker_says_what_to_do_when_no_run_has_a_place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(containers, "INVITATION_WITHIN_S", 0.0)

    with pytest.raises(SettingInvalid, match="REHEARSAL_LOAD_WORKERS"):
        worker({}, tmp_path)


def test_master_wants_to_know_how_many_join(tmp_path: Path) -> None:
    (tmp_path / "invitation.json").write_text("{}")  # of a run before

    with pytest.raises(SettingInvalid, match="has no workers"):
        master(["hot-wallet"], {}, tmp_path)

    assert not (tmp_path / "invitation.json").exists()


def test_cloud_beside_is_called_by_loopback_addresses_alone() -> None:
    with beside(Settings(region="eu-central-1")) as cloud:
        assert [cloud.aws_endpoint_url, *cloud.api_urls.values()] == [
            "http://127.0.0.1:4566", "http://127.0.0.1:3001", "http://127.0.0.1:3002",
        ]  # fmt: skip
        assert cloud.gateway_url == ""
        assert cloud.seen_by_functions("gateway") == "http://gateway:3000"
        assert cloud.region == "eu-central-1"


def test_roles_are_told_when_another_is_named(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["captain"]) == 2
    assert "master, worker" in capsys.readouterr().err


def test_run_ends_with_what_is_missing_when_a_worker_wrote_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    launch = containers.Launch(Settings(workers=1), tmp_path / "briefing.json", tmp_path)
    seen: list[Invitation | None] = []

    def plays(_: object, words: list[str]) -> containers.Ended:
        seen.append(invited(tmp_path))
        assert words[words.index("--expect-workers") + 1] == "1"
        return containers.Ended(0)

    monkeypatch.setattr(containers.process, "run", plays)
    monkeypatch.setattr(containers, "WORKERS_WRITE_WITHIN_S", 0.0)

    ended = containers._run(launch, tmp_path)

    assert seen[0] is not None
    assert invited(tmp_path) is None
    assert ended.problems == ("what worker 0 measured is lost: 1 of 1 workers",)
