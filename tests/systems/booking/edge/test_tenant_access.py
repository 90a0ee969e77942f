"""Credentials per tenant: each call is signed for the tenant that it is made for, and for nobody else."""

from collections.abc import Iterator
from typing import Any

import boto3
import pytest
from booking.adapters import tenant_access
from booking.adapters.cursors import Cursors
from booking.adapters.tenant_access import TenantClient, TenantCredentials, client_for
from booking.domain.errors import RequestInvalid
from botocore.credentials import ReadOnlyCredentials
from botocore.exceptions import ClientError
from hypothesis import given
from hypothesis import strategies as st
from moto import mock_aws


@pytest.fixture(name="signed")
def _signed(monkeypatch: pytest.MonkeyPatch) -> Iterator[list[str]]:
    """Give the access keys that calls of DynamoDB were signed with; each tenant's is its own name."""
    monkeypatch.setenv("AWS_DEFAULT_REGION", "us-east-1")
    monkeypatch.setenv("TENANT_DATA_ROLE_ARN", "arn:aws:iam::123456789012:role/data")
    monkeypatch.setattr(tenant_access, "_assume", lambda _, tenant: ReadOnlyCredentials(f"AKIA{tenant}", "s", "t"))
    tenant_access._shared.cache_clear()
    with mock_aws():
        made = boto3.client("dynamodb", region_name="us-east-1", aws_access_key_id="a", aws_secret_access_key="b")
        made.create_table(
            TableName="t",
            AttributeDefinitions=[{"AttributeName": "PK", "AttributeType": "S"}],
            KeySchema=[{"AttributeName": "PK", "KeyType": "HASH"}],
            BillingMode="PAY_PER_REQUEST",
        )
        made.close()
        signed: list[str] = []
        shared, _ = tenant_access._shared()

        def note(request: Any, **_: Any) -> None:
            # After signing: "…Credential=AKIAalice/2026…"
            told = request.headers["Authorization"]
            text = told.decode() if isinstance(told, bytes) else told
            signed.append(text.split("Credential=")[1].split("/")[0])

        shared.meta.events.register("before-send.dynamodb", note)
        yield signed
        shared.close()
    tenant_access._shared.cache_clear()


def test_each_call_is_signed_for_its_tenant_when_two_take_turns(signed: list[str]) -> None:
    alice, bob = client_for("alice"), client_for("bob")

    for client in (alice, bob, alice):
        client.get_item(TableName="t", Key={"PK": {"S": "x"}})

    assert signed == ["AKIAalice", "AKIAbob", "AKIAalice"]


def test_no_call_is_signed_when_it_is_made_for_nobody(signed: list[str]) -> None:
    shared, _ = tenant_access._shared()

    with pytest.raises(LookupError):
        shared.get_item(TableName="t", Key={"PK": {"S": "x"}})

    assert signed == []


def test_no_table_can_be_scanned_when_acting_for_a_tenant() -> None:
    assert not hasattr(TenantClient, "scan")


def test_role_is_assumed_with_the_tenants_tag_when_a_tenant_is_new(monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[dict[str, Any]] = []

    class Sts:
        def assume_role(self, **request: Any) -> dict[str, Any]:
            asked.append(request)
            return {"Credentials": {"AccessKeyId": "a", "SecretAccessKey": "b", "SessionToken": "c"}}

    monkeypatch.setattr(tenant_access, "client", lambda _: Sts())

    assert tenant_access._assume("arn:role", "tnt_1") == ReadOnlyCredentials("a", "b", "c")
    assert asked[0]["Tags"] == [{"Key": "TenantId", "Value": "tnt_1"}]
    assert asked[0]["RoleArn"] == "arn:role"


def test_role_is_assumed_once_when_a_tenant_comes_again() -> None:
    asked: list[str] = []
    credentials = TenantCredentials(counted(asked))

    for tenant in ("alice", "bob", "alice"):
        credentials.of(tenant)

    assert asked == ["alice", "bob"]


def test_credentials_are_renewed_when_they_grow_old() -> None:
    asked: list[str] = []
    times = iter([0.0, 2_699.0, 2_701.0, 2_701.0])
    credentials = TenantCredentials(counted(asked), clock=lambda: next(times))

    for _ in range(3):
        credentials.of("alice")

    assert asked == ["alice", "alice"]


def test_longest_unused_tenant_is_dropped_when_there_are_too_many() -> None:
    asked: list[str] = []
    credentials = TenantCredentials(counted(asked), tenants_max=2)

    for tenant in ("alice", "bob", "alice", "carol", "alice", "bob"):
        credentials.of(tenant)

    assert asked == ["alice", "bob", "carol", "bob"]


def test_call_is_made_again_when_its_credentials_had_expired() -> None:
    asked: list[str] = []
    credentials = TenantCredentials(counted(asked))
    answers: list[Any] = [ClientError({"Error": {"Code": "ExpiredTokenException"}}, "GetItem"), {"Item": {}}]

    class Dynamo:
        def get_item(self, **_: Any) -> Any:
            credentials.of("alice")
            answer = answers.pop(0)
            if isinstance(answer, Exception):
                raise answer
            return answer

    assert TenantClient("alice", Dynamo(), credentials).get_item(TableName="t") == {"Item": {}}
    assert asked == ["alice", "alice"]


CURSORS = Cursors(lambda: b"secret")


@given(st.text(), st.text(), st.dictionaries(st.text(), st.text(), max_size=4))
def test_position_comes_back_when_a_cursor_returns_to_its_list(
    tenant: str, name: str, position: dict[str, str]
) -> None:
    cursor = CURSORS.seal(tenant, name, position)

    if len(cursor) <= 1_024:
        assert CURSORS.unseal(cursor, tenant, name) == position


@given(st.text())
def test_cursor_is_refused_when_it_is_any_text(text: str) -> None:
    with pytest.raises(RequestInvalid):
        CURSORS.unseal(text, "tenant", "list")


@pytest.mark.parametrize(("tenant", "name"), [("other", "list"), ("tenant", "other"), ("tenantl", "ist")])
def test_cursor_is_refused_when_it_was_made_elsewhere(tenant: str, name: str) -> None:
    with pytest.raises(RequestInvalid):
        CURSORS.unseal(CURSORS.seal("tenant", "list", {"PK": "x"}), tenant, name)


def test_cursor_is_refused_when_another_secret_sealed_it() -> None:
    with pytest.raises(RequestInvalid):
        CURSORS.unseal(Cursors(lambda: b"guess").seal("tenant", "list", {"PK": "x"}), "tenant", "list")


def counted(asked: list[str]) -> Any:
    def assume(tenant_id: str) -> ReadOnlyCredentials:
        asked.append(tenant_id)
        return ReadOnlyCredentials(tenant_id, "s", "t")

    return assume
