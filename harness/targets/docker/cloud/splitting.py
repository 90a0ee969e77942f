"""Batches whose tables are in two places: a part for each engine, and one answer of both. Pure.

A batch is not atomic on AWS either (documented: BatchWriteItem), so its parts may go one after the other. What one
engine leaves unprocessed, or refuses for now, is unprocessed in the answer.
"""

from collections.abc import Mapping, Sequence
from typing import Any

from harness.targets.docker.cloud.registry import Engine

Document = Mapping[str, Any]
UNPROCESSED = {"BatchWriteItem": "UnprocessedItems", "BatchGetItem": "UnprocessedKeys"}
_REQUESTS_MAX = {"BatchWriteItem": 25, "BatchGetItem": 100}  # of all tables together (documented)


def is_too_long(operation: str, requests: Document) -> bool:
    """Tell whether a batch asks for more than DynamoDB takes in one call."""
    asked = [about.get("Keys") if isinstance(about, dict) else about for about in requests.values()]
    return sum(len(one) for one in asked if isinstance(one, list)) > _REQUESTS_MAX[operation]


def parts_of(document: Document, engines: Mapping[str, Engine]) -> list[tuple[Engine, dict[str, Any]]]:
    """Return the request for each engine that holds some of a batch's tables."""
    requests: Mapping[str, Any] = document["RequestItems"]
    parts = []
    for engine in sorted(set(engines.values())):
        own = {table: about for table, about in requests.items() if engines[table] == engine}
        parts.append((engine, {**document, "RequestItems": own}))
    return parts


def merged(operation: str, answers: Sequence[Document]) -> dict[str, Any]:
    """Return one answer for several; each is an engine's, or what `left` made of a refusal."""
    unprocessed = UNPROCESSED[operation]
    told: dict[str, Any] = {unprocessed: {}}
    if operation == "BatchGetItem":
        told["Responses"] = {}
    for one in answers:
        for member in (unprocessed, "Responses", "ItemCollectionMetrics"):
            if one.get(member):
                told.setdefault(member, {}).update(one[member])
        if one.get("ConsumedCapacity"):
            told.setdefault("ConsumedCapacity", []).extend(one["ConsumedCapacity"])
    return told


def left(operation: str, part: Document) -> dict[str, Any]:
    """Return the answer of an engine that has done nothing of a part."""
    return {UNPROCESSED[operation]: part["RequestItems"]}
