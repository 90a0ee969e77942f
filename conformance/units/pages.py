"""The requests that read many items: Query and Scan of tables and indexes, whole or in pages."""

from typing import Any

from conformance.units.drawing import Item
from conformance.units.world import World
from harness.capacity.shape import IndexShape, Key, TableShape
from harness.capacity.units import index_view, page_charges

ABSENT: dict[str, Item] = {"S": {"S": "nobody"}, "N": {"N": "-99"}, "B": {"B": b"nobody"}}
FILTER = {"FilterExpression": "attribute_exists(nobody_has_this)"}


def query(world: World) -> None:
    """Query a partition of a table, with a filter or not."""
    shape = world.shape("numbered", "indexed")
    _query(world, shape, shape.key, None)


def query_index(world: World) -> None:
    """Query a partition of an index."""
    shape = world.shape("indexed")
    index = world.draw.random.choice(shape.indexes)
    _query(world, shape, index.key, index)


def _query(world: World, shape: TableShape, key: Key, index: IndexShape | None) -> None:
    sample = world.draw.random.choice(world.items(shape) or [{}])
    if key.partition not in sample:
        return
    value = sample[key.partition] if world.chance(0.85) else ABSENT[shape.attribute_types[key.partition]]
    found = [one for one in world.items(shape) if one.get(key.partition) == value and _is_in(shape, index, one)]
    consistent = world.chance() and (index is None or index.kind == "local")
    asked, attributes = _attributes(world, index)
    request = {
        "KeyConditionExpression": "#key = :key",
        "ExpressionAttributeNames": {"#key": key.partition} | asked.pop("ExpressionAttributeNames", {}),
        "ExpressionAttributeValues": {":key": value},
        "ConsistentRead": consistent,
        **asked,
    }
    charges = page_charges(
        shape, found, consistent=consistent, index=index.name if index else "", attributes=attributes,
        key={key.partition: value},
    )  # fmt: skip
    fetches = any(charge.resource == "" and charge.told_as == "" for charge in charges) and index is not None
    kind = f"{index.kind} index{', fetching' if fetches else ''}" if index else "table"
    world.ask(f"Query, {kind}", world.client.query, _named(world, shape, index, request), {shape.name: charges})


def scan(world: World) -> None:
    """Scan a table or an index whole."""
    shape = world.shape()
    index = world.draw.random.choice([None, *shape.indexes])
    found = [one for one in world.items(shape) if _is_in(shape, index, one)]
    consistent = world.chance() and (index is None or index.kind == "local")
    request: dict[str, Any] = {"ConsistentRead": consistent, **(FILTER if world.chance(0.3) else {})}
    if world.chance(0.3):
        request["Select"] = "COUNT"
    charges = page_charges(shape, found, consistent=consistent, index=index.name if index else "")
    kind = f"{index.kind} index" if index else "table"
    world.ask(f"Scan, {kind}", world.client.scan, _named(world, shape, index, request), {shape.name: charges})


def scan_in_pages(world: World) -> None:
    """Scan a table by pages of a few items; what comes back is what was evaluated."""
    shape = world.shape()
    limit, start = world.draw.random.randint(1, 5), None
    for _ in range(3):
        consistent = world.chance()
        request: dict[str, Any] = {"Limit": limit, "ConsistentRead": consistent}
        if start is not None:
            request["ExclusiveStartKey"] = start
        told = world.client.scan(TableName=shape.name, **request)
        charges = page_charges(shape, told["Items"], consistent=consistent)
        request = _named(world, shape, None, request)
        world.ask("Scan, page of a table", world.client.scan, request, {shape.name: charges})
        start = told.get("LastEvaluatedKey")
        if start is None:
            return


def _is_in(shape: TableShape, index: IndexShape | None, item: Item) -> bool:
    return index is None or index_view(shape, index, item) is not None


def _named(world: World, shape: TableShape, index: IndexShape | None, request: dict[str, Any]) -> dict[str, Any]:
    named = {"TableName": shape.name, "ReturnConsumedCapacity": world.detail(), **request}
    return named | {"IndexName": index.name} if index else named


def _attributes(world: World, index: IndexShape | None) -> tuple[dict[str, Any], list[str] | None]:
    """Return what a query asks for: all that is projected, a count, some attributes, or all there are."""
    chosen = world.draw.random.choice(("projected", "count", "filter", "some", "all"))
    if chosen == "count":
        return {"Select": "COUNT"}, []
    if chosen == "filter":
        return dict(FILTER), []
    if chosen == "some" and (index is None or index.kind == "local"):
        return {"ProjectionExpression": "#n", "ExpressionAttributeNames": {"#n": "note"}}, ["note"]
    if chosen == "all" and index is not None and index.kind == "local":
        return {"Select": "ALL_ATTRIBUTES"}, None
    return {}, []
