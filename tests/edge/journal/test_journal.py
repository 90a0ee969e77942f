"""The journal writes before it returns, tells what it lost, and answers who asks."""

import asyncio
import resource
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import httpx
import pytest
from starlette.applications import Starlette

from harness.edge.changes import Cause, Change, Changes
from harness.edge.journal import Journal, JournalRoom, verify
from harness.edge.journal.index import FOREVER
from harness.edge.journal.keys import fits, identity, text
from tests.edge.journal.histories import HERE, Told, told_in


@contextmanager
def no_room_beyond(size: int) -> Iterator[None]:
    """Let no file of this process grow beyond `size` bytes."""
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, before[1]))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)


def size_of(directory: Path) -> int:
    return max(path.stat().st_size for path in directory.glob("segment-*.jsonl"))


def ask(journal: Journal, query: str) -> httpx.Response:
    async def get() -> httpx.Response:
        application = Starlette(routes=JournalRoom(journal).routes())
        transport = httpx.ASGITransport(application)
        async with httpx.AsyncClient(transport=transport, base_url="http://edge") as http:
            return await http.get(f"/_rehearsal/journal{query}")

    return asyncio.run(get())


def only(told: Told, table: str) -> Any:
    generation = told.journal.table(HERE, table)
    assert generation is not None
    return generation


def test_change_is_on_disk_when_the_publisher_goes_on(tmp_path: Path) -> None:
    told = told_in(tmp_path)

    told.write("Wallets", ("a", 1))

    assert '"a"' in next(tmp_path.glob("segment-*.jsonl")).read_text()


def test_gap_is_told_and_written_down_when_the_disk_is_full(tmp_path: Path) -> None:
    told = told_in(tmp_path)
    told.write("Wallets", ("a", 1))
    told.clock.advance(10)
    with no_room_beyond(size_of(tmp_path) + 100):
        told.write("Wallets", ("a", 2))
        told.write("Wallets", ("a", 3))

    table = only(told, "Wallets")
    assert table.gaps == [[1_000_010.0, FOREVER]]
    assert told.journal.describe()["lost_changes"] == 2
    assert told.journal.describe()["broken_tables"] == ["Wallets"]
    told.clock.advance(10)
    told.write("Wallets", ("a", 4))
    assert verify(tmp_path).whole
    again = told_in(tmp_path)
    assert only(again, "Wallets").gaps == [[1_000_010.0, FOREVER]]


def test_owner_is_asked_for_a_baseline_when_there_is_room_again(tmp_path: Path) -> None:
    told = told_in(tmp_path)
    asked: list[str] = []
    told.journal.when_broken(lambda table: asked.append(table.table))
    told.write("Wallets", ("a", 1))
    with no_room_beyond(size_of(tmp_path) + 50):
        told.write("Wallets", ("a", 2), ("b", 2))
    assert asked == []

    told.clock.advance(10)
    told.write("Wallets", ("a", 3))
    table = only(told, "Wallets")
    told.journal.set_baseline(table, ["UserID"], told.now["Wallets"].values())

    assert asked == ["Wallets"]
    assert table.gaps == [[1_000_000.0, 1_000_010.0]]
    assert told.held("Wallets", told.journal.here()) == told.now["Wallets"]


def test_table_begins_anew_when_it_is_deleted_and_made_again() -> None:
    told = told_in()
    told.write("Wallets", ("a", 1))
    told.clock.advance(10)
    told.delete_table("Wallets")
    told.write("Wallets", ("b", 2))

    assert told.held("Wallets", told.journal.here()) == told.now["Wallets"]
    assert only(told, "Wallets").made_at_s == 1_000_010.0


def test_past_before_the_snapshot_is_gone_when_segments_were_folded(tmp_path: Path) -> None:
    told = told_in(tmp_path, bytes_max=4000, segments=2)
    for second in range(60):
        told.write("Wallets", ("abcd"[second % 4], second))
        told.clock.advance(1)

    from_s = told.journal.restorable_from_s(only(told, "Wallets"))
    assert from_s is not None
    assert from_s > 1_000_000.0
    assert told.held("Wallets", told.journal.at(from_s + 1)) == told.expected("Wallets", from_s + 1)
    assert sum(path.stat().st_size for path in tmp_path.glob("segment-*.jsonl")) < 6500
    assert verify(tmp_path).whole


def test_segments_are_folded_beside_when_an_event_loop_runs(tmp_path: Path) -> None:
    told = told_in(tmp_path, bytes_max=4000, segments=2)

    async def write_much() -> None:
        for second in range(60):
            told.write("Wallets", ("abcd"[second % 4], second))
            await asyncio.sleep(0)
        await told.journal.close()

    asyncio.run(write_much())

    assert list(tmp_path.glob("snapshot-*.jsonl"))
    again = told_in(tmp_path)
    assert again.held("Wallets", again.journal.here()) == told.now["Wallets"]


def test_one_namespace_is_forgotten_when_only_it_is_reset() -> None:
    told = told_in()
    told.write("Wallets", ("a", 1))
    elsewhere = type(HERE)("111111111111", "us-east-1")
    change = Change({"UserID": {"S": "b"}}, None, {"UserID": {"S": "b"}})
    told.feed.publish(Changes(elsewhere, "Wallets", 1_000_000.0, (change,), Cause("PutItem")))

    told.journal.forget(elsewhere)

    assert [table.namespace for table in told.journal.tables()] == [HERE]
    told.journal.forget(None)
    assert told.journal.tables() == []


def test_item_has_one_identity_when_its_number_is_written_otherwise() -> None:
    assert identity({"PK": {"N": "10"}}) == identity({"PK": {"N": "1E+1"}}) == identity({"PK": {"N": "10.0"}})
    assert identity({"PK": {"N": "10"}}) != identity({"PK": {"S": "10"}})
    long = "1" * 38
    assert identity({"PK": {"N": long}}) != identity({"PK": {"N": f"{long[:-1]}2"}})
    assert identity({"PK": {"N": "-0"}}) == identity({"PK": {"N": "0.0"}})
    assert identity({"PK": {"N": "1E9999999"}}) != identity({"PK": {"N": "1E9999998"}})


def test_items_keep_apart_when_one_text_holds_what_stands_between_two() -> None:
    one = {"PK": {"S": "a\0SK\0S\0b"}, "SK": {"S": "c"}}
    other = {"PK": {"S": "a"}, "SK": {"S": "b\0SK\0S\0c"}}
    assert identity(one) != identity(other)


def test_old_table_is_nobody_when_everything_was_forgotten_meanwhile() -> None:
    told = told_in()
    told.write("Wallets", ("a", 1))
    old = only(told, "Wallets")
    told.journal.forget(None)
    told.now.clear()
    told.write("Payments", ("b", 2))
    told.journal.set_baseline(old, ["UserID"], [{"UserID": {"S": "a"}}])

    assert told.held("Payments", told.journal.here()) == told.now["Payments"]


@pytest.mark.parametrize(
    ("pattern", "fit"),
    [("PK=a,SK=1", True), ("a,1", True), ("a,*", True), ("PK=a,*", True), ("a", False), ("SK=1", False)],
)
def test_key_fits_when_all_of_it_or_its_values_do(pattern: str, fit: bool) -> None:
    key = {"SK": {"N": "1"}, "PK": {"S": "a"}}

    assert text(key, ("PK", "SK")) == "PK=a,SK=1"
    assert fits(pattern, key, ("PK", "SK")) is fit


def test_history_of_an_item_is_told_when_it_is_asked_for() -> None:
    told = told_in()
    told.write("Wallets", ("a", 1), ("b", 1))
    told.clock.advance(5)
    told.write("Wallets", ("a", 2))

    answer = ask(told.journal, "?table=Wallets&key=a").json()

    assert [one["key_text"] for one in answer["changes"]] == ["UserID=a", "UserID=a"]
    assert answer["changes"][1]["before"]["Amount"] == {"N": "1"}
    assert answer["changes"][1]["after"]["Amount"] == {"N": "2"}
    assert answer["changes"][1]["at"] == "1970-01-12T13:46:45.000+00:00"
    since = ask(told.journal, "?table=Wallets&since=1970-01-12T13:46:42").json()
    assert len(since["changes"]) == 1
    assert ask(told.journal, "").json()["tables"][0]["table"] == "Wallets"


@pytest.mark.parametrize(
    ("query", "status", "words"),
    [
        ("?table=Nothing", 404, "only: Wallets"),
        ("?table=Wallets&limit=0", 400, "whole number from 1 up"),
        ("?table=Wallets&since=yesterday", 400, "ISO 8601"),
        ("?key=a", 400, "only be asked with a table"),
        ("?tabel=Wallets", 400, "can't be asked by tabel"),
    ],
)
def test_journal_refuses_in_words_when_the_question_makes_no_sense(query: str, status: int, words: str) -> None:
    told = told_in()
    told.write("Wallets", ("a", 1))

    answer = ask(told.journal, query)

    assert answer.status_code == status
    assert words in answer.json()["error"]["message"]


def test_write_goes_on_when_a_snapshot_is_damaged(tmp_path: Path) -> None:
    told = told_in(tmp_path, bytes_max=2000, segments=2)
    for second in range(40):
        told.write("Wallets", ("a", second))
    (snapshot,) = tmp_path.glob("snapshot-*.jsonl")
    snapshot.write_bytes(b"x" + snapshot.read_bytes()[1:])

    again = told_in(tmp_path)
    again.write("Wallets", ("a", 1))

    assert "recovered" in again.journal.describe()
    assert list(tmp_path.glob("snapshot-*.damaged"))
    assert again.held("Wallets", again.journal.here())["a"]["Amount"] == {"N": "1"}


def test_table_is_known_after_a_crash_when_its_making_could_only_be_written_late(tmp_path: Path) -> None:
    told = told_in(tmp_path)
    told.write("Wallets", ("a", 1))
    with no_room_beyond(size_of(tmp_path) + 20):
        told.delete_table("Payments")
        told.clock.advance(3)
        told.delete_table("Events")
    told.clock.advance(3)
    told.write("Wallets", ("a", 2))
    told.write("Payments", ("p", 1))

    again = told_in(tmp_path)

    assert {table.table for table in again.journal.tables()} == {"Wallets", "Payments", "Events"}
    assert again.held("Payments", again.journal.here()) == told.now["Payments"]
    assert again.held("Wallets", told.journal.at(1_000_004)) == told.expected("Wallets", 1_000_004)
    assert verify(tmp_path).whole
