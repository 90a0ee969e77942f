"""PostgreSQL's types as the Data API knows them: which kind of field carries them, and what JDBC calls them.

Source: "Data API operations reference" in the user guide for which types are supported (documented); that INTERVAL,
TIMETZ, "CHAR" and regclass are refused under these names is reported; `oid` and `timestamptz`, which the guide doesn't
list, come as a long and as UTC (reported). The numbers of types are java.sql.Types', precision and scale those of
PostgreSQL's JDBC driver; that Aurora still tells them so is assumed.
"""

from enum import StrEnum
from typing import NamedTuple

MAX_LENGTH = 2_147_483_647
ARRAY_CODE, OTHER_CODE = 2003, 1111


class Kind(StrEnum):
    """What carries a value; the values are the names of a field's members."""

    BOOLEAN = "booleanValue"
    LONG = "longValue"
    DOUBLE = "doubleValue"
    DECIMAL = "decimal"  # a string, a double or a long, as the call has it
    BLOB = "blobValue"
    STRING = "stringValue"
    CLOCK = "clock"  # a string whose fraction is shortened
    INSTANT = "instant"  # the same, in UTC


class Type(NamedTuple):
    """A type: its name, its kind, and its number, precision and scale in JDBC. `element` is an array's."""

    name: str
    kind: Kind
    code: int
    precision: int = MAX_LENGTH
    scale: int = 0
    element: "Type | None" = None

    @property
    def is_number(self) -> bool:
        """Whether it has a sign."""
        return self.kind in (Kind.LONG, Kind.DOUBLE, Kind.DECIMAL)

    @property
    def is_text(self) -> bool:
        """Whether upper and lower case differ in it."""
        return self.kind is Kind.STRING


_SCALARS: dict[int, Type] = {
    16: Type("bool", Kind.BOOLEAN, -7, 1),
    17: Type("bytea", Kind.BLOB, -2),
    19: Type("name", Kind.STRING, 12, 63),
    20: Type("int8", Kind.LONG, -5, 19),
    21: Type("int2", Kind.LONG, 5, 5),
    23: Type("int4", Kind.LONG, 4, 10),
    25: Type("text", Kind.STRING, 12),
    26: Type("oid", Kind.LONG, -5, 10),
    114: Type("json", Kind.STRING, OTHER_CODE),
    650: Type("cidr", Kind.STRING, OTHER_CODE),
    700: Type("float4", Kind.DOUBLE, 7, 8, 8),
    701: Type("float8", Kind.DOUBLE, 8, 17, 17),
    705: Type("text", Kind.STRING, 12),  # "unknown": a literal that nothing gave a type
    869: Type("inet", Kind.STRING, OTHER_CODE),
    1042: Type("bpchar", Kind.STRING, 1),
    1043: Type("varchar", Kind.STRING, 12),
    1082: Type("date", Kind.STRING, 91, 13),
    1083: Type("time", Kind.CLOCK, 92, 15, 6),
    1114: Type("timestamp", Kind.CLOCK, 93, 29, 6),
    1184: Type("timestamptz", Kind.INSTANT, 93, 35, 6),
    1700: Type("numeric", Kind.DECIMAL, 2, 0),
    2950: Type("uuid", Kind.STRING, OTHER_CODE),
    3802: Type("jsonb", Kind.STRING, OTHER_CODE),
}
_ARRAYS = {
    199: 114,
    1000: 16,
    1003: 19,
    1005: 21,
    1007: 23,
    1009: 25,
    1014: 1042,
    1015: 1043,
    1016: 20,
    1021: 700,
    1022: 701,
    1115: 1114,
    1182: 1082,
    1183: 1083,
    1185: 1184,
    1231: 1700,
    2951: 2950,
    3807: 3802,
}
_BIT = Type("bit", Kind.STRING, -7)  # alone it is not supported, in an array it is


def _array(element: Type) -> Type:
    return Type(f"_{element.name}", element.kind, ARRAY_CODE, element.precision, element.scale, element)


TYPES: dict[int, Type] = {
    **_SCALARS,
    **{oid: _array(_SCALARS[element]) for oid, element in _ARRAYS.items()},
    1561: _array(_BIT),
}
# How Aurora calls types that it has no field for; others are told as the catalog has them.
REFUSED_NAMES = {18: '"CHAR"', 1186: "INTERVAL", 1266: "TIMETZ", 790: "MONEY", 2278: "VOID", 2249: "RECORD"}


def of_catalog(name: str, category: str, element: str) -> Type | None:
    """Return a type that is only known to its database, None when it is not supported.

    `category` is the catalog's (`e` for an enum); `element` is an array's element's category, "" for no array.
    """
    if category == "e" or name == "vector":
        return Type(name, Kind.STRING, 12)
    if element == "e":
        return _array(Type(name.removeprefix("_"), Kind.STRING, 12))
    return None
