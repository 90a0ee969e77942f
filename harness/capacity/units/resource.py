"""Units by who pays them: what every function of this package answers with."""

from collections.abc import Iterable
from typing import NamedTuple

from harness.capacity.units.sizes import Item


class ResourceUnits(NamedTuple):
    """Units that a table ("") or a global index (its name) pays, for the key in `item`.

    A local index's units are its table's to pay, under the table's key; `told_as` is the index that they were for, by
    which ConsumedCapacity tells them. `item` holds at least the key attributes by which `place_of` finds the partition.
    """

    resource: str
    read_units: float
    write_units: float
    item: Item
    told_as: str = ""

    @property
    def units(self) -> float:
        """Read and write units together, as ConsumedCapacity's CapacityUnits."""
        return self.read_units + self.write_units


def total_units(charges: Iterable[ResourceUnits]) -> float:
    """Return all units of all who pay."""
    return sum(charge.units for charge in charges)
