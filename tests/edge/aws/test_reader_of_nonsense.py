"""The reader raises nothing, whatever it is given."""

import asyncio
import json
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from harness.edge.aws import Reader, operations_of
from harness.edge.call import Call, Target
from harness.edge.tables import Tables
from tests.edge.aws.reading import EXECUTION, LEDGER, NAMESPACE, Upstream, nobody, read

MALFORMED = [
    b"",
    b"{",
    b"[]",
    b"null",
    b"7",
    b'"x"',
    b"{}",
    b'{"TableName": 7, "Key": 7}',
    b'{"TableName": null, "Key": {"a": {"S": "x"}}}',
    b'{"TableName": "T", "Key": {"a": []}}',
    b'{"TableName": "T", "Key": {"a": {}, "b": 7}}',
    b'{"TableName": "T", "Item": [1]}',
    b'{"TableName": "Ledger", "Item": {"PK": {}, "SK": {"S": "x"}}}',
    b'{"TableName": "Ledger", "Item": {"PK": {"S": "x"}, "SK": 7}}',
    b'{"RequestItems": {"T": [null, {"DeleteRequest": 7}]}}',
    b'{"RequestItems": {"T": {"Keys": 9}}}',
    b'{"TransactItems": [{"Put": 7}, []]}',
    b'{"Statement": 7}',
    b'{"Statement": ""}',
    b'{"Statement": "SELECT FROM"}',
    b'{"Statement": "UPDATE \'"}',
    b'{"Statements": 3}',
    b'{"TableName": "T", "KeyConditionExpression": 7}',
    b'{"TableName": "T", "KeyConditionExpression": "a = :b", "ExpressionAttributeValues": [":b"]}',
    b'{"stateMachineArn": 7, "name": {}}',
    b'{"executionArn": {}}',
    b'{"Entries": [7]}',
    b"\xff\xfe",
    b"[" * 5000,
]


@pytest.mark.parametrize("body", MALFORMED)
def test_malformed_documents_have_no_key_and_raise_nothing_when_they_are_read(body: bytes) -> None:
    for service, operations in {
        "dynamodb": (
            "GetItem PutItem Query Scan BatchGetItem BatchWriteItem TransactWriteItems TransactGetItems "
            "ExecuteStatement BatchExecuteStatement RestoreTableFromBackup"
        ),
        "states": "StartExecution DescribeExecution",
        "events": "PutEvents PutRule",
        "kinesis": "PutRecords",
        "nonesuch": "Whatever",
    }.items():
        for operation in operations.split():
            headers = [(b"x-amz-target", b"x"), (b"content-type", b"application/x-amz-json-1.0")]
            scope = {"type": "http", "method": "POST", "path": "/", "headers": headers, "query_string": b""}
            call = Call(scope, nobody, body)
            call.service, call.operation, call.namespace = service, operation, NAMESPACE

            asyncio.run(Reader(Tables(Upstream())).read(call))

            assert all(target.key == "" for target in call.targets), operation


NAMES = """
    TableName Key Item RequestItems Keys PutRequest DeleteRequest TransactItems Put Statement Statements Parameters
    KeyConditionExpression ExpressionAttributeValues ExpressionAttributeNames KeyConditions AttributeValueList Entries
    Records PartitionKey stateMachineArn executionArn name Ledger PK SK S N :v
"""
WORDS = st.sampled_from(NAMES.split())
TEXTS = WORDS | st.sampled_from(
    ["PK = :v", ":v = PK AND SK = :v", "DELETE FROM Ledger WHERE PK = ?", LEDGER, EXECUTION]
)
DOCUMENTS = st.recursive(
    st.none() | st.integers() | TEXTS | st.text(max_size=3),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(WORDS, inner, max_size=4),
    max_leaves=12,
)
OPERATIONS = st.sampled_from(
    [("dynamodb", operation) for operation in operations_of("dynamodb")]
    + [("states", "StartExecution"), ("states", "StopExecution"), ("kinesis", "PutRecords"), ("events", "PutEvents")]
)


@given(operation=OPERATIONS, document=DOCUMENTS)
@settings(max_examples=300, deadline=None)
def test_nothing_is_raised_when_any_document_is_read(operation: tuple[str, str], document: Any) -> None:
    headers = [(b"x-amz-target", b"x"), (b"content-type", b"application/x-amz-json-1.0")]
    scope = {"type": "http", "method": "POST", "path": "/", "headers": headers, "query_string": b""}
    call = Call(scope, nobody, json.dumps(document).encode())
    (call.service, call.operation), call.namespace = operation, NAMESPACE

    asyncio.run(Reader(Tables(Upstream())).read(call))

    assert all(isinstance(target.resource, str) and isinstance(target.key, str) for target in call.targets)


def test_deployed_api_goes_by_its_path_when_its_form_has_an_action() -> None:
    scope = {
        "type": "http",
        "method": "POST",
        "path": "/restapis/a1/prod/_user_request_/pay",
        "headers": [(b"content-type", b"application/x-www-form-urlencoded")],
        "query_string": b"",
    }
    call = Call(scope, nobody, b"Action=Pay")

    read(call)

    assert (call.service, call.operation, call.targets) == ("execute-api", "POST /pay", (Target("a1", "/pay"),))


@pytest.mark.parametrize("path", ["/", "//", "/%", "/a/%ff/b", "/service/", "/service/X/operation/", "/" + "a/" * 300])
@pytest.mark.parametrize("service", ["s3", "lambda", "apigateway", "monitoring", "../../etc", "execute-api", "x" * 300])
def test_strange_paths_raise_nothing_when_they_are_read(service: str, path: str) -> None:
    scope = {"type": "http", "method": "GET", "path": path, "headers": [], "query_string": b"Action&%=%ff"}
    call = Call(scope, nobody, b"\xa1\x61")
    call.service, call.namespace = service, NAMESPACE

    asyncio.run(Reader(Tables(Upstream())).read(call))

    assert isinstance(call.targets, tuple)
