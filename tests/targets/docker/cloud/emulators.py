"""Two DynamoDBs that fit on a page, as far as placing needs them: what they hold, and what they were asked."""

import asyncio
from collections.abc import Callable, Mapping
from typing import Any

import orjson

from harness.edge.call import Answer, Call, Namespace
from harness.edge.upstream import own_call
from harness.targets.docker.cloud.copies import Copies
from harness.targets.docker.cloud.dynamodb import DynamoDb
from harness.targets.docker.cloud.placing import Places
from harness.targets.docker.cloud.registry import Registry

Document = dict[str, Any]
HERE = Namespace("000000000000", "us-east-1")
STREAM: Document = {"StreamSpecification": {"StreamEnabled": True, "StreamViewType": "NEW_IMAGE"}}


class Refused(Exception):
    def __init__(self, code: str, status: int = 400) -> None:
        self.code, self.status = code, status


class Emulator:
    """Tables with the key `PK`, by account and name; every call gives way once."""

    def __init__(self) -> None:
        self.tables: dict[tuple[str, str], Document] = {}
        self.items: dict[tuple[str, str], dict[str, Document]] = {}
        self.asked: list[tuple[str, Document]] = []
        self.failing: dict[str, Refused] = {}  # by operation
        self.before: dict[str, Callable[[], Any]] = {}  # awaited before an operation
        self._made = 0

    async def __call__(self, call: Call) -> Answer:
        document = orjson.loads(call.body or b"{}")
        self.asked.append((call.operation, document))
        await asyncio.sleep(0)
        if call.operation in self.before:
            await self.before[call.operation]()
        try:
            if call.operation in self.failing:
                raise self.failing[call.operation]
            return answer_of(getattr(self, f"_{call.operation}")(call.namespace.account, document))
        except Refused as problem:
            return answer_of({"__type": problem.code, "message": "no"}, problem.status)

    def make(self, name: str, account: str = HERE.account, **more: Any) -> None:
        """Make a table as CloudFormation does, past the edge."""
        self._CreateTable(account, {**table_of(name), **more})

    def held(self, name: str, account: str = HERE.account) -> list[str]:
        """Return the keys of a table's items."""
        return sorted(self.items[account, name])

    def count(self, operation: str) -> int:
        return sum(asked == operation for asked, _ in self.asked)

    def _table(self, account: str, document: Document) -> Document:
        try:
            return self.tables[account, document["TableName"]]
        except KeyError:
            raise Refused("ResourceNotFoundException") from None

    def _CreateTable(self, account: str, document: Document) -> Document:  # noqa: N802
        where = (account, document["TableName"])
        if where in self.tables:
            raise Refused("ResourceInUseException")
        self._made += 1
        self.tables[where] = {
            **document,
            "TableId": f"id-{self._made}",
            "TableStatus": "ACTIVE",
            "BillingModeSummary": {"BillingMode": document["BillingMode"]},
        }
        self.items[where] = {}
        return {"TableDescription": self.tables[where]}

    def _DescribeTable(self, account: str, document: Document) -> Document:  # noqa: N802
        table = self._table(account, document)
        return {"Table": {**table, "ItemCount": len(self.items[account, document["TableName"]])}}

    def _UpdateTable(self, account: str, document: Document) -> Document:  # noqa: N802
        table = self._table(account, document)
        for update in document.get("GlobalSecondaryIndexUpdates", ()):
            indexes = table.setdefault("GlobalSecondaryIndexes", [])
            if "Create" in update:
                indexes.append(update["Create"])
            else:
                indexes[:] = [one for one in indexes if one["IndexName"] != update["Delete"]["IndexName"]]
        table.update({name: document[name] for name in ("StreamSpecification",) if name in document})
        return {"TableDescription": table}

    def _DeleteTable(self, account: str, document: Document) -> Document:  # noqa: N802
        table = self._table(account, document)
        del self.tables[account, document["TableName"]], self.items[account, document["TableName"]]
        return {"TableDescription": table}

    def _ListTables(self, account: str, _: Document) -> Document:  # noqa: N802
        return {"TableNames": [name for owner, name in self.tables if owner == account]}

    def _PutItem(self, account: str, document: Document) -> Document:  # noqa: N802
        self._table(account, document)
        self.items[account, document["TableName"]][document["Item"]["PK"]["S"]] = document["Item"]
        return {}

    def _GetItem(self, account: str, document: Document) -> Document:  # noqa: N802
        self._table(account, document)
        item = self.items[account, document["TableName"]].get(document["Key"]["PK"]["S"])
        return {"Item": item} if item else {}

    def _Scan(self, account: str, document: Document) -> Document:  # noqa: N802
        """Return two items a page."""
        self._table(account, document)
        names = sorted(self.items[account, document["TableName"]])
        after = document.get("ExclusiveStartKey", {"PK": {"S": ""}})["PK"]["S"]
        page = [name for name in names if name > after][:2]
        more = {"LastEvaluatedKey": {"PK": {"S": page[-1]}}} if page and page[-1] != names[-1] else {}
        return {"Items": [self.items[account, document["TableName"]][name] for name in page], **more}

    def _BatchWriteItem(self, account: str, document: Document) -> Document:  # noqa: N802
        for table, requests in document["RequestItems"].items():
            for request in requests:
                self._PutItem(account, {"TableName": table, **request["PutRequest"]})
        return {"UnprocessedItems": {}, "ConsumedCapacity": [{"TableName": name} for name in document["RequestItems"]]}

    def _BatchGetItem(self, account: str, document: Document) -> Document:  # noqa: N802
        found = {}
        for table, wanted in document["RequestItems"].items():
            got = [self._GetItem(account, {"TableName": table, "Key": key}).get("Item") for key in wanted["Keys"]]
            found[table] = [item for item in got if item]
        return {"Responses": found, "UnprocessedKeys": {}}

    def _TransactWriteItems(self, account: str, document: Document) -> Document:  # noqa: N802
        for action in document["TransactItems"]:
            self._PutItem(account, action["Put"])
        return {}

    def _ExecuteStatement(self, _account: str, _document: Document) -> Document:  # noqa: N802
        return {"Items": []}

    def _ListStreams(self, _account: str, _document: Document) -> Document:  # noqa: N802
        return {"Streams": []}


class Pair:
    """DynamoDB over a LocalStack and a DynamoDB Local."""

    def __init__(self, registry: Registry | None = None, **places: Any) -> None:
        self.localstack, self.local = Emulator(), Emulator()
        copies = Copies(self.local)
        self.places = Places(self.localstack, copies, registry, **places)
        self.dynamodb = DynamoDb(self.localstack, self.local, self.places, copies)

    async def ask(self, operation: str, document: Document, namespace: Namespace = HERE) -> Answer:
        """Make one call."""
        return await self.dynamodb(own_call(namespace, operation, document))

    async def put(self, table: str, key: str) -> Answer:
        return await self.ask("PutItem", put(table, key))


def put(table: str, key: str) -> Document:
    return {"TableName": table, "Item": {"PK": {"S": key}}}


def table_of(name: str) -> Document:
    """Return a CreateTable request."""
    return {
        "TableName": name,
        "KeySchema": [{"AttributeName": "PK", "KeyType": "HASH"}],
        "AttributeDefinitions": [{"AttributeName": "PK", "AttributeType": "S"}],
        "BillingMode": "PAY_PER_REQUEST",
    }


def index_of(name: str, attribute: str) -> Document:
    return {
        "IndexName": name,
        "KeySchema": [{"AttributeName": attribute, "KeyType": "HASH"}],
        "Projection": {"ProjectionType": "ALL"},
    }


def answer_of(document: Mapping[str, Any], status: int = 200) -> Answer:
    body = orjson.dumps(document)
    return Answer(status, [(b"content-type", b"application/x-amz-json-1.0"), (b"x-amz-crc32", b"1")], body)
