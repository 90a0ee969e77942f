"""The tables in DynamoDB Local: made like their shells in LocalStack, kept like them, and emptied into them.

A copy has the shell's keys, indexes and billing. What DynamoDB Local lacks (TTL that waits, backups, tags, streams,
ARNs) stays the shell's.
"""

import asyncio
from collections.abc import Iterator, Mapping
from typing import Any

from harness.edge.backups.blueprint import ON_DEMAND, creation
from harness.edge.call import Namespace
from harness.edge.upstream import Upstream, UpstreamRefused, ask
from harness.errors import EnvironmentNotReady

Document = Mapping[str, Any]

ACTIVE_WITHIN_S = 60.0
_LOOK_EVERY_S = 0.02
_BATCH_MAX = 25
_NOT_THERE = "ResourceNotFoundException"
_SHELLS_ALONE = ("SSESpecification", "OnDemandThroughput")  # which cost nothing and mean nothing in DynamoDB Local


class Copies:
    """Makes and changes tables in DynamoDB Local."""

    def __init__(self, dynamodb: Upstream) -> None:
        self._dynamodb = dynamodb

    async def described(self, namespace: Namespace, table: str) -> dict[str, Any] | None:
        """Return a copy's description, None when there is none; raises UpstreamRefused."""
        return await described(self._dynamodb, namespace, table)

    async def make(self, namespace: Namespace, shell: Document) -> None:
        """Make a new copy of a shell and wait until it can be used, whatever was there of that name before."""
        table = str(shell["TableName"])
        await self.drop(namespace, table)
        await ask(self._dynamodb, namespace, "CreateTable", creation_of(shell))
        await self._active(namespace, table)

    async def follow(self, namespace: Namespace, shell: Document, copy: Document) -> None:
        """Change a copy until its billing and its global indexes are the shell's."""
        for request in differences(shell, copy):
            await ask(self._dynamodb, namespace, "UpdateTable", request)
            await self._active(namespace, str(shell["TableName"]))

    async def drop(self, namespace: Namespace, table: str) -> None:
        """Delete a copy if there is one."""
        try:
            await ask(self._dynamodb, namespace, "DeleteTable", {"TableName": table})
        except UpstreamRefused as problem:
            if problem.code != _NOT_THERE:
                raise

    async def empty_into(self, target: Upstream, namespace: Namespace, table: str) -> int:
        """Put all items of a copy into the table of that name in another engine; return how many they were."""
        asked: dict[str, Any] = {"TableName": table, "ConsistentRead": True}
        count = 0
        while True:
            page = await ask(self._dynamodb, namespace, "Scan", asked)
            items = page.get("Items", [])
            for start in range(0, len(items), _BATCH_MAX):
                await _put(target, namespace, table, items[start : start + _BATCH_MAX])
            count += len(items)
            if not page.get("LastEvaluatedKey"):
                return count
            asked["ExclusiveStartKey"] = page["LastEvaluatedKey"]

    async def _active(self, namespace: Namespace, table: str) -> None:
        try:
            async with asyncio.timeout(ACTIVE_WITHIN_S):
                while not _is_active(await self.described(namespace, table)):
                    await asyncio.sleep(_LOOK_EVERY_S)
        except TimeoutError:
            told = f"table {table} in DynamoDB Local is not ACTIVE after {ACTIVE_WITHIN_S:g} s"
            raise EnvironmentNotReady(told) from None


async def described(upstream: Upstream, namespace: Namespace, table: str) -> dict[str, Any] | None:
    """Return what an engine says of a table, None when it has none; raises UpstreamRefused for other refusals."""
    try:
        told: dict[str, Any] = (await ask(upstream, namespace, "DescribeTable", {"TableName": table}))["Table"]
    except UpstreamRefused as problem:
        if problem.code == _NOT_THERE:
            return None
        raise
    return told


def creation_of(shell: Document) -> dict[str, Any]:
    """Return the CreateTable request for the copy of a shell. Pure."""
    request = creation(shell, str(shell["TableName"]), {})
    for one in (request, *request.get("GlobalSecondaryIndexes", ())):
        for member in _SHELLS_ALONE:
            one.pop(member, None)
    return request


def differences(shell: Document, copy: Document) -> Iterator[dict[str, Any]]:
    """Give the UpdateTable requests, one after the other, that make a copy like its shell. Pure."""
    wanted, had = creation_of(shell), creation_of(copy)
    table = {"TableName": wanted["TableName"]}
    new, old = _indexes(wanted), _indexes(had)
    for name in [name for name, index in old.items() if _keys(new.get(name)) != _keys(index)]:
        yield {**table, "GlobalSecondaryIndexUpdates": [{"Delete": {"IndexName": name}}]}
        del old[name]
    if billing := _billing(wanted, had, [name for name in old if name in new]):
        yield {**table, **billing}
    for name in [name for name in new if name not in old]:
        yield {
            **table,
            "AttributeDefinitions": wanted["AttributeDefinitions"],
            "GlobalSecondaryIndexUpdates": [{"Create": new[name]}],
        }


def _billing(wanted: Document, had: Document, kept: list[str]) -> dict[str, Any]:
    """Return what changes billing, of the table and of those of its indexes that it keeps."""
    if wanted["BillingMode"] == ON_DEMAND:
        return {} if had["BillingMode"] == ON_DEMAND else {"BillingMode": ON_DEMAND}
    new, old = _indexes(wanted), _indexes(had)
    changed = [name for name in kept if new[name]["ProvisionedThroughput"] != old[name].get("ProvisionedThroughput")]
    told: dict[str, Any] = {}
    if wanted["ProvisionedThroughput"] != had.get("ProvisionedThroughput"):
        told |= {"BillingMode": wanted["BillingMode"], "ProvisionedThroughput": wanted["ProvisionedThroughput"]}
    if changed:
        units = [{"IndexName": name, "ProvisionedThroughput": new[name]["ProvisionedThroughput"]} for name in changed]
        told |= {"GlobalSecondaryIndexUpdates": [{"Update": one} for one in units]}
    return told


def _indexes(request: Document) -> dict[str, dict[str, Any]]:
    return {one["IndexName"]: one for one in request.get("GlobalSecondaryIndexes", ())}


def _keys(index: Document | None) -> object:
    return (index["KeySchema"], index.get("Projection")) if index is not None else None


def _is_active(copy: Document | None) -> bool:
    if copy is None or copy.get("TableStatus") != "ACTIVE":
        return False
    return all(one.get("IndexStatus", "ACTIVE") == "ACTIVE" for one in copy.get("GlobalSecondaryIndexes") or ())


async def _put(target: Upstream, namespace: Namespace, table: str, items: list[Any]) -> None:
    wanted: dict[str, Any] = {table: [{"PutRequest": {"Item": item}} for item in items]}
    while wanted:
        wanted = (await ask(target, namespace, "BatchWriteItem", {"RequestItems": wanted})).get(
            "UnprocessedItems"
        ) or {}
