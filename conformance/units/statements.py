"""The requests in PartiQL: each costs what the operation costs that does the same (assumed)."""
# ruff: noqa: S608 - the names in these statements are those of our own tables

from typing import Any

from conformance.units.world import World
from harness.capacity.shape import TableShape
from harness.capacity.units import (
    Member,
    ResourceUnits,
    get_charges,
    index_view,
    page_charges,
    transact_write_charges,
    write_charges,
)
from harness.ids import new_token


def select(world: World) -> None:
    """Select an item by its whole key, a partition, or a table."""
    shape = world.shape()
    key = world.key(shape)
    names = world.draw.random.choice((shape.key.names, (shape.key.partition,), ()))
    where = " AND ".join(f'"{name}" = ?' for name in names)
    consistent = world.chance()
    request: dict[str, Any] = {
        "Statement": f'SELECT * FROM "{shape.name}"' + (f" WHERE {where}" if where else ""),
        "ConsistentRead": consistent,
        "ReturnConsumedCapacity": world.detail(),
    }
    if names:
        request["Parameters"] = [key[name] for name in names]
    found = [one for one in world.items(shape) if all(one[name] == key[name] for name in names)]
    if names == shape.key.names:
        kind, charges = "an item", get_charges(found[0] if found else None, key=key, consistent=consistent)
    else:
        kind = "a partition" if names else "a table"
        charges = page_charges(shape, found, consistent=consistent, key=key)
    world.ask(f"ExecuteStatement, SELECT {kind}", world.client.execute_statement, request, {shape.name: charges})


def select_index(world: World) -> None:
    """Select from an index, a partition of it or all, with what it projects or more."""
    shape = world.shape("indexed")
    index = world.draw.random.choice(shape.indexes)
    sample = world.draw.random.choice(world.items(shape) or [{}])
    if index.key.partition not in sample:
        return
    value, narrow = sample[index.key.partition], world.chance(0.7)
    found = [
        one
        for one in world.items(shape)
        if index_view(shape, index, one) is not None and (not narrow or one[index.key.partition] == value)
    ]
    consistent = index.kind == "local" and world.chance()
    fetches = index.kind == "local" and world.chance(0.3)
    request: dict[str, Any] = {
        "Statement": f'SELECT {"note" if fetches else "*"} FROM "{shape.name}"."{index.name}"'
        + (f' WHERE "{index.key.partition}" = ?' if narrow else ""),
        "ConsistentRead": consistent,
        "ReturnConsumedCapacity": world.detail(),
    }
    if narrow:
        request["Parameters"] = [value]
    attributes = ["note"] if fetches else []
    charges = page_charges(shape, found, consistent=consistent, index=index.name, attributes=attributes, key=sample)
    name = f"ExecuteStatement, SELECT from a {index.kind} index"
    world.ask(name, world.client.execute_statement, request, {shape.name: charges})


def change(world: World) -> None:
    """Insert, update or delete an item."""
    shape = world.shape()
    key = world.key(shape)
    statement, before, after = _change(world, shape, key)
    request = statement | {"ReturnConsumedCapacity": world.detail()}
    verb = statement["Statement"].split()[0]
    charges = write_charges(shape, before, after, key=key)
    asked = world.ask(f"ExecuteStatement, {verb}", world.client.execute_statement, request, {shape.name: charges})
    if asked is not None:
        world.keep(shape, key, after)


def change_many(world: World) -> None:
    """Change several items, in a batch or in a transaction."""
    shape = world.shape()
    keys = world.keys(shape, 4)
    drawn = [(key, *_change(world, shape, key)) for key in keys]
    statements = [statement for _, statement, _, _ in drawn]
    detail = world.detail()
    if world.chance():
        charges = [charge for key, _, old, new in drawn for charge in write_charges(shape, old, new, key=key)]
        request: dict[str, Any] = {"Statements": statements, "ReturnConsumedCapacity": detail}
        name, call = "BatchExecuteStatement, writes", world.client.batch_execute_statement
    else:
        charges = transact_write_charges(shape, [Member(key, old, new) for key, _, old, new in drawn])
        request = {
            "TransactStatements": statements,
            "ReturnConsumedCapacity": detail,
            "ClientRequestToken": new_token(),
        }
        name, call = "ExecuteTransaction, writes", world.client.execute_transaction
    answer = world.ask(name, call, request, {shape.name: charges}, sides=name.startswith("ExecuteTransaction"))
    if answer is not None:
        results = answer["Responses"] or [{}] * len(drawn)  # a transaction of writes has none
        for (key, _, _, new), result in zip(drawn, results, strict=True):
            if "Error" not in result:
                world.keep(shape, key, new)


def select_many(world: World) -> None:
    """Select several items by their keys, in a batch or in a transaction."""
    shape = world.shape()
    keys = world.keys(shape, 4)
    where = " AND ".join(f'"{name}" = ?' for name in shape.key.names)
    text = f'SELECT * FROM "{shape.name}" WHERE {where}'
    statements: list[dict[str, Any]] = [
        {"Statement": text, "Parameters": [key[name] for name in shape.key.names]} for key in keys
    ]
    detail = world.detail()
    if world.chance():
        consistent = world.chance()
        request: dict[str, Any] = {
            "Statements": [one | {"ConsistentRead": consistent} for one in statements],
            "ReturnConsumedCapacity": detail,
        }
        charges = _gets(world, shape, keys, consistent=consistent)
        call, name = world.client.batch_execute_statement, "BatchExecuteStatement, reads"
    else:
        request = {"TransactStatements": statements, "ReturnConsumedCapacity": detail}
        charges = _gets(world, shape, keys, consistent=True, transactional=True)
        call, name = world.client.execute_transaction, "ExecuteTransaction, reads"
    world.ask(name, call, request, {shape.name: charges}, sides=name.startswith("ExecuteTransaction"))


def _gets(
    world: World, shape: TableShape, keys: list[dict[str, Any]], *, consistent: bool, transactional: bool = False
) -> list[ResourceUnits]:
    return [
        charge
        for key in keys
        for charge in get_charges(world.item(shape, key), key=key, consistent=consistent, transactional=transactional)
    ]


def _change(world: World, shape: TableShape, key: dict[str, Any]) -> tuple[dict[str, Any], Any, Any]:
    """Return a statement, and its item before and after."""
    before = world.item(shape, key)
    where = " AND ".join(f'"{name}" = ?' for name in shape.key.names)
    parameters = [key[name] for name in shape.key.names]
    if before is None:
        item = world.new_item(shape, key)
        fields = ", ".join(f"'{name}': ?" for name in item)
        return _statement(f'INSERT INTO "{shape.name}" VALUE {{{fields}}}', list(item.values())), None, item
    if world.chance():
        return _statement(f'DELETE FROM "{shape.name}" WHERE {where}', parameters), before, None
    note = world.draw.value()
    after = before | {"note": note}
    return _statement(f'UPDATE "{shape.name}" SET note = ? WHERE {where}', [note, *parameters]), before, after


def _statement(text: str, parameters: list[Any]) -> dict[str, Any]:
    return {"Statement": text, "Parameters": parameters}
