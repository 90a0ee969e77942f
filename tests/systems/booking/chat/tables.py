"""The template's own tables in this process (moto's DynamoDB), with a small business in them.

What is tested here is what the adapters ask of DynamoDB and how its answers are read; moto keeps conditions and
transactions, as far as one thread at a time goes. Streams, roles and real concurrency are the scenarios' business.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from functools import cache
from pathlib import Path
from typing import Any

import boto3
from booking.adapters.booking_store import DynamoBookingStore
from booking.adapters.catalog_items import link_values, provider_values, schedule_values, service_values
from booking.adapters.catalog_store import ServiceStore
from booking.adapters.chat_offers import TenantOffers
from booking.adapters.chat_wiring import customs_of
from booking.adapters.conversations import DynamoConversations
from booking.adapters.metered_usage import DynamoUsage, MessageAllowance
from booking.adapters.provider_store import ProviderStore
from booking.adapters.rows import Rows
from booking.adapters.schedule_items import rule_item
from booking.adapters.tables import TableNames
from booking.adapters.tenant_items import tenant_values, usage_key
from booking.adapters.tenant_store import TenantStore
from booking.domain.bookings import BookingDesk
from booking.domain.catalog import Provider, Service
from booking.domain.chat.desk import ConversationDesk
from booking.domain.plans import Plan
from booking.domain.schedule import Rule, TimeRange, Weekday
from booking.domain.schedule_store import Place
from booking.domain.slot_search import SlotSearch
from booking.domain.tenants import Settings, Tenant
from groundwork.attributes import item_of, values_of
from moto import mock_aws
from samtranslator.yaml_helper import yaml_parse

from tests.systems.booking.chat.worlds import SANTIAGO, TENANT, Clock

TEMPLATE = Path(__file__).parents[4] / "systems" / "booking" / "template.yaml"
NAMES = TableNames(
    "Services", "ChatBooking-Categories", "Providers", "ProviderAvailability", "BookingExceptions", "Bookings",
    "Conversations", "Tenants", "TenantApiKeys", "TenantUsage",
)  # fmt: skip
CUT, SPA, OLD = (
    Service("srv-cut", "Corte de pelo", 30, 2_500, "EUR"),
    Service("srv-spa", "Día de spa", 240, 12_000, "EUR", deposit_minor=2_000),
    Service("srv-old", "Permanente", 60, 4_000, "EUR", active=False),
)
JOSE = Provider("prv-jose", "José Núñez", SANTIAGO, (CUT.service_id, SPA.service_id))
GONE = Provider("prv-gone", "Antigua", SANTIAGO, (CUT.service_id,), active=False)


@dataclass
class Cloud:
    """The tables, and the chat on them."""

    client: Any
    clock: Clock = field(default_factory=Clock)
    calls: list[str] = field(default_factory=list)

    def rows(self, _tenant_id: str) -> Rows:
        return Rows(self.client)

    @property
    def conversations(self) -> DynamoConversations:
        return DynamoConversations(self.rows, NAMES.conversations, self.clock)

    @property
    def usage(self) -> DynamoUsage:
        return DynamoUsage(self.rows, NAMES.usage, self.clock)

    def offers(self, tenant_id: str) -> TenantOffers:
        """Return what one turn may offer."""
        rows = self.rows(tenant_id)
        search = SlotSearch(self._bookings, self.clock)
        services, providers = ServiceStore(rows, NAMES, tenant_id), ProviderStore(rows, NAMES, tenant_id)
        return TenantOffers(tenant_id, services, providers, search)

    def desk(self) -> ConversationDesk:
        """Return the chat."""
        return ConversationDesk(
            conversations=self.conversations,
            offers_of=self.offers,
            customs_of=lambda tenant_id: customs_of(TenantStore(self.rows(tenant_id), NAMES, tenant_id).read()),
            bookings=BookingDesk(self._bookings, self.clock),
            allowance=MessageAllowance(self.rows, NAMES.usage),
            clock=self.clock,
        )

    def put(self, table: str, values: dict[str, Any]) -> None:
        """Write an item past the adapters."""
        self.client.put_item(TableName=table, Item=item_of(values))

    def items(self, table: str, entity: str | None = None) -> list[dict[str, Any]]:
        """Return all items of a table."""
        found = [values_of(item) for item in self.client.scan(TableName=table)["Items"]]
        return [one for one in found if entity is None or one["entity"] == entity]

    def counted(self, month: str = "2026-11") -> dict[str, Any]:
        """Return a month's counters."""
        item = self.client.get_item(TableName=NAMES.usage, Key=item_of(usage_key(TENANT, month))).get("Item", {})
        return values_of(item)

    @property
    def _bookings(self) -> DynamoBookingStore:
        return DynamoBookingStore(lambda _: self.client, NAMES)


@contextmanager
def cloud() -> Iterator[Cloud]:
    """Give tables with a business that works Monday to Friday, 09:00 to 13:00 in Santiago."""
    with mock_aws():
        client = boto3.client("dynamodb", region_name="us-east-1", aws_access_key_id="a", aws_secret_access_key="b")
        for name, definition in _definitions().items():
            client.create_table(TableName=name, **definition)
        made = Cloud(client)
        _settle(made)
        yield made
        client.close()


def _settle(made: Cloud) -> None:
    settings = Settings(language="es", conversation_ttl_days=2)
    tenant = Tenant(TENANT, "Peluquería", "CL", SANTIAGO, "x@example.com", Plan.FREE, settings=settings)
    made.put(NAMES.tenants, tenant_values(tenant))
    for service in (CUT, SPA, OLD):
        made.put(NAMES.services, service_values(TENANT, service, None))
    for provider in (JOSE, GONE):
        made.put(NAMES.providers, provider_values(TENANT, provider, None))
        made.put(NAMES.availability, schedule_values(TENANT, provider))
        for service_id in provider.service_ids:
            made.put(NAMES.providers, link_values(TENANT, provider, service_id))
        then = made.clock.now - timedelta(days=30)
        for day in tuple(Weekday)[:5]:
            rule = Rule(f"rule-{day}", day, (TimeRange.parse("09:00", "13:00"),), then, then)
            made.put(NAMES.availability, rule_item(Place(TENANT, provider.provider_id), rule))


@cache
def _definitions() -> dict[str, dict[str, Any]]:
    resources = yaml_parse(TEMPLATE.read_text())["Resources"].values()
    wanted = ("BillingMode", "AttributeDefinitions", "KeySchema", "GlobalSecondaryIndexes")
    return {
        one["Properties"]["TableName"]["Fn::Sub"].removeprefix("${AWS::StackName}-"): {
            name: one["Properties"][name] for name in wanted if name in one["Properties"]
        }
        for one in resources
        if one["Type"] == "AWS::DynamoDB::Table"
    }
