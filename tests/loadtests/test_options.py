"""Options: what is said wins over the environment, that over the story; nonsense is refused by its option's name."""

import sys

import pytest

from harness.errors import SettingInvalid
from loadtests.__main__ import main
from loadtests.objectives import Objective
from loadtests.options import OPTIONS, VARIABLE_PREFIX, asked
from loadtests.settings import Settings, settings_from
from loadtests.stories import PLAYERS, STORIES, Player, story_named, systems_of


def test_hot_wallet_is_played_when_nothing_is_said() -> None:
    run = asked([], {})

    assert (run.settings.story, run.settings.keys, run.settings.warm_up_s) == ("hot-wallet", "hot-wallet", 20.0)
    assert run.settings.target == ""
    assert run.objectives["throttles"] == Objective("throttles", 0.01)


def test_option_wins_over_environment_and_story_when_all_say_something() -> None:
    environ = {VARIABLE_PREFIX + "USERS": "7", VARIABLE_PREFIX + "KEYS": "zipf", VARIABLE_PREFIX + "FOR": "2m"}

    settings = asked(["wallets", "--users", "9", "--warm-up", "15s"], environ).settings

    assert (settings.users, settings.keys, settings.duration_s, settings.warm_up_s) == (9, "zipf", 120.0, 15.0)


def test_own_objectives_win_over_the_story_when_given() -> None:
    wanted = asked(["--p99", "1s", "--rate-min", "5"], {}).objectives

    assert wanted["p99"] == Objective("p99", 1000.0)
    assert wanted["rate"] == Objective("rate", 5.0)
    assert wanted["p50"].limit == 100.0


def test_warm_up_fits_when_the_run_is_short() -> None:
    assert asked(["--for", "12s"], {}).settings.warm_up_s == 4.0


def test_nobody_is_unfair_when_there_is_one_tenant() -> None:
    assert "fairness" not in asked(["--tenants", "1"], {}).objectives


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["cold-wallet"], "story 'cold-wallet' is not known"),
        (["--users", "many"], "--users is 'many', expected a whole number"),
        (["--users", "0"], "--users is 0, expected from 1"),
        (["--rate", "nan"], "--rate is nan"),
        (["--for", "soon"], "duration is 'soon'"),
        (["--warm-up", "60s"], "the warm-up takes 60 s of a run of 60 s"),
        (["--keys", "warm"], "--keys is 'warm', expected one of uniform"),
        (["--shards", "101"], "--shards is 101"),
        (["--target", "production"], "--target is 'production', expected one of local, staging"),
        (["--shape", "replay"], "expected --trace FILE"),
        (["--trace", "/nowhere"], "--trace is for a replay, and the shape is steady"),
        (["--speed", "2"], "--speed is for a replay"),
        (["--shape", "replay", "--trace", "/nowhere"], "trace /nowhere is not there"),
        (["--tenants", "300"], "--tenants is 300, expected from 1 to 200"),
        (["--p99", "later"], "objective p99 is 'later'"),
        (["--speed", "0.005"], "--speed is 0.005, expected from 0.01 to 1,000"),
    ],
)
def test_run_is_refused_by_the_options_name_when_it_makes_no_sense(
    arguments: list[str], words: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(arguments) == 2
    assert words in capsys.readouterr().err


def test_unknown_option_ends_with_2_when_given() -> None:
    with pytest.raises(SystemExit) as ending:
        asked(["--frequency", "9"], {})

    assert ending.value.code == 2


def test_users_are_named_that_exist_when_their_system_is_missing(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(PLAYERS, "bookings", Player("", "", "booking", "to come"))

    assert main(["bookings"]) == 2

    told = capsys.readouterr().err
    assert "users 'bookings' need a system 'booking', which this project does not have" in told
    assert "payments-api" in told


def test_settings_are_the_same_when_read_back() -> None:
    settings = asked(["--shards", "10"], {}).settings

    assert settings_from(settings.as_document()) == settings


def test_warm_up_is_shortened_only_when_nobody_asked_for_it() -> None:
    short = ["hot-wallet", "--for", "10s"]
    told = asked(short, {"REHEARSAL_LOAD_WARM_UP": "8s"}).settings

    assert told.warm_up_s == 8.0
    assert asked([*short, "--warm-up", "7s"], {}).settings.warm_up_s == 7.0
    assert asked(short, {}).settings.warm_up_s * 2 <= 10.0


def test_setting_is_refused_when_it_is_unknown() -> None:
    with pytest.raises(SettingInvalid, match="'user'"):
        settings_from({"user": 3})


def test_every_option_fills_a_setting_when_parsed() -> None:
    names = set(Settings().as_document())

    assert {one.setting for one in OPTIONS} <= names
    assert names - {one.setting for one in OPTIONS} == {"story", "yes"}


@pytest.mark.parametrize("name", STORIES)
def test_story_makes_sense_when_nothing_else_is_said(name: str) -> None:
    run = asked([name], {})

    assert run.settings.story == name
    assert run.objectives
    assert systems_of(story_named(name)) == tuple(PLAYERS[one].system for one in story_named(name).players)


def test_nothing_of_locust_is_imported_when_the_program_is() -> None:
    import loadtests.program

    assert loadtests.program.play
    assert not {"locust", "gevent"} & set(sys.modules)
