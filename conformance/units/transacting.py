"""The requests in transactions, the same again under one token, and the cancelled."""

from typing import Any

from conformance.units.asking import update_of
from conformance.units.world import World
from harness.capacity.shape import TableShape
from harness.capacity.units import (
    Member,
    ResourceUnits,
    batch_get_charges,
    cancelled_charges,
    replayed_charges,
    transact_write_charges,
)
from harness.ids import new_token

Charges = dict[str, list[ResourceUnits]]
Members = dict[str, list[Member]]


def transact_write(world: World) -> None:
    """Write items of two tables at once; in half of all cases, send the same once more."""
    actions, members = _drawn(world)
    request: dict[str, Any] = {
        "TransactItems": actions,
        "ReturnConsumedCapacity": world.detail(),
        "ClientRequestToken": new_token(),
    }
    shapes = {shape.name: shape for shape in world.shapes.values()}
    charges = {name: transact_write_charges(shapes[name], listed) for name, listed in members.items()}
    answer = world.ask("TransactWriteItems", world.client.transact_write_items, request, charges, sides=True)
    if answer is None:
        return
    for name, listed in members.items():
        for member in listed:
            world.keep(shapes[name], dict(member.key), dict(member.after) if member.after is not None else None)
    if world.chance():
        repeated = {name: replayed_charges((one.key, one.after) for one in listed) for name, listed in members.items()}
        name = "TransactWriteItems, same token again"
        world.ask(name, world.client.transact_write_items, request, repeated, sides=True)


def cancel(world: World) -> None:
    """Write in a transaction whose condition does not hold; engines tell no units of it."""
    actions, members = _drawn(world)
    for action in actions:
        ((kind, told),) = action.items()
        if kind == "Put":
            told["ConditionExpression"] = "attribute_exists(nobody_has_this)"
    request = {"TransactItems": actions, "ReturnConsumedCapacity": world.detail()}
    if any("Put" in action for action in actions):
        charges = {name: cancelled_charges(listed) for name, listed in members.items()}
        world.ask("TransactWriteItems, cancelled", world.client.transact_write_items, request, charges, sides=True)


def transact_get(world: World) -> None:
    """Read items of two tables at once."""
    actions: list[dict[str, Any]] = []
    charges: Charges = {}
    for name in world.draw.random.sample(sorted(world.shapes), 2):
        shape = world.shapes[name]
        keys = world.keys(shape, 4)
        actions += [{"Get": {"TableName": shape.name, "Key": key}} for key in keys]
        found = [(key, world.item(shape, key)) for key in keys]
        charges[shape.name] = batch_get_charges(found, consistent=True, transactional=True)
    request = {"TransactItems": actions, "ReturnConsumedCapacity": world.detail()}
    world.ask("TransactGetItems", world.client.transact_get_items, request, charges, sides=True)


def _drawn(world: World) -> tuple[list[dict[str, Any]], Members]:
    actions: list[dict[str, Any]] = []
    members: Members = {}
    for name in world.draw.random.sample(sorted(world.shapes), 2):
        shape = world.shapes[name]
        drawn = [_action(world, shape, key) for key in world.keys(shape, 4)]
        actions += [action for action, _ in drawn]
        members[shape.name] = [member for _, member in drawn]
    return actions, members


def _action(world: World, shape: TableShape, key: dict[str, Any]) -> tuple[dict[str, Any], Member]:
    before = world.item(shape, key)
    drawn = world.new_item(shape, key)
    named = {"TableName": shape.name, "Key": key}
    kind = world.draw.random.choice(("Put", "Update", "Delete", "ConditionCheck"))
    if kind == "Delete":
        return {"Delete": named}, Member(key, before, None)
    if kind == "ConditionCheck":
        condition = {"ConditionExpression": "attribute_not_exists(nobody_has_this)"}
        return {"ConditionCheck": named | condition}, Member(key, before, before, checks_only=True)
    if kind == "Update":
        update, after = update_of(world, key, before or key, drawn)
        if update:
            return {"Update": named | update}, Member(key, before, after)
    return {"Put": {"TableName": shape.name, "Item": drawn}}, Member(key, before, drawn)
