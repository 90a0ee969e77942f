"""Parts of transactions: puts, deletes and counters with their conditions, as TransactWriteItems takes them."""

from collections.abc import Mapping
from typing import Any

from groundwork.attributes import attribute, item_of

Write = dict[str, Any]


def put(table: str, values: Mapping[str, Any]) -> Write:
    """Write an item, whatever is there."""
    return {"Put": {"TableName": table, "Item": item_of(values)}}


def put_new(table: str, values: Mapping[str, Any], key: str = "PK") -> Write:
    """Write an item unless its key exists; `key` is a key attribute's name."""
    condition = {"ConditionExpression": "attribute_not_exists(#k)", "ExpressionAttributeNames": {"#k": key}}
    return {"Put": {"TableName": table, "Item": item_of(values), **condition}}


def replace(table: str, values: Mapping[str, Any], read_version: int) -> Write:
    """Write an item over the one whose `version` was read."""
    return {"Put": {"TableName": table, "Item": item_of(values), **at_version(read_version)}}


def delete(table: str, key: Mapping[str, str]) -> Write:
    """Delete an item, whether or not it is there."""
    return {"Delete": {"TableName": table, "Key": item_of(key)}}


def delete_read(table: str, key: Mapping[str, str], read_version: int) -> Write:
    """Delete the item whose `version` was read."""
    return {"Delete": {"TableName": table, "Key": item_of(key), **at_version(read_version)}}


def count_held(table: str, tenant_id: str, kind: str, held_max: int) -> Write:
    """Count one more thing that a tenant has; the condition fails at the plan's limit."""
    return _held(table, tenant_id, kind, 1, {
        "ConditionExpression": "attribute_not_exists(#c) OR #c < :max",
        "values": {":max": attribute(held_max)},
    })  # fmt: skip


def count_released(table: str, tenant_id: str, kind: str) -> Write:
    """Count one thing less that a tenant has."""
    return _held(table, tenant_id, kind, -1, {"values": {}})


def at_version(version: int) -> dict[str, Any]:
    """Return the condition that an item is there and as it was read; one that has no version counts as the first."""
    first = " OR attribute_not_exists(#v)" if version == 1 else ""
    return {
        "ConditionExpression": f"attribute_exists(tenantId) AND (#v = :v{first})",
        "ExpressionAttributeNames": {"#v": "version"},
        "ExpressionAttributeValues": {":v": attribute(version)},
    }


def _held(table: str, tenant_id: str, kind: str, by: int, more: dict[str, Any]) -> Write:
    values = more.pop("values")
    return {
        "Update": {
            "TableName": table,
            "Key": item_of({"PK": f"TENANT#{tenant_id}", "SK": f"HELD#{kind}"}),
            "UpdateExpression": "SET tenantId = :t, entity = :e ADD #c :by",
            "ExpressionAttributeNames": {"#c": "held"},
            "ExpressionAttributeValues": {
                ":t": {"S": tenant_id},
                ":e": {"S": "Held"},
                ":by": attribute(by),
                **values,
            },
            **more,
        }
    }
