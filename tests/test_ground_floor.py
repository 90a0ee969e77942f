"""Waits, errors, names and settings: what every other part stands on."""

from pathlib import Path

import pytest

from harness import config, ids
from harness.clock import ManualClock
from harness.errors import InvariantViolated, PortBusy, SettingInvalid, WaitTimeout
from harness.waiting import wait_until


def test_wait_raises_with_the_last_answer_when_nothing_comes() -> None:
    with pytest.raises(WaitTimeout, match=r"the moon did not happen within 5\.0 s"):
        wait_until("the moon", lambda: None, within_s=5, clock=ManualClock())


def test_wait_returns_the_answer_when_it_comes() -> None:
    answers = iter([None, False, "here"])

    assert wait_until("an answer", lambda: next(answers), within_s=5, clock=ManualClock()) == "here"


def test_wait_never_sleeps_past_its_bound_when_pauses_grow() -> None:
    clock = ManualClock()

    with pytest.raises(WaitTimeout):
        wait_until("nothing", lambda: None, within_s=3, every_s=2, every_max_s=100, clock=clock)

    assert clock.monotonic_s() == 3


def test_error_reads_as_line_evidence_remedy_when_printed() -> None:
    error = PortBusy("port 4566 is held", evidence={"seen": "a\nb"}, remedy="stop it")

    assert str(error).splitlines() == [
        "PortBusy: port 4566 is held",
        "  seen  a",
        "        b",
        "  do    stop it",
    ]


def test_violation_is_an_assertion_when_pytest_sees_it() -> None:
    assert issubclass(InvariantViolated, AssertionError)
    assert InvariantViolated.exit_code == 1


def test_names_are_the_same_again_when_the_seed_is() -> None:
    assert ids.derived_token(7, "a", "b") == ids.derived_token(7, "a", "b")
    assert ids.derived_token(7, "a", "b") != ids.derived_token(7, "ab")
    assert len(ids.new_token(12)) == 12


@pytest.mark.parametrize("name", ["Upper", "-x", "a" * 41, "a b", "../x"])
def test_instance_name_is_refused_when_it_can_not_be_a_folder(name: str) -> None:
    with pytest.raises(SettingInvalid):
        config.instance_name(name)


def test_folders_follow_the_variables_when_they_are_set(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("REHEARSAL_STATE_DIR", str(tmp_path / "state"))
    monkeypatch.delenv("REHEARSAL_CACHE_DIR", raising=False)
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))

    assert config.state_root() == tmp_path / "state"
    assert config.cache_root() == tmp_path / "cache" / "rehearsal"


def test_project_root_is_the_nearest_folder_with_systems(tmp_path: Path) -> None:
    (tmp_path / "systems").mkdir()
    deep = tmp_path / "a" / "b"
    deep.mkdir(parents=True)

    assert config.project_root(deep) == tmp_path
