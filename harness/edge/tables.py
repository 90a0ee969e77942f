"""The key schemas of tables, as the upstream tells them; kept, because every call about an item needs one."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from harness.edge.call import Call, Namespace
from harness.edge.changes import Item
from harness.edge.upstream import Upstream, UpstreamRefused, ask

_CHANGE_SCHEMAS = frozenset(
    {"CreateTable", "UpdateTable", "DeleteTable", "RestoreTableFromBackup", "RestoreTableToPointInTime"}
)


@dataclass(frozen=True, slots=True)
class KeySchema:
    """The names of a table's key attributes; `sort` is "" when it has none. `indexes` are its indexes' by name."""

    partition: str
    sort: str = ""
    indexes: Mapping[str, "KeySchema"] = field(default_factory=dict, compare=False)

    def key_of(self, item: Item) -> dict[str, Any]:
        """Return the key attributes of an item. Raises KeyError when one is missing."""
        if self.sort:
            return {self.partition: item[self.partition], self.sort: item[self.sort]}
        return {self.partition: item[self.partition]}

    def text(self, item: Item) -> str:
        """Return an item's key as canonical text (`PK=a,SK=b`), "" when it has not all of it."""
        try:
            return ",".join(f"{name}={_scalar(value)}" for name, value in self.key_of(item).items())
        except (KeyError, TypeError, AttributeError):
            return ""


class Tables:
    """Knows the key schemas of all namespaces' tables."""

    def __init__(self, upstream: Upstream) -> None:
        self._upstream = upstream
        self._schemas: dict[tuple[Namespace, str], KeySchema] = {}

    def known(self, namespace: Namespace, table: str) -> KeySchema | None:
        """Return a table's key schema if it was asked for before."""
        return self._schemas.get((namespace, table))

    async def schema(self, namespace: Namespace, table: str) -> KeySchema | None:
        """Return a table's key schema, asking the upstream when needed; None when there is no such table."""
        known = self._schemas.get((namespace, table))
        if known is None:
            try:
                described = await ask(self._upstream, namespace, "DescribeTable", {"TableName": table})
            except UpstreamRefused:
                return None
            known = _schema_in(described["Table"])
            self._schemas[namespace, table] = known
        return known

    def heed(self, call: Call) -> None:
        """Forget what a call that has passed may have changed.

        A stack's tables change inside an engine, while clients ask CloudFormation how far it is.
        """
        if call.service == "cloudformation" or (call.service == "dynamodb" and call.operation in _CHANGE_SCHEMAS):
            self.forget(call.namespace)

    def forget(self, namespace: Namespace | None = None) -> None:
        """Forget the tables of a namespace, or of all."""
        if namespace is None:
            self._schemas.clear()
        else:
            self._schemas = {known: schema for known, schema in self._schemas.items() if known[0] != namespace}


def _schema_in(described: Mapping[str, Any]) -> KeySchema:
    indexes = (*(described.get("GlobalSecondaryIndexes") or ()), *(described.get("LocalSecondaryIndexes") or ()))
    partition, sort = _names_in(described["KeySchema"])
    return KeySchema(partition, sort, {one["IndexName"]: KeySchema(*_names_in(one["KeySchema"])) for one in indexes})


def _names_in(key_schema: list[dict[str, str]]) -> tuple[str, str]:
    names = {entry["KeyType"]: entry["AttributeName"] for entry in key_schema}
    return names["HASH"], names.get("RANGE", "")


def _scalar(value: dict[str, Any]) -> str:
    return str(next(iter(value.values())))


def table_name(reference: str) -> str:
    """Return a table's name from its name or its ARN (`arn:aws:dynamodb:…:table/Name/…`)."""
    return reference.split(":table/", 1)[1].split("/", 1)[0] if reference.startswith("arn:") else reference
