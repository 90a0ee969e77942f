"""What the keys of every kind of item must say, by what the item itself says, and by which attributes it is found.

Written from the tables' design alone, so that an item under a wrong key is found out, and not only one whose index
differs from its table. An item's kind is told by its table and the beginning of its sort key.
"""

import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any
from zoneinfo import ZoneInfo

from harness.checkers.booking.words import instant

Item = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Reading:
    """One way of reading a table: its partition key and its sort key, "" without one."""

    partition: str
    sort: str = ""

    def key(self, item: Item) -> tuple[str, ...] | None:
        """Return where this way of reading finds an item; None when it does not."""
        names = [name for name in (self.partition, self.sort) if name]
        return tuple(str(item[name]) for name in names) if all(name in item for name in names) else None


@dataclass(frozen=True, slots=True)
class Kind:
    """Items of one table whose sort key begins with `prefix`; `keys` are templates of key attributes."""

    table: str
    prefix: str
    keys: Mapping[str, str] = field(default_factory=dict)


MAIN = Reading("PK", "SK")
GSI1 = Reading("GSI1PK", "GSI1SK")
GSI2 = Reading("GSI2PK")
TABLES: dict[str, dict[str, Reading]] = {
    "Services": {"table": MAIN, "GSI1": GSI1},
    "Categories": {"table": Reading("tenantId", "categoryId")},
    "Providers": {"table": MAIN, "GSI1": GSI1},
    "Availability": {"table": MAIN},
    "Exceptions": {"table": MAIN},
    "Bookings": {"table": MAIN, "GSI1": GSI1, "GSI2": GSI2},
    "Conversations": {"table": MAIN, "GSI1": GSI1},
    "Tenants": {"table": MAIN},
    "ApiKeys": {"table": MAIN, "GSI1": GSI1},
    "Usage": {"table": MAIN},
}
INDEX_ATTRIBUTES = ("GSI1PK", "GSI1SK", "GSI2PK")
_TENANT = "TENANT#{tenantId}"
_PROVIDER = "TENANT#{tenantId}#PROVIDER#{providerId}"
KINDS = (
    Kind("Providers", "PROVIDER#", {"PK": _TENANT, "SK": "PROVIDER#{providerId}"}),
    Kind(
        "Services",
        "SERVICE#",
        {"PK": _TENANT, "SK": "SERVICE#{serviceId}", "GSI1PK": _TENANT, "GSI1SK": "NAME#{_name}"},
    ),
    Kind("Availability", "RULE#", {"PK": _PROVIDER, "SK": "RULE#{ruleId}"}),
    Kind("Availability", "SCHEDULE", {"PK": _PROVIDER, "SK": "SCHEDULE"}),
    Kind("Exceptions", "EXCEPTION#", {"PK": _PROVIDER}),
    Kind(
        "Bookings",
        "BOOKING#",
        {
            "PK": _PROVIDER,
            "SK": "BOOKING#{_date}#{_time}#{bookingId}",
            "GSI1PK": "TENANT#{tenantId}#DATE#{_date}",
            "GSI1SK": "BOOKING#{_time}#{bookingId}",
            "GSI2PK": "BOOKING#{bookingId}",
        },
    ),
    Kind("Bookings", "CLAIM#", {"PK": "TENANT#{tenantId}#PROVIDER#{_keyed_provider}"}),
    Kind("Bookings", "REQUEST", {"SK": "REQUEST"}),
    Kind(
        "Conversations",
        "CONV#",
        {"PK": _TENANT, "SK": "CONV#{conversationId}", "GSI1PK": _TENANT + "#CONV", "GSI1SK": "{lastMessageAt}"},
    ),
    Kind("Tenants", "META#TENANT", {"PK": _TENANT, "SK": "META#TENANT"}),
    Kind(
        "ApiKeys",
        "APIKEY#",
        {"PK": _TENANT, "SK": "APIKEY#{apiKeyId}", "GSI1PK": "APIKEY#{_prefix}", "GSI1SK": "{apiKeyId}"},
    ),
    Kind("Usage", "USAGE#", {"PK": _TENANT}),
    Kind("Usage", "", {"PK": _TENANT}),
    Kind("Categories", "", {}),
)
_LINK = Kind(
    "Providers",
    "PROVIDER#",
    {
        "PK": _TENANT,
        "SK": "PROVIDER#{providerId}#SERVICE#{serviceId}",
        "GSI1PK": "TENANT#{tenantId}#SERVICE#{serviceId}",
        "GSI1SK": "PROVIDER#{providerId}",
    },
)


def expected_keys(table: str, item: Item) -> dict[str, str]:
    """Return the key attributes that an item must have; {} for a kind that this design does not know.

    Raises KeyError with the attribute that the item lacks to say them.
    """
    kind = _kind(table, str(item.get("SK", "")))
    if kind is None:
        return {}
    known = {**item, **_computed(kind, item)}
    return {name: template.format_map(known) for name, template in kind.keys.items()}


def is_known(table: str, item: Item) -> bool:
    """Tell whether the design has items of this kind."""
    return _kind(table, str(item.get("SK", ""))) is not None


def belongs_to(table: str, tenant_id: str, item: Item) -> bool:
    """Tell whether the item's partition key is within this tenant's part of the table."""
    if table == "Categories":
        return item.get("tenantId") == tenant_id
    partition = str(item.get("PK", ""))
    return partition == f"TENANT#{tenant_id}" or partition.startswith(f"TENANT#{tenant_id}#")


def name_key(name: str) -> str:
    """Return a name as look-ups know it: casefolded, without accents, words joined by dashes."""
    plain = "".join(one for one in unicodedata.normalize("NFKD", name.casefold()) if not unicodedata.combining(one))
    return "-".join(plain.split())


def _kind(table: str, sort_key: str) -> Kind | None:
    if table == "Providers" and "#SERVICE#" in sort_key:
        return _LINK
    return next((kind for kind in KINDS if kind.table == table and sort_key.startswith(kind.prefix)), None)


def _computed(kind: Kind, item: Item) -> dict[str, str]:
    if kind.table == "Services":
        return {"_name": name_key(str(item["name"]))}
    if kind.table == "Bookings" and kind.prefix == "BOOKING#":
        local = instant(str(item["datetime"])).astimezone(ZoneInfo(str(item["timezone"])))
        return {"_date": f"{local:%Y-%m-%d}", "_time": f"{local:%H:%M}"}
    if kind.prefix == "CLAIM#":
        return {"_keyed_provider": str(item["PK"]).rpartition("#PROVIDER#")[2]}
    if kind.table == "ApiKeys":
        return {"_prefix": str(item["publicKey"])}
    return {}
