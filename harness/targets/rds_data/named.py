"""Named parameters: `:name` in a statement becomes `$1`, and everything that only looks like one stays as it is.

Strings, quoted identifiers, dollar-quoted bodies and comments are stepped over as PostgreSQL reads them; `::type` is a
cast and `:=` names an argument. Within brackets (`tags[1:last]`) a name is a parameter only when one is given by it.
Source: PostgreSQL's "Lexical Structure" (documented); how AWS reads slices is assumed.
"""

import re
from collections.abc import Container
from typing import NamedTuple

# What may hide a colon, in the order in which PostgreSQL would recognise it. Comments that nest are read by hand.
_PLACES = re.compile(
    r"""
      (?P<escaped>(?<![\w$])[eE]'(?:[^'\\]|''|\\.)*(?:'|\Z))
    | (?P<string>'(?:[^']|'')*(?:'|\Z))
    | (?P<identifier>"(?:[^"]|"")*(?:"|\Z))
    | (?P<dollar>(?<![\w$])\$(?P<tag>(?:[^\W\d]\w*)?)\$.*?(?:\$(?P=tag)\$|\Z))
    | (?P<line>--[^\r\n]*)
    | (?P<block>/\*)
    | (?P<cast>::|:=)
    | (?P<name>:\w+)
    | (?P<bracket>[\[\]])
    """,
    re.VERBOSE | re.DOTALL,
)
_COMMENT = re.compile(r"/\*|\*/")


class Numbered(NamedTuple):
    """A statement with `$1`, `$2` …, and the names that they stand for, in that order."""

    sql: str
    names: tuple[str, ...]


def numbered(sql: str, given: Container[str]) -> Numbered:
    """Replace the named parameters of a statement; a name that occurs twice keeps its number."""
    parts: list[str] = []
    numbers: dict[str, int] = {}
    at = copied = depth = 0
    while found := _PLACES.search(sql, at):
        at = found.end()
        if found.lastgroup == "block":
            at = _comment_end(sql, at)
        elif found.lastgroup == "bracket":
            depth = max(depth + (1 if found.group() == "[" else -1), 0)
        elif found.lastgroup == "name":
            name = found.group()[1:]
            if depth and name not in given:
                continue
            parts += (sql[copied : found.start()], f"${numbers.setdefault(name, len(numbers) + 1)}")
            copied = at
    return Numbered("".join((*parts, sql[copied:])), tuple(numbers))


def _comment_end(sql: str, at: int) -> int:
    depth = 1
    while depth and (found := _COMMENT.search(sql, at)):
        depth += 1 if found.group() == "/*" else -1
        at = found.end()
    return len(sql) if depth else at
