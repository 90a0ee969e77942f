"""Where an item lies in its table: one place an item, whatever its key looks like."""

from typing import Any

import pytest

from harness.edge.images.spots import spot_in
from harness.edge.tables import KeySchema
from tests.edge.images.engine import NAMESPACE


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ({"PK": {"N": "1" * 38}, "SK": {"S": "c"}}, {"PK": {"N": "1" * 37 + "2"}, "SK": {"S": "c"}}),
        ({"PK": {"S": "a,S:b"}, "SK": {"S": "c"}}, {"PK": {"S": "a"}, "SK": {"S": "b,S:c"}}),
    ],
)
def test_two_items_have_two_places_when_their_keys_look_alike(one: Any, other: Any) -> None:
    spots = [spot_in(NAMESPACE, "Wallets", KeySchema("PK", "SK"), item) for item in (one, other)]

    assert None not in spots
    assert spots[0] != spots[1]


def test_place_is_found_when_its_number_is_larger_than_any() -> None:
    assert spot_in(NAMESPACE, "Wallets", KeySchema("PK"), {"PK": {"N": "1E9999999"}}) is not None
