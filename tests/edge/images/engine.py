"""A DynamoDB that fits on a page: enough of it to see whether images are right, and made to fail on demand."""

import asyncio
import copy
from typing import Any

import orjson

from harness.edge.call import Answer, Call, Namespace
from harness.edge.upstream import own_call

NAMESPACE = Namespace("000000000000", "us-east-1")
Document = dict[str, Any]


class Refused(Exception):
    def __init__(self, code: str, status: int = 400) -> None:
        self.code, self.status = code, status


class Engine:
    """Tables with the key `PK`; every call gives way once, so that others may come between."""

    def __init__(self, *tables: str) -> None:
        self.tables: dict[str, dict[str, Document]] = {table: {} for table in tables}
        self.asked: list[tuple[str, Document]] = []
        self.ailing: list[str] = []  # of the next calls: "lost before", "lost after", "broken", "unreached", ""
        self.ailing_operations = {"PutItem", "DeleteItem", "UpdateItem", "TransactWriteItems", "BatchWriteItem"}
        self.unprocessed = 0

    async def __call__(self, call: Call) -> Answer:
        operation, document = call.operation, orjson.loads(call.body or b"{}")
        self.asked.append((operation, document))
        await asyncio.sleep(0)
        ailment = self.ailing.pop(0) if self.ailing and operation in self.ailing_operations else ""
        if ailment == "unreached":
            call.marks["upstream"] = "unreached"
            return answer_of({}, 502)
        if ailment == "lost before":
            call.marks["upstream"] = "unknown"
            return answer_of({}, 502)
        if ailment == "broken":
            return answer_of({}, 500)
        try:
            told = getattr(self, f"_{operation}")(document)
        except Refused as refusal:
            return answer_of({"__type": refusal.code, "message": "no"}, refusal.status)
        if ailment == "lost after":
            call.marks["upstream"] = "unknown"
            return answer_of({}, 502)
        return answer_of(told)

    def _table(self, document: Document) -> dict[str, Document]:
        if document["TableName"] not in self.tables:
            raise Refused("ResourceNotFoundException")
        return self.tables[document["TableName"]]

    def _DescribeTable(self, document: Document) -> Document:  # noqa: N802
        self._table(document)
        return {"Table": {"KeySchema": [{"AttributeName": "PK", "KeyType": "HASH"}]}}

    def _GetItem(self, document: Document) -> Document:  # noqa: N802
        assert document["ConsistentRead"]
        item = self._table(document).get(document["Key"]["PK"]["S"])
        return {"Item": item} if item else {}

    def _BatchGetItem(self, document: Document) -> Document:  # noqa: N802
        found = {}
        for table, wanted in document["RequestItems"].items():
            assert wanted["ConsistentRead"]
            items = self.tables[table]
            found[table] = [items[key["PK"]["S"]] for key in wanted["Keys"] if key["PK"]["S"] in items]
        return {"Responses": found}

    def _Scan(self, document: Document) -> Document:  # noqa: N802
        return {"Items": list(self._table(document).values())}

    def _PutItem(self, document: Document) -> Document:  # noqa: N802
        items, item = self._table(document), document["Item"]
        old = items.get(item["PK"]["S"])
        if "ConditionExpression" in document and old:
            raise Refused("ConditionalCheckFailedException")
        items[item["PK"]["S"]] = item
        return {"Attributes": old} if old and document.get("ReturnValues") == "ALL_OLD" else {}

    def _DeleteItem(self, document: Document) -> Document:  # noqa: N802
        old = self._table(document).pop(document["Key"]["PK"]["S"], None)
        return {"Attributes": old} if old and document.get("ReturnValues") == "ALL_OLD" else {}

    def _UpdateItem(self, document: Document) -> Document:  # noqa: N802
        """Set `V` to the value `:v`; the expression is not read."""
        items, key = self._table(document), document["Key"]
        old = items.get(key["PK"]["S"])
        new = {**(old or key), "V": document["ExpressionAttributeValues"][":v"]}
        items[key["PK"]["S"]] = new
        asked = document.get("ReturnValues", "NONE")
        told = {"ALL_OLD": old, "ALL_NEW": new, "UPDATED_NEW": {"V": new["V"]}}.get(asked)
        return {"Attributes": told} if told else {}

    def _BatchWriteItem(self, document: Document) -> Document:  # noqa: N802
        left: Document = {}
        for table, requests in document["RequestItems"].items():
            for request in requests:
                if self.unprocessed:
                    self.unprocessed -= 1
                    left.setdefault(table, []).append(request)
                elif "PutRequest" in request:
                    self._PutItem({"TableName": table, **request["PutRequest"]})
                else:
                    self._DeleteItem({"TableName": table, **request["DeleteRequest"]})
        return {"UnprocessedItems": left}

    def _TransactWriteItems(self, document: Document) -> Document:  # noqa: N802
        before = copy.deepcopy(self.tables)
        try:
            for action in document["TransactItems"]:
                for kind, part in action.items():
                    if kind != "ConditionCheck":
                        getattr(self, f"_{kind}Item")(part)
        except Refused:
            self.tables = before
            raise Refused("TransactionCanceledException") from None
        return {}

    def _ExecuteStatement(self, document: Document) -> Document:  # noqa: N802
        """Delete everything that begins with `a`, whatever the statement says."""
        for items in self.tables.values():
            for name in [name for name in items if name.startswith("a")]:
                del items[name]
        return {"Items": []}


def answer_of(document: Document, status: int = 200) -> Answer:
    body = orjson.dumps(document)
    headers = [(b"content-type", b"application/x-amz-json-1.0"), (b"x-amz-crc32", b"1")]
    return Answer(status, [*headers, (b"content-length", b"%d" % len(body))], body)


def call_of(operation: str, document: Document, namespace: Namespace = NAMESPACE) -> Call:
    call = own_call(namespace, operation, document)
    call.trace, call.caller = "1-trace", "wallet-service"
    return call
