"""What reads cost. Source: DynamoDB developer guide, "DynamoDB read and write operations" and on local indexes."""

import pytest

from harness.capacity.shape import IndexShape
from harness.capacity.units import batch_get_charges, get_charges, page_charges, read_units, total_units
from tests.capacity.units.shapes import BY_AT, BY_KIND, BY_OWNER, KB, KEY, PLAIN, item, sized, with_indexes


@pytest.mark.parametrize(
    ("size", "strong", "eventual", "transactional"),
    [(0, 1, 0.5, 2), (1, 1, 0.5, 2), (4 * KB, 1, 0.5, 2), (4 * KB + 1, 2, 1, 4), (400 * KB, 100, 50, 200)],
)
def test_units_are_four_kilobytes_each_when_a_read_is_rounded(
    size: int, strong: float, eventual: float, transactional: float
) -> None:
    assert read_units(size, consistent=True) == strong
    assert read_units(size, consistent=False) == eventual
    assert read_units(size, consistent=False, transactional=True) == transactional


def test_missing_item_costs_as_the_smallest_when_it_is_read() -> None:
    (charge,) = get_charges(None, key=KEY, consistent=True)

    assert (charge.read_units, charge.write_units, charge.item) == (1, 0, KEY)


def test_batch_rounds_each_item_when_query_rounds_their_sum() -> None:
    # The guide's own example: items of 1.5 KB and 6.5 KB are 12 KB to a batch, 8 KB to a query.
    items = [sized(1536), sized(6656)]

    assert total_units(batch_get_charges([(KEY, one) for one in items], consistent=True)) == 3
    assert total_units(page_charges(PLAIN, items, consistent=True)) == 2


def test_empty_page_costs_the_minimum() -> None:
    (charge,) = page_charges(PLAIN, [], consistent=False, key={"PK": {"S": "p"}})

    assert (charge.read_units, charge.item) == (0.5, {"PK": {"S": "p"}})


def test_full_page_of_a_scan_costs_128_units_when_it_is_eventually_consistent() -> None:
    assert total_units(page_charges(PLAIN, [sized(KB)] * 1024, consistent=False)) == 128


@pytest.mark.parametrize(("index", "payer"), [(BY_OWNER, "ByOwner"), (BY_AT, "")], ids=["global", "local"])
def test_index_costs_its_entries_when_the_items_are_large(index: IndexShape, payer: str) -> None:
    items = [sized(9000, OWNER="o", AT="1")] * 10

    (charge,) = page_charges(with_indexes(index), items, consistent=False, index=index.name)

    assert (charge.resource, charge.told_as, charge.read_units) == (payer, index.name, 0.5)


@pytest.mark.parametrize(
    ("attributes", "fetched"), [(None, 12), (["junk"], 12), (["AT", "PK", "junk"], 12), (["AT", "SK"], 0), ([], 0)]
)
def test_local_index_fetches_whole_items_when_more_is_asked_than_it_projects(
    attributes: list[str] | None, fetched: int
) -> None:
    # The guide's example in small: entries are summed, what is fetched is rounded for each item.
    items = [sized(9000, AT="1", junk="j")] * 4

    entries, *table = page_charges(with_indexes(BY_AT), items, consistent=True, index="ByAt", attributes=attributes)

    assert (entries.told_as, entries.read_units) == ("ByAt", 1)
    assert total_units(table) == fetched
    assert {one.told_as for one in table} <= {""}


def test_global_index_never_fetches() -> None:
    items = [sized(9000, KIND="k", AT="1")]

    assert len(page_charges(with_indexes(BY_KIND), items, consistent=False, index="ByKind", attributes=None)) == 1


def test_unknown_index_is_refused() -> None:
    with pytest.raises(KeyError, match="Nobody"):
        page_charges(PLAIN, [item()], consistent=True, index="Nobody")
