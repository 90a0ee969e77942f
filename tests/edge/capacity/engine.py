"""A little DynamoDB in memory for one edge: keeps items, says what calls cost, and publishes changes if it is to."""

from collections.abc import Mapping
from typing import Any

import orjson

from harness.capacity.shape import TableShape, shape_of
from harness.capacity.units import consumed_capacity, get_charges, page_charges, place_of, write_charges
from harness.edge.aws import refusal
from harness.edge.call import Answer, Call, Namespace
from harness.edge.changes import Cause, Change, ChangeFeed, Changes

Document = Mapping[str, Any]
Item = dict[str, Any]
JSON = [(b"content-type", b"application/x-amz-json-1.0")]


class Refused(Exception):
    """The engine says no."""

    def __init__(self, code: str, **fields: Any) -> None:
        super().__init__(code)
        self.code, self.fields = code, fields


class Engine:
    """Tables by name. `calls` are those that came, `answers_with` an error for all of them."""

    def __init__(self, feed: ChangeFeed, *, publishes: bool = True) -> None:
        self.descriptions: dict[str, dict[str, Any]] = {}
        self.items: dict[str, dict[str, Item]] = {}
        self.calls: list[Call] = []
        self.answers_with: tuple[str, int] | None = None
        self.described = 0
        self.remembers_tokens = False  # takes every transaction for one that was done before
        self._feed = feed
        self._publishes = publishes
        self._changed: list[tuple[str, Change]] = []

    async def __call__(self, call: Call) -> Answer:
        document = call.document
        if call.operation == "DescribeTable":
            self.described += 1
        else:
            self.calls.append(call)
        if self.answers_with is not None and call.operation != "DescribeTable":
            code, status = self.answers_with
            return refusal(call, code, "as it was told", status)
        try:
            told = getattr(self, f"_{call.operation}")(document)
        except Refused as problem:
            self._changed.clear()
            return refusal(call, problem.code, fields=problem.fields)
        self._tell(call.namespace, call.operation)
        return Answer(200, list(JSON), orjson.dumps(told))

    @property
    def operations(self) -> list[str]:
        """The operations that came, in order."""
        return [call.operation for call in self.calls]

    def make(self, description: dict[str, Any]) -> None:
        """Make a table, past every edge."""
        name = description["TableName"]
        arn = f"arn:aws:dynamodb:us-east-1:000000000000:table/{name}"
        self.descriptions[name] = {**description, "TableArn": arn}
        self.items[name] = {}

    def put(self, table: str, item: Item) -> None:
        """Put an item that nobody hears of."""
        self.items[table][self._key(table, item)] = item

    def _tell(self, namespace: Namespace, operation: str) -> None:
        changed, self._changed = self._changed, []
        for table in dict.fromkeys(table for table, _ in changed) if self._publishes else ():
            changes = tuple(change for name, change in changed if name == table)
            self._feed.publish(Changes(namespace, table, 0.0, changes, Cause(operation)))

    def _shape(self, table: str) -> TableShape:
        if table not in self.descriptions:
            raise Refused("ResourceNotFoundException")
        return shape_of(self.descriptions[table])

    def _key(self, table: str, item: Document) -> str:
        return place_of(self._shape(table).key, item).item

    def _write(self, table: str, key: Document, after: Item | None) -> list[Any]:
        shape, where = self._shape(table), self._key(table, key)
        before = self.items[table].pop(where, None)
        if after is not None:
            self.items[table][where] = after
        if before is not None or after is not None:
            self._changed.append((table, Change({name: key[name] for name in shape.key.names}, before, after)))
        return write_charges(shape, before, after, key=key)

    def _capacity(self, asked: Document, table: str, charges: list[Any]) -> dict[str, Any]:
        wish = asked.get("ReturnConsumedCapacity", "NONE")
        return {} if wish == "NONE" else {"ConsumedCapacity": consumed_capacity(self._shape(table), charges, wish)}

    def _condition(self, asked: Document, table: str, key: Document) -> None:
        existing = self.items.get(table, {}).get(self._key(table, key))
        if "attribute_not_exists" in asked.get("ConditionExpression", "") and existing is not None:
            raise Refused("ConditionalCheckFailedException")

    def _DescribeTable(self, asked: Document) -> Any:  # noqa: N802
        self._shape(asked["TableName"])
        return {"Table": self.descriptions[asked["TableName"]]}

    def _UpdateTable(self, asked: Document) -> Any:  # noqa: N802
        self.descriptions[asked["TableName"]] |= asked
        return {"TableDescription": self.descriptions[asked["TableName"]]}

    def _DeleteTable(self, asked: Document) -> Any:  # noqa: N802
        return {"TableDescription": self.descriptions.pop(asked["TableName"])}

    def _PutItem(self, asked: Document) -> Any:  # noqa: N802
        self._condition(asked, asked["TableName"], asked["Item"])
        return self._capacity(
            asked, asked["TableName"], self._write(asked["TableName"], asked["Item"], dict(asked["Item"]))
        )

    def _DeleteItem(self, asked: Document) -> Any:  # noqa: N802
        return self._capacity(asked, asked["TableName"], self._write(asked["TableName"], asked["Key"], None))

    def _UpdateItem(self, asked: Document) -> Any:  # noqa: N802
        """Do `SET a = :a, …` alone, and `SET a = a + :a` as if it were the first."""
        table, key = asked["TableName"], asked["Key"]
        after = {**(self.items[table].get(self._key(table, key)) or {}), **key}
        for clause in asked["UpdateExpression"].removeprefix("SET ").split(","):
            name, _, value = clause.strip().partition(" = ")
            after[name] = asked["ExpressionAttributeValues"][":" + value.partition(":")[2]]
        return self._capacity(asked, table, self._write(table, key, after))

    def _GetItem(self, asked: Document) -> Any:  # noqa: N802
        item = self.items[asked["TableName"]].get(self._key(asked["TableName"], asked["Key"]))
        charges = get_charges(item, key=asked["Key"], consistent=asked.get("ConsistentRead", False))
        return {**({"Item": item} if item else {}), **self._capacity(asked, asked["TableName"], charges)}

    def _Query(self, asked: Document) -> Any:  # noqa: N802
        shape = self._shape(asked["TableName"])
        index = shape.index(asked.get("IndexName", ""))
        name = (index or shape).key.partition
        (value,) = asked["ExpressionAttributeValues"].values()
        items = [one for one in self.items[shape.name].values() if one.get(name) == value]
        charges = page_charges(shape, items, consistent=False, index=asked.get("IndexName", ""), key={name: value})
        return {"Items": items, "Count": len(items), **self._capacity(asked, shape.name, charges)}

    def _BatchWriteItem(self, asked: Document) -> Any:  # noqa: N802
        for table, requests in asked["RequestItems"].items():
            for request in requests:
                put = request.get("PutRequest")
                self._write(table, put["Item"] if put else request["DeleteRequest"]["Key"], put and dict(put["Item"]))
        return {"UnprocessedItems": {}}

    def _BatchGetItem(self, asked: Document) -> Any:  # noqa: N802
        found = {
            table: [self.items[table][self._key(table, key)] for key in wanted["Keys"]]
            for table, wanted in asked["RequestItems"].items()
        }
        return {"Responses": found, "UnprocessedKeys": {}}

    def _TransactWriteItems(self, asked: Document) -> Any:  # noqa: N802
        if self.remembers_tokens:
            return {}
        for entry in asked["TransactItems"]:
            ((_, action),) = entry.items()
            try:
                self._condition(action, action["TableName"], action.get("Item") or action["Key"])
            except Refused as problem:
                reasons = [{"Code": "ConditionalCheckFailed"} for _ in asked["TransactItems"]]
                raise Refused("TransactionCanceledException", CancellationReasons=reasons) from problem
        for entry in asked["TransactItems"]:
            ((name, action),) = entry.items()
            if name == "Put":
                self._write(action["TableName"], action["Item"], dict(action["Item"]))
        return {}

    def _TransactGetItems(self, asked: Document) -> Any:  # noqa: N802
        gets = [entry["Get"] for entry in asked["TransactItems"]]
        return {"Responses": [self._GetItem({**one, "ReturnConsumedCapacity": "NONE"}) for one in gets]}

    def _BatchExecuteStatement(self, asked: Document) -> Any:  # noqa: N802
        for one in asked["Statements"]:
            self._write("wallets", {"PK": one["Parameters"][0]}, {"PK": one["Parameters"][0]})
        return {"Responses": [{"TableName": "wallets"} for _ in asked["Statements"]]}
