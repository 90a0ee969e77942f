"""What the users of bookings play with: tenants seeded for the run, and drawn again by every process.

Each run has tenants of its own, so that two runs on one cloud never book each other's time; everything follows from one
number in the briefing, keys too, which is why this is for local clouds alone.
"""

from collections.abc import Mapping
from datetime import UTC, date, datetime, timedelta
from functools import cache
from typing import NamedTuple

from harness.ids import derived_seed, new_seed
from harness.seeding.booking import Plan, drawn_tenant, drawn_tenants
from harness.seeding.booking.loading import Means, load_tenants
from harness.seeding.booking.sizes import SIZES
from harness.seeding.sending import Place, Sender
from loadtests.cloud import Cloud
from loadtests.settings import Settings

SEED, FIRST = "SeededFromNumber", "SeededFromDay"  # of the briefing's outputs
DAYS = 30
TENANTS_MAX = 200


class Chair(NamedTuple):
    """One provider of one tenant, with what a visitor of its page has: the widget's key and the page's origin."""

    tenant_id: str
    key: str
    origin: str
    provider_id: str
    service_ids: tuple[str, ...]


def seed_tenants(cloud: Cloud, outputs: Mapping[str, str], settings: Settings) -> dict[str, str]:
    """Load tenants for a run; return what the load processes need to draw them again."""
    told = {
        SEED: str(derived_seed(settings.seed, str(new_seed()))),
        FIRST: str(datetime.now(UTC).date() - timedelta(10)),
    }
    plan = _plan(told, settings)
    client = cloud.client("dynamodb")
    sender = Sender(Place.of(client))
    try:
        tables = {name: value for name, value in outputs.items() if name.endswith("Table")}
        load_tenants(drawn_tenants(plan), plan.today, Means(sender, tables))
    finally:
        sender.close()
        client.close()
    return told


class Chairs:
    """The providers of a run's tenants, by the numbers that keys are drawn as."""

    def __init__(self, outputs: Mapping[str, str], settings: Settings) -> None:
        self._plan = _plan(outputs, settings)
        self._of_tenant = cache(self._drawn)

    def numbered(self, number: int) -> Chair:
        """Return provider `number`: of tenant number modulo tenants, so a hot number is a hot provider."""
        tenants = self._plan.tenants
        chairs = self._of_tenant(number % tenants)
        return chairs[number // tenants % len(chairs)]

    def _drawn(self, number: int) -> tuple[Chair, ...]:
        tenant = drawn_tenant(self._plan, number)
        widget = next(key for key in tenant.keys if key.scopes == ("widget",))
        return tuple(
            Chair(
                tenant.tenant_id,
                widget.text,
                widget.allowed_origins[0],
                provider.provider_id,
                tuple(service.service_id for service in provider.services if not service.deposit_minor),
            )
            for provider in tenant.providers
            if any(not service.deposit_minor for service in provider.services)
        )


def _plan(outputs: Mapping[str, str], settings: Settings) -> Plan:
    tenants = min(settings.tenants, TENANTS_MAX)
    return Plan(tenants, DAYS, int(outputs[SEED]), date.fromisoformat(outputs[FIRST]), SIZES["medium"])
