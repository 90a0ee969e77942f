"""What the model knows of a table: keys, indexes, and how throughput is paid for.

Read from what DescribeTable answers or from a CloudFormation template's properties: both use the same names.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal

Billing = Literal["PROVISIONED", "PAY_PER_REQUEST"]
Projection = Literal["ALL", "KEYS_ONLY", "INCLUDE"]


@dataclass(frozen=True, slots=True)
class Throughput:
    """Units a second, or any other pair of read and write figures."""

    read_units: float
    write_units: float


@dataclass(frozen=True, slots=True)
class Key:
    """The names of key attributes; `sort` is "" when there is none."""

    partition: str
    sort: str = ""

    @property
    def names(self) -> tuple[str, ...]:
        """The names of all key attributes."""
        return (self.partition, self.sort) if self.sort else (self.partition,)

    def values_of(self, text: str) -> tuple[str, str] | None:
        """Return the values in a key's canonical text (`PK=a,SK=b`), "" for no sort key; None for other texts."""
        head, _, sort = text.rpartition(f",{self.sort}=") if self.sort else (text, "", "")
        if not head.startswith(f"{self.partition}=") or (self.sort and not sort):
            return None
        return head.removeprefix(f"{self.partition}="), sort


@dataclass(frozen=True, slots=True)
class IndexShape:
    """One secondary index. A local index has no throughput of its own: its table pays."""

    name: str
    key: Key
    kind: Literal["global", "local"] = "global"
    projection: Projection = "ALL"
    included: frozenset[str] = frozenset()  # non-key attributes that INCLUDE projects
    provisioned: Throughput | None = None
    maximum: Throughput | None = None  # OnDemandThroughput; math.inf where only one side is limited
    warm: Throughput | None = None


@dataclass(frozen=True, slots=True)
class TableShape:
    """One table with its indexes; throughput as AWS would have it, before any scale."""

    name: str
    key: Key
    billing: Billing = "PAY_PER_REQUEST"
    provisioned: Throughput | None = None
    maximum: Throughput | None = None
    warm: Throughput | None = None
    indexes: tuple[IndexShape, ...] = ()
    arn: str = ""
    size_bytes: int = 0
    attribute_types: Mapping[str, str] = field(default_factory=dict)  # of key attributes: S, N or B

    def index(self, name: str) -> IndexShape | None:
        """Return the index of this name."""
        for index in self.indexes:  # asked on every charge of an index: a generator would cost more than the look
            if index.name == name:
                return index
        return None

    @property
    def global_indexes(self) -> tuple[IndexShape, ...]:
        """The indexes that have throughput and partitions of their own."""
        return tuple(index for index in self.indexes if index.kind == "global")


def shape_of(description: Mapping[str, Any]) -> TableShape:
    """Return the shape in a table's description (DescribeTable's `Table`) or template properties.

    Raises KeyError for documents that describe no table.
    """
    provisioned = _throughput(description.get("ProvisionedThroughput"))
    billing = (description.get("BillingModeSummary") or {}).get("BillingMode") or description.get("BillingMode")
    # A description without a billing mode is a provisioned table's: the mode is told from its first change on.
    mode: Billing = "PAY_PER_REQUEST" if billing == "PAY_PER_REQUEST" else "PROVISIONED"
    return TableShape(
        name=description["TableName"],
        key=_key(description["KeySchema"]),
        billing=mode,
        provisioned=provisioned if mode == "PROVISIONED" else None,
        maximum=_maximum(description.get("OnDemandThroughput")),
        warm=_warm(description.get("WarmThroughput")),
        indexes=tuple(
            [_index(one, "global", mode) for one in description.get("GlobalSecondaryIndexes") or ()]
            + [_index(one, "local", mode) for one in description.get("LocalSecondaryIndexes") or ()]
        ),
        arn=description.get("TableArn", ""),
        size_bytes=int(description.get("TableSizeBytes") or 0),
        attribute_types={
            one["AttributeName"]: one["AttributeType"] for one in description.get("AttributeDefinitions") or ()
        },
    )


def _index(description: Mapping[str, Any], kind: Literal["global", "local"], mode: Billing) -> IndexShape:
    projection = description.get("Projection") or {}
    paid = kind == "global" and mode == "PROVISIONED"
    return IndexShape(
        name=description["IndexName"],
        key=_key(description["KeySchema"]),
        kind=kind,
        projection=projection.get("ProjectionType", "ALL"),
        included=frozenset(projection.get("NonKeyAttributes") or ()),
        provisioned=_throughput(description.get("ProvisionedThroughput")) if paid else None,
        maximum=_maximum(description.get("OnDemandThroughput")),
        warm=_warm(description.get("WarmThroughput")),
    )


def _key(schema: Sequence[Mapping[str, str]]) -> Key:
    names = {entry["KeyType"]: entry["AttributeName"] for entry in schema}
    return Key(names["HASH"], names.get("RANGE", ""))


def _throughput(document: Mapping[str, Any] | None) -> Throughput | None:
    if not document:
        return None
    return Throughput(float(document.get("ReadCapacityUnits") or 0), float(document.get("WriteCapacityUnits") or 0))


def _maximum(document: Mapping[str, Any] | None) -> Throughput | None:
    return _pair(document, "MaxReadRequestUnits", "MaxWriteRequestUnits", float("inf"))


def _warm(document: Mapping[str, Any] | None) -> Throughput | None:
    return _pair(document, "ReadUnitsPerSecond", "WriteUnitsPerSecond", 0.0)


def _pair(document: Mapping[str, Any] | None, read: str, write: str, absent: float) -> Throughput | None:
    told = document or {}
    pair = [float(told[name]) if (told.get(name) or -1) > 0 else absent for name in (read, write)]
    return None if pair == [absent, absent] else Throughput(*pair)
