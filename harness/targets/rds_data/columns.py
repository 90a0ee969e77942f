"""What is known of a result's columns: their types, and for those who ask, where they come from.

The built-in types need no question; for enums, extensions' types, and the tables behind columns the catalog of the
same database is asked, on the same connection.
"""

from collections.abc import Sequence
from typing import Any

from harness.targets.rds_data.limits import Limits
from harness.targets.rds_data.parameters import Bound
from harness.targets.rds_data.refused import unsupported
from harness.targets.rds_data.requests import Statement
from harness.targets.rds_data.session import Column, Session
from harness.targets.rds_data.types import ARRAY_CODE, REFUSED_NAMES, TYPES, Kind, Type, of_catalog

_NAMED = """
    SELECT own.oid, own.typname, own.typtype, coalesce(element.typtype, '')
    FROM pg_catalog.pg_type own
    LEFT JOIN pg_catalog.pg_type element ON element.oid = own.typelem AND own.typcategory = 'A'
    WHERE own.oid = ANY($1)
"""
_FOUND = """
    SELECT class.oid, attribute.attnum, space.nspname, class.relname, attribute.attnotnull,
      attribute.attidentity <> '' OR coalesce(pg_catalog.pg_get_expr(value.adbin, value.adrelid), '') LIKE 'nextval(%'
    FROM pg_catalog.pg_class class
    JOIN pg_catalog.pg_namespace space ON space.oid = class.relnamespace
    JOIN pg_catalog.pg_attribute attribute ON attribute.attrelid = class.oid
    LEFT JOIN pg_catalog.pg_attrdef value ON value.adrelid = class.oid AND value.adnum = attribute.attnum
    WHERE class.oid = ANY($1) AND attribute.attnum > 0
"""
_OIDS = 1028  # oid[]
_SERIALS = {"int2": "smallserial", "int4": "serial", "int8": "bigserial"}
_NO_NULLS, _NULLABLE, _NULLABLE_UNKNOWN = 0, 1, 2


async def types_of(session: Session, columns: Sequence[Column]) -> list[Type]:
    """Return the types of columns. Raises Refused for one that no field can carry."""
    strange = sorted({column.type_oid for column in columns if column.type_oid not in TYPES})
    known = TYPES
    if strange:
        refused = next((REFUSED_NAMES[oid] for oid in strange if oid in REFUSED_NAMES), "")
        known = TYPES if refused else {**TYPES, **await _asked(session, strange)}
        if refused:
            raise unsupported(f"The result contains the unsupported data type {refused}.")
    return [known[column.type_oid] for column in columns]


async def metadata(session: Session, columns: Sequence[Column], types: Sequence[Type]) -> list[dict[str, Any]]:
    """Return the `columnMetadata` of a result."""
    tables = sorted({column.table_oid for column in columns if column.table_oid})
    found: dict[tuple[int, int], tuple[str, ...]] = {}
    if tables:
        rows = (await session.run(Statement(_FOUND, (_oids(tables),)), Limits())).rows
        for table, number, *rest in (tuple((value or b"").decode() for value in row) for row in rows):
            found[int(table), int(number)] = tuple(rest)
    return [
        _described(column, type_, found.get((column.table_oid, column.number)))
        for column, type_ in zip(columns, types, strict=True)
    ]


async def _asked(session: Session, oids: Sequence[int]) -> dict[int, Type]:
    rows = (await session.run(Statement(_NAMED, (_oids(oids),)), Limits())).rows
    asked: dict[int, Type] = {}
    for oid, name, category, element in (tuple((value or b"").decode() for value in row) for row in rows):
        type_ = of_catalog(name, category, element)
        if type_ is None:
            raise unsupported(f"The result contains the unsupported data type {name}.")
        asked[int(oid)] = type_
    return asked


def _oids(oids: Sequence[int]) -> Bound:
    return Bound(_OIDS, f"{{{','.join(map(str, oids))}}}".encode())


def _described(column: Column, type_: Type, found: tuple[str, ...] | None) -> dict[str, Any]:
    schema, table, not_null, counts = found or ("", "", "", "f")
    precision, scale = _sizes(type_.element or type_, column.modifier)
    is_counting = counts == "t"
    nullable = _NULLABLE_UNKNOWN if found is None else _NO_NULLS if not_null == "t" else _NULLABLE
    return {
        "arrayBaseColumnType": type_.element.code if type_.element is not None else 0,
        "isAutoIncrement": is_counting,
        "isCaseSensitive": type_.is_text,
        "isCurrency": False,
        "isSigned": type_.is_number and type_.code != ARRAY_CODE,
        "label": column.name,
        "name": column.name,
        "nullable": nullable,
        "precision": precision,
        "scale": scale,
        "schemaName": schema,
        "tableName": table,
        "type": type_.code,
        "typeName": _SERIALS.get(type_.name, type_.name) if is_counting else type_.name,
    }


def _sizes(type_: Type, modifier: int) -> tuple[int, int]:
    """Return precision and scale; a modifier is a length, or both in its halves, and four more."""
    if modifier < 4:
        return type_.precision, type_.scale
    if type_.kind is Kind.DECIMAL:
        return (modifier - 4) >> 16, (modifier - 4) & 0xFFFF
    if type_.name in ("varchar", "bpchar"):
        return modifier - 4, 0
    return type_.precision, type_.scale
