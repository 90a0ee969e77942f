"""What reads cost: items by themselves are rounded one by one, what Query and Scan evaluate is rounded as one.

Source: DynamoDB developer guide, "DynamoDB read and write operations", and for indexes "Using Global Secondary Indexes
in DynamoDB" and "Local secondary indexes". Filters, projections and counts change nothing (documented): give what was
evaluated. A page ends at 1 MB of it; who reads several pages pays for each. A page without items costs as much as the
smallest (assumed; DynamoDB Local charges nothing, though GetItem's missing item costs there, too).
"""

from collections.abc import Iterable, Sequence

from harness.capacity.shape import TableShape
from harness.capacity.units.entries import index_view, projects
from harness.capacity.units.rates import read_units
from harness.capacity.units.resource import ResourceUnits
from harness.capacity.units.sizes import Item, item_bytes


def get_charges(item: Item | None, *, key: Item, consistent: bool, transactional: bool = False) -> list[ResourceUnits]:
    """Return what GetItem costs, or one item of BatchGetItem or TransactGetItems; `item` None when it is not there."""
    size = item_bytes(item) if item else 0
    units = read_units(size, consistent=consistent, transactional=transactional)
    return [ResourceUnits("", units, 0.0, item or key)]


def batch_get_charges(
    found: Iterable[tuple[Item, Item | None]], *, consistent: bool, transactional: bool = False
) -> list[ResourceUnits]:
    """Return what BatchGetItem or TransactGetItems costs a table, a charge for each (key, item or None)."""
    return [
        charge
        for key, item in found
        for charge in get_charges(item, key=key, consistent=consistent, transactional=transactional)
    ]


def page_charges(
    shape: TableShape,
    evaluated: Sequence[Item],
    *,
    consistent: bool,
    index: str = "",
    attributes: Iterable[str] | None = (),
    key: Item | None = None,
) -> list[ResourceUnits]:
    """Return what one page of Query or Scan costs, of a table or of its index.

    `evaluated` are the whole items that were read, before any filter. `attributes` are those asked for by name, None
    when all are: what a local index does not project is fetched from the table, at the price of each whole item
    (documented). `key` tells the place of what found nothing. Raises KeyError when the table has no such index.
    """
    told = shape.index(index) if index else None
    if index and told is None:
        raise KeyError(index)
    entries = evaluated if told is None else [view for one in evaluated if (view := index_view(shape, told, one))]
    read = read_units(sum(map(item_bytes, entries)), consistent=consistent)
    payer = index if told is not None and told.kind == "global" else ""
    first = evaluated[0] if evaluated else key or {}
    charges = [ResourceUnits(payer, read, 0.0, first, index)]
    if told is not None and told.kind == "local" and told.projection != "ALL" and _fetches(shape, index, attributes):
        charges += [
            ResourceUnits("", read_units(item_bytes(one), consistent=consistent), 0.0, one) for one in evaluated
        ]
    return charges


def _fetches(shape: TableShape, name: str, attributes: Iterable[str] | None) -> bool:
    index = shape.index(name)
    return attributes is None or (index is not None and not all(projects(shape, index, one) for one in attributes))
