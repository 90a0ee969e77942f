"""The requests about single items and batches: what each sends, and what the model expects that it costs."""

from collections.abc import Callable
from typing import Any

from conformance.units.drawing import Item
from conformance.units.world import World
from harness.capacity.units import batch_get_charges, failed_condition_charges, get_charges, write_charges

Step = Callable[[World], None]


def put(world: World) -> None:
    """Put an item, in the place of another or not."""
    shape = world.shape()
    item = world.new_item(shape)
    before = world.item(shape, item)
    request = {"TableName": shape.name, "Item": item, "ReturnConsumedCapacity": world.detail()}
    charges = write_charges(shape, before, item)
    if world.ask("PutItem", world.client.put_item, request, {shape.name: charges}) is not None:
        world.keep(shape, item, item)


def update(world: World) -> None:
    """Set or remove attributes, of an index or not."""
    shape = world.shape()
    key = world.key(shape)
    before = world.item(shape, key)
    request, after = update_of(world, key, before or key, world.new_item(shape, key))
    if not request:
        return
    request |= {
        "TableName": shape.name,
        "Key": key,
        "ReturnConsumedCapacity": world.detail(),
        "ReturnValues": "ALL_NEW",
    }
    charges = write_charges(shape, before, after)
    if world.ask("UpdateItem", world.client.update_item, request, {shape.name: charges}) is not None:
        world.keep(shape, key, after)


def update_of(world: World, key: Item, before: Item, drawn: Item) -> tuple[dict[str, Any], Item]:
    """Return an update's expressions and what becomes of the item; ({}, item) when there is nothing to do."""
    names = [name for name in drawn if name not in key]
    sets = world.draw.random.sample(names, min(len(names), world.draw.random.randint(0, 3)))
    gone = [name for name in before if name not in key and name not in sets and world.chance(0.3)]
    if not sets and not gone:
        return {}, before
    places = {name: f"#n{place}" for place, name in enumerate([*sets, *gone])}
    clauses = []
    if sets:
        clauses.append("SET " + ", ".join(f"{places[name]} = :v{place}" for place, name in enumerate(sets)))
    if gone:
        clauses.append("REMOVE " + ", ".join(places[name] for name in gone))
    request: dict[str, Any] = {
        "UpdateExpression": " ".join(clauses),
        "ExpressionAttributeNames": {place: name for name, place in places.items()},
    }
    if sets:
        request["ExpressionAttributeValues"] = {f":v{place}": drawn[name] for place, name in enumerate(sets)}
    after = {name: value for name, value in before.items() if name not in gone} | {name: drawn[name] for name in sets}
    return request, after


def delete(world: World) -> None:
    """Delete an item that is there or not."""
    shape = world.shape()
    key = world.key(shape)
    before = world.item(shape, key)
    request = {"TableName": shape.name, "Key": key, "ReturnConsumedCapacity": world.detail(), "ReturnValues": "ALL_OLD"}
    charges = write_charges(shape, before, None, key=key)
    if world.ask("DeleteItem", world.client.delete_item, request, {shape.name: charges}) is not None:
        world.keep(shape, key, None)


def fail_condition(world: World) -> None:
    """Put under a condition that does not hold; engines tell no units of it, if they do, they are compared."""
    shape = world.shape()
    item = world.new_item(shape)
    request = {
        "TableName": shape.name,
        "Item": item,
        "ConditionExpression": "attribute_exists(nobody_has_this)",
        "ReturnConsumedCapacity": world.detail(),
    }
    key = world.key_of(shape, item)
    charges = failed_condition_charges(world.item(shape, item), key=key)
    world.ask("PutItem, failed condition", world.client.put_item, request, {shape.name: charges})


def get(world: World) -> None:
    """Get an item, all of it or a part."""
    shape = world.shape()
    key = world.key(shape)
    consistent = world.chance()
    request = {
        "TableName": shape.name,
        "Key": key,
        "ConsistentRead": consistent,
        "ReturnConsumedCapacity": world.detail(),
        **({"ProjectionExpression": "note"} if world.chance(0.3) else {}),
    }
    charges = get_charges(world.item(shape, key), key=key, consistent=consistent)
    world.ask("GetItem", world.client.get_item, request, {shape.name: charges})


def batch_get(world: World) -> None:
    """Get items of two tables."""
    requests, charges = {}, {}
    for name in world.draw.random.sample(sorted(world.shapes), 2):
        shape = world.shapes[name]
        keys = world.keys(shape, 8)
        consistent = world.chance()
        requests[shape.name] = {"Keys": keys, "ConsistentRead": consistent}
        found = [(key, world.item(shape, key)) for key in keys]
        charges[shape.name] = batch_get_charges(found, consistent=consistent)
    request = {"RequestItems": requests, "ReturnConsumedCapacity": world.detail()}
    world.ask("BatchGetItem", world.client.batch_get_item, request, charges)


def batch_write(world: World) -> None:
    """Put and delete items of two tables."""
    requests, charges, kept = {}, {}, []
    for name in world.draw.random.sample(sorted(world.shapes), 2):
        shape = world.shapes[name]
        changes = [(key, world.new_item(shape, key) if world.chance(0.7) else None) for key in world.keys(shape, 6)]
        requests[shape.name] = [
            {"PutRequest": {"Item": item}} if item else {"DeleteRequest": {"Key": key}} for key, item in changes
        ]
        charges[shape.name] = [
            charge for key, item in changes for charge in write_charges(shape, world.item(shape, key), item, key=key)
        ]
        kept += [(shape, key, item) for key, item in changes]
    request = {"RequestItems": requests, "ReturnConsumedCapacity": world.detail()}
    if world.ask("BatchWriteItem", world.client.batch_write_item, request, charges) is not None:
        for shape, key, item in kept:
            world.keep(shape, key, item)
