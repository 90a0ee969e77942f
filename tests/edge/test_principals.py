"""A call tells whose session made it: the role, the session's name and its tags, as AssumeRole was asked."""

from typing import Any

import pytest

from harness.edge.call import Answer, Call, Namespace
from harness.edge.principals import Principal, Principals
from harness.edge.record import CallQuery
from tests.edge.aws.reading import read, sent
from tests.edge.record.calls import record

ROLE = "arn:aws:iam::000000000000:role/team/TenantData"
TAGS = [{"Key": "TenantId", "Value": "t-1"}, {"Key": "Plan", "Value": "PRO"}]


def assume(**asked: Any) -> Call:
    request = {"RoleArn": ROLE, "RoleSessionName": "tenant-t-1", **asked}
    return read(sent("sts", lambda client: client.assume_role(**request)))


def given(access_key: str) -> Answer:
    key = f"<Credentials><AccessKeyId>{access_key}</AccessKeyId></Credentials>"
    return Answer(200, [], f"<AssumeRoleResponse>{key}</AssumeRoleResponse>".encode())


def test_key_leads_to_its_session_when_a_role_was_assumed() -> None:
    principals = Principals()

    principals.learn(assume(Tags=TAGS), given("ASIA1"))

    assert principals.of("ASIA1") == Principal("TenantData", "tenant-t-1", {"TenantId": "t-1", "Plan": "PRO"})
    assert principals.of("ASIA2") is None


def test_transitive_tags_go_on_when_a_session_assumes_another_role() -> None:
    principals = Principals()
    principals.learn(assume(Tags=TAGS, TransitiveTagKeys=["TenantId"]), given("ASIA1"))
    second = assume(RoleSessionName="second", Tags=[{"Key": "Step", "Value": "2"}])
    second.namespace = Namespace("000000000000", "us-east-1", "ASIA1")

    principals.learn(second, given("ASIA2"))

    found = principals.of("ASIA2")
    assert found is not None
    assert (found.session, found.tags) == ("second", {"TenantId": "t-1", "Step": "2"})


@pytest.mark.parametrize("answer", [Answer(403, [], given("ASIA1").body), Answer(200, [], b"<Nothing/>")])
def test_nothing_is_learnt_when_no_key_was_given(answer: Answer) -> None:
    principals = Principals()

    principals.learn(assume(Tags=TAGS), answer)

    assert principals.of("ASIA1") is None


def test_oldest_session_goes_when_there_are_too_many() -> None:
    principals = Principals(kept_max=2)

    for number in range(3):
        principals.learn(assume(), given(f"ASIA{number}"))

    assert [principals.of(f"ASIA{number}") is not None for number in range(3)] == [False, True, True]


@pytest.mark.parametrize(
    ("text", "is_meant"),
    [
        ("TenantData", True),
        ("tenant-t-1", True),
        ("booking-TenantData/tenant-t-1", True),
        ("TenantId=t-1", True),
        ("TenantId=*", True),
        ("*", True),
        ("TenantId=t-2", False),
        ("t-1", False),
    ],
)
def test_calls_are_found_by_their_principal_when_it_is_asked_for(text: str, is_meant: bool) -> None:
    one = record(sequence=1, principal=Principal("booking-TenantData", "tenant-t-1", {"TenantId": "t-1"}))

    assert CallQuery(filters={"principal": text}).fits(one) is is_meant
    assert not CallQuery(filters={"principal": text}).fits(record(sequence=2))
