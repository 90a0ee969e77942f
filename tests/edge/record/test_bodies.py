"""Bodies are kept only when somebody asked, and never with a secret or a card number in them."""

import asyncio
import json
from typing import Any

import pytest

from harness.edge.call import Answer
from harness.edge.record import Recorder, Recording
from harness.errors import SettingInvalid
from tests.edge.record.calls import answer, call, parts, pass_through, recorded
from tests.edge.record.test_questions import ask

ALL = Recording(bodies=True)
FORM = ((b"content-type", b"application/x-www-form-urlencoded; charset=utf-8"),)


def test_no_body_is_kept_when_nobody_asked() -> None:
    told = recorded(call(body=b'{"private": "words"}'), answer(b'{"private": "answer"}'))

    assert "private" not in json.dumps(told, default=str)
    assert {"request", "response"}.isdisjoint(told)


def test_both_directions_are_kept_when_asked() -> None:
    told = recorded(
        call(body=b'{"TableName": "T"}', headers=((b"X-Amz-Target", b"DynamoDB_20120810.PutItem"),)),
        answer(b'{"Item": {}}'),
        recording=ALL,
    )

    assert told["request"] == {
        "headers": {"x-amz-target": "DynamoDB_20120810.PutItem"},
        "body": '{"TableName":"T"}',
    }
    assert told["response"]["body"] == '{"Item":{}}'


def test_bodies_of_other_services_are_not_kept_when_some_are_named() -> None:
    options = Recording(bodies=True, services=frozenset({"states"}))

    assert "request" not in recorded(call(), recording=options)
    assert "request" in recorded(call(service="states"), recording=options)


@pytest.mark.parametrize(
    ("body", "headers"),
    [
        (b'{"Item": {"password": {"S": "hunter2"}}}', ()),
        (b'{"SecretString": "hunter2"}', ()),
        (b'{"input": "{\\"card\\": \\"4242424242424242\\", \\"token\\": \\"hunter2\\"}"}', ()),
        (b'{"number": 4242424242424242, "grouped": "4242-4242-4242-4242"}', ()),
        (b"Action=CreateStack&Parameters.member.1.ParameterKey=a&Parameters.member.1.ParameterValue=hunter2", FORM),
        (b"Message=card+4242+4242+4242+4242&Password=hunter2", FORM),
        (b"<Credentials><SecretAccessKey>hunter2</SecretAccessKey></Credentials>", ()),
        (b'{"cut": "off", "api_key": "hunter2', ()),
        (b"Authorization: Bearer hunter2", ()),
    ],
)
def test_secrets_and_card_numbers_are_taken_out(body: bytes, headers: Any) -> None:
    told = recorded(call(body=body, headers=headers), answer(body, headers=headers), recording=ALL)

    shown = told["request"]["body"], told["response"]["body"]
    for one in shown:
        assert "hunter2" not in one
        assert "4242" not in one
        assert "[" in one


@pytest.mark.parametrize("name", [b"Authorization", b"X-Api-Key", b"X-Amz-Security-Token", b"Cookie"])
def test_secret_headers_are_taken_out(name: bytes) -> None:
    told = recorded(call(headers=((name, b"hunter2"),)), recording=ALL)

    assert told["request"]["headers"] == {name.decode().lower(): "[secret]"}


def test_long_body_is_cut_after_it_was_masked() -> None:
    body = json.dumps({"padding": "x" * 60, "card": "4242424242424242", "more": "y" * 500}).encode()

    shown = recorded(call(body=body), recording=Recording(bodies=True, bytes_max=90))["request"]["body"]

    assert shown.endswith(f"… [{len(body)} bytes]")
    assert len(shown) < 120
    assert "4242" not in shown


@pytest.mark.parametrize(
    ("body", "shown"),
    [(None, "[streamed]"), (b"\xff\x00", "[2 bytes that are no text]"), (b"x" * 300_000, "[300000 bytes, larger than")],
)
def test_body_is_only_measured_when_it_can_not_be_looked_into(body: bytes | None, shown: str) -> None:
    assert recorded(call(body=body), recording=ALL)["request"]["body"].startswith(shown)


def test_body_is_the_clients_when_a_room_replaces_it() -> None:
    recorder = Recorder()
    recorder.recording = ALL

    def engine(passing: Any) -> Answer:
        passing.replace_body(b'{"replaced": true}')
        return answer()

    pass_through(recorder, call(body=b'{"sent": true}'), engine)

    (told,) = recorder.calls.recent()
    assert told["request"]["body"] == '{"sent":true}'  # type: ignore[index]
    assert told["bytes_in"] == len(b'{"sent": true}')


def test_streamed_answer_is_not_held_when_bodies_are_kept() -> None:
    recorder = Recorder()
    recorder.recording = ALL

    async def run() -> None:
        async def proceed(_: object) -> Answer:
            return Answer(200, [], b"1", parts(b"2"))

        given = await recorder.handle(call(), proceed)
        assert given.rest is not None
        assert [part async for part in given.rest] == [b"2"]

    asyncio.run(run())

    (told,) = recorder.calls.recent()
    assert told["response"]["body"] == "[streamed]"  # type: ignore[index]


def test_recording_is_switched_by_the_endpoint() -> None:
    recorder = Recorder()

    told = ask(recorder, "PUT", "recording", json={"bodies": True, "services": ["sqs"], "bytes_max": 99}).json()

    assert told == ask(recorder, "GET", "recording").json() == {"bodies": True, "services": ["sqs"], "bytes_max": 99}
    assert ask(recorder, "PUT", "recording", json={"bodies": False}).json()["bodies"] is False


@pytest.mark.parametrize(
    ("document", "words"),
    [
        ({}, "bodies is None, expected true or false"),
        ({"bodies": 1}, "bodies is 1"),
        ({"bodies": True, "services": "sqs"}, "services is 'sqs', expected a list"),
        ({"bodies": True, "services": [1]}, "expected a list of names"),
        ({"bodies": True, "bytes_max": 0}, "bytes_max is 0, expected a whole number from 1 to 262144"),
        ({"bodies": True, "bytes_max": True}, "bytes_max is True"),
        ({"bodies": True, "body": 1}, "recording has no 'body'"),
    ],
)
def test_recording_is_refused_in_words_when_it_makes_no_sense(document: dict[str, Any], words: str) -> None:
    recorder = Recorder()

    answer = ask(recorder, "PUT", "recording", json=document)

    assert answer.status_code == 400
    assert words in answer.json()["error"]["message"]
    assert recorder.recording == Recording()
    with pytest.raises(SettingInvalid):
        Recording.parse(document)
