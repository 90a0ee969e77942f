"""Which item a PartiQL statement of DynamoDB is about: its table, and the attributes that it pins by equality.

This is no parser: it knows where a table's name stands, and the equalities of a WHERE that is all AND, or the tuple of
an INSERT. A WHERE with OR or NOT pins nothing. Source: the developer guide, "PartiQL - a SQL-compatible query
language for Amazon DynamoDB" (documented).
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

STATEMENTS_KEPT_MAX = 1000
STATEMENT_CHARS_MAX = 8192  # AWS's own limit

_WORD = re.compile(
    r"""'(?:[^']|'')*' | "(?:[^"]|"")*" | [A-Za-z_]\w*(?:-\w+)*
    | -?\d+(?:\.\d+)?(?:[eE][+-]?\d+)? | <= | >= | <> | \S""",
    re.X,
)
_NUMBER = re.compile(r"-?\d+(\.\d+)?([eE][+-]?\d+)?")


@dataclass(frozen=True, slots=True)
class Statement:
    """A statement's table ("" unknown) and pinned attributes: the number of a parameter, or a literal's value.

    `index` is the one that it reads ("" none).
    """

    table: str
    pinned: tuple[tuple[str, int | dict[str, Any]], ...]
    inserts: bool
    index: str = ""

    def attributes(self, parameters: Sequence[Any]) -> dict[str, Any]:
        """Return the pinned attributes with the statement's parameters put in."""
        found: dict[str, Any] = {}
        for name, value in self.pinned:
            if isinstance(value, Mapping):
                found[name] = value
            elif value < len(parameters):
                found[name] = parameters[value]
        return found


_UNKNOWN = Statement("", (), inserts=False)


@lru_cache(maxsize=STATEMENTS_KEPT_MAX)
def read_statement(text: str) -> Statement:
    """Return what a statement is about; an unknown one for what is no statement."""
    if len(text) > STATEMENT_CHARS_MAX:
        return _UNKNOWN
    words = _WORD.findall(text)
    upper = [word.upper() for word in words]
    verb = upper[0] if upper else ""
    marker = {"INSERT": "INTO", "UPDATE": "UPDATE"}.get(verb, "FROM")
    if marker not in upper:
        return _UNKNOWN
    place = upper.index(marker) + 1
    table = _unquoted(words[place]) if place < len(words) else ""
    pairs = _tuple_pairs(words) if verb == "INSERT" else _where_pairs(words, upper)
    has_index = verb == "SELECT" and place + 2 < len(words) and words[place + 1] == "."
    index = _unquoted(words[place + 2]) if has_index else ""
    return Statement(table, tuple(pairs), inserts=verb == "INSERT", index=index)


def _where_pairs(words: list[str], upper: list[str]) -> list[tuple[str, int | dict[str, Any]]]:
    if "WHERE" not in upper:
        return []
    start = upper.index("WHERE") + 1
    if {"OR", "NOT"} & set(upper[start:]):
        return []
    pairs: list[tuple[str, int | dict[str, Any]]] = []
    for place in range(start, len(words) - 2):
        if words[place + 1] == "=" and _is_name(words[place]) and words[place - 1] != ".":
            value = _value(words, place + 2)
            if value is not None:
                pairs.append((_unquoted(words[place]), value))
    return pairs


def _tuple_pairs(words: list[str]) -> list[tuple[str, int | dict[str, Any]]]:
    pairs: list[tuple[str, int | dict[str, Any]]] = []
    depth = 0
    for place, word in enumerate(words[:-1]):
        depth += {"{": 1, "[": 1, "}": -1, "]": -1}.get(word, 0)
        if depth == 1 and word == ":" and words[place - 1].startswith("'"):
            value = _value(words, place + 1)
            if value is not None:
                pairs.append((_unquoted(words[place - 1]), value))
    return pairs


def _value(words: list[str], place: int) -> int | dict[str, Any] | None:
    """Return the value that stands at `place`: which parameter, or a literal as an attribute value."""
    word = words[place]
    if word == "?":
        return words[:place].count("?")
    if word.startswith("'"):
        return {"S": _unquoted(word)}
    return {"N": word} if _NUMBER.fullmatch(word) else None


def _is_name(word: str) -> bool:
    return word.startswith('"') or word[0].isalpha() or word[0] == "_"


def _unquoted(word: str) -> str:
    quote = word[0]
    return word[1:-1].replace(quote * 2, quote) if quote in "'\"" and len(word) > 1 else word
