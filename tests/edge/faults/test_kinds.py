"""Every kind of fault bites before and after the effect, and heals; each shown on an edge without a port."""

import asyncio
import json
import zlib
from typing import Any

import pytest

from tests.edge.faults.stage import OTHER_WALLET, WALLET, Stage, answer_lost, worker

ON_WALLETS = {"service": "dynamodb", "resource": "Wallets"}


@pytest.fixture
def stage() -> Stage:
    return Stage()


@pytest.mark.parametrize("phase", ["before", "after"])
def test_error_is_the_modelled_one_when_it_bites_and_ends_when_healed(stage: Stage, phase: str) -> None:
    fault = stage.set(kind="error", error="InternalServerError", phase=phase, match=ON_WALLETS)

    answer = stage.call("UpdateItem")

    assert (answer.status_code, answer.json()["__type"].rpartition("#")[2]) == (500, "InternalServerError")
    assert len(stage.upstream.calls) == (1 if phase == "after" else 0)
    assert stage.fired()[0]["effect"] is (phase == "after")
    stage.heal(fault)
    assert stage.call("UpdateItem").status_code == 200


def test_throttle_tells_its_reason_and_table_when_the_rule_gives_none(stage: Stage) -> None:
    stage.set(kind="error", error="ProvisionedThroughputExceededException", match=ON_WALLETS)

    (reason,) = stage.call("UpdateItem").json()["ThrottlingReasons"]

    assert reason["reason"] == "TableWriteProvisionedThroughputExceeded"
    assert reason["resource"].endswith(":table/payments-Wallets")


def test_throttle_tells_the_reasons_of_the_rule_when_it_has_some(stage: Stage) -> None:
    reasons = ["TableReadMaxOnDemandThroughputExceeded"]
    stage.set(kind="error", error="ThrottlingException", reasons=reasons, match=ON_WALLETS)

    told = stage.call("GetItem").json()

    assert [one["reason"] for one in told["throttlingReasons"]] == reasons


def transaction(*items: Any) -> dict[str, Any]:
    return {"TransactItems": [{"Update": {**item, "UpdateExpression": "ADD Balance :b"}} for item in items]}


def test_cancelled_transaction_blames_the_item_that_matched_when_one_reason_is_given(stage: Stage) -> None:
    stage.set(
        kind="error",
        error="TransactionCanceledException",
        reasons=["ThrottlingError"],
        match={**ON_WALLETS, "operation": "TransactWriteItems", "key": "user-1"},
    )

    answer = stage.call("TransactWriteItems", transaction(OTHER_WALLET, WALLET))

    codes = [reason["Code"] for reason in answer.json()["CancellationReasons"]]
    assert (answer.status_code, codes) == (400, ["None", "ThrottlingError"])


def test_error_carries_its_fields_when_the_rule_gives_them(stage: Stage) -> None:
    item = {"Balance": {"N": "5"}}
    match = {"operation": "PutItem"}
    stage.set(kind="error", error="ConditionalCheckFailedException", fields={"Item": item}, match=match)

    answer = stage.call("PutItem", {"TableName": "payments-Wallets", "Item": {"UserID": {"S": "user-1"}}})

    assert answer.json()["Item"] == item


def test_error_that_no_model_has_is_sent_when_the_rule_gives_its_status(stage: Stage) -> None:
    stage.set(kind="error", error="MadeUp", status=418, message="as told", match=ON_WALLETS)

    answer = stage.call()

    assert (answer.status_code, answer.json()["message"]) == (418, "as told")


def test_error_misses_calls_that_never_fail_like_that_when_the_match_is_wide(stage: Stage) -> None:
    fault = stage.set(kind="error", error="TransactionCanceledException", match={"service": "dynamodb"})

    assert stage.call("GetItem").status_code == 200
    assert stage.call("TransactWriteItems", transaction(WALLET)).status_code == 400
    state = stage.state(fault)
    assert (state["seen"], state["fired"], state["missed"]) == (2, 1, 1)
    assert "GetItem has no error" in state["missed_why"]


@pytest.mark.parametrize("phase", ["before", "after"])
def test_latency_delays_the_call_and_ends_when_healed(stage: Stage, phase: str) -> None:
    fault = stage.set(kind="latency", delay_ms=60_000, phase=phase, match=ON_WALLETS)

    async def call_and_heal() -> tuple[bool, int, int]:
        calling = asyncio.create_task(stage.calling())
        while not stage.faults.board.fired():
            await asyncio.sleep(0)
        was_held, reached = not calling.done(), len(stage.upstream.calls)
        stage.faults.board.remove(stage.faults.board.rules())
        return was_held, reached, (await calling).status_code

    assert asyncio.run(call_and_heal()) == (True, 1 if phase == "after" else 0, 200)
    assert stage.fired(fault=fault)[0]["kind"] == "latency"
    assert len(stage.upstream.calls) == 1


def test_latency_lasts_as_long_as_the_rule_says(stage: Stage) -> None:
    stage.set(kind="latency", delay_ms=30, match=ON_WALLETS)

    assert stage.call().elapsed.total_seconds() >= 0.029


@pytest.mark.parametrize("phase", ["before", "after"])
def test_hang_holds_the_call_and_resets_it_when_healed(stage: Stage, phase: str) -> None:
    stage.set(kind="hang", phase=phase, match=ON_WALLETS)

    async def call_and_heal() -> bool:
        calling = asyncio.create_task(stage.calling())
        while not stage.faults.board.fired():
            await asyncio.sleep(0)
        was_held = not calling.done()
        stage.faults.board.remove(stage.faults.board.rules())
        with answer_lost():
            await calling
        return was_held

    assert asyncio.run(call_and_heal())
    assert len(stage.upstream.calls) == (1 if phase == "after" else 0)
    assert stage.call().status_code == 200


def test_hang_ends_in_a_reset_when_its_time_is_over(stage: Stage) -> None:
    stage.set(kind="hang", delay_ms=10, match=ON_WALLETS)

    with answer_lost():
        stage.call()


@pytest.mark.parametrize("kind", ["reset", "truncate"])
@pytest.mark.parametrize("phase", ["before", "after"])
def test_answer_is_lost_and_comes_again_when_healed(stage: Stage, kind: str, phase: str) -> None:
    fault = stage.set(kind=kind, phase=phase, match=ON_WALLETS)

    with answer_lost():
        stage.call("UpdateItem")

    assert len(stage.upstream.calls) == (1 if phase == "after" else 0)
    stage.heal(fault)
    assert stage.call("UpdateItem").status_code == 200


@pytest.mark.parametrize("phase", ["before", "after"])
def test_corrupt_body_is_no_json_and_fails_its_checksum_when_it_bites(stage: Stage, phase: str) -> None:
    fault = stage.set(kind="corrupt", phase=phase, match=ON_WALLETS)

    answer = stage.call()

    assert answer.status_code == (200 if phase == "after" else 500)
    assert int(answer.headers["x-amz-crc32"]) != zlib.crc32(answer.content)
    with pytest.raises(json.JSONDecodeError):
        answer.json()
    stage.heal(fault)
    assert stage.call().json() == {"engine": True}


def test_corrupt_misses_when_the_answer_has_no_body(stage: Stage) -> None:
    fault = stage.set(kind="corrupt", phase="after", match={"service": "sqs"})
    stage.upstream.answer = None

    assert stage.call("DeleteMessage", {}, service="sqs").status_code == 200
    assert stage.state(fault)["missed_why"] == "the answer has no body"


def writes(*users: str) -> dict[str, Any]:
    puts = [{"PutRequest": {"Item": {"UserID": {"S": user}}}} for user in users]
    return {"RequestItems": {"payments-Wallets": puts}}


def users_of(items: Any) -> list[str]:
    puts = items.get("payments-Wallets", [])
    return [put["PutRequest"]["Item"]["UserID"]["S"] for put in puts]


def test_items_are_left_when_a_batch_write_meets_unprocessed(stage: Stage) -> None:
    fault = stage.set(kind="unprocessed", keep=1, match={"operation": "BatchWriteItem"})
    stage.upstream.answer = {"UnprocessedItems": {}}

    answer = stage.call("BatchWriteItem", writes("a", "b", "c"))

    assert users_of(answer.json()["UnprocessedItems"]) == ["b", "c"]
    assert users_of(stage.upstream.documents()[0]["RequestItems"]) == ["a"]
    stage.heal(fault)
    assert stage.call("BatchWriteItem", writes("a", "b")).json() == {"UnprocessedItems": {}}


def test_only_matching_items_are_left_when_the_rule_names_a_key(stage: Stage) -> None:
    stage.set(kind="unprocessed", match={"operation": "BatchWriteItem", "key": "b"})
    stage.upstream.answer = {"UnprocessedItems": {}}

    answer = stage.call("BatchWriteItem", writes("a", "b", "c"))

    assert users_of(answer.json()["UnprocessedItems"]) == ["b"]
    assert users_of(stage.upstream.documents()[0]["RequestItems"]) == ["a", "c"]


def test_upstream_is_not_asked_when_a_whole_batch_is_left(stage: Stage) -> None:
    stage.set(kind="unprocessed", match={"operation": "BatchWriteItem"})

    answer = stage.call("BatchWriteItem", writes("a", "b"))

    assert users_of(answer.json()["UnprocessedItems"]) == ["a", "b"]
    assert stage.upstream.calls == []


def test_items_are_written_and_denied_when_unprocessed_comes_after(stage: Stage) -> None:
    stage.set(kind="unprocessed", phase="after", match={"operation": "BatchWriteItem"})
    stage.upstream.answer = {"UnprocessedItems": {}}

    answer = stage.call("BatchWriteItem", writes("a"))

    assert users_of(answer.json()["UnprocessedItems"]) == ["a"]
    assert users_of(stage.upstream.documents()[0]["RequestItems"]) == ["a"]


def test_keys_are_left_when_a_batch_read_meets_unprocessed(stage: Stage) -> None:
    stage.set(kind="unprocessed", keep=1, match={"operation": "BatchGetItem"})
    stage.upstream.answer = {"Responses": {"payments-Wallets": [{"UserID": {"S": "a"}}]}, "UnprocessedKeys": {}}
    keys = [{"UserID": {"S": user}} for user in ("a", "b")]

    answer = stage.call("BatchGetItem", {"RequestItems": {"payments-Wallets": {"Keys": keys, "ConsistentRead": True}}})

    assert answer.json()["UnprocessedKeys"] == {"payments-Wallets": {"Keys": keys[1:], "ConsistentRead": True}}
    assert len(answer.json()["Responses"]["payments-Wallets"]) == 1


def test_messages_fail_by_id_when_a_queue_batch_meets_unprocessed(stage: Stage) -> None:
    stage.set(kind="unprocessed", keep=1, match={"operation": "SendMessageBatch"})
    stage.upstream.answer = {"Successful": [{"Id": "1", "MessageId": "m"}]}
    entries = [{"Id": number, "MessageBody": "x"} for number in ("1", "2")]
    batch = {"QueueUrl": "http://localhost/000000000000/jobs", "Entries": entries}

    told = stage.call("SendMessageBatch", batch, service="sqs").json()

    assert [one["Id"] for one in told["Successful"]] == ["1"]
    assert [(one["Id"], one["SenderFault"]) for one in told["Failed"]] == [("2", False)]


def test_records_fail_by_position_when_a_stream_batch_meets_unprocessed(stage: Stage) -> None:
    stage.set(kind="unprocessed", phase="after", keep=1, match={"service": "kinesis", "operation": "PutRecords"})
    stage.upstream.answer = {"FailedRecordCount": 0, "Records": [{"SequenceNumber": "1"}, {"SequenceNumber": "2"}]}
    batch = {"StreamName": "s", "Records": [{"Data": "eA==", "PartitionKey": "k"}] * 2}

    told = stage.call("PutRecords", batch, service="kinesis").json()

    assert told["FailedRecordCount"] == 1
    assert (told["Records"][0], told["Records"][1]["ErrorCode"]) == ({"SequenceNumber": "1"}, "InternalFailure")


def test_unprocessed_misses_when_the_batch_is_nonsense(stage: Stage) -> None:
    fault = stage.set(kind="unprocessed", match={"operation": "BatchWriteItem"})

    assert stage.call("BatchWriteItem", {"RequestItems": 5}).status_code == 200
    assert stage.state(fault)["missed"] == 1


@pytest.mark.parametrize("phase", ["before", "after"])
def test_worker_is_killed_on_the_right_side_of_its_call_when_it_calls(stage: Stage, phase: str) -> None:
    fault = stage.set(kind="kill_caller", phase=phase, match={"caller": "wallet-service"})

    with answer_lost():
        stage.call("UpdateItem", **worker(request_id="request-7"))

    assert stage.controls.killed == ["request-7"]
    assert stage.controls.seen_at_kill == len(stage.upstream.calls) == (1 if phase == "after" else 0)
    stage.heal(fault)
    assert stage.call("UpdateItem", **worker()).status_code == 200
    assert stage.controls.killed == ["request-7"]


def test_kill_caller_tells_that_it_missed_when_the_caller_is_no_worker(stage: Stage) -> None:
    fault = stage.set(kind="kill_caller", times=1, match=ON_WALLETS)

    assert stage.call().status_code == 200
    state = stage.state(fault)
    assert (state["seen"], state["fired"], state["missed"], state["active"]) == (1, 0, 1, True)
    assert "no Lambda worker" in state["missed_why"]


def test_kill_caller_misses_when_the_worker_has_gone(stage: Stage) -> None:
    fault = stage.set(kind="kill_caller", match=ON_WALLETS)
    stage.controls.gone.add("request-1")

    assert stage.call(**worker()).status_code == 200
    assert stage.state(fault)["missed_why"] == "the worker that called had already gone"


@pytest.mark.parametrize("kind", ["error", "reset", "truncate", "corrupt", "latency", "hang"])
def test_refused_call_keeps_its_answer_when_the_fault_is_after_the_effect(stage: Stage, kind: str) -> None:
    code = {"error": "InternalServerError"} if kind == "error" else {}
    fault = stage.set(kind=kind, phase="after", match=ON_WALLETS, **code)
    stage.upstream.status, stage.upstream.answer = 400, {"__type": "ConditionalCheckFailedException"}

    assert stage.call("UpdateItem").json() == stage.upstream.answer
    assert stage.state(fault)["missed_why"].startswith("the upstream refused the call")


def test_refused_call_loses_its_answer_when_the_rule_says_on_errors(stage: Stage) -> None:
    stage.set(kind="reset", phase="after", on_errors=True, match=ON_WALLETS)
    stage.upstream.status = 400

    with answer_lost():
        stage.call("UpdateItem")

    assert stage.fired()[0]["effect"] is False


def test_fault_after_the_effect_bites_when_the_edge_saw_that_an_error_hid_one(stage: Stage) -> None:
    stage.set(kind="reset", phase="after", match=ON_WALLETS)
    stage.upstream.status, stage.upstream.marks = 500, {"effect": True}

    with answer_lost():
        stage.call("UpdateItem")

    assert stage.fired()[0]["effect"] is True
