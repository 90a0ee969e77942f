"""Whose load it is: the tenant in an item's key, by an attribute of the key or by what its partition key begins with.

A charge knows keys only, so a tenant that stands in another attribute can't be told.
"""

from collections.abc import Callable, Mapping
from typing import Any

from harness.capacity.charge import Place
from harness.capacity.shape import Key, TableShape
from harness.errors import SettingInvalid

TenantOf = Callable[[Place], str]  # "" where there is none


def tenant_reader(setting: Mapping[str, Any] | None, shape: TableShape, resource: str) -> TenantOf | None:
    """Return what reads tenants from places of a table ("") or of one of its indexes, None where nothing tells.

    `setting` is {"attribute": name of a key attribute} or {"prefix": delimiter, "part": which part, from 0}; without
    one, a partition key whose name contains "tenant" is it. Raises SettingInvalid for anything else.
    """
    index = shape.index(resource)
    key = index.key if index else shape.key
    if setting is None:
        return _partition_value(key) if "tenant" in key.partition.lower() else None
    match dict(setting):
        case {"attribute": str(name)} if len(setting) == 1:
            return _attribute(name, key, shape)
        case {"prefix": str(delimiter), **rest} if delimiter and set(rest) <= {"part"}:
            part = rest.get("part", 0)
            if isinstance(part, int) and not isinstance(part, bool) and part >= 0:
                return _part(key, delimiter, part)
    raise SettingInvalid(
        f"the tenant setting is {dict(setting)!r}",
        remedy='give {"attribute": a key attribute\'s name} or {"prefix": "#"}, with "part" to take a later one',
    )


def _attribute(name: str, key: Key, shape: TableShape) -> TenantOf | None:
    if name == key.partition:
        return _partition_value(key)
    if name == key.sort:
        return _sort_value(key)
    known = {attribute for one in (shape.key, *(index.key for index in shape.indexes)) for attribute in one.names}
    if name not in known:
        raise SettingInvalid(
            f"the tenant's attribute {name!r} is in no key of {shape.name}",
            evidence={"key attributes": ", ".join(sorted(known))},
            remedy="name a key attribute, or give a prefix",
        )
    return None


def _partition_value(key: Key) -> TenantOf:
    begin = len(key.partition) + 1
    return lambda place: place.partition_key[begin:]


def _sort_value(key: Key) -> TenantOf:
    beside = len(key.sort) + 2  # the comma, and the equals sign
    return lambda place: place.item[len(place.partition_key) + beside :]


def _part(key: Key, delimiter: str, part: int) -> TenantOf:
    begin = len(key.partition) + 1

    def tenant(place: Place) -> str:
        parts = place.partition_key[begin:].split(delimiter, part + 1)
        return parts[part] if len(parts) > max(part, 1) else ""  # one part alone begins with nothing

    return tenant
