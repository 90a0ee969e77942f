"""The embedded engine tells of every change of an item as it was, and of nothing that did not happen."""

import json
import subprocess
import sys
from pathlib import Path
from typing import Any


def told(what: str, tmp_path: Path) -> list[dict[str, Any]]:
    done = subprocess.run(
        [sys.executable, "-m", "tests.targets.engine_changes", what, str(tmp_path)],
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return [json.loads(line) for line in done.stdout.splitlines()]


def test_every_write_is_told_once_with_its_images_when_items_change(tmp_path: Path) -> None:
    lines = told("write", tmp_path)

    def item(name: str, **more: Any) -> dict[str, Any]:
        return {"ID": {"S": name}, **more}

    one, five = {"N": {"N": "1"}}, {"N": {"N": "5"}}
    assert [(line["operation"], line["account"][0], line["changes"]) for line in lines if "changes" in line] == [
        ("PutItem", "0", [["a", None, item("a", **one)]]),
        ("UpdateItem", "0", [["a", item("a", **one), item("a", **five)]]),
        ("DeleteItem", "0", [["a", item("a", **five), None]]),
        ("BatchWriteItem", "0", [["b", None, item("b")], ["c", None, item("c")]]),
        ("TransactWriteItems", "0", [["d", None, item("d")], ["b", item("b"), None]]),
        ("ExecuteStatement", "0", [["e", None, item("e", X={"N": "1"})]]),
        ("PutItem", "1", [["a", None, item("a")]]),
    ]
    assert [line["code"] for line in lines if "refused" in line] == [
        "ConditionalCheckFailedException",
        "TransactionCanceledException",
        "TransactionCanceledException",
    ]
    assert [line["operation"] for line in lines if line.get("transaction")] == ["TransactWriteItems"]


def test_tables_that_come_and_go_are_told_when_they_do(tmp_path: Path) -> None:
    lines = told("write", tmp_path)

    assert [(line["account"][0], line["event"]) for line in lines if "event" in line] == [
        ("0", "created"),
        ("1", "created"),
        ("0", "deleted"),
    ]


def test_table_is_told_as_another_when_one_is_put_in_its_place(tmp_path: Path) -> None:
    assert [line["event"] for line in told("replace", tmp_path)] == ["created", "deleted", "created"]


def test_expired_item_is_deleted_as_by_the_system_when_it_was_not_renewed(tmp_path: Path) -> None:
    lines = told("expire", tmp_path)

    assert [line["deleted"] for line in lines if "deleted" in line] == [True, False, False]
    (removal,) = [line for line in lines if line.get("system")]
    assert removal["changes"] == [["old", {"ID": {"S": "old"}, "Ends": {"N": "10"}}, None]]
    (identities,) = [line["identities"] for line in lines if "identities" in line]
    assert identities == [None, None, {"type": "Service", "principalId": "dynamodb.amazonaws.com"}]


def test_both_ways_into_the_engine_answer_alike_when_asked_the_same(tmp_path: Path) -> None:
    for line in told("compare", tmp_path):
        short, long = line["ways"]
        assert short == long, line["operation"]
