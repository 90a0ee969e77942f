"""The record of calls is read back from its files, whatever became of the edge that wrote them."""

import json
from pathlib import Path

import pytest

from harness.edge.record.reading import read_calls
from harness.errors import SettingInvalid


def line(operation: str) -> str:
    told = {"service": "dynamodb", "operation": operation, "started_at": "", "resource": "Wallets", "key": ""}
    return json.dumps(told) + "\n"


def operations(place: Path) -> list[str]:
    return [call["operation"] for call in read_calls(place)]


def test_parts_that_were_set_aside_come_first(tmp_path: Path) -> None:
    (tmp_path / "calls.2.jsonl").write_text(line("Second"))
    (tmp_path / "calls.10.jsonl").write_text(line("Tenth"))
    (tmp_path / "calls.jsonl").write_text(line("Last"))

    assert operations(tmp_path) == operations(tmp_path / "calls.jsonl") == ["Second", "Tenth", "Last"]


def test_unfinished_last_line_is_left_out(tmp_path: Path) -> None:
    (tmp_path / "calls.jsonl").write_text(line("PutItem") + line("GetItem")[:20])

    assert operations(tmp_path) == ["PutItem"]


def test_printed_calls_are_read_like_recorded_ones(tmp_path: Path) -> None:
    printed = {"calls": [json.loads(line("PutItem"))]}
    (tmp_path / "calls.json").write_text(json.dumps(printed, indent=2))

    assert operations(tmp_path / "calls.json") == ["PutItem"]


@pytest.mark.parametrize(
    ("content", "says"),
    [
        ('{"service": "dynamodb"}\n', r"calls\.jsonl, line 1 is no record of a call, it lacks operation, started_at"),
        ("[]\n", "line 1 is no record of a call"),
        (line("PutItem") + "nonsense\n" + line("GetItem"), "line 2 is no JSON"),
        ('{\n"calls": 1', "neither lines of JSON"),
    ],
)
def test_what_is_no_record_says_where(content: str, says: str, tmp_path: Path) -> None:
    (tmp_path / "calls.jsonl").write_text(content)

    with pytest.raises(SettingInvalid, match=says):
        operations(tmp_path)


def test_missing_record_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(SettingInvalid, match="no record of calls at"):
        operations(tmp_path / "none")
