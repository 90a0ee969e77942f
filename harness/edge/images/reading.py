"""Reading items of an upstream as they are, past every room."""

import asyncio
from collections.abc import Iterable, Sequence
from typing import Any

from harness.edge.call import Namespace
from harness.edge.changes import Item
from harness.edge.images.spots import Spot, spot_in
from harness.edge.locks import Name
from harness.edge.tables import KeySchema
from harness.edge.upstream import Upstream, UpstreamRefused, ask

Found = dict[Name, Item]  # by the names of spots

BATCH_MAX = 100
_ROUNDS_MAX = 10
_PAUSE_S = 0.05


async def read_item(upstream: Upstream, spot: Spot) -> Item | None:
    """Return an item as it is now, None when there is none; raises UpstreamRefused."""
    asked = {"TableName": spot.table, "Key": spot.key, "ConsistentRead": True}
    found: Item | None = (await ask(upstream, spot.namespace, "GetItem", asked)).get("Item")
    return found or None


async def read_items(upstream: Upstream, spots: Sequence[Spot]) -> Found:
    """Return those of the items that exist; raises UpstreamRefused."""
    if len(spots) == 1:
        item = await read_item(upstream, spots[0])
        return {spots[0].name: item} if item else {}
    found: Found = {}
    for start in range(0, len(spots), BATCH_MAX):
        found |= await _read_batch(upstream, spots[start : start + BATCH_MAX])
    return found


async def read_table(upstream: Upstream, namespace: Namespace, table: str, schema: KeySchema) -> Found:
    """Return all items of a table; raises UpstreamRefused."""
    asked: dict[str, Any] = {"TableName": table, "ConsistentRead": True}
    found: Found = {}
    while True:
        page = await ask(upstream, namespace, "Scan", asked)
        found |= _by_name(page.get("Items", ()), namespace, table, schema)
        if not page.get("LastEvaluatedKey"):
            return found
        asked["ExclusiveStartKey"] = page["LastEvaluatedKey"]


async def _read_batch(upstream: Upstream, spots: Sequence[Spot]) -> Found:
    namespace = spots[0].namespace
    schemas = {spot.table: spot.schema for spot in spots}
    wanted: dict[str, Any] = {table: {"ConsistentRead": True, "Keys": []} for table in schemas}
    for spot in spots:
        wanted[spot.table]["Keys"].append(spot.key)
    found: Found = {}
    for _ in range(_ROUNDS_MAX):
        told = await ask(upstream, namespace, "BatchGetItem", {"RequestItems": wanted})
        for table, items in told.get("Responses", {}).items():
            found |= _by_name(items, namespace, table, schemas[table])
        wanted = told.get("UnprocessedKeys") or {}
        if not wanted:
            return found
        await asyncio.sleep(_PAUSE_S)
    raise UpstreamRefused("BatchGetItem", 200, "UnprocessedKeys", f"still some after {_ROUNDS_MAX} rounds")


def _by_name(items: Iterable[Item], namespace: Namespace, table: str, schema: KeySchema) -> Found:
    placed = ((spot_in(namespace, table, schema, item), item) for item in items)
    return {spot.name: item for spot, item in placed if spot is not None}
