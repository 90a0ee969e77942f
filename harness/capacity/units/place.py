"""Where a charge lands: the place of an item in its table or in an index."""

from base64 import b64decode
from decimal import Decimal, InvalidOperation
from functools import lru_cache
from typing import Any

from harness.capacity.charge import Charge, Place, position_of
from harness.capacity.shape import Key, TableShape
from harness.capacity.units.resource import ResourceUnits
from harness.capacity.units.sizes import Item

PLACES_KEPT_MAX = 8192  # a call asks for its item's place several times, and hot keys come again


def place_of(key: Key, item: Item) -> Place:
    """Return the place of an item by the key of its table or index.

    Raises KeyError when the item lacks the partition key's attribute; without the sort key's, `sort` is "" (what a
    Query knows before its answer). The texts are those of the edge's key schema: `PK=a,SK=b`.
    """
    ((kind, content),) = item[key.partition].items()
    if not key.sort or key.sort not in item:
        return _place(key.partition, kind, _hashable(content))
    ((sort_kind, sort_content),) = item[key.sort].items()
    return _place(key.partition, kind, _hashable(content), key.sort, sort_kind, _hashable(sort_content))


def placed(shape: TableShape, charge: ResourceUnits) -> Charge:
    """Return a charge as the model takes it, at its place in the table or index that pays.

    Raises KeyError when the table has no such index, or the charge's item no key.
    """
    key = shape.key
    if charge.resource:
        index = shape.index(charge.resource)
        if index is None:
            raise KeyError(charge.resource)
        key = index.key
    return Charge(charge.resource, place_of(key, charge.item), charge.read_units, charge.write_units)


@lru_cache(maxsize=PLACES_KEPT_MAX)
def _place(name: str, kind: str, content: Any, sort_name: str = "", sort_kind: str = "", sort: Any = "") -> Place:
    partition_text = f"{name}={content}"
    position = position_of(_bytes(kind, content))
    if not sort_name:
        return Place(position, "", partition_text, partition_text)
    return Place(position, _sortable(sort_kind, sort), partition_text, f"{partition_text},{sort_name}={sort}")


def _hashable(content: Any) -> Any:
    return bytes(content) if isinstance(content, bytearray) else content


def _bytes(kind: str, content: Any) -> bytes:
    """Return a key value's bytes; equal numbers have the same, however they are written."""
    if kind == "N":
        return str(_number(content).normalize()).encode()
    if kind == "B":
        return _raw(content)
    return str(content).encode()


def _sortable(kind: str, content: Any) -> Any:
    """Return a sort key's value so that it compares as DynamoDB sorts: text by code points, as UTF-8 bytes do."""
    if kind == "N":
        return _number(content)
    return _raw(content) if kind == "B" else content


def _number(text: str) -> Decimal:
    try:
        return Decimal(text)
    except InvalidOperation:
        raise ValueError(f"{text!r} is no number") from None


def _raw(content: str | bytes) -> bytes:
    return b64decode(content) if isinstance(content, str) else bytes(content)
