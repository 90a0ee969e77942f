"""Everything that a tenant has in its tables, read past the API: a digest an item, to be compared before and after.

The tables are read whole, which costs what they hold: right for an environment of one's own, not for a shared account.
"""

import hashlib
import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

from harness.clock import SYSTEM_CLOCK, Clock
from harness.errors import WaitTimeout
from harness.isolation.subject import TableLayout
from harness.waiting import wait_until

Fingerprint = Mapping[str, str]
SETTLES_WITHIN_S = 15.0
LOOKS_EVERY_S = 0.4


def fingerprint(client: Any, layouts: Sequence[TableLayout], tenant_id: str) -> Fingerprint:
    """Return a digest for each item of a tenant, by table and key; `client` is DynamoDB's in boto3."""
    found: dict[str, str] = {}
    for layout in layouts:
        schema = client.describe_table(TableName=layout.name)["Table"]["KeySchema"]
        for item in _items(client, layout, tenant_id):
            key = " ".join(str(next(iter(item[one["AttributeName"]].values()))) for one in schema)
            text = json.dumps(item, sort_keys=True, default=str)
            found[f"{layout.name} {key}"] = hashlib.sha256(text.encode()).hexdigest()[:16]
    return found


def settled(read: Callable[[], Fingerprint], clock: Clock = SYSTEM_CLOCK) -> Fingerprint:
    """Return a fingerprint once two looks agree: what streams and queues still bring has come by then.

    Raises WaitTimeout when it never stands still.
    """
    last: Fingerprint | None = None

    def look() -> Fingerprint | None:
        nonlocal last
        before, last = last, read()
        return last if last == before else None

    try:
        return wait_until(
            "a tenant's items stand still", look, within_s=SETTLES_WITHIN_S, every_s=LOOKS_EVERY_S, clock=clock
        )
    except WaitTimeout as timeout:
        raise WaitTimeout(f"the victim's items never stood still within {SETTLES_WITHIN_S:.0f} s") from timeout


def changes(before: Fingerprint, after: Fingerprint) -> tuple[str, ...]:
    """Return in words which items came, went or changed."""
    rows = [(key, "is new") for key in after if key not in before]
    rows += [(key, "is gone") for key in before if key not in after]
    rows += [(key, "has changed") for key, digest in after.items() if before.get(key, digest) != digest]
    return tuple(f"{key} {what}" for key, what in sorted(rows))


def _items(client: Any, layout: TableLayout, tenant_id: str) -> Iterator[Mapping[str, Any]]:
    values = {f":k{n}": {"S": text} for n, text in enumerate(_beginnings(layout, tenant_id))}
    tests = [
        f"begins_with(#k, {name})" if pattern.endswith("*") else f"#k = {name}"
        for name, pattern in zip(values, layout.keys[""], strict=True)
    ]
    pages = client.get_paginator("scan").paginate(
        TableName=layout.name,
        ConsistentRead=True,
        FilterExpression=" OR ".join(tests),
        ExpressionAttributeNames={"#k": layout.partition},
        ExpressionAttributeValues=values,
    )
    for page in pages:
        yield from page["Items"]


def _beginnings(layout: TableLayout, tenant_id: str) -> list[str]:
    return [pattern.partition("*")[0].replace("{tenant}", tenant_id) for pattern in layout.keys[""]]
