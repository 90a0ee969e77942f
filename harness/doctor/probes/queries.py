"""Queries: order, pages, filters, and indexes that follow their table."""

from typing import Any

from harness.doctor.examination import Examination
from harness.doctor.probe import broken_unless, probe

COUNT = 25
OWNER = {"ExpressionAttributeNames": {"#o": "Owner"}}
INDEX = {
    "IndexName": "ByOwner",
    "KeySchema": [{"AttributeName": "Owner", "KeyType": "HASH"}, {"AttributeName": "Sort", "KeyType": "RANGE"}],
    "Projection": {"ProjectionType": "ALL"},
}


@probe(
    "dynamodb.queries",
    "Queries give every item once, in order, page by page, by the table and by an index",
    does=f"pages through {COUNT} items forwards and backwards, moves an item in an index and out of it",
    documented="results are in the order of the sort key, pages are of Limit items; an index holds "
    "the items that have its keys",
    source="https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/Query.html",
)
def queries(examination: Examination) -> str:
    client = examination.client("dynamodb")
    owner = [{"AttributeName": "Owner", "AttributeType": "S"}]
    table = examination.table(sort_key=True, AttributeDefinitions=owner, GlobalSecondaryIndexes=[INDEX])
    wanted = [f"{number:03}" for number in range(COUNT)]
    for name in reversed(wanted):
        client.put_item(TableName=table, Item={"ID": {"S": "p"}, "Sort": {"S": name}, "Owner": {"S": "me"}})
    request = {
        "TableName": table,
        "KeyConditionExpression": "ID = :p",
        "ExpressionAttributeValues": {":p": {"S": "p"}},
        "Limit": 10,
    }
    for forward, order in ((True, wanted), (False, wanted[::-1])):
        pages = _pages(client, {**request, "ScanIndexForward": forward})
        found = [name for page in pages for name in page]
        broken_unless(found == order, f"pages of a query gave {found}, expected {order}")
        broken_unless([len(page) for page in pages[:3]] == [10, 10, 5], f"pages of 10 had {[*map(len, pages)]}")
    by_owner = {"TableName": table, "IndexName": "ByOwner", "KeyConditionExpression": "#o = :o", **OWNER}
    change = {"TableName": table, "Key": {"ID": {"S": "p"}, "Sort": {"S": "000"}}, **OWNER}
    client.update_item(**change, UpdateExpression="SET #o = :o", ExpressionAttributeValues={":o": {"S": "you"}})
    examination.until("the index follows the item", lambda: _found(client, by_owner, "you") == ["000"], within_s=5)
    mine = _found(client, by_owner, "me")
    broken_unless(mine == wanted[1:], f"an index still gives {mine} of an owner whom an item has left")
    client.update_item(**change, UpdateExpression="REMOVE #o")
    examination.until("the index drops the item", lambda: not _found(client, by_owner, "you"), within_s=5)
    return f"{COUNT} items in order both ways in pages of 10; an index follows changes"


def _pages(client: Any, request: dict[str, Any]) -> list[list[str]]:
    pages: list[list[str]] = []
    start: dict[str, Any] = {}
    while True:
        answer = client.query(**request, **start)
        pages.append([item["Sort"]["S"] for item in answer["Items"]])
        if "LastEvaluatedKey" not in answer or len(pages) > COUNT:
            return pages
        start = {"ExclusiveStartKey": answer["LastEvaluatedKey"]}


def _found(client: Any, request: dict[str, Any], owner: str) -> list[str]:
    answer = client.query(**request, ExpressionAttributeValues={":o": {"S": owner}})
    return [item["Sort"]["S"] for item in answer["Items"]]
