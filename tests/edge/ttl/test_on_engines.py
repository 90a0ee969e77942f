"""TTL on real engines: the embedded one, with a way of its own to delete, and moto behind HTTP, which never does."""

import json
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import httpx
import pytest

from harness.clients import EdgeClient
from harness.clients.edge_clock import ClockClient
from harness.ids import new_token
from harness.targets.ports import free_ports
from harness.waiting import wait_until
from tests.edge.fuzz.subject import client, edge_process

pytestmark = pytest.mark.slow

DAYS_2_S = "172800"
SYSTEM = {"Type": "Service", "PrincipalId": "dynamodb.amazonaws.com"}


class Stage:
    """An engine behind an edge, with clients and a table of its own."""

    def __init__(self, url: str) -> None:
        self.url = url
        self.http = httpx.Client(base_url=url, timeout=5, trust_env=False)
        self.clock = ClockClient(EdgeClient(self.http))
        self.tables = client("dynamodb", url)
        self.streams = client("dynamodbstreams", url)
        self.table = f"Sessions-{new_token()}"

    def make_table(self) -> None:
        self.tables.create_table(
            TableName=self.table,
            KeySchema=[{"AttributeName": "ID", "KeyType": "HASH"}],
            AttributeDefinitions=[{"AttributeName": "ID", "AttributeType": "S"}],
            BillingMode="PAY_PER_REQUEST",
            StreamSpecification={"StreamEnabled": True, "StreamViewType": "NEW_AND_OLD_IMAGES"},
        )

    def enable(self, *, enabled: bool = True) -> None:
        self.tables.update_time_to_live(
            TableName=self.table, TimeToLiveSpecification={"Enabled": enabled, "AttributeName": "ExpiresAt"}
        )

    def put(self, name: str, expires_in_s: float) -> None:
        item = {"ID": {"S": name}, "ExpiresAt": {"N": str(int(time.time() + expires_in_s))}}
        self.tables.put_item(TableName=self.table, Item=item)

    def names(self) -> list[str]:
        return sorted(item["ID"]["S"] for item in self.tables.scan(TableName=self.table)["Items"])

    def removals(self) -> dict[str, Any]:
        """Return by item what the stream says of who removed it."""
        (stream,) = self.streams.list_streams(TableName=self.table)["Streams"]
        described = self.streams.describe_stream(StreamArn=stream["StreamArn"])["StreamDescription"]
        found = {}
        for shard in described["Shards"]:
            iterator = self.streams.get_shard_iterator(
                StreamArn=stream["StreamArn"], ShardId=shard["ShardId"], ShardIteratorType="TRIM_HORIZON"
            )["ShardIterator"]
            for record in self.streams.get_records(ShardIterator=iterator)["Records"]:
                if record["eventName"] == "REMOVE":
                    found[record["dynamodb"]["Keys"]["ID"]["S"]] = record.get("userIdentity") or None
        return found

    def history(self) -> list[Any]:
        """Return what the journal says of removed items."""
        answer = self.http.get("/_rehearsal/journal", params={"table": self.table}).json()
        return [one for one in answer["changes"] if one.get("after") is None]


@pytest.fixture(scope="module")
def embedded(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    with edge_process(tmp_path_factory.mktemp("embedded"), "--ttl-lag-s", DAYS_2_S) as subject:
        yield f"http://127.0.0.1:{subject.port}"
        assert subject.complaints() == ""


@pytest.fixture(scope="module")
def behind_http(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    log = tmp_path_factory.mktemp("moto") / "log"
    port = free_ports().aws
    with log.open("wb") as stream:
        moto = subprocess.Popen([sys.executable, "-m", "moto.server", "-p", str(port)], stdout=stream, stderr=stream)
        try:
            with _edge_before(f"http://127.0.0.1:{port}", stream) as url:
                yield url
        finally:
            moto.kill()
            moto.wait()


@contextmanager
def _edge_before(upstream: str, log: Any) -> Iterator[str]:
    command = [str(Path(sys.executable).with_name("rehearse")), "edge", "-u", upstream, "-p", "0", "--within", "20"]
    edge = subprocess.Popen([*command, "--json"], stdout=subprocess.PIPE, stderr=log)
    assert edge.stdout is not None
    try:
        told = b""
        while not told.endswith(b"\n}\n"):
            line = edge.stdout.readline()
            assert line, "the edge did not start"
            told += line
        yield str(json.loads(told)["url"])
    finally:
        edge.terminate()
        edge.wait(5)
        edge.stdout.close()


@pytest.fixture(params=["embedded", "behind_http"])
def stage(request: pytest.FixtureRequest) -> Iterator[Stage]:
    stage = Stage(request.getfixturevalue(request.param))
    stage.make_table()
    with stage.http:
        yield stage


def test_expired_item_is_read_until_the_clock_is_advanced(stage: Stage) -> None:
    stage.put("before", -10)
    stage.enable()
    stage.put("old", -10)
    stage.put("new", 86_400)
    wait_until("the table is known", lambda: stage.clock.expired_items(stage.table) == 2, within_s=5)
    assert stage.names() == ["before", "new", "old"]

    stage.clock.advance("2d1m")

    assert stage.names() == ["new"]
    stage.clock.reset()


def test_only_its_own_item_goes_when_a_test_lets_time_pass_for_it(stage: Stage) -> None:
    stage.enable()
    stage.put("mine", 3600)
    stage.put("theirs", 3600)

    assert stage.clock.expire_items(stage.table, key="mine") == 0
    assert stage.clock.expire_items(stage.table, key="mine", ahead="2h") == 1
    assert stage.names() == ["theirs"]


def test_stream_and_journal_say_who_removed_an_item(stage: Stage) -> None:
    stage.enable()
    stage.put("expired", -10)
    stage.put("deleted", -10)
    stage.tables.delete_item(TableName=stage.table, Key={"ID": {"S": "deleted"}})
    stage.clock.expire_items(stage.table)

    assert stage.removals() == {"deleted": None, "expired": SYSTEM}
    told = {change["key"]["ID"]["S"]: change["system"] for change in stage.history()}
    assert told == {"deleted": False, "expired": True}


def test_items_stay_when_ttl_is_switched_off(stage: Stage) -> None:
    stage.enable()
    stage.put("old", -10)
    stage.enable(enabled=False)

    assert stage.clock.expire_items(stage.table) == 0
    described = stage.tables.describe_time_to_live(TableName=stage.table)["TimeToLiveDescription"]
    assert described == {"TimeToLiveStatus": "DISABLED"}


def test_settings_are_refused_as_on_aws_when_they_are_so_already(stage: Stage) -> None:
    with pytest.raises(stage.tables.exceptions.ClientError, match="TimeToLive is already disabled"):
        stage.enable(enabled=False)
    stage.enable()
    with pytest.raises(stage.tables.exceptions.ClientError, match="TimeToLive is already enabled"):
        stage.enable()


def test_lag_is_kept_when_it_is_set_for_a_table(stage: Stage) -> None:
    stage.enable()
    stage.put("old", -10)
    stage.clock.set_lag("1s", table=stage.table)

    wait_until("the item is gone", lambda: stage.names() == [], within_s=5)


def test_item_expires_when_cloudformation_switched_ttl_on(embedded: str) -> None:
    stage = Stage(embedded)
    template = {
        "Resources": {
            "Sessions": {
                "Type": "AWS::DynamoDB::Table",
                "Properties": {
                    "TableName": stage.table,
                    "BillingMode": "PAY_PER_REQUEST",
                    "KeySchema": [{"AttributeName": "ID", "KeyType": "HASH"}],
                    "AttributeDefinitions": [{"AttributeName": "ID", "AttributeType": "S"}],
                    "TimeToLiveSpecification": {"Enabled": True, "AttributeName": "ExpiresAt"},
                },
            }
        }
    }
    stacks = client("cloudformation", stage.url)
    stacks.create_stack(StackName=stage.table, TemplateBody=json.dumps(template))
    wait_until(
        "the stack is there",
        lambda: stacks.describe_stacks(StackName=stage.table)["Stacks"][0]["StackStatus"] == "CREATE_COMPLETE",
        within_s=10,
    )
    stage.put("old", -10)

    assert stage.clock.expire_items(stage.table) == 1
    stage.http.close()
