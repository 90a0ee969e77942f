"""Which tables a DynamoDB call concerns, and what it hears while one of them is being restored.

Source: observed on AWS, October 2026: while a restored table is CREATING, only DescribeTable knows it. Data operations
are documented to fail with ResourceNotFoundException then.
"""

import re
from collections.abc import Iterator
from typing import Any

from harness.edge.backups.answers import Refused
from harness.edge.call import Call
from harness.edge.tables import table_name

_QUOTED = re.compile(r'"([a-zA-Z0-9_.-]{3,255})"')
_CONTROL = frozenset(
    {
        "UpdateTable", "UpdateTimeToLive", "DescribeTimeToLive", "TagResource", "UntagResource", "ListTagsOfResource",
        "PutResourcePolicy", "GetResourcePolicy", "DeleteResourcePolicy", "DescribeContributorInsights",
        "UpdateContributorInsights", "DescribeKinesisStreamingDestination", "EnableKinesisStreamingDestination",
        "DisableKinesisStreamingDestination", "UpdateKinesisStreamingDestination",
    }
)  # fmt: skip


def tables_of(call: Call) -> set[str]:
    """Return the names of all tables that a call is about, as far as its document tells."""
    document = call.document
    return set(_names(document)) if isinstance(document, dict) else set()


def refusal_while_restoring(operation: str, table: str) -> Refused:
    """Return what an operation on a table hears while the table is restored."""
    if operation == "DeleteTable":
        return Refused(
            "ResourceInUseException",
            f"Attempt to change a resource which is still in use: Table is being created: {table}",
        )
    if operation == "CreateTable":
        return Refused("ResourceInUseException", f"Table is being used: {table}")
    if operation in _CONTROL:
        return Refused("ResourceNotFoundException", f"Requested resource not found: Table: {table} not found")
    return Refused("ResourceNotFoundException", "Requested resource not found")


def _names(document: dict[str, Any]) -> Iterator[str]:
    for member in ("TableName", "ResourceArn"):
        if isinstance(given := document.get(member), str):
            yield table_name(given)
    if isinstance(requests := document.get("RequestItems"), dict):
        yield from map(table_name, requests)
    for action in _each(document.get("TransactItems")):
        for request in action.values():
            if isinstance(request, dict) and isinstance(given := request.get("TableName"), str):
                yield table_name(given)
    for statement in (document, *_each(document.get("TransactStatements")), *_each(document.get("Statements"))):
        if isinstance(text := statement.get("Statement"), str):
            yield from _QUOTED.findall(text)


def _each(given: object) -> list[dict[str, Any]]:
    return [one for one in given if isinstance(one, dict)] if isinstance(given, list) else []
