"""An update's outcome is guessed as far as its expression alone tells."""

from typing import Any

import pytest

from harness.edge.capacity.guesses import item_after

KEY = {"PK": {"S": "a"}}
BEFORE = {**KEY, "Owner": {"S": "o"}, "Total": {"N": "5"}, "Tags": {"SS": ["x"]}}
VALUES = {":o": {"S": "new"}, ":n": {"N": "1"}}


def after(expression: str, before: dict[str, Any] | None = None, **names: str) -> dict[str, Any]:
    asked = {
        "UpdateExpression": expression,
        "ExpressionAttributeValues": VALUES,
        "ExpressionAttributeNames": {f"#{name}": value for name, value in names.items()},
    }
    return dict(item_after(before, KEY, asked))


def test_attributes_are_known_exactly_when_they_are_set_to_values() -> None:
    assert after("SET Owner = :o, #t = :n REMOVE Tags", BEFORE, t="Total") == {
        **KEY,
        "Owner": VALUES[":o"],
        "Total": VALUES[":n"],
    }


def test_an_item_is_made_when_there_was_none() -> None:
    assert after("SET Owner = :o") == {**KEY, "Owner": VALUES[":o"]}


@pytest.mark.parametrize(
    ("expression", "changed"),
    [
        ("SET Total = Total + :n", "Total"),
        ("SET Owner = if_not_exists(Owner, :o), Made = if_not_exists(Made, :n)", "Owner"),
        ("ADD Total :n", "Total"),
        ("DELETE Tags :o", "Tags"),
        ("SET Owner.name = :o", "Owner"),
        ("SET Tags[1] = :o", "Tags"),
        ("set Total=Total+:n", "Total"),
    ],
)
def test_an_attribute_becomes_another_when_it_is_reckoned(expression: str, changed: str) -> None:
    guess = after(expression, BEFORE)

    assert guess[changed] != BEFORE[changed]
    assert guess["PK"] == BEFORE["PK"]


def test_an_attribute_has_the_first_value_when_it_was_not_there() -> None:
    assert after("SET Total = if_not_exists(Total, :n) + :n") == {**KEY, "Total": VALUES[":n"]}


@pytest.mark.parametrize(
    ("updates", "expected"),
    [
        ({"Owner": {"Value": {"S": "p"}}}, {**BEFORE, "Owner": {"S": "p"}}),
        ({"Owner": {"Action": "DELETE"}}, {name: value for name, value in BEFORE.items() if name != "Owner"}),
    ],
)
def test_legacy_updates_are_known_when_they_put_or_delete(updates: Any, expected: Any) -> None:
    assert item_after(BEFORE, KEY, {"AttributeUpdates": updates}) == expected


def test_nothing_changes_when_nothing_is_said() -> None:
    assert item_after(BEFORE, KEY, {}) == BEFORE
