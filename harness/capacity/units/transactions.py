"""What transactions cost: twice, whether they end well or not; a repeated one is a read.

Source: DynamoDB developer guide, "Managing complex workflows with DynamoDB transactions" (capacity: two underlying
reads or writes of every item) and the API reference of TransactWriteItems (idempotency: a repeated token is answered
with "the number of read capacity units consumed in reading the item").
"""

from collections.abc import Iterable
from dataclasses import dataclass

from harness.capacity.shape import TableShape
from harness.capacity.units.rates import write_units
from harness.capacity.units.reads import batch_get_charges
from harness.capacity.units.resource import ResourceUnits
from harness.capacity.units.sizes import Item, item_bytes
from harness.capacity.units.writes import failed_condition_charges, write_charges


@dataclass(frozen=True, slots=True)
class Member:
    """One action of a transaction on one table: the item before and after, equal for a ConditionCheck."""

    key: Item
    before: Item | None
    after: Item | None
    checks_only: bool = False


def transact_write_charges(shape: TableShape, members: Iterable[Member]) -> list[ResourceUnits]:
    """Return what a committed TransactWriteItems costs one of its tables and the indexes of that.

    A ConditionCheck is charged as a write of the item that it looks at, and touches no index: not documented, measured
    on AWS and published for small items, assumed for larger ones.
    """
    charges: list[ResourceUnits] = []
    for member in members:
        if member.checks_only:
            charges += failed_condition_charges(member.before, key=member.key, transactional=True)
        else:
            charges += write_charges(shape, member.before, member.after, transactional=True, key=member.key)
    return charges


def cancelled_charges(members: Iterable[Member]) -> list[ResourceUnits]:
    """Return what a cancelled TransactWriteItems costs a table: its members' transactional writes, indexes nothing.

    Assumed: the guide tells that cancelled transactions consume, not how much. An update's item after may be None.
    """
    return [
        ResourceUnits("", 0.0, write_units(_size(member), transactional=True), _placed(member)) for member in members
    ]


def replayed_charges(found: Iterable[tuple[Item, Item | None]]) -> list[ResourceUnits]:
    """Return what a TransactWriteItems costs whose token was used before: transactional reads of (key, item).

    The items are those that are there when it is repeated: what it deleted is read as nothing (verified against
    DynamoDB Local).
    """
    return batch_get_charges(found, consistent=True, transactional=True)


def _size(member: Member) -> int:
    return max(item_bytes(member.before) if member.before else 0, item_bytes(member.after) if member.after else 0)


def _placed(member: Member) -> Item:
    return member.after or member.before or member.key
