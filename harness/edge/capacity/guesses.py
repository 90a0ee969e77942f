"""What an item will be after an UpdateItem, as far as its expression alone tells.

Needed before the update, to know which indexes it touches and where their entries go; what it really did is charged
afterwards. Exact for `SET name = :value` and REMOVE; an attribute that is reckoned (`a + :b`, ADD, functions) is only
known to become another. Paths into documents change their first attribute.
"""

import re
from collections.abc import Iterator, Mapping
from functools import lru_cache
from typing import Any, NamedTuple

Item = Mapping[str, Any]
EXPRESSIONS_KEPT_MAX = 1000
_SECTION = re.compile(r"\b(SET|REMOVE|ADD|DELETE)\b", re.IGNORECASE)
_NAME = re.compile(r"[#\w-]+")
_VALUE = re.compile(r":\w+")


class Clause(NamedTuple):
    """One change: of `name` (perhaps a placeholder) to `value`'s placeholder, exactly so or in some other way."""

    name: str
    value: str
    how: str  # "is", "becomes" (something else) or "gone"


def item_after(before: Item | None, key: Item, asked: Mapping[str, Any]) -> Item:
    """Return an item as an update is expected to leave it; `asked` is the request, or its part in a transaction."""
    after = {**(before or {}), **key}
    expression = asked.get("UpdateExpression")
    if isinstance(expression, str):
        names = asked.get("ExpressionAttributeNames") or {}
        values = asked.get("ExpressionAttributeValues") or {}
        for clause in _clauses(expression):
            _apply(after, names.get(clause.name, clause.name), values.get(clause.value), clause.how)
    for name, update in (asked.get("AttributeUpdates") or {}).items():
        action = update.get("Action", "PUT")
        whole = action == "DELETE" and "Value" not in update
        how = "is" if action == "PUT" else "gone" if whole else "becomes"
        _apply(after, name, update.get("Value"), how)
    return after


def _apply(after: dict[str, Any], name: str, value: Any, how: str) -> None:
    if how == "gone":
        after.pop(name, None)
    elif how == "is" and value is not None:
        after[name] = value
    elif name in after:
        after[name] = _other_than(after[name])
    elif value is not None:
        after[name] = value


def _other_than(value: Mapping[str, Any]) -> dict[str, Any]:
    """Return a value of the same type and about the same size that is not the same."""
    ((kind, content),) = value.items()
    if kind == "N":
        return {"N": "1" if content != "1" else "2"}
    if kind == "S":
        return {"S": content + "'"}
    return {"L": [value]}


@lru_cache(maxsize=EXPRESSIONS_KEPT_MAX)
def _clauses(expression: str) -> tuple[Clause, ...]:
    parts = _SECTION.split(expression)
    found: list[Clause] = []
    for section, text in zip(parts[1::2], parts[2::2], strict=True):
        for one in _split(text):
            name = _NAME.match(one)
            if name is not None:
                found.append(_clause(section.upper(), name[0], one[name.end() :].strip()))
    return tuple(found)


def _clause(section: str, name: str, rest: str) -> Clause:
    if section == "REMOVE" and not rest:
        return Clause(name, "", "gone")
    value = _VALUE.search(rest)
    placeholder = value[0] if value is not None else ""
    exactly = section == "SET" and rest.startswith("=") and rest[1:].strip() == placeholder
    return Clause(name, placeholder, "is" if exactly else "becomes")


def _split(text: str) -> Iterator[str]:
    """Give the parts of a list that has commas inside of its functions' brackets, too."""
    depth, begin = 0, 0
    for place, letter in enumerate(text):
        depth += (letter in "([") - (letter in ")]")
        if letter == "," and depth == 0:
            yield text[begin:place].strip()
            begin = place + 1
    yield text[begin:].strip()
