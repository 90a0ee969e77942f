"""Parked messages: each is finished or delivered again, whatever becomes of the others, and none is told in the log."""

import json
from collections.abc import Mapping
from typing import Any

import pytest
from groundwork.parked import work_through


def record(message_id: str, body: str) -> dict[str, Any]:
    return {"messageId": message_id, "body": body}


def test_failed_messages_alone_are_delivered_again() -> None:
    seen: list[Any] = []

    def finish(message: Mapping[str, Any]) -> str:
        seen.append(message["number"])
        if message["number"] == 2:
            raise ConnectionError("away")
        return "DONE"

    event = {"Records": [record(f"m-{number}", json.dumps({"number": number})) for number in (1, 2, 3)]}

    assert work_through(event, finish) == {"batchItemFailures": [{"itemIdentifier": "m-2"}]}
    assert seen == [1, 2, 3]


def test_message_that_is_no_json_is_delivered_again_and_not_told(caplog: pytest.LogCaptureFixture) -> None:
    event = {"Records": [record("m-1", "card 4242 {")]}

    answer = work_through(event, lambda message: "DONE")

    (told,) = caplog.records
    assert answer == {"batchItemFailures": [{"itemIdentifier": "m-1"}]}
    assert vars(told)["messageId"] == "m-1"
    assert "4242" not in caplog.text


def test_batch_of_nothing_fails_nothing() -> None:
    assert work_through({"Records": []}, lambda message: "DONE") == {"batchItemFailures": []}
