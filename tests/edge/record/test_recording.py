"""A call leaves a record of who called what about which item, how it ended and what it cost."""

import asyncio
import json
from pathlib import Path
from typing import Any

import pytest

from harness.edge.call import Answer, Fate, Target
from harness.edge.correlation import executions
from harness.edge.record import CallQuery, Recorder, RecordOptions
from tests.edge.record.calls import CUT, RESET, answer, call, parts, pass_through, recorded

EXECUTION = "arn:aws:states:us-east-1:000000000000:execution:payment-flow:{}"
MACHINE = "arn:aws:states:us-east-1:000000000000:stateMachine:payment-flow"
NOT_MET = b'{"__type": "com.amazonaws.dynamodb.v20120810#ConditionalCheckFailedException", "message": "no"}'


def test_record_tells_everything_when_a_call_went_well() -> None:
    target = Target("payments-Wallets", "UserID=user-1")
    headers = ((b"x-amzn-RequestId", b"req-1"),)

    told = recorded(
        call("GetItem", target, body=b"12345", caller="wallet-service", trace="1-a"), answer(b"{} ", headers=headers)
    )

    del told["started_at"]
    assert told.pop("duration_ms") >= 0
    assert told == {
        "sequence": 1,
        "service": "dynamodb",
        "operation": "GetItem",
        "resource": "payments-Wallets",
        "key": "UserID=user-1",
        "caller": "wallet-service",
        "principal": None,
        "execution": "",
        "trace": "1-a",
        "account": "000000000000",
        "region": "us-east-1",
        "outcome": "ok",
        "status": 200,
        "error_code": "",
        "fate": "delivered",
        "fault": None,
        "bytes_in": 5,
        "bytes_out": 3,
        "read_units": None,
        "write_units": None,
        "request_id": "req-1",
        "method": "POST",
        "path": "/",
    }


@pytest.mark.parametrize(
    ("body", "headers", "code"),
    [
        (NOT_MET, (), "ConditionalCheckFailedException"),
        (b'{"code": "NotFound"}', (), "NotFound"),
        (b"{}", ((b"x-amzn-ErrorType", b"ResourceNotFound:http://internal.amazon.com/coral/"),), "ResourceNotFound"),
        (b'{"__type": "A#Inner"}', ((b"x-amzn-query-error", b"Outer;Sender"),), "Outer"),
        (b"<ErrorResponse><Error><Code>Throttling</Code></Error></ErrorResponse>", (), "Throttling"),
        (b"<Error>\n <Code> NoSuchKey </Code></Error>", (), "NoSuchKey"),
        (b"<Response><Errors><Error><Code>InvalidVpc</Code></Error></Errors></Response>", (), "InvalidVpc"),
        (b"", (), ""),
        (b"[1]", (), ""),
        (b'{"__type": 7}', (), ""),
        (b"\xff\xfe", (), ""),
    ],
)
def test_error_code_is_known_in_every_protocol(body: bytes, headers: Any, code: str) -> None:
    told = recorded(call(), answer(body, 400, headers=headers))

    assert (told["outcome"], told["error_code"]) == ("error", code)


@pytest.mark.parametrize(("fate", "name", "size"), [(RESET, "reset", 0), (CUT, "truncated", 3)])
def test_outcome_is_lost_when_the_answer_does_not_reach_the_client(fate: Fate, name: str, size: int) -> None:
    told = recorded(call(), answer(b"{     }", fate=fate))

    assert (told["outcome"], told["fate"], told["status"], told["bytes_out"]) == ("lost", name, 200, size)


def test_outcome_is_lost_when_a_room_fails() -> None:
    recorder = Recorder()

    with pytest.raises(RuntimeError):
        pass_through(recorder, call(), RuntimeError("no such part"))

    (told,) = recorder.calls.recent()
    assert (told["outcome"], told["fate"], told["error_code"], told["status"]) == ("lost", "none", "RuntimeError", 0)


def test_fault_is_recorded_when_one_fired() -> None:
    fault = {"id": "f-1", "kind": "error", "phase": "before"}

    assert recorded(call(marks={"fault": fault}), answer(NOT_MET, 400))["fault"] == fault


def test_further_targets_are_listed_up_to_a_bound_when_there_are_many() -> None:
    told = recorded(call("BatchGetItem", *(Target("T", f"ID={number}") for number in range(100))))

    assert (told["key"], len(told["targets"]), told["targets_left_out"]) == ("ID=0", 25, 75)


def test_card_numbers_are_taken_out_of_keys_and_paths() -> None:
    told = recorded(call("GetItem", Target("Cards", "Number=4242424242424242"), path="/cards/4242-4242-4242-4242"))

    assert (told["key"], told["path"]) == ("Number=[card number]", "/cards/[card number]")


def test_size_is_the_declared_one_when_a_body_is_not_held() -> None:
    assert recorded(call(body=None, headers=((b"content-length", b"70000000"),)))["bytes_in"] == 70_000_000


def test_line_is_json_when_a_client_sends_half_a_character() -> None:
    half = "\ud800"
    recorder = Recorder()
    pass_through(recorder, call("GetItem", Target(half, f"ID={half}"), marks={"fault": {"id": 2**70}}), answer())

    (kept,) = recorder.calls.matching(CallQuery())
    told = json.loads(kept.line())
    assert (told["resource"], told["fault"]["id"], told["started_at"][:2]) == (half, 2**70, "20")


def test_execution_is_bound_when_its_start_is_answered() -> None:
    arn = EXECUTION.format("bound-1")

    told = recorded(
        call("StartExecution", service="states", trace="1-bound"), answer(json.dumps({"executionArn": arn}).encode())
    )

    assert told["execution"] == executions.of("1-bound") == arn


def test_execution_is_bound_when_the_answer_to_its_start_was_replaced() -> None:
    start = call(
        *("StartExecution",),
        service="states",
        trace="1-replaced",
        execution="replaced-1",
        body=json.dumps({"stateMachineArn": MACHINE, "name": "replaced-1"}).encode(),
        marks={"fault": {"id": "f-1", "kind": "error", "phase": "after"}},
    )

    assert recorded(start, answer(b"{}", 500))["execution"] == EXECUTION.format("replaced-1")
    assert executions.of("1-replaced") == EXECUTION.format("replaced-1")


def test_execution_is_named_but_not_bound_when_its_start_was_refused() -> None:
    start = call("StartExecution", service="states", trace="1-refused", execution="refused-1")

    assert recorded(start, answer(NOT_MET, 400))["execution"] == "refused-1"
    assert executions.of("1-refused") == ""


def test_streamed_answer_is_recorded_when_it_has_ended() -> None:
    recorder = Recorder()
    streamed = Answer(200, [], b"1", parts(b"22", b"333"))

    async def deliver() -> None:
        async def proceed(_: object) -> Answer:
            return streamed

        given = await recorder.handle(call(service="s3"), proceed)
        assert recorder.calls.recent() == []
        assert given.rest is not None
        assert [part async for part in given.rest] == [b"22", b"333"]

    asyncio.run(deliver())

    (told,) = recorder.calls.recent()
    assert (told["bytes_out"], told["outcome"]) == (6, "ok")


def test_streamed_answer_is_lost_when_the_client_leaves_before_its_end() -> None:
    recorder = Recorder()

    async def leave() -> None:
        async def proceed(_: object) -> Answer:
            return Answer(200, [], b"1", parts(b"22", b"333"))

        given = await recorder.handle(call(service="s3"), proceed)
        rest: Any = given.rest
        await anext(rest)
        await rest.aclose()

    asyncio.run(leave())

    (told,) = recorder.calls.recent()
    assert (told["bytes_out"], told["outcome"], told["fate"]) == (3, "lost", "truncated")


def test_every_call_is_in_the_file_when_the_edge_has_stopped(tmp_path: Path) -> None:
    path = tmp_path / "artifacts" / "calls.jsonl"
    recorder = Recorder(RecordOptions(file=path))

    async def run() -> None:
        async def proceed(_: object) -> Answer:
            return answer()

        await recorder.start()
        for number in range(300):
            await recorder.handle(call("PutItem", Target("T", f"ID={number}")), proceed)
        await recorder.stop()

    asyncio.run(run())

    lines = [json.loads(line) for line in path.read_text().splitlines()]
    assert [line["sequence"] for line in lines] == list(range(1, 301))
    assert lines[7]["key"] == "ID=7"
