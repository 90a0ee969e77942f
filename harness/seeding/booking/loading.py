"""Tenants into the tables of a deployed booking system: everything but the conversations first, then those.

The order matters: the stream of conversations tells the meter of every turn, and finds the markers that say
"counted".
"""

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime

from harness.seeding.booking.items import conversation_rows, tenant_rows
from harness.seeding.booking.model import ApiKey, Tenant
from harness.seeding.booking.tables import SHAPES
from harness.seeding.expecting import Expected
from harness.seeding.loading import Loaded, OnProgress, Puts, load
from harness.seeding.rows import Row

CLOSELY = 5


@dataclass(slots=True)
class Seeded:
    """What a load of tenants left: figures, what to find again, and whose keys are which."""

    loaded: Loaded = field(default_factory=Loaded)
    expected: Expected = field(default_factory=lambda: Expected(SHAPES))
    tenants: int = 0
    bookings: int = 0
    first_tenants: list[str] = field(default_factory=list)
    keys: list[tuple[str, ApiKey]] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Means:
    """With what tenants are loaded: a sender, the tables (output → physical name), and how progress is told."""

    sender: Puts
    tables: Mapping[str, str]
    on_items: OnProgress = lambda _: None
    on_tenant: Callable[[], None] = lambda: None
    closely: int = CLOSELY  # so many tenants are compared item by item afterwards


def load_tenants(tenants: Iterable[Tenant], today: datetime, means: Means) -> Seeded:
    """Load tenants as of `today`; on Ctrl-C what is under way is finished, and told as interrupted."""
    seeded, chats = Seeded(), list[Row]()
    rows = _rows(tenants, today, means, seeded, chats)
    seeded.loaded = load(rows, means.sender, means.tables, on_progress=means.on_items)
    if not seeded.loaded.interrupted:
        seeded.loaded += load(chats, means.sender, means.tables, on_progress=means.on_items)
    return seeded


def _rows(tenants: Iterable[Tenant], today: datetime, means: Means, seeded: Seeded, chats: list[Row]) -> Iterator[Row]:
    for tenant in tenants:
        closely = seeded.tenants < means.closely
        for row in tenant_rows(tenant, today):
            seeded.expected.note(row, closely=closely)
            yield row
        for row in conversation_rows(tenant):
            seeded.expected.note(row, closely=closely)
            chats.append(row)
        seeded.tenants += 1
        seeded.bookings += len(tenant.bookings)
        seeded.keys.extend((tenant.tenant_id, key) for key in tenant.keys)
        if closely:
            seeded.first_tenants.append(tenant.tenant_id)
        means.on_tenant()
