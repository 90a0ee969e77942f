"""Sizes of items and values. Source: DynamoDB developer guide, "DynamoDB item sizes and formats"."""

from typing import Any

import pytest

from harness.capacity.units import item_bytes, value_bytes
from harness.capacity.units.sizes import number_bytes


@pytest.mark.parametrize(
    ("value", "size"),
    [
        ({"S": ""}, 0),
        ({"S": "abc"}, 3),
        ({"S": "Zürich"}, 7),
        ({"S": "日本"}, 6),
        ({"S": "😀"}, 4),
        ({"BOOL": False}, 1),
        ({"NULL": True}, 1),
        ({"B": "AAEC"}, 3),
        ({"B": "AAE="}, 2),
        ({"B": "AA=="}, 1),
        ({"B": ""}, 0),
        ({"B": b"\x00\x01\x02"}, 3),
        ({"L": []}, 3),
        ({"M": {}}, 3),
        ({"L": [{"S": "ab"}, {"NULL": True}]}, 3 + 1 + 2 + 1 + 1),
        ({"M": {"né": {"S": "ab"}}}, 3 + 1 + 3 + 2),
        ({"L": [{"L": [{"N": "1"}]}]}, 3 + 1 + 3 + 1 + 2),
        ({"SS": ["a", "日"]}, 4),
        ({"NS": ["1", "-22"]}, 2 + 3),
        ({"BS": ["AA==", "AAEC"]}, 4),
    ],
)
def test_value_has_its_documented_size_when_it_is_of_any_type(value: dict[str, Any], size: int) -> None:
    assert value_bytes(value) == size


@pytest.mark.parametrize(
    ("text", "size"),
    [
        ("0", 1),
        ("-0.00", 1),
        ("1", 2),
        ("99", 2),
        ("100", 2),
        ("1000", 2),
        ("101", 3),
        ("0100", 2),
        ("-5", 3),
        ("12.3", 3),
        ("1.23", 3),
        ("1.50", 3),
        ("0.01", 2),
        ("0.001", 2),
        ("1e3", 2),
        ("1E-3", 2),
        ("12345e-2", 4),
        ("+7", 2),
        ("1" * 38, 20),
        ("0." + "1" * 38, 20),
        ("1." + "1" * 37, 21),
        ("-" + "1" * 38, 21),
        ("-1." + "1" * 37, 21),  # 20 pairs and a sign: a number has never more than 21
    ],
)
def test_number_has_a_byte_for_two_digits_when_they_pair_at_the_point(text: str, size: int) -> None:
    assert number_bytes(text) == size


def test_number_has_one_size_when_it_is_written_in_many_ways() -> None:
    assert {number_bytes(text) for text in ("1500", "1.5e3", "0.15E4", "001500.00", "15e2", "+1500")} == {2}


def test_item_has_the_bytes_of_names_and_values_when_they_are_not_ascii() -> None:
    assert item_bytes({"ID": {"S": "a"}, "Größe": {"N": "12"}, "金": {"S": "é"}}) == (2 + 1) + (7 + 2) + (3 + 2)


def test_unknown_type_is_refused_when_it_is_measured() -> None:
    with pytest.raises(KeyError):
        value_bytes({"X": "?"})
