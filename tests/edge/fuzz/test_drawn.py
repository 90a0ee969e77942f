"""Requests drawn at random: none kills the edge, none is blamed on it, and the journal stays whole."""

import json
from typing import Any

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from harness.edge.journal import verify
from tests.edge.fuzz.corpus import ALL, request
from tests.edge.fuzz.subject import TABLE, Subject

FUZZ = settings(
    max_examples=80, deadline=None, database=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
OPERATIONS = st.sampled_from(
    ["PutItem", "GetItem", "UpdateItem", "DeleteItem", "Query", "Scan", "BatchWriteItem", "BatchGetItem",
     "TransactWriteItems", "TransactGetItems", "ExecuteStatement", "DescribeTable", "UpdateTimeToLive",
     "DescribeTimeToLive", "DescribeContinuousBackups", "CreateBackup", "RestoreTableToPointInTime", "GetRecords"]
)  # fmt: skip
MEMBERS = st.sampled_from(
    ["TableName", "Key", "Item", "ID", "S", "N", "L", "M", "UpdateExpression", "ConditionExpression", "RequestItems",
     "ExpressionAttributeValues", "ExpressionAttributeNames", ":v", "#n", "TransactItems", "Put", "Update", "Statement",
     "Limit", "KeyConditionExpression", "TimeToLiveSpecification", "Enabled", "AttributeName", TABLE]
)  # fmt: skip
SCALARS = (
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=20)
    | st.sampled_from([TABLE, "ID", "SET a = :v", "ID = :v", "attribute_exists(ID)", "1", "-0", "1e400"])
)  # fmt: skip
DOCUMENTS = st.recursive(
    SCALARS,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(MEMBERS | st.text(max_size=8), inner, max_size=5),
    max_leaves=25,
)
BODIES = st.fixed_dictionaries(
    {"TableName": st.just(TABLE) | DOCUMENTS}, optional={"Item": DOCUMENTS, "Key": DOCUMENTS}
)
ADMIN = st.sampled_from(
    [("POST", "clock/advance"), ("PUT", "ttl"), ("POST", "ttl/sweep"), ("POST", "faults"), ("POST", "functions/kill"),
     ("PUT", "front-doors/payments"), ("PUT", "recording"), ("DELETE", "faults/x"), ("POST", "reset")]
)  # fmt: skip
FIELDS = st.sampled_from(
    ["by", "lag", "lag_s", "table", "key", "ahead", "kind", "match", "phase", "error", "rules", "nth", "probability",
     "window", "function", "bodies", "account", "region", "services"]
)  # fmt: skip


@FUZZ
@given(noise=st.lists(st.binary(min_size=1, max_size=400), min_size=1, max_size=4))
def test_edge_is_well_when_it_gets_noise(noise: list[bytes], subject: Subject) -> None:
    subject.exchange(*noise, half_close=True, within_s=0.01)

    subject.must_be_well()


@FUZZ
@given(data=st.data())
def test_edge_is_well_when_a_request_was_changed(data: st.DataObject, subject: Subject) -> None:
    bytes_sent = bytearray(data.draw(st.sampled_from(list(ALL.values())))[:3000])
    for _ in range(data.draw(st.integers(1, 6))):
        place = data.draw(st.integers(0, len(bytes_sent) - 1))
        change = data.draw(st.binary(max_size=3))
        bytes_sent[place : place + data.draw(st.integers(0, 3))] = change
    subject.exchange(bytes(bytes_sent) or b"\r\n", half_close=True, within_s=0.05)

    subject.must_be_well()


@FUZZ
@given(operation=OPERATIONS, body=BODIES | DOCUMENTS)
def test_client_is_blamed_when_its_document_is_nonsense(operation: str, body: Any, subject: Subject) -> None:
    sent = json.dumps(body).encode()
    answer = subject.exchange(
        request(sent, operation.encode(), headers=b"Connection: close\r\nContent-Type: application/x-amz-json-1.0\r\n"),
        within_s=3.0,
    )

    assert answer.startswith((b"HTTP/1.1 200", b"HTTP/1.1 400")), (sent, answer)
    subject.must_be_well()


@FUZZ
@given(
    names=st.lists(st.text("abcXYZ-_", min_size=1, max_size=12), max_size=5),
    values=st.lists(st.binary(max_size=60), min_size=5, max_size=5),
)
def test_edge_is_well_when_headers_are_drawn(names: list[str], values: list[bytes], subject: Subject) -> None:
    lines = b"".join(b"%s: %s\r\n" % (name.encode(), value) for name, value in zip(names, values, strict=False))
    known = b"X-Amzn-Trace-Id: %s\r\nX-Amz-Security-Token: %s\r\nX-Amz-Date: %s\r\n" % tuple(values[:3])
    subject.exchange(request(headers=lines + known, scope=values[3]), half_close=True, within_s=0.05)

    subject.must_be_well()


@FUZZ
@given(asked=ADMIN, body=st.dictionaries(FIELDS, DOCUMENTS, max_size=4) | DOCUMENTS)
def test_admin_refuses_in_words_when_a_request_is_drawn(asked: tuple[str, str], body: Any, subject: Subject) -> None:
    method, path = asked
    if path == "reset" and body in ({}, None):  # that would be right
        return
    answer = subject.http.request(
        method, f"/_rehearsal/{path}", content=json.dumps(body), headers={"Content-Type": "application/json"}
    )
    try:
        assert answer.status_code < 500, (body, answer.text)
        if answer.status_code >= 400:
            assert answer.json()["error"]["message"]
    finally:
        subject.http.delete("/_rehearsal/faults")
        subject.http.put("/_rehearsal/recording", json={"bodies": False})

    subject.must_be_well()


def test_journal_is_whole_when_all_this_is_over(subject: Subject) -> None:
    verdict = verify(subject.work / "edge" / "journal")

    assert verdict.problems == []
    assert verdict.records >= subject.writes
