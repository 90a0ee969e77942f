"""What transactions cost. Source: DynamoDB developer guide, "Managing complex workflows with DynamoDB transactions"."""

from harness.capacity.units import (
    Member,
    cancelled_charges,
    replayed_charges,
    total_units,
    transact_write_charges,
)
from tests.capacity.units.shapes import BY_KIND, KEY, PLAIN, sized, with_indexes


def test_each_member_costs_twice_when_a_transaction_commits() -> None:
    members = [Member(KEY, None, sized(1500)), Member(KEY, sized(100), None)]

    assert [one.write_units for one in transact_write_charges(PLAIN, members)] == [4, 2]


def test_check_costs_a_write_of_its_item_and_no_index() -> None:
    there = sized(1500, KIND="k", AT="1")

    charges = transact_write_charges(with_indexes(BY_KIND), [Member(KEY, there, there, checks_only=True)])

    assert [(one.resource, one.write_units, one.read_units) for one in charges] == [("", 4, 0)]


def test_check_of_nothing_costs_the_minimum() -> None:
    assert total_units(transact_write_charges(PLAIN, [Member(KEY, None, None, checks_only=True)])) == 2


def test_cancelled_transaction_costs_its_writes_and_no_index() -> None:
    charges = cancelled_charges([Member(KEY, None, sized(1500, KIND="k", AT="1")), Member(KEY, sized(3000), None)])

    assert [(one.resource, one.write_units) for one in charges] == [("", 4), ("", 6)]


def test_repeated_transaction_reads_what_is_there() -> None:
    charges = replayed_charges([(KEY, sized(5000)), (KEY, None)])

    assert [(one.read_units, one.write_units) for one in charges] == [(4, 0), (2, 0)]
