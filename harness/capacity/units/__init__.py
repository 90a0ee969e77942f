"""Units of every operation, by the items that it reads and writes: pure functions, without table or request.

`sizes` measures, `rates` rounds, `entries` knows what an index stores; `writes`, `reads` and `transactions` charge, and
`consumed` says it as ConsumedCapacity does. PartiQL costs what the operation costs that does the same (assumed):
INSERT, UPDATE and DELETE are writes, SELECT with a whole key is a GetItem, with a partition key a Query, else a Scan.
"""

from harness.capacity.units.consumed import consumed_capacity, units_told
from harness.capacity.units.entries import index_view, same_item
from harness.capacity.units.place import place_of, placed
from harness.capacity.units.rates import read_units, write_units
from harness.capacity.units.reads import batch_get_charges, get_charges, page_charges
from harness.capacity.units.resource import ResourceUnits, total_units
from harness.capacity.units.sizes import Item, item_bytes, value_bytes
from harness.capacity.units.transactions import (
    Member,
    cancelled_charges,
    replayed_charges,
    transact_write_charges,
)
from harness.capacity.units.writes import (
    expiry_charges,
    failed_condition_charges,
    index_charges,
    write_charges,
)

__all__ = [
    "Item",
    "Member",
    "ResourceUnits",
    "batch_get_charges",
    "cancelled_charges",
    "consumed_capacity",
    "expiry_charges",
    "failed_condition_charges",
    "get_charges",
    "index_charges",
    "index_view",
    "item_bytes",
    "page_charges",
    "place_of",
    "placed",
    "read_units",
    "replayed_charges",
    "same_item",
    "total_units",
    "transact_write_charges",
    "units_told",
    "value_bytes",
    "write_charges",
    "write_units",
]
