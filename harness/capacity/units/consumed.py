"""ConsumedCapacity: charges as AWS tells them, and what such a document says.

Documented (API reference, "ConsumedCapacity"): TOTAL tells the sum, INDEXES also the parts of the table and of each
index that was accessed. Transactions tell read and write units beside the sum.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from typing import Any, Literal, NamedTuple

from harness.capacity.shape import TableShape
from harness.capacity.units.resource import ResourceUnits, total_units

Detail = Literal["TOTAL", "INDEXES"]
_PARTS = {"global": "GlobalSecondaryIndexes", "local": "LocalSecondaryIndexes"}


class Told(NamedTuple):
    """What a ConsumedCapacity says: in all, of the table, and of its indexes by name. None: it doesn't say."""

    total: float
    table: float | None
    global_indexes: dict[str, float]
    local_indexes: dict[str, float]


def consumed_capacity(
    shape: TableShape, charges: Iterable[ResourceUnits], detail: Detail, *, sides: bool = False
) -> dict[str, Any]:
    """Return the ConsumedCapacity of one table; with `sides`, read and write units are told apart."""
    listed = list(charges)
    document: dict[str, Any] = {"TableName": shape.name, **_figures(listed, sides)}
    if detail == "TOTAL":
        return document
    by_index: defaultdict[str, list[ResourceUnits]] = defaultdict(list)
    for charge in listed:
        by_index[charge.told_as].append(charge)
    document["Table"] = _figures(by_index.pop("", []), sides)
    for name, parts in by_index.items():
        index = shape.index(name)
        document.setdefault(_PARTS[index.kind if index else "global"], {})[name] = _figures(parts, sides)
    return document


def units_told(document: Mapping[str, Any]) -> Told:
    """Return what a ConsumedCapacity says."""
    table = document.get("Table")
    return Told(
        total=float(document.get("CapacityUnits") or 0.0),
        table=None if table is None else float(table.get("CapacityUnits") or 0.0),
        global_indexes=_by_name(document.get("GlobalSecondaryIndexes")),
        local_indexes=_by_name(document.get("LocalSecondaryIndexes")),
    )


def _figures(charges: list[ResourceUnits], sides: bool) -> dict[str, float]:
    figures = {"CapacityUnits": total_units(charges)}
    read, write = sum(one.read_units for one in charges), sum(one.write_units for one in charges)
    if sides and read:
        figures["ReadCapacityUnits"] = read
    if sides and write:
        figures["WriteCapacityUnits"] = write
    return figures


def _by_name(parts: Mapping[str, Mapping[str, Any]] | None) -> dict[str, float]:
    return {name: float(part.get("CapacityUnits") or 0.0) for name, part in (parts or {}).items()}
