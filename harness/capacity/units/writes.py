"""What a write costs its table and each of its indexes.

Source: DynamoDB developer guide, "DynamoDB read and write operations", "Using Global Secondary Indexes in DynamoDB"
(write capacity units) and "Local secondary indexes" (the same, charged to the table). Documented but for two choices:
an entry that changes in place costs the larger of both sizes, as an item does (assumed), and a transaction's second
price is the table's alone (see `write_charges`). What ReturnValues asks for is free (documented).
"""

from typing import NamedTuple

from harness.capacity.shape import IndexShape, TableShape
from harness.capacity.units.entries import index_view, same_item, same_key
from harness.capacity.units.rates import WRITE_UNIT_BYTES, write_units
from harness.capacity.units.resource import ResourceUnits
from harness.capacity.units.sizes import Item, item_bytes


class _Entry(NamedTuple):
    view: Item
    size: int  # bytes, or an upper bound that costs the same


def write_charges(
    shape: TableShape, before: Item | None, after: Item | None, *, transactional: bool = False, key: Item | None = None
) -> list[ResourceUnits]:
    """Return what changing an item from `before` to `after` costs; None is no item. The table's charge is first.

    A deletion of what is not there has neither and needs the `key`. An entry that moves has two charges, one a key.
    In a transaction the table's units are twice as many; an index's are not, as it is brought up to date afterwards
    (assumed, as the embedded engine has it; not documented, and DynamoDB Local doubles them, too).
    """
    before_bytes, after_bytes = item_bytes(before) if before else 0, item_bytes(after) if after else 0
    units = write_units(max(before_bytes, after_bytes), transactional=transactional)
    table = ResourceUnits("", 0.0, units, after or before or key or {})
    return [table, *index_charges(shape, before, after, before_bytes, after_bytes)]


def index_charges(
    shape: TableShape, before: Item | None, after: Item | None, before_bytes: int, after_bytes: int
) -> list[ResourceUnits]:
    """Return what changing an item costs its table's indexes; the sizes are the whole items', in bytes."""
    charges: list[ResourceUnits] = []
    for index in shape.indexes:
        if before and after and _is_the_same(index, before, after):
            continue
        old, new = _entry(shape, index, before, before_bytes), _entry(shape, index, after, after_bytes)
        if old is not None or new is not None:
            charges += _entry_charges(index, old, new)
    return charges


def failed_condition_charges(existing: Item | None, *, key: Item, transactional: bool = False) -> list[ResourceUnits]:
    """Return what a write costs whose condition does not hold: by the existing item's size; indexes nothing.

    At least 1 unit (documented, "DynamoDB read and write operations"; an earlier wording counted the larger of the
    existing and the attempted item).
    """
    units = write_units(item_bytes(existing) if existing else 0, transactional=transactional)
    return [ResourceUnits("", 0.0, units, existing or key)]


def expiry_charges() -> list[ResourceUnits]:
    """Return what a deletion by TTL costs: nothing.

    Documented ("Using time to live (TTL) in DynamoDB"): "without consuming write throughput". The guide names no
    charge to indexes, whose entries go, too (assumed: none). A replica of a global table pays for its copy of the
    deletion (documented; global tables are left out).
    """
    return []


def _is_the_same(index: IndexShape, before: Item, after: Item) -> bool:
    """Tell whether an index has the same entry for both, by what it projects alone: quick, and true of most writes."""
    if index.projection == "ALL":
        return before == after
    key = index.key
    if before.get(key.partition) != after.get(key.partition):
        return False
    if key.sort and before.get(key.sort) != after.get(key.sort):
        return False
    return not index.included or all(before.get(name) == after.get(name) for name in index.included)


def _entry(shape: TableShape, index: IndexShape, item: Item | None, size: int) -> _Entry | None:
    view = index_view(shape, index, item) if item else None
    if view is None:
        return None
    # No entry is larger than its item: below the first step, where most are, it need not be measured.
    return _Entry(view, size if view is item or size <= WRITE_UNIT_BYTES else item_bytes(view))


def _entry_charges(index: IndexShape, old: _Entry | None, new: _Entry | None) -> list[ResourceUnits]:
    if old is None or new is None:  # inserted or deleted
        return [_charge(index, entry.view, entry.size) for entry in (old, new) if entry is not None]
    if not same_key(index.key, old.view, new.view):
        return [_charge(index, old.view, old.size), _charge(index, new.view, new.size)]
    if same_item(old.view, new.view):
        return []
    return [_charge(index, new.view, max(old.size, new.size))]


def _charge(index: IndexShape, entry: Item, size: int) -> ResourceUnits:
    payer = index.name if index.kind == "global" else ""
    return ResourceUnits(payer, 0.0, write_units(size), entry, index.name)
