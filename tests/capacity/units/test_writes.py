"""What writes cost. Source: DynamoDB developer guide, "DynamoDB read and write operations" and "Using GSIs"."""

import pytest

from harness.capacity.shape import IndexShape
from harness.capacity.units import (
    expiry_charges,
    failed_condition_charges,
    item_bytes,
    total_units,
    write_charges,
    write_units,
)
from tests.capacity.units.shapes import BY_AT, BY_KIND, BY_OWNER, BY_REF, KB, KEY, PLAIN, item, sized, with_indexes


@pytest.mark.parametrize(("size", "units"), [(0, 1), (1, 1), (KB, 1), (KB + 1, 2), (400 * KB, 400)])
def test_units_are_a_kilobyte_each_when_a_write_is_rounded(size: int, units: int) -> None:
    assert write_units(size) == units
    assert write_units(size, transactional=True) == 2 * units


@pytest.mark.parametrize(
    ("before", "after", "units"),
    [(None, 1500, 2), (3000, 1500, 3), (1500, 3000, 3), (3000, None, 3), (None, None, 1)],
    ids=["new", "smaller", "larger", "deleted", "deletion of nothing"],
)
def test_table_pays_the_larger_of_both_when_an_item_changes(before: int | None, after: int | None, units: int) -> None:
    old, new = (sized(size) if size else None for size in (before, after))

    (charge,) = write_charges(PLAIN, old, new, key=KEY)

    assert (charge.resource, charge.write_units, charge.read_units) == ("", units, 0)
    assert charge.item["PK"] == {"S": "p"}


@pytest.mark.parametrize(
    ("before", "after", "units"),
    [
        (None, item(KIND="a", AT="1"), [1]),
        (item(KIND="a", AT="1"), item(KIND="b", AT="1"), [1, 1]),
        (item(KIND="a", AT="1"), item(KIND="a", AT="2"), [1, 1]),
        (item(KIND="a", AT="1"), item(KIND="a"), [1]),
        (item(KIND="a", AT="1"), None, [1]),
        (item(KIND="a", AT="1", n="1"), item(KIND="a", AT="1", n="2"), [1]),
        (item(KIND="a", AT="1"), item(KIND="a", AT="1"), []),
        (item(KIND="a"), item(KIND="b"), []),
        (item(KIND="a"), item(AT="1"), []),
    ],
    ids=["insert", "move", "move by sort key", "leave", "delete", "change", "untouched", "sparse", "never in it"],
)
def test_index_pays_for_what_happens_to_its_entry(before: object, after: object, units: list[int]) -> None:
    table, *entries = write_charges(with_indexes(BY_KIND), before, after)  # type: ignore[arg-type]

    assert table.resource == ""
    assert [one.write_units for one in entries] == units
    assert {one.resource for one in entries} <= {"ByKind"}


def test_moved_entry_is_charged_at_both_its_places() -> None:
    _, *entries = write_charges(with_indexes(BY_OWNER), item(OWNER="alice"), item(OWNER="bob"))

    assert [one.item["OWNER"]["S"] for one in entries] == ["alice", "bob"]


@pytest.mark.parametrize("index", [BY_OWNER, BY_REF], ids=lambda one: one.name)
def test_index_is_free_when_it_does_not_project_what_changes(index: IndexShape) -> None:
    before, after = item(OWNER="o", REF="r", note="n", junk="a"), item(OWNER="o", REF="r", note="n", junk="b")

    assert len(write_charges(with_indexes(index), before, after)) == 1


def test_index_pays_by_its_entry_when_it_projects_a_part() -> None:
    (table, keys_only, including) = write_charges(
        with_indexes(BY_OWNER, BY_REF), None, sized(5000, OWNER="o", REF="r", note="n" * 2000)
    )

    assert [one.write_units for one in (table, keys_only, including)] == [5, 1, 2]
    assert set(including.item) == {"PK", "SK", "REF", "note"}
    assert item_bytes(keys_only.item) == len("PKpSKsOWNERo")


def test_entry_that_shrinks_in_place_costs_its_larger_size() -> None:
    _, entry = write_charges(with_indexes(BY_KIND), sized(3000, KIND="a", AT="1"), item(KIND="a", AT="1"))

    assert entry.write_units == 3


def test_table_pays_for_its_local_index_when_that_is_told_apart() -> None:
    _, entry = write_charges(with_indexes(BY_AT), None, item(AT="1"))

    assert (entry.resource, entry.told_as, entry.write_units) == ("", "ByAt", 1)


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ({"N": "1"}, {"N": "1.0"}),
        ({"SS": ["a", "b"]}, {"SS": ["b", "a"]}),
        ({"NS": ["1", "20"]}, {"NS": ["2e1", "1"]}),
        ({"M": {"a": {"L": [{"N": "10"}]}}}, {"M": {"a": {"L": [{"N": "1e1"}]}}}),
    ],
    ids=["number", "set", "number set", "nested"],
)
def test_index_is_free_when_equal_values_are_written_otherwise(before: object, after: object) -> None:
    same = write_charges(with_indexes(BY_KIND), item(KIND="a", AT="1", n=before), item(KIND="a", AT="1", n=after))
    moved = write_charges(with_indexes(BY_KIND), item(KIND="a", AT=before), item(KIND="a", AT=after))

    assert len(same) == len(moved) == 1


@pytest.mark.parametrize(
    ("before", "after"),
    [({"N": "1"}, {"S": "1"}), ({"L": []}, {"L": [{"S": ""}]}), ({"BOOL": True}, {"BOOL": False}), ("a", "b")],
)
def test_index_pays_when_values_differ(before: object, after: object) -> None:
    assert (
        len(write_charges(with_indexes(BY_KIND), item(KIND="a", AT="1", n=before), item(KIND="a", AT="1", n=after)))
        == 2
    )


def test_transaction_doubles_the_table_and_not_its_indexes() -> None:
    charges = write_charges(with_indexes(BY_KIND, BY_AT), None, sized(1500, KIND="a", AT="1"), transactional=True)

    assert [(one.told_as, one.write_units) for one in charges] == [("", 4), ("ByKind", 2), ("ByAt", 1)]


@pytest.mark.parametrize(("existing", "units"), [(None, 1), (100, 1), (3000, 3)])
def test_failed_condition_costs_the_existing_item_and_no_index(existing: int | None, units: int) -> None:
    there = sized(existing, KIND="a", AT="1") if existing else None

    (charge,) = failed_condition_charges(there, key=KEY)

    assert (charge.resource, charge.write_units) == ("", units)


def test_deletion_by_ttl_is_free() -> None:
    assert total_units(expiry_charges()) == 0
