"""All that the ten tables hold of some tenants, by their keys and by their indexes.

Only partitions of these tenants are read, so that many tests can share one environment. An index is asked for every
partition that an item is in, and for every one that an answer has named before: an entry that was left behind when its
item moved is found in the place where it was.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

from boto3.dynamodb.types import TypeDeserializer

from harness.history import ItemRecord
from harness.history.booking import TABLE

Item = Mapping[str, Any]
# By name of the output without "Table": the tables whose items are under the tenant, and those under its providers.
OF_TENANT = ("Services", "Providers", "Conversations", "Tenants", "ApiKeys", "Usage")
OF_PROVIDER = ("Availability", "Exceptions", "Bookings")
CATEGORIES = "Categories"
INDEXES = {
    "Services": ("GSI1",),
    "Providers": ("GSI1",),
    "Bookings": ("GSI1", "GSI2"),
    "Conversations": ("GSI1",),
    "ApiKeys": ("GSI1",),
}
NAMES = (*OF_TENANT, *OF_PROVIDER, CATEGORIES)
HIDDEN = ("apiKeyHash",)


@dataclass(slots=True)
class Places:
    """Partitions where something of the tenants may be: by table and index ("Bookings", "GSI1") their keys."""

    keys: dict[tuple[str, str], set[str]] = field(default_factory=dict)

    def add(self, table: str, index: str, key: str) -> None:
        """Remember one."""
        self.keys.setdefault((table, index), set()).add(key)

    def of(self, table: str, index: str) -> list[str]:
        """Return those of one index, in order."""
        return sorted(self.keys.get((table, index), ()))


class Tables:
    """Reads the tables of one deployment with a DynamoDB client of boto3; `names` are the tables' own, by ours."""

    def __init__(self, client: Any, names: Mapping[str, str]) -> None:
        self._client = client
        self._names = dict(names)
        self._plain: Any = TypeDeserializer()

    def items(self, tenant_ids: Iterable[str], known: Places) -> tuple[ItemRecord, ...]:
        """Return every item of these tenants as each way of reading finds it."""
        found: list[ItemRecord] = []
        for tenant_id in sorted(tenant_ids):
            found.extend(self._of_tenant(tenant_id, known))
        for table, indexes in INDEXES.items():
            for index in indexes:
                for record in found:
                    if record.table == table and f"{index}PK" in record.item:
                        known.add(table, index, str(record.item[f"{index}PK"]))
        for table, indexes in INDEXES.items():
            for index in indexes:
                found.extend(self._index(table, index, known))
        return tuple(found)

    def _of_tenant(self, tenant_id: str, known: Places) -> Iterator[ItemRecord]:
        partition = f"TENANT#{tenant_id}"
        providers: set[str] = set()
        requests: set[str] = set(known.of("Bookings", "request"))
        for table in OF_TENANT:
            for item in self._query(table, "PK", partition):
                if table == "Providers":
                    providers.add(str(item["providerId"]))
                yield ItemRecord(table, TABLE, item)
        for item in self._query(CATEGORIES, "tenantId", tenant_id):
            yield ItemRecord(CATEGORIES, TABLE, item)
        providers |= {
            one.partition("\n")[2] for one in known.of("Providers", "owner") if one.startswith(f"{tenant_id}\n")
        }
        for provider_id in sorted(providers):
            for table in OF_PROVIDER:
                for item in self._query(table, "PK", f"{partition}#PROVIDER#{provider_id}"):
                    if table == "Bookings" and "bookingId" in item:
                        requests.add(str(item["bookingId"]).rpartition("-")[2])
                    yield ItemRecord(table, TABLE, item)
        for digest in sorted(requests):
            for item in self._query("Bookings", "PK", f"{partition}#REQUEST#{digest}"):
                yield ItemRecord("Bookings", TABLE, item)

    def _index(self, table: str, index: str, known: Places) -> Iterator[ItemRecord]:
        for key in known.of(table, index):
            for item in self._query(table, f"{index}PK", key, index=index):
                yield ItemRecord(table, index, item)

    def _query(self, table: str, key: str, value: str, *, index: str = "") -> Iterator[dict[str, Any]]:
        asked: dict[str, Any] = {
            "TableName": self._names[table],
            "KeyConditionExpression": "#key = :value",
            "ExpressionAttributeNames": {"#key": key},
            "ExpressionAttributeValues": {":value": {"S": value}},
            **({"IndexName": index} if index else {"ConsistentRead": True}),
        }
        for page in self._client.get_paginator("query").paginate(**asked):
            for item in page["Items"]:
                yield {name: self._value(one) for name, one in item.items() if name not in HIDDEN}

    def _value(self, value: Mapping[str, Any]) -> Any:
        return _number(self._plain.deserialize(value))


def _number(value: Any) -> Any:
    """Return a value of boto3's as JSON has it: what a history holds is read back equal."""
    if isinstance(value, Decimal):
        return int(value) if value == value.to_integral_value() else str(value)
    if isinstance(value, dict):
        return {name: _number(one) for name, one in value.items()}
    if isinstance(value, (list, set)):
        return [_number(one) for one in (sorted(value) if isinstance(value, set) else value)]
    return value
