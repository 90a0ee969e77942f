"""ConsumedCapacity as AWS tells it. Source: API reference, "ConsumedCapacity"."""

from harness.capacity.units import consumed_capacity, page_charges, units_told, write_charges
from tests.capacity.units.shapes import BY_AT, BY_KIND, item, sized, with_indexes

SHAPE = with_indexes(BY_KIND, BY_AT)


def test_parts_add_up_when_indexes_are_asked_for() -> None:
    charges = write_charges(SHAPE, item(KIND="a", AT="1"), sized(1500, KIND="b", AT="1"))

    assert consumed_capacity(SHAPE, charges, "INDEXES") == {
        "TableName": "indexed",
        "CapacityUnits": 5.0,
        "Table": {"CapacityUnits": 2.0},
        "GlobalSecondaryIndexes": {"ByKind": {"CapacityUnits": 3.0}},
    }


def test_sum_alone_is_told_when_the_total_is_asked_for() -> None:
    charges = write_charges(SHAPE, None, item(KIND="a", AT="1"))

    assert consumed_capacity(SHAPE, charges, "TOTAL") == {"TableName": "indexed", "CapacityUnits": 3.0}


def test_table_is_told_as_nothing_when_an_index_is_read() -> None:
    told = consumed_capacity(SHAPE, page_charges(SHAPE, [], consistent=False, index="ByKind"), "INDEXES")

    assert told["Table"] == {"CapacityUnits": 0.0}
    assert told["GlobalSecondaryIndexes"] == {"ByKind": {"CapacityUnits": 0.5}}


def test_sides_are_told_apart_when_it_is_a_transaction() -> None:
    charges = write_charges(SHAPE, None, item(AT="1"), transactional=True)

    assert consumed_capacity(SHAPE, charges, "INDEXES", sides=True) == {
        "TableName": "indexed",
        "CapacityUnits": 3.0,
        "WriteCapacityUnits": 3.0,
        "Table": {"CapacityUnits": 2.0, "WriteCapacityUnits": 2.0},
        "LocalSecondaryIndexes": {"ByAt": {"CapacityUnits": 1.0, "WriteCapacityUnits": 1.0}},
    }


def test_document_is_read_back_when_it_was_told() -> None:
    charges = write_charges(SHAPE, None, item(KIND="a", AT="1"))

    assert units_told(consumed_capacity(SHAPE, charges, "INDEXES")) == (3.0, 1.0, {"ByKind": 1.0}, {"ByAt": 1.0})
    assert units_told(consumed_capacity(SHAPE, charges, "TOTAL")) == (3.0, None, {}, {})
