"""DynamoDB calls as the audits see them, read from the edge's record: which partitions were named, and for whom."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

WRITES = frozenset({"PutItem", "UpdateItem", "DeleteItem", "BatchWriteItem", "TransactWriteItems"})
PARTIQL = frozenset({"ExecuteStatement", "BatchExecuteStatement", "ExecuteTransaction"})
ITEM_OPERATIONS = WRITES | PARTIQL | {"GetItem", "BatchGetItem", "TransactGetItems", "Query", "Scan"}
DENIED = frozenset({"AccessDenied", "AccessDeniedException"})


@dataclass(frozen=True, slots=True)
class Named:
    """A partition that a call names. `key` is the partition key's value, "" where the call names none.

    `by` is key, item, condition, start (of a page) or scan.
    """

    table: str
    index: str
    key: str
    by: str = "key"

    @property
    def place(self) -> str:
        """The table, with its index if there is one."""
        return f"{self.table}/{self.index}" if self.index else self.table


@dataclass(frozen=True, slots=True)
class TableCall:
    """One call of a function. `tags` are those of the session that made it, {} when no session did.

    `incomplete` tells that the record holds not all of what it named.
    """

    operation: str
    caller: str
    trace: str
    named: tuple[Named, ...]
    tags: Mapping[str, str] = field(default_factory=dict)
    role: str = ""
    error_code: str = ""
    incomplete: bool = False
    sequence: int = 0

    @property
    def writes(self) -> bool:
        """Whether it may have changed items: PartiQL's calls are taken for writes."""
        return self.operation in WRITES | PARTIQL

    @property
    def denied(self) -> bool:
        """Whether IAM refused it."""
        return self.error_code in DENIED

    def told(self) -> str:
        """Return the call in words."""
        places = ", ".join(f"{one.place} {one.key or 'whole'}" for one in self.named) or "nothing that it names"
        return f"call {self.sequence} {self.operation} on {places} by {self.caller or 'nobody known'}"


def table_calls(records: Iterable[Mapping[str, Any]]) -> list[TableCall]:
    """Return the calls about items that functions made, oldest first; those of other clients are left out."""
    return list(_calls(records))


def _calls(records: Iterable[Mapping[str, Any]]) -> Iterator[TableCall]:
    for record in records:
        if record["service"] != "dynamodb" or record["operation"] not in ITEM_OPERATIONS or not record["caller"]:
            continue
        principal = record.get("principal") or {}
        named = tuple(dict.fromkeys(_named(record)))
        yield TableCall(
            record["operation"],
            record["caller"],
            record["trace"],
            named,
            dict(principal.get("tags") or {}),
            str(principal.get("role") or ""),
            record.get("error_code") or "",
            incomplete=bool(record.get("partitions_left_out")) or not named,
            sequence=int(record.get("sequence", 0)),
        )


def _named(record: Mapping[str, Any]) -> Iterator[Named]:
    for one in record.get("partitions") or ():
        yield Named(one["table"], one["index"], one["key"].partition("=")[2], one["by"])
