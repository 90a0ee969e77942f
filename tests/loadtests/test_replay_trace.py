"""A trace is what an application asked for: in order, without its SDK's second attempts."""

from pathlib import Path

import orjson
import pytest

from harness.errors import SettingInvalid
from loadtests.replay import trace as traces
from loadtests.replay.trace import read_trace, trace_of
from tests.loadtests.recorded import recorded

WALLET = ("Wallets", "UserID=u1")


def test_calls_come_in_the_order_of_their_beginning_when_they_ended_in_another() -> None:
    trace = trace_of([recorded("PutItem", WALLET, at_s=3.5), recorded("GetItem", WALLET, at_s=1.0)])

    assert [(call.operation, call.at_s) for call in trace.calls] == [("GetItem", 0.0), ("PutItem", 2.5)]
    assert trace.length_s == 2.5
    assert trace.tables == ("Wallets",)


@pytest.mark.parametrize(
    ("record", "why"),
    [
        (recorded("SendMessage", WALLET, service="sqs"), "of other services"),
        (recorded("DescribeTable", ("Wallets", "")), "that read and write no items"),
        (recorded("PutItem", WALLET, outcome="lost"), "throttled or failed attempts"),
        (
            recorded("PutItem", WALLET, outcome="error", status=400, error_code="ThrottlingException"),
            "throttled or failed attempts",
        ),
        (
            recorded(
                "PutItem", WALLET, outcome="error", status=400, error_code="ProvisionedThroughputExceededException"
            ),
            "throttled or failed attempts",
        ),
        (recorded("PutItem", WALLET, outcome="error", status=500, error_code="X"), "throttled or failed attempts"),
        (
            recorded("PutItem", WALLET, outcome="error", status=400, error_code="ValidationException"),
            "refused as invalid",
        ),
        (recorded("PutItem", ("Wallets", "")), "without a known key"),
        (recorded("Query", ("Wallets", "")), "without a known key"),
        (recorded("Query"), "without a known table"),
    ],
)
def test_call_is_left_out_with_a_reason_when_it_can_not_be_played(record: dict[str, object], why: str) -> None:
    trace = trace_of([record])

    assert trace.calls == ()
    assert trace.left_out == {why: 1}


def test_failed_condition_is_played_when_it_was_recorded() -> None:
    failed = recorded("PutItem", WALLET, outcome="error", status=400, error_code="ConditionalCheckFailedException")

    assert len(trace_of([failed]).calls) == 1


def test_summary_tells_what_is_played_and_what_is_not() -> None:
    trace = trace_of([recorded("GetItem", WALLET), recorded("GetItem", WALLET, at_s=2.0), recorded("Query")])

    assert trace.summary() == "2 calls in 2s: 2 GetItem; left out: 1 without a known table"


def test_trace_is_read_with_its_parts_when_a_folder_is_named(tmp_path: Path) -> None:
    for name, second in (("calls.1.jsonl", 1.0), ("calls.2.jsonl", 2.0), ("calls.10.jsonl", 3.0), ("calls.jsonl", 4.0)):
        (tmp_path / name).write_bytes(orjson.dumps(recorded("GetItem", ("T", f"ID={name}"), at_s=second)) + b"\n")
    with (tmp_path / "calls.jsonl").open("ab") as file:
        file.write(b'{"operation": "GetI')  # the edge was killed here

    trace = read_trace(tmp_path)

    assert [call.at_s for call in trace.calls] == [0.0, 1.0, 2.0, 3.0]
    assert trace.calls[0].items == (("T", "ID=calls.1.jsonl"),)


def test_trace_is_read_when_the_command_line_printed_it(tmp_path: Path) -> None:
    file = tmp_path / "trace.json"
    file.write_bytes(orjson.dumps({"calls": [recorded("GetItem", WALLET)]}, option=orjson.OPT_INDENT_2) + b"\n")

    assert len(read_trace(file).calls) == 1


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("nonsense\n", "line 1 is no JSON"),
        ('{"a": 1}\n', "line 1 is no record of a call"),
        ('{\n "calls": 5', "neither lines of JSON nor"),
        ("", "no DynamoDB call to replay"),
    ],
)
def test_file_is_refused_when_it_is_no_record(tmp_path: Path, text: str, words: str) -> None:
    file = tmp_path / "calls.jsonl"
    file.write_text(text)

    with pytest.raises(SettingInvalid, match=words):
        read_trace(file)


def test_folder_is_refused_when_it_holds_no_record(tmp_path: Path) -> None:
    with pytest.raises(SettingInvalid, match=r"no record of calls at .*, expected calls\.jsonl"):
        read_trace(tmp_path)


def test_trace_is_refused_when_it_is_too_long(monkeypatch) -> None:
    monkeypatch.setattr(traces, "CALLS_MAX", 2)

    with pytest.raises(SettingInvalid, match="more than 2 DynamoDB calls"):
        trace_of([recorded("GetItem", WALLET)] * 3)
