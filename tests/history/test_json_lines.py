"""Histories survive being written and read, and what is not one is refused with its line."""

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from harness.history import FinalReads, History, HistoryUnreadable, Operation, from_json_lines, to_json_lines
from tests.checkers.story import whole_story

TEXTS = st.text(max_size=8)
VALUES = st.dictionaries(TEXTS, st.one_of(TEXTS, st.integers(), st.none(), st.lists(TEXTS, max_size=3)), max_size=3)
TIMES = st.floats(min_value=0, max_value=1e6, allow_nan=False)
OPERATIONS = st.builds(
    Operation,
    index=st.integers(0, 99),
    process=st.integers(0, 99),
    action=TEXTS,
    subject=TEXTS,
    invoked_at_s=TIMES,
    value=VALUES,
    completed_at_s=st.none() | TIMES,
    outcome=st.sampled_from(["ok", "fail", "info"]),
    status_code=st.none() | st.integers(100, 599),
    result=VALUES,
    error=TEXTS,
)


def test_history_is_equal_when_read_back() -> None:
    history = whole_story().history()

    assert from_json_lines(to_json_lines(history)) == history


@given(operations=st.lists(OPERATIONS, max_size=4), seed=st.none() | st.integers(), name=TEXTS)
def test_any_history_is_equal_when_read_back(operations: list[Operation], seed: int | None, name: str) -> None:
    history = History(tuple(operations), seed=seed, name=name)

    assert from_json_lines(to_json_lines(history)) == history


def test_unread_and_empty_finals_stay_apart_when_read_back() -> None:
    history = History(finals=FinalReads(payments=(), ledger=None))

    read = from_json_lines(to_json_lines(history)).finals

    assert (read.payments, read.ledger) == ((), None)


def test_every_line_is_one_json_object_when_written() -> None:
    lines = to_json_lines(whole_story().history()).splitlines()

    kinds = [json.loads(line)["line"] for line in lines]
    assert kinds[0] == "history"
    assert set(kinds[1:]) == {"operation", "payment", "wallet", "event", "ledger", "execution"}


HEAD: dict[str, Any] = {"line": "history", "format": 1, "read": ["payment"]}


@pytest.mark.parametrize(
    ("lines", "says"),
    [
        ([], "line 1 is not the history's own"),
        ([{"line": "operation"}], "line 1 is not the history's own"),
        ([{**HEAD, "format": 2}], "format 2, expected 1"),
        ([HEAD, {"line": "wallet"}], "line 2 is of kind 'wallet'"),
        ([HEAD, {"line": "operation", "colour": "red"}], "line 2 has unknown fields colour"),
        ([HEAD, {"line": "operation", "index": 1}], "line 2 lacks a field"),
        ([HEAD, []], "line 2 holds list, expected an object"),
    ],
)
def test_reading_refuses_when_a_line_is_not_a_history_s(lines: list[Any], says: str) -> None:
    with pytest.raises(HistoryUnreadable, match=says):
        from_json_lines("\n".join(json.dumps(line) for line in lines))


def test_reading_refuses_when_a_line_is_not_json() -> None:
    with pytest.raises(HistoryUnreadable, match="line 2 is not JSON"):
        from_json_lines(json.dumps(HEAD) + "\n{")
