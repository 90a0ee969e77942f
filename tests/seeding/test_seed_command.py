"""`rehearse seed`: options are checked before anything is asked of a cloud, keys are written for one pair of eyes."""

import json
import os
import stat
from datetime import UTC, datetime
from pathlib import Path

import pytest

from harness.errors import SettingInvalid
from harness.seeding.keys_file import check_writable, write_keys
from harness.seeding.payments import SHAPES, WalletPlan, wallet_rows
from harness.seeding.rows import plain_value
from tests.command_line import run_rehearse


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (("booking", "--size", "huge"), "--size is 'huge', expected small, medium, large"),
        (("booking", "--from", "yesterday"), "--from is 'yesterday'"),
        (("booking", "--from", "9999-12-31"), "--from is '9999-12-31', expected a day from 2000-01-01"),
        (("booking", "--from", "0001-01-01"), "--from is '0001-01-01', expected a day from 2000-01-01"),
        (("booking", "--check", "some"), "--check is 'some'"),
        (("booking", "--set", "hairdresser", "--tenants", "2"), "--tenants is of drawn tenants"),
        (("booking", "--set", "dental"), "seed set 'dental' is not there (did you mean dental-clinic?)"),
        (("booking", "--target", "moon"), "target 'moon' is not known"),
        (("booking", "--instance", "nobody-runs-this"), "nobody-runs-this"),
        (("payments", "--wallets", "0"), "greater than or equal to 1"),
    ],
)
def test_seed_is_refused_when_an_option_makes_no_sense(arguments, words, monkeypatch, capfd):
    code, _, told = run_rehearse(("seed", *arguments), monkeypatch, capfd)

    assert code == 2
    assert words in told


def test_keys_are_for_their_owner_alone(tmp_path):
    path = tmp_path / "keys.jsonl"
    path.touch(mode=0o644)

    write_keys(path, [{"key": "bk_1"}, {"key": "bk_2"}])

    assert [json.loads(line)["key"] for line in path.read_text().splitlines()] == ["bk_1", "bk_2"]
    assert stat.S_IMODE(path.stat().st_mode) == 0o600


def test_keys_are_not_written_through_a_link(tmp_path):
    (tmp_path / "link").symlink_to(tmp_path / "elsewhere")

    with pytest.raises(SettingInvalid, match="keys can't be written"):
        write_keys(tmp_path / "link", [{"key": "bk_1"}])


def test_device_keeps_its_rights_when_keys_are_written_to_it(tmp_path):
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe, 0o666)
    pipe.chmod(0o666)
    reader = os.open(pipe, os.O_RDONLY | os.O_NONBLOCK)

    write_keys(pipe, [{"key": "bk_1"}])

    os.close(reader)
    assert stat.S_IMODE(pipe.stat().st_mode) == 0o666


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="needs Linux's /dev/full")
def test_file_is_named_when_keys_find_no_room():
    with pytest.raises(SettingInvalid, match="keys can't be written to /dev/full: No space left"):
        write_keys(Path("/dev/full"), [{"key": "bk_1"}])


def test_keys_of_before_stay_when_a_file_is_only_tried(tmp_path):
    path = tmp_path / "keys.jsonl"
    path.write_text("kept")

    check_writable(path)

    assert path.read_text() == "kept"
    with pytest.raises(SettingInvalid, match="keys can't be written"):
        check_writable(tmp_path)


def test_wallets_are_what_their_events_tell():
    plan = WalletPlan(20, 3, datetime(2026, 11, 21, tzinfo=UTC))
    found: dict[str, list[dict[str, object]]] = {name: [] for name in SHAPES}
    for row in wallet_rows(plan):
        found[row.table].append({name: plain_value(one) for name, one in row.item.items()})

    events = {event["ID"]: event["Data"] for event in found["PaymentEventsTable"]}
    assert len(events) == len(found["WalletsTable"]) == 20
    for wallet in found["WalletsTable"]:
        told = events[wallet["LastTxID"]]
        assert (told["user_id"], told["new_balance"], told["currency"], told["version"]) == (
            wallet["UserID"],
            wallet["Balance"],
            wallet["Currency"],
            wallet["Version"],
        )
    assert list(wallet_rows(plan)) == list(wallet_rows(plan))
