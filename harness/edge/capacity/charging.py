"""From what a call asks to charges: before it, by what is known of its items, and after it, by what it did.

Which buckets say yes depends on the places alone; the amounts are put right when the answer is there (`settling`).
Assumed: a page of a Query or Scan is charged where it begins, because one place a page is all that the model takes.
"""

import re
from collections.abc import Mapping
from decimal import Decimal
from functools import lru_cache
from typing import Any, NamedTuple

from harness.capacity.charge import POSITIONS, Charge, Place
from harness.capacity.shape import Key, TableShape
from harness.capacity.units import (
    failed_condition_charges,
    index_charges,
    item_bytes,
    place_of,
    placed,
    read_units,
    write_units,
)
from harness.edge.capacity.asks import Ask
from harness.edge.capacity.guesses import item_after
from harness.edge.capacity.seen import Seen

Item = Mapping[str, Any]
# What documents that make no sense raise; StopIteration is an empty attribute value's.
NONSENSE = (LookupError, TypeError, AttributeError, ValueError, ArithmeticError, StopIteration)
_NOWHERE = Place(0)


class Expected(NamedTuple):
    """What an ask is expected to cost. `before` and `after` are a written item's, as far as they are known.

    `exact` tells that a read can't cost anything else.
    """

    ask: Ask
    place: Place  # in the table
    charges: list[Charge]
    before: Item | None = None
    after: Item | None = None
    before_bytes: int = 0
    after_bytes: int | None = 0  # None: not measured
    exact: bool = False


def expected(shape: TableShape, seen: Seen, ask: Ask) -> Expected:
    """Return what an ask is expected to cost. Raises one of NONSENSE when it names no item of this table."""
    if ask.is_write:
        return _expected_write(shape, seen, ask)
    if ask.kind == "get" or (ask.kind == "select" and _names_item(shape, ask)):
        place = place_of(shape.key, ask.about)
        known = seen.get(place.item)
        size = known[1] if known is not None else 0
        units = read_units(size, consistent=ask.consistent, transactional=ask.transactional)
        return Expected(ask, place, [Charge("", place, units, 0.0, ask.consistent)], exact=known is not None)
    return _expected_page(shape, ask)


def write_cost(
    shape: TableShape,
    was: Expected,
    before: Item | None,
    after: Item | None,
    before_bytes: int | None = None,
    after_bytes: int | None = None,
) -> Expected:
    """Return what a write costs that makes `before` of an item `after`; sizes are measured where they aren't given."""
    return _write_cost(shape, was.ask, was.place, before, after, before_bytes, after_bytes)


def _write_cost(
    shape: TableShape,
    ask: Ask,
    place: Place,
    before: Item | None,
    after: Item | None,
    before_bytes: int | None,
    after_bytes: int | None,
    *,
    guessed: bool = False,
) -> Expected:
    if before_bytes is None:
        before_bytes = item_bytes(before) if before else 0
    if after_bytes is None:
        after_bytes = item_bytes(after) if after else 0
    size = before_bytes if before_bytes > after_bytes else after_bytes
    charges = [Charge("", place, 0.0, write_units(size, transactional=ask.transactional))]
    if shape.indexes and ask.kind != "check":
        # A local index lies where its table's item does.
        charges += [
            placed(shape, one) if one.resource else Charge("", place, 0.0, one.write_units)
            for one in index_charges(shape, before, after, before_bytes, after_bytes)
        ]
    return Expected(ask, place, charges, before, after, before_bytes, None if guessed else after_bytes)


def condition_cost(ask: Ask, place: Place, existing: Item | None) -> list[Charge]:
    """Return what a write costs whose condition fails."""
    told = failed_condition_charges(existing, key=ask.about, transactional=ask.transactional)
    return [Charge("", place, one.read_units, one.write_units) for one in told]


def _expected_write(shape: TableShape, seen: Seen, ask: Ask) -> Expected:
    place = place_of(shape.key, ask.about)
    known = seen.get(place.item)
    before, before_bytes = known if known is not None else (None, 0)
    if ask.kind == "put":
        return _write_cost(shape, ask, place, before, ask.about, before_bytes, None)
    if ask.kind == "delete":
        return _write_cost(shape, ask, place, before, None, before_bytes, 0)
    if ask.kind == "check":
        return _write_cost(shape, ask, place, before, before, before_bytes, before_bytes)
    # What an update makes is measured once, when it is there.
    after = item_after(before, ask.about, ask.said)
    return _write_cost(shape, ask, place, before, after, before_bytes, before_bytes, guessed=True)


def _names_item(shape: TableShape, ask: Ask) -> bool:
    return not ask.index_name and all(name in ask.about for name in shape.key.names)


def _expected_page(shape: TableShape, ask: Ask) -> Expected:
    index = shape.index(ask.index_name) if ask.index_name else None
    if ask.index_name and index is None:
        raise KeyError(ask.index_name)
    key = index.key if index is not None else shape.key
    payer = index.name if index is not None and index.kind == "global" else ""
    # A local index lies in its table's partitions, where entries are found by the partition key alone.
    place = _beginning(shape, key if index is None or payer else Key(key.partition), ask)
    units = read_units(0, consistent=ask.consistent, transactional=ask.transactional)
    return Expected(ask, place, [Charge(payer, place, units, 0.0, ask.consistent)])


def _beginning(shape: TableShape, key: Key, ask: Ask) -> Place:
    """Return where a page begins."""
    start = ask.said.get("ExclusiveStartKey")
    if isinstance(start, dict) and key.partition in start:
        return _without_item(place_of(key, start), shape, key)
    if key.partition not in ask.about:
        segment, segments = ask.said.get("Segment") or 0, ask.said.get("TotalSegments") or 1
        if not (isinstance(segment, int) and isinstance(segments, int) and 0 <= segment < segments):
            raise ValueError(f"segment {segment!r} of {segments!r}")
        return _NOWHERE._replace(position=POSITIONS * segment // segments)
    pinned = ask.about
    if key.sort and key.sort not in pinned and (bound := _lower_bound(key, ask.said)):
        pinned = {**pinned, **bound}
    return _without_item(place_of(key, pinned), shape, key, highest=ask.said.get("ScanIndexForward") is False)


def _without_item(place: Place, shape: TableShape, key: Key, *, highest: bool = False) -> Place:
    """Return a place that is about a whole collection; its sort key, if it has none yet, is the first or the last."""
    sort = place.sort
    if sort == "" and key.sort:
        kind = shape.attribute_types.get(key.sort, "S")
        sort = _LAST[kind] if highest else _FIRST[kind]
    return Place(place.position, sort, place.partition_key)


_FIRST: Mapping[str, Any] = {"S": "", "N": Decimal("-Infinity"), "B": b""}
_LAST: Mapping[str, Any] = {"S": "\U0010ffff", "N": Decimal("Infinity"), "B": b"\xff" * 8}
CONDITIONS_KEPT_MAX = 1000
_AT_LEAST = re.compile(
    r"([#\w.-]+)\s*(?:>=?|between)\s*(:\w+)|begins_with\s*\(\s*([#\w.-]+)\s*,\s*(:\w+)", re.IGNORECASE
)


def _lower_bound(key: Key, said: Mapping[str, Any]) -> Item:
    """Return the sort key's value that a key condition begins at, {} when it tells none."""
    expression = said.get("KeyConditionExpression")
    if not isinstance(expression, str) or not (bounds := _bounds(expression)):
        return {}
    names = said.get("ExpressionAttributeNames") or {}
    values = said.get("ExpressionAttributeValues") or {}
    for name, value in bounds:
        if names.get(name, name) == key.sort and value in values:
            return {key.sort: values[value]}
    return {}


@lru_cache(maxsize=CONDITIONS_KEPT_MAX)
def _bounds(expression: str) -> tuple[tuple[str, str], ...]:
    return tuple((name or prefixed, value or prefix) for name, value, prefixed, prefix in _AT_LEAST.findall(expression))
