"""Whether a readable set may be loaded where it was loaded before.

Its ids follow from names, its days from the week that it is loaded in: of another week, closed days and bookings would
stand beside those that are there, and could contradict them. Drawn tenants need no such question, because the days are
in their ids.
"""

from collections import Counter
from collections.abc import Mapping, Sequence
from datetime import date, datetime
from typing import Any

from harness.errors import SettingInvalid
from harness.seeding.booking.model import Tenant
from harness.seeding.booking.sets import OPENED_BEFORE
from harness.seeding.booking.words import Calendar


def check_sets(tenants: Sequence[Tenant], first: date, client: Any, tables: Mapping[str, str]) -> None:
    """Raise SettingInvalid when two sets are of one tenant, or one was loaded in another week than that of `first`."""
    if twice := [name for name, count in Counter(one.tenant_id for one in tenants).items() if count > 1]:
        raise SettingInvalid(f"two sets are of one tenant: {', '.join(twice)}")
    for tenant in tenants:
        before = _loaded_on(tenant, client, tables["TenantsTable"])
        if before and Calendar(before).monday != Calendar(first).monday:
            raise SettingInvalid(
                f"set {tenant.tenant_id.removeprefix('tnt_')} is there from {before}, and week 1 was another one then",
                remedy=f"--from {before} writes the same again; rehearse reset && rehearse deploy forgets all of it",
            )


def _loaded_on(tenant: Tenant, client: Any, table: str) -> date | None:
    """Return the day that a set's tenant was loaded as of, None when it is not there."""
    key = {"PK": {"S": f"TENANT#{tenant.tenant_id}"}, "SK": {"S": "META#TENANT"}}
    item = client.get_item(TableName=table, Key=key, ConsistentRead=True).get("Item")
    return (datetime.fromisoformat(item["createdAt"]["S"]) + OPENED_BEFORE).date() if item else None
