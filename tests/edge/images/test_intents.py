"""What was under way when an edge died is known to the next one, wherever its file was cut off."""

import asyncio
from pathlib import Path
from typing import Any

import pytest

from harness.edge.call import Namespace
from harness.edge.changes import ChangeFeed, Changes
from harness.edge.clock import EdgeClock
from harness.edge.images import Images, IntentFile, intents
from harness.edge.tables import Tables
from tests.edge.images.engine import NAMESPACE, Engine

ALICE, BOB, CAROL = ({"PK": {"S": name}} for name in ("alice", "bob", "carol"))


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "intents" / "under-way"


def left_by(path: Path) -> list[Any]:
    return [(table, item) for _, _, table, item in IntentFile(path).left_over()]


def test_only_what_was_under_way_is_left_when_an_edge_died(path: Path) -> None:
    file = IntentFile(path)
    file.end(file.begin(NAMESPACE, [("Wallets", ALICE)]))
    file.begin(NAMESPACE, [("Wallets", BOB), ("Events", CAROL)])

    assert left_by(path) == [("Wallets", BOB), ("Events", CAROL)]
    assert left_by(path) == [("Wallets", BOB), ("Events", CAROL)]  # the next may die before it reads them
    ending = IntentFile(path)
    for intent, *_ in ending.left_over():
        ending.end(intent)
    ending.close()
    assert left_by(path) == []


def test_nothing_is_left_when_an_edge_died_after_its_last_write(path: Path) -> None:
    file = IntentFile(path)
    first, second = (file.begin(NAMESPACE, [("Wallets", item)]) for item in (ALICE, BOB))
    file.end(first)
    file.end(second)

    assert left_by(path) == []


def test_nothing_is_left_when_an_edge_ended_well(path: Path) -> None:
    file = IntentFile(path)
    file.end(file.begin(NAMESPACE, [("Wallets", ALICE)]))
    file.close()

    assert path.read_bytes() == b""


def test_what_never_ended_is_left_when_an_edge_ended_in_doubt(path: Path) -> None:
    file = IntentFile(path)
    doubtful = file.begin(NAMESPACE, [("Wallets", ALICE)])
    file.end(file.begin(NAMESPACE, [("Wallets", BOB)]))
    file.close()

    assert left_by(path) == [("Wallets", ALICE)]
    assert doubtful == 1


def test_whole_lines_are_read_when_the_file_is_cut_off_anywhere(path: Path) -> None:
    file = IntentFile(path)
    for item in (ALICE, BOB, CAROL):
        file.begin(NAMESPACE, [("Wallets", item)])
    content = path.read_bytes()
    lines = content.splitlines(keepends=True)

    for cut in range(len(content) + 1):
        path.write_bytes(content[:cut])
        whole = sum(len(b"".join(lines[:number])) <= cut for number in range(1, 4))
        assert left_by(path) == [("Wallets", item) for item in (ALICE, BOB, CAROL)[:whole]]


def test_file_stays_small_when_many_writes_pass(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(intents, "EMPTIED_FROM_BYTES", 1000)
    file = IntentFile(path)
    for _ in range(200):
        file.end(file.begin(NAMESPACE, [("Wallets", ALICE)]))

    assert path.stat().st_size < 1200


def test_keys_of_real_accounts_are_never_written_down(path: Path) -> None:
    IntentFile(path).begin(Namespace("1", "eu-west-1", "AKIAIOSFODNN7EXAMPLE"), [("Wallets", ALICE)])

    assert b"AKIA" not in path.read_bytes()
    assert path.stat().st_mode & 0o077 == 0


def test_edge_tells_what_is_there_when_an_earlier_one_died_in_a_write(path: Path) -> None:
    IntentFile(path).begin(NAMESPACE, [("Wallets", ALICE), ("Gone", BOB)])
    engine, feed, told = Engine("Wallets"), ChangeFeed(), list[Changes]()
    feed.listen(told.append)
    engine.tables["Wallets"]["alice"] = {**ALICE, "V": {"S": "1"}}

    async def story() -> None:
        room = Images(engine, Tables(engine), feed, EdgeClock(), IntentFile(path))
        await room.start()
        await room.stop()

    asyncio.run(story())

    assert [(changes.table, changes.changes[0].after) for changes in told] == [("Wallets", {**ALICE, "V": {"S": "1"}})]
    assert path.read_bytes() == b""
