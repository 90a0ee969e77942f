"""Where charges land: equal keys in one place, sort keys in DynamoDB's order, texts as the edge writes them."""

from decimal import Decimal

import pytest

from harness.capacity.charge import POSITIONS, Place
from harness.capacity.shape import Key
from harness.capacity.units import ResourceUnits, place_of, placed
from harness.edge.tables import KeySchema
from tests.capacity.units.shapes import BY_KIND, PLAIN, item, with_indexes


def test_place_has_texts_as_the_edge_writes_them() -> None:
    place = place_of(Key("PK", "SK"), item())

    assert (place.partition_key, place.item, place.sort) == ("PK=p", KeySchema("PK", "SK").text(item()), "s")
    assert 0 <= place.position < POSITIONS


def test_item_is_its_partition_when_there_is_no_sort_key() -> None:
    place = place_of(Key("PK"), item())

    assert (place.partition_key, place.item, place.sort) == ("PK=p", "PK=p", "")


def test_sort_is_open_when_only_the_partition_is_known() -> None:
    assert place_of(Key("PK", "SK"), {"PK": {"S": "p"}}).sort == ""


@pytest.mark.parametrize(
    ("one", "other"),
    [({"N": "10"}, {"N": "1e1"}), ({"N": "1.0"}, {"N": "1"}), ({"B": "AAE="}, {"B": b"\x00\x01"})],
)
def test_equal_keys_share_a_position_when_they_are_written_otherwise(one: object, other: object) -> None:
    assert place_of(Key("K"), {"K": one}).position == place_of(Key("K"), {"K": other}).position  # type: ignore[dict-item]


def test_binary_keys_share_a_place_when_they_come_in_bytes_of_another_kind() -> None:
    key = Key("PK", "SK")

    one = place_of(key, {"PK": {"B": b"a"}, "SK": {"B": b"b"}})

    assert place_of(key, {"PK": {"B": bytearray(b"a")}, "SK": {"B": bytearray(b"b")}}) == one


def test_different_keys_have_different_positions() -> None:
    assert len({place_of(Key("K"), {"K": {"S": f"user-{number}"}}).position for number in range(1000)}) == 1000


def test_sort_keys_compare_as_dynamodb_sorts_them() -> None:
    def sort(value: dict[str, object]) -> object:
        return place_of(Key("K", "S"), {"K": {"S": "k"}, "S": value}).sort

    assert sort({"N": "-2"}) == Decimal(-2)
    assert sort({"N": "9"}) < sort({"N": "10"})  # type: ignore[operator]
    assert sort({"B": "/w=="}) > sort({"B": "AA=="})  # type: ignore[operator]
    assert sort({"S": "\uffff"}) < sort({"S": "😀"})  # type: ignore[operator]  # by UTF-8, not by UTF-16


def test_charge_lands_in_the_index_when_that_pays() -> None:
    entry = item(KIND="k", AT="1")

    charge = placed(with_indexes(BY_KIND), ResourceUnits("ByKind", 0.0, 2.0, entry, "ByKind"))

    assert (charge.resource, charge.write_units, charge.place.item) == ("ByKind", 2.0, "KIND=k,AT=1")


def test_charge_lands_in_the_table_when_a_local_index_was_written() -> None:
    charge = placed(PLAIN, ResourceUnits("", 0.0, 1.0, item(), "ByAt"))

    assert isinstance(charge.place, Place)
    assert charge.place.item == "PK=p,SK=s"


def test_item_without_its_key_is_refused() -> None:
    with pytest.raises(KeyError):
        place_of(Key("PK"), {"other": {"S": "x"}})
