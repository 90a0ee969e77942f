"""What AWS documents happens to calls at the edge, too: the model's golden cases, as requests on a driven clock."""

from collections.abc import Iterator
from dataclasses import fields
from typing import Any

import pytest

from harness.capacity.parameters import Parameters
from harness.capacity.shape import IndexShape, Key, TableShape, Throughput
from harness.edge.call import Call
from harness.edge.upstream import own_call
from tests.capacity.golden.case import Answer, Flow, GoldenCase
from tests.capacity.golden.cases import CASES
from tests.edge.capacity.world import HERE, World

QUICK_ASKS_MAX = 2_000
PARAMETERS = [
    pytest.param(case, id=case.name, marks=[pytest.mark.slow] if sum(1 for _ in case.asks()) > QUICK_ASKS_MAX else [])
    for case in CASES
]


@pytest.mark.parametrize("case", PARAMETERS)
def test_calls_do_what_is_documented_when_demand_is_as_stated(case: GoldenCase) -> None:
    world = World(document_of(case))
    world.engine.make(description_of(case.shape))
    try:
        answers = world.run(_all_of(case, world))
    finally:
        world.end()

    case.check(answers)


async def _all_of(case: GoldenCase, world: World) -> list[Answer]:
    options = world.room.scopes.of(HERE)
    assert options is not None
    await world.room.ledgers.open(HERE, case.shape.name, options)
    answers = []
    at_s = 0.0
    for ask in case.asks():
        world.clock.advance(ask.at_s - at_s)
        at_s = ask.at_s
        call = request(case.shape, ask.flow, ask.number, world)
        answer = await world.room.handle(call, world.engine)
        reasons = call.marks.get("throttled", [""])
        assert answer.status == (400 if reasons[0] else 200), answer.body
        answers.append(Answer(ask.at_s, ask.flow.name, reasons[0]))
    return answers


def request(shape: TableShape, flow: Flow, number: int, world: World) -> Call:
    """Return the call that costs what the n-th request of a flow asks for."""
    world.engine.items[shape.name].clear()  # a write of what another flow left would cost as much as that
    (charge, *_) = flow.charges(number)
    key = {shape.key.partition: {"S": flow.keys[number % len(flow.keys)]}}
    if shape.key.sort:
        key[shape.key.sort] = {"S": str(charge.place.sort)}
    if flow.read_units:
        size = round(flow.read_units * 4096 * (1 if flow.consistent else 2)) - 100
        world.engine.put(shape.name, {**key, "pad": {"S": "x" * size}})
        asked: dict[str, Any] = {"TableName": shape.name, "Key": key, "ConsistentRead": flow.consistent}
        return own_call(HERE, "GetItem", asked)
    item = {**key, "number": {"N": str(number)}, "pad": {"S": "x" * (round(flow.write_units) * 1024 - 300)}}
    index = shape.index(flow.index)
    if index is not None:
        item[index.key.partition] = key[shape.key.partition]
    return own_call(HERE, "PutItem", {"TableName": shape.name, "Item": item})


def document_of(case: GoldenCase) -> dict[str, Any]:
    """Return the capacity document that says what a case's parameters and rules say."""
    usual = Parameters()
    names = [one.name for one in fields(Parameters)]
    said = {name: getattr(case.parameters, name) for name in names}
    document: dict[str, Any] = {
        "parameters": {name: value for name, value in said.items() if value != getattr(usual, name)}
    }
    rules = {
        access.lower(): {"min": rule.minimum, "max": rule.maximum, **({"target": rule.target} if rule.target else {})}
        for (resource, access), rule in case.scaling.items()
        if not resource
    }
    return document | ({"tables": {case.shape.name: {"auto_scaling": rules}}} if rules else {})


def description_of(shape: TableShape) -> dict[str, Any]:
    """Return the description of a table that has this shape."""
    return {
        "TableName": shape.name,
        "KeySchema": _schema(shape.key),
        "AttributeDefinitions": [{"AttributeName": name, "AttributeType": "S"} for name in shape.key.names],
        "BillingModeSummary": {"BillingMode": shape.billing},
        "TableSizeBytes": shape.size_bytes,
        **dict(_paid(shape)),
        "GlobalSecondaryIndexes": [_index(one) for one in shape.indexes if one.kind == "global"],
        "LocalSecondaryIndexes": [_index(one) for one in shape.indexes if one.kind == "local"],
    }


def _index(index: IndexShape) -> dict[str, Any]:
    projection = {"ProjectionType": index.projection, "NonKeyAttributes": sorted(index.included)}
    return {
        "IndexName": index.name,
        "KeySchema": _schema(index.key),
        "Projection": projection,
        **dict(_paid(index)),
    }


def _schema(key: Key) -> list[dict[str, str]]:
    kinds = ("HASH", "RANGE")
    return [{"AttributeName": name, "KeyType": kind} for name, kind in zip(key.names, kinds, strict=False)]


def _paid(one: TableShape | IndexShape) -> Iterator[tuple[str, dict[str, float]]]:
    if one.provisioned is not None:
        yield "ProvisionedThroughput", _sides(one.provisioned, "ReadCapacityUnits", "WriteCapacityUnits")
    if one.maximum is not None:
        yield "OnDemandThroughput", _sides(one.maximum, "MaxReadRequestUnits", "MaxWriteRequestUnits")
    if one.warm is not None:
        yield "WarmThroughput", _sides(one.warm, "ReadUnitsPerSecond", "WriteUnitsPerSecond")


def _sides(throughput: Throughput, read: str, write: str) -> dict[str, float]:
    told = {read: throughput.read_units, write: throughput.write_units}
    return {name: -1 if units == float("inf") else units for name, units in told.items()}
