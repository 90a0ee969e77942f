"""Two accounts on one real edge see nothing of each other: tables, faults, calls, journal, TTL."""

import time
from collections.abc import Iterator
from typing import Any

import boto3
import pytest
from botocore.config import Config

from tests.edge.fuzz.subject import Subject, edge_process

pytestmark = pytest.mark.slow

ONE, OTHER = "111111111111", "222222222222"
TABLE = "Sessions"


@pytest.fixture(scope="module")
def edge(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Subject]:
    with edge_process(tmp_path_factory.mktemp("accounts"), "--ttl-lag-s", "172800") as subject:
        yield subject


@pytest.fixture
def tables(edge: Subject) -> Iterator[dict[str, Any]]:
    """By account a client of its tables, and the same table in each with an expired item."""
    clients = {account: client_of(edge, account) for account in (ONE, OTHER)}
    for account, one in clients.items():
        one.create_table(
            TableName=TABLE,
            KeySchema=[{"AttributeName": "ID", "KeyType": "HASH"}],
            AttributeDefinitions=[{"AttributeName": "ID", "AttributeType": "S"}],
            BillingMode="PAY_PER_REQUEST",
        )
        one.update_time_to_live(
            TableName=TABLE, TimeToLiveSpecification={"Enabled": True, "AttributeName": "ExpiresAt"}
        )
        expired = {"N": str(int(time.time()) - 10)}
        one.put_item(TableName=TABLE, Item={"ID": {"S": "s"}, "ExpiresAt": expired, "Of": {"S": account}})
    yield clients
    edge.http.post("/_rehearsal/reset")


def client_of(edge: Subject, account: str) -> Any:
    return boto3.client(  # type: ignore[call-overload]
        "dynamodb",
        endpoint_url=f"http://127.0.0.1:{edge.port}",
        region_name="us-east-1",
        aws_access_key_id=account,
        aws_secret_access_key="test",
        config=Config(retries={"total_max_attempts": 1}),
    )


def item(tables: dict[str, Any], account: str) -> Any:
    return tables[account].get_item(TableName=TABLE, Key={"ID": {"S": "s"}}).get("Item")


def test_fault_meets_the_account_alone_that_it_names(edge: Subject, tables: dict[str, Any]) -> None:
    rule = {"kind": "error", "error": "InternalServerError", "match": {"operation": "GetItem", "account": ONE}}
    assert edge.http.post("/_rehearsal/faults", json=rule).status_code == 201

    with pytest.raises(tables[ONE].exceptions.InternalServerError):
        item(tables, ONE)
    assert item(tables, OTHER)["Of"] == {"S": OTHER}


def test_calls_and_history_are_an_accounts_own_when_asked_for_by_it(edge: Subject, tables: dict[str, Any]) -> None:
    item(tables, ONE)

    def calls(account: str) -> list[str]:
        answer = edge.http.get("/_rehearsal/calls", params={"account": account, "service": "dynamodb"}).json()
        return [call["operation"] for call in answer["calls"]]

    def writers(account: str) -> list[Any]:
        answer = edge.http.get("/_rehearsal/journal", params={"account": account, "table": TABLE}).json()
        return [change["after"]["Of"]["S"] for change in answer["changes"]]

    assert calls(ONE).count("GetItem") == 1
    assert "GetItem" not in calls(OTHER)
    assert (writers(ONE), writers(OTHER)) == ([ONE], [OTHER])


def test_items_of_one_account_expire_when_time_passes_for_it_alone(edge: Subject, tables: dict[str, Any]) -> None:
    answer = edge.http.post("/_rehearsal/ttl/sweep", json={"account": ONE})

    assert answer.json() == {"deleted": 1}
    assert item(tables, ONE) is None
    assert item(tables, OTHER) is not None


def test_one_account_is_empty_and_the_other_as_before_when_one_is_reset(edge: Subject, tables: dict[str, Any]) -> None:
    for account in (ONE, OTHER):
        rule = {"kind": "latency", "delay_ms": 1, "match": {"operation": "Scan", "account": account}}
        edge.http.post("/_rehearsal/faults", json=rule)

    edge.http.post("/_rehearsal/reset", json={"account": ONE}).raise_for_status()

    assert tables[ONE].list_tables()["TableNames"] == []
    assert tables[OTHER].list_tables()["TableNames"] == [TABLE]
    assert item(tables, OTHER)["Of"] == {"S": OTHER}
    (left,) = edge.http.get("/_rehearsal/faults").json()["faults"]
    assert left["match"]["account"] == OTHER
    assert [one["account"] for one in edge.http.get("/_rehearsal/ttl").json()["tables"]] == [OTHER]
    assert [one["account"] for one in edge.http.get("/_rehearsal/journal").json()["tables"]] == [OTHER]
    calls = edge.http.get("/_rehearsal/calls", params={"account": ONE}).json()["calls"]
    assert [call["operation"] for call in calls] == ["ListTables"]
