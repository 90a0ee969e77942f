"""What an index stores of an item, and whether two entries are the same.

An item without all of an index's key attributes is in it not at all; an index has what it projects, its own key and
its table's key (documented, "Using Global Secondary Indexes in DynamoDB").
Left out: keys of several attributes for one index, which `Key` has no room for.
"""

from collections.abc import Callable, Mapping, Sequence
from decimal import Decimal
from typing import Any

from harness.capacity.shape import IndexShape, Key, TableShape
from harness.capacity.units.sizes import Item


def index_view(shape: TableShape, index: IndexShape, item: Item) -> Item | None:
    """Return the entry that the index stores of an item, None when it stores none."""
    for name in index.key.names:
        if name not in item:
            return None
    if index.projection == "ALL":
        return item
    entry = {name: item[name] for name in (*index.key.names, *shape.key.names)}
    if index.projection == "INCLUDE":
        entry |= {name: item[name] for name in index.included if name in item}
    return entry


def projects(shape: TableShape, index: IndexShape, name: str) -> bool:
    """Tell whether an index stores an attribute of this name."""
    if index.projection == "ALL" or name in index.key.names or name in shape.key.names:
        return True
    return index.projection == "INCLUDE" and name in index.included


def same_key(key: Key, one: Item, other: Item) -> bool:
    """Tell whether two entries of an index have the same key."""
    return all(same_value(one[name], other[name]) for name in key.names)


def same_item(one: Item, other: Item) -> bool:
    """Tell whether two items or entries are equal to DynamoDB: 1.0 is 1, and a set has no order."""
    if one == other:
        return True
    return one.keys() == other.keys() and all(same_value(value, other[name]) for name, value in one.items())


def same_value(one: Mapping[str, Any], other: Mapping[str, Any]) -> bool:
    """Tell whether two AttributeValues are equal to DynamoDB."""
    if one == other:
        return True
    ((kind, content),) = one.items()
    compare = _EQUAL.get(kind)
    return compare is not None and kind in other and compare(content, other[kind])


def _same_list(one: Sequence[Mapping[str, Any]], other: Sequence[Mapping[str, Any]]) -> bool:
    return len(one) == len(other) and all(map(same_value, one, other))


# Text, binary, booleans and nulls are equal as they stand, or not at all.
_EQUAL: dict[str, Callable[[Any, Any], bool]] = {
    "N": lambda one, other: Decimal(one) == Decimal(other),
    "NS": lambda one, other: set(map(Decimal, one)) == set(map(Decimal, other)),
    "SS": lambda one, other: set(one) == set(other),
    "BS": lambda one, other: set(one) == set(other),
    "M": same_item,
    "L": _same_list,
}
