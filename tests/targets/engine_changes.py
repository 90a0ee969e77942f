"""Writes to the engine in every way it knows, in a process of its own; prints what was told of it, as JSON lines.

Started by test_engine_tables.py, because the engine reads its environment when it is imported.
"""

import asyncio
import inspect
import json
import sys
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from harness.edge.call import Namespace
from harness.edge.changes import ChangeFeed, Changes
from harness.edge.clock import EdgeClock
from harness.edge.upstream import AsgiUpstream, UpstreamRefused, ask, own_call
from harness.targets.embedded import engine

HERE = Namespace("000000000000", "us-east-1")
OTHER = Namespace("111111111111", "eu-west-1", "111111111111")
Asked = Callable[..., Any]


def say(line: object) -> None:
    sys.stdout.write(json.dumps(line) + "\n")


def key(name: str) -> dict[str, Any]:
    return {"ID": {"S": name}}


async def write(asked: Asked) -> None:
    for namespace in (HERE, OTHER):
        await asked(
            "CreateTable",
            namespace=namespace,
            BillingMode="PAY_PER_REQUEST",
            KeySchema=[{"AttributeName": "ID", "KeyType": "HASH"}],
            AttributeDefinitions=[{"AttributeName": "ID", "AttributeType": "S"}],
        )
    await asked("PutItem", Item={**key("a"), "N": {"N": "1"}})
    await asked("PutItem", Item={**key("a"), "N": {"N": "2"}}, ConditionExpression="attribute_not_exists(ID)")
    await asked("UpdateItem", Key=key("a"), UpdateExpression="ADD N :n", ExpressionAttributeValues={":n": {"N": "4"}})
    await asked("DeleteItem", Key=key("none"))
    await asked("DeleteItem", Key=key("a"))
    await asked(
        "BatchWriteItem", table="", RequestItems={"Things": [{"PutRequest": {"Item": key(name)}} for name in "bc"]}
    )
    put, delete = (
        {"Put": {"TableName": "Things", "Item": key("d")}},
        {"Delete": {"TableName": "Things", "Key": key("b")}},
    )
    await asked("TransactWriteItems", table="", TransactItems=[put, delete])
    refused = {"Delete": {"TableName": "Things", "Key": key("c"), "ConditionExpression": "attribute_not_exists(ID)"}}
    await asked(
        "TransactWriteItems", table="", TransactItems=[{"Delete": {**delete["Delete"], "Key": key("d")}}, refused]
    )
    await asked("ExecuteStatement", table="", Statement="INSERT INTO Things VALUE {'ID': 'e', 'X': 1}")
    statements = [
        "INSERT INTO Things VALUE {'ID': 'f'}",
        "INSERT INTO Things VALUE {'ID': 'e'}",
    ]  # the second is there already
    await asked("ExecuteTransaction", table="", TransactStatements=[{"Statement": one} for one in statements])
    await asked("PutItem", namespace=OTHER, Item=key("a"))
    await asked("DeleteTable")


async def expire(asked: Asked) -> None:
    from harness.targets.embedded.tables import expiry

    await asked(
        "CreateTable",
        BillingMode="PAY_PER_REQUEST",
        KeySchema=[{"AttributeName": "ID", "KeyType": "HASH"}],
        AttributeDefinitions=[{"AttributeName": "ID", "AttributeType": "S"}],
        StreamSpecification={"StreamEnabled": True, "StreamViewType": "NEW_AND_OLD_IMAGES"},
    )
    await asked("PutItem", Item={**key("old"), "Ends": {"N": "10"}})
    await asked("PutItem", Item={**key("renewed"), "Ends": {"N": "20"}})
    for name in ("old", "renewed", "none"):
        say({"deleted": expiry.delete_expired(HERE, "Things", key(name), "Ends", "10")})
    from ministack.services import dynamodb

    records = [record for records in dynamodb._stream_records.all_values() for record in records]
    say({"identities": [record.get("userIdentity") for record in records]})


async def replace(asked: Asked) -> None:
    """Let CloudFormation put an empty table in the place of one that is there."""
    from ministack.core.responses import request_scope
    from ministack.services.cloudformation import provisioners

    await asked(
        "CreateTable",
        BillingMode="PAY_PER_REQUEST",
        KeySchema=[{"AttributeName": "ID", "KeyType": "HASH"}],
        AttributeDefinitions=[{"AttributeName": "ID", "AttributeType": "S"}],
    )
    properties = {"TableName": "Things", "KeySchema": [{"AttributeName": "ID", "KeyType": "HASH"}]}
    with request_scope(HERE.account, HERE.region):
        # Past its mend, as a table without a name of its own comes again under the name that the engine makes up.
        inspect.unwrap(provisioners._ddb_create)("Things", properties, "stack")


async def compare(_: Asked) -> None:
    """Ask the same by both ways into the engine."""
    from ministack.app import app

    from harness.targets.embedded.calling import EngineUpstream

    for operation, document in [
        ("ListTables", {}),
        ("GetItem", {"TableName": "none", "Key": key("a")}),
        ("NoSuchOperation", {}),
    ]:
        told = []
        for upstream in (EngineUpstream(app), AsgiUpstream(app)):
            answer = await upstream(own_call(HERE, operation, document))
            told.append([answer.status, answer.body.decode(), _kept(dict(answer.headers))])
        say({"operation": operation, "ways": told})


def _kept(headers: Mapping[bytes, bytes]) -> dict[str, str]:
    return {
        name.decode().lower(): value.decode()
        for name, value in headers.items()
        if name.lower() in (b"content-type", b"content-length", b"x-amz-crc32", b"x-amzn-errortype")
    }


def main() -> None:
    engine.configure(port=9, region="us-east-1", work=Path(sys.argv[2]))
    from harness.targets.embedded import mends
    from harness.targets.embedded.calling import EngineUpstream

    mends.install()
    from ministack.app import app

    feed = ChangeFeed()
    engine.telling_of_changes()(feed, EdgeClock())
    feed.listen(lambda changes: say(_told(changes)))
    feed.listen_to_tables(
        lambda event: say({"table": event.table, "account": event.namespace.account, "event": event.happened})
    )
    upstream = EngineUpstream(app)

    async def asked(operation: str, *, namespace: Namespace = HERE, table: str = "Things", **document: Any) -> Any:
        try:
            return await ask(upstream, namespace, operation, {**({"TableName": table} if table else {}), **document})
        except UpstreamRefused as refused:
            say({"refused": operation, "code": refused.code})

    asyncio.run({"write": write, "expire": expire, "replace": replace, "compare": compare}[sys.argv[1]](asked))


def _told(changes: Changes) -> dict[str, Any]:
    return {
        "operation": changes.cause.operation,
        "system": changes.cause.system,
        "table": changes.table,
        "account": changes.namespace.account,
        "transaction": bool(changes.transaction),
        "changes": [[one.key["ID"]["S"], one.before, one.after] for one in changes.changes],
    }


if __name__ == "__main__":
    main()
