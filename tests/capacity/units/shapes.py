"""A table with an index of every kind, and items for it."""

from typing import Any

from harness.capacity.shape import IndexShape, Key, TableShape

KB = 1024
BY_KIND = IndexShape("ByKind", Key("KIND", "AT"))
BY_OWNER = IndexShape("ByOwner", Key("OWNER"), projection="KEYS_ONLY")
BY_REF = IndexShape("ByRef", Key("REF"), projection="INCLUDE", included=frozenset({"note"}))
BY_AT = IndexShape("ByAt", Key("PK", "AT"), kind="local", projection="KEYS_ONLY")
PLAIN = TableShape("plain", Key("PK", "SK"))


def with_indexes(*indexes: IndexShape) -> TableShape:
    return TableShape("indexed", Key("PK", "SK"), indexes=indexes)


def item(**attributes: Any) -> dict[str, Any]:
    """Return an item with the key p/s; attributes as text (or AttributeValues, when they are mappings)."""
    told = {name: value if isinstance(value, dict) else {"S": value} for name, value in attributes.items()}
    return {"PK": {"S": "p"}, "SK": {"S": "s"}, **told}


KEY = item()


def sized(size: int, **attributes: Any) -> dict[str, Any]:
    """Return an item of exactly so many bytes."""
    from harness.capacity.units import item_bytes

    return item(**attributes, pad="x" * (size - item_bytes(item(**attributes, pad=""))))
