"""On real engines, with the images that the variables choose: tables of a stack are where they should be, and whole."""

import json
from collections.abc import Iterator
from typing import Any

import boto3
import httpx
import pytest
from botocore.exceptions import ClientError

from harness.targets import Environment, open_environment
from harness.waiting import wait_until
from tests.targets.docker.test_real_containers import lacking

pytestmark = pytest.mark.slow

_STREAM = {"StreamViewType": "NEW_AND_OLD_IMAGES"}


@pytest.fixture(scope="module")
def environment() -> Iterator[Environment]:
    if why := lacking():
        pytest.skip(why)
    with open_environment("docker", instance="cloud-on-real-engines") as opened:
        yield opened


@pytest.fixture(scope="module")
def stack(environment: Environment) -> str:
    """A stack of two tables: `Plain`, with an index, and `Fed`, with a stream."""
    client = environment.client("cloudformation")
    template = {"Resources": {"Plain": _table("real-Plain", _index("ByOwner")), "Fed": _table("real-Fed", {}, _STREAM)}}
    client.create_stack(StackName="real", TemplateBody=json.dumps(template))
    client.get_waiter("stack_create_complete").wait(StackName="real", WaiterConfig={"Delay": 1, "MaxAttempts": 120})
    return "real"


def _index(name: str) -> dict[str, Any]:
    keys = [{"AttributeName": "Owner", "KeyType": "HASH"}]
    return {"GlobalSecondaryIndexes": [{"IndexName": name, "KeySchema": keys, "Projection": {"ProjectionType": "ALL"}}]}


def _table(name: str, more: dict[str, Any], stream: dict[str, Any] | None = None) -> dict[str, Any]:
    names = ["PK", "Owner"] if more else ["PK"]
    properties = {
        "TableName": name,
        "BillingMode": "PAY_PER_REQUEST",
        "AttributeDefinitions": [{"AttributeName": one, "AttributeType": "S"} for one in names],
        "KeySchema": [{"AttributeName": "PK", "KeyType": "HASH"}],
        **more,
        **({"StreamSpecification": stream} if stream else {}),
    }
    return {"Type": "AWS::DynamoDB::Table", "Properties": properties}


def _direct(environment: Environment, service: str) -> Any:
    """Return a client of an engine itself, past the edge."""
    ports = json.loads((environment.directory / "state.json").read_text())["ports"]["parts"]
    return boto3.client(
        "dynamodb",
        endpoint_url=f"http://127.0.0.1:{ports[service]}",
        region_name=environment.region,
        aws_access_key_id=environment.account_id,
        aws_secret_access_key="none",
    )


def _keys(client: Any, table: str) -> list[str]:
    return sorted(item["PK"]["S"] for item in client.scan(TableName=table)["Items"])


@pytest.mark.usefixtures("stack")
def test_items_are_in_dynamodb_local_unless_their_table_has_a_stream(environment: Environment) -> None:
    client = environment.client("dynamodb")
    writes = [{"PutRequest": {"Item": {"PK": {"S": "a"}, "Owner": {"S": "me"}}}}]

    client.batch_write_item(RequestItems={"real-Plain": writes, "real-Fed": writes})

    local, localstack = _direct(environment, "dynamodb"), _direct(environment, "localstack")
    assert (_keys(local, "real-Plain"), _keys(localstack, "real-Plain")) == (["a"], [])
    assert "a" in _keys(localstack, "real-Fed")
    assert local.list_tables()["TableNames"] == ["real-Plain"]
    found = client.query(
        TableName="real-Plain",
        IndexName="ByOwner",
        KeyConditionExpression="#o = :o",
        ExpressionAttributeNames={"#o": "Owner"},
        ExpressionAttributeValues={":o": {"S": "me"}},
    )
    assert found["Count"] == 1
    described = client.describe_table(TableName="real-Plain")["Table"]
    assert (described["ItemCount"], described["TableArn"].rpartition("/")[2]) == (1, "real-Plain")


@pytest.mark.usefixtures("stack")
def test_transaction_over_both_engines_is_refused_and_writes_nothing(environment: Environment) -> None:
    client = environment.client("dynamodb")
    puts = [{"Put": {"TableName": name, "Item": {"PK": {"S": "both"}}}} for name in ("real-Plain", "real-Fed")]

    with pytest.raises(ClientError, match="real-Fed in LocalStack; real-Plain in DynamoDB Local"):
        client.transact_write_items(TransactItems=puts)

    assert "both" not in (*_keys(client, "real-Plain"), *_keys(client, "real-Fed"))


@pytest.mark.usefixtures("stack")
def test_items_are_in_the_stream_when_their_table_feeds_one(environment: Environment) -> None:
    client, streams = environment.client("dynamodb"), environment.client("dynamodbstreams")
    client.put_item(TableName="real-Fed", Item={"PK": {"S": "fed"}})
    arn = client.describe_table(TableName="real-Fed")["Table"]["LatestStreamArn"]

    def names() -> list[str]:
        shards = streams.describe_stream(StreamArn=arn)["StreamDescription"]["Shards"]
        found = []
        for shard in shards:
            iterator = streams.get_shard_iterator(
                StreamArn=arn, ShardId=shard["ShardId"], ShardIteratorType="TRIM_HORIZON"
            )["ShardIterator"]
            records = streams.get_records(ShardIterator=iterator)["Records"]
            found += [record["dynamodb"]["Keys"]["PK"]["S"] for record in records]
        return found

    wait_until("the stream has the item", lambda: "fed" in names(), within_s=30)


@pytest.mark.usefixtures("stack")
def test_host_reaches_the_admin_endpoints_and_containers_do_not(environment: Environment) -> None:
    url = f"{environment.aws_endpoint_url}/_rehearsal"

    health = httpx.get(f"{url}/health", timeout=30).raise_for_status().json()
    killed = httpx.post(f"{url}/functions/kill", json={"function": "any"}, timeout=30)
    by_name = httpx.get(f"{url}/health", headers={"host": "edge:4566"}, timeout=30)

    assert (health["target"], "localstack" in health["container_images"]) == ("docker", True)
    assert (killed.status_code, killed.json()["error"]["code"]) == (501, "target_lacks")
    assert by_name.status_code == 403
    assert httpx.get(f"{url}/clock", timeout=30).json()["functions_follow"] is False
