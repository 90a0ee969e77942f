"""What a restored table is made like: the source's settings, and what the request overrides. Pure.

Restored: keys, indexes, billing mode, throughput, encryption. Not restored: streams, TTL, tags, continuous backups,
deletion protection, table class, resource policy, auto scaling, alarms (documented and observed on AWS, October 2026).
The words of refusals are AWS's as observed then.
"""

from collections.abc import Mapping
from typing import Any

from harness.edge.backups.answers import invalid
from harness.edge.backups.requests import choice

Document = Mapping[str, Any]
ON_DEMAND, PROVISIONED = "PAY_PER_REQUEST", "PROVISIONED"


def creation(source: Document, target: str, request: Document) -> dict[str, Any]:
    """Return the CreateTable request for `target`; raises Refused for overrides that don't fit the source."""
    billing = _billing(source, request)
    table: dict[str, Any] = {"TableName": target, "KeySchema": source["KeySchema"], "BillingMode": billing}
    if billing == PROVISIONED:
        table["ProvisionedThroughput"] = request.get("ProvisionedThroughputOverride") or _units(source)
    elif on_demand := request.get("OnDemandThroughputOverride") or source.get("OnDemandThroughput"):
        table["OnDemandThroughput"] = on_demand
    if encryption := _encryption(source, request):
        table["SSESpecification"] = encryption
    for member, override in (
        ("GlobalSecondaryIndexes", "GlobalSecondaryIndexOverride"),
        ("LocalSecondaryIndexes", "LocalSecondaryIndexOverride"),
    ):
        indexes = [_index(one) for one in _indexes(source.get(member) or [], request.get(override))]
        if member.startswith("Global"):
            for one in indexes:
                _set_throughput(one, billing, table)
        if indexes:
            table[member] = indexes
    used = {key["AttributeName"] for keyed in _keyed(table) for key in keyed["KeySchema"]}
    table["AttributeDefinitions"] = [one for one in source["AttributeDefinitions"] if one["AttributeName"] in used]
    return table


def billing_mode(source: Document) -> str:
    """Return the billing mode that a DescribeTable answer tells of."""
    return str((source.get("BillingModeSummary") or {}).get("BillingMode") or PROVISIONED)


def _billing(source: Document, request: Document) -> str:
    override = choice(dict(request), "BillingModeOverride", (PROVISIONED, ON_DEMAND))
    billing = override or billing_mode(source)
    if request.get("ProvisionedThroughputOverride") and billing != PROVISIONED:
        raise invalid("Cannot override ProvisionedThroughput unless BillingMode is PROVISIONED")
    if request.get("OnDemandThroughputOverride") and billing != ON_DEMAND:
        raise invalid("Cannot override OnDemandThroughput unless BillingMode is PAY_PER_REQUEST")
    changed = override == PROVISIONED and billing_mode(source) != PROVISIONED
    if changed and not request.get("ProvisionedThroughputOverride"):
        raise invalid("Must override ProvisionedThroughput if BillingMode is overridden to PROVISIONED")
    return billing


def _encryption(source: Document, request: Document) -> dict[str, Any] | None:
    if (override := request.get("SSESpecificationOverride")) is not None:
        return dict(override) if override.get("Enabled") else None
    kept = source.get("SSEDescription") or {}
    if kept.get("Status") != "ENABLED":
        return None
    key = {"KMSMasterKeyId": kept["KMSMasterKeyArn"]} if kept.get("KMSMasterKeyArn") else {}
    return {"Enabled": True, "SSEType": kept.get("SSEType", "KMS"), **key}


def _indexes(source: list[Document], override: list[Document] | None) -> list[Document]:
    if override is None:
        return source
    known = [(_schema(one), one.get("Projection")) for one in source]
    for one in override:
        if (_schema(one), one.get("Projection")) not in known:
            raise invalid(
                f"Index {one.get('IndexName')} does not match a secondary index that existed in the source table "
                "and cannot be created during the restore operation"
            )
    return override


def _schema(index: Document) -> list[tuple[str, str]]:
    return [(key["AttributeName"], key["KeyType"]) for key in index.get("KeySchema") or []]


def _index(one: Document) -> dict[str, Any]:
    kept = ("IndexName", "KeySchema", "Projection", "ProvisionedThroughput", "OnDemandThroughput")
    return {member: one[member] for member in kept if one.get(member) is not None}


def _set_throughput(index: dict[str, Any], billing: str, table: Document) -> None:
    given = index.pop("ProvisionedThroughput", None)
    if billing == PROVISIONED:
        # An index of a table that was on demand has no figures of its own: it gets the table's (assumed).
        own = _units({"ProvisionedThroughput": given or {}})
        index["ProvisionedThroughput"] = own if own["ReadCapacityUnits"] else table["ProvisionedThroughput"]
        index.pop("OnDemandThroughput", None)


def _units(source: Document) -> dict[str, Any]:
    units = source.get("ProvisionedThroughput") or {}
    return {member: units.get(member, 0) for member in ("ReadCapacityUnits", "WriteCapacityUnits")}


def _keyed(table: Document) -> list[Document]:
    return [table, *table.get("GlobalSecondaryIndexes", ()), *table.get("LocalSecondaryIndexes", ())]
