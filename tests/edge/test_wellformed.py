"""What is no JSON object, or of other types than the operation's model says, is called what AWS calls it."""

from typing import Any

import pytest

from harness.edge.call import Namespace
from harness.edge.upstream import own_call
from harness.edge.wellformed import mistyped, no_object

HERE = Namespace("000000000000", "us-east-1")


def call_of(operation: str, document: Any) -> Any:
    return own_call(HERE, operation, document)


@pytest.mark.parametrize(
    "body", [b"[1]", b'"x"', b"null", b"1", b"{", b'{"a":"\xff"}', b'{"a":"\\ud800"}', b"[" * 9999]
)
def test_body_is_refused_when_it_is_no_object(body: bytes) -> None:
    call = call_of("PutItem", {})
    call.replace_body(body)

    assert no_object(call) == "the body is no JSON object"


def test_body_is_left_to_the_service_when_it_is_compressed_or_another_protocols() -> None:
    compressed, other = call_of("PutItem", {}), call_of("PutItem", {})
    compressed.replace_body(b"\x1f\x8b")
    compressed.headers.append((b"content-encoding", b"gzip"))
    other.replace_body(b"<xml/>")
    other.headers = [pair for pair in other.headers if pair[0] != b"x-amz-target"]

    assert (no_object(compressed), no_object(other)) == ("", "")


@pytest.mark.parametrize(
    ("operation", "document", "words"),
    [
        ("PutItem", {"TableName": {}}, ".TableName is a JSON dict, expected a string"),
        ("PutItem", {"Item": "x"}, ".Item is a JSON str, expected a map"),
        ("PutItem", {"Item": {"ID": "x"}}, ".Item.ID is a JSON str, expected a structure"),
        ("PutItem", {"Item": {"ID": {"N": 7}}}, ".Item.ID.N is a JSON int, expected a string"),
        ("Scan", {"Limit": True}, ".Limit is a JSON bool, expected an integer"),
        ("TransactWriteItems", {"TransactItems": [{"Put": []}]}, "[0].Put is a JSON list, expected a structure"),
        ("UpdateTimeToLive", {"TimeToLiveSpecification": {"Enabled": 1}}, ".Enabled is a JSON int, expected a boolean"),
    ],
)
def test_member_is_named_when_it_is_of_another_type(operation: str, document: Any, words: str) -> None:
    assert mistyped(call_of(operation, document)).endswith(words)


@pytest.mark.parametrize(
    ("operation", "document"),
    [
        ("PutItem", {"TableName": "t", "Item": {"ID": {"S": "a"}, "L": {"L": [{"M": {}}, {"NULL": True}]}}}),
        ("PutItem", {"TableName": None, "Unknown": 7}),
        ("Scan", {"Limit": 5, "ConsistentRead": False}),
        ("NoSuchOperation", {"TableName": []}),
    ],
)
def test_nothing_is_said_when_all_types_fit_or_are_not_known(operation: str, document: Any) -> None:
    assert mistyped(call_of(operation, document)) == ""


def test_member_is_found_when_it_lies_two_hundred_levels_deep() -> None:
    value: Any = {"S": 7}
    for _ in range(100):
        value = {"L": [value]}

    assert mistyped(call_of("PutItem", {"Item": {"ID": value}})).endswith(".S is a JSON int, expected a string")
