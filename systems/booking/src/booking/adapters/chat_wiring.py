"""Puts together what the chat needs, for a worker, from its environment."""

from groundwork.instants import Clock
from groundwork.settings import Environment

from booking.adapters.booking_store import DynamoBookingStore
from booking.adapters.catalog_store import ServiceStore
from booking.adapters.chat_offers import TenantOffers
from booking.adapters.conversations import DynamoConversations
from booking.adapters.metered_usage import MessageAllowance
from booking.adapters.provider_store import ProviderStore
from booking.adapters.rows import Rows
from booking.adapters.tables import TableNames
from booking.adapters.tenant_access import client_for
from booking.adapters.tenant_store import TenantStore
from booking.domain.bookings import BookingDesk
from booking.domain.chat.desk import ConversationDesk, Customs
from booking.domain.chat.languages import Language, language_of
from booking.domain.slot_search import SlotSearch
from booking.domain.tenants import Tenant

# Where months are written before days (source: CLDR's date formats, short, documented).
_MONTH_FIRST = frozenset({"US", "FM", "MH", "PW"})
_TTL_DAYS = range(1, 8)


def conversations(environment: Environment, clock: Clock) -> DynamoConversations:
    """Return the table of conversations."""
    return DynamoConversations(_rows, TableNames.from_environment(environment).conversations, clock)


def desk(environment: Environment, kept: DynamoConversations, clock: Clock) -> ConversationDesk:
    """Return the chat with the same catalog, slots and bookings that the API has."""
    tables = TableNames.from_environment(environment)
    store = DynamoBookingStore(client_for, tables)
    search = SlotSearch(store, clock)

    def offers_of(tenant_id: str) -> TenantOffers:
        rows = _rows(tenant_id)
        services, providers = ServiceStore(rows, tables, tenant_id), ProviderStore(rows, tables, tenant_id)
        return TenantOffers(tenant_id, services, providers, search)

    return ConversationDesk(
        conversations=kept,
        offers_of=offers_of,
        customs_of=lambda tenant_id: customs_of(TenantStore(_rows(tenant_id), tables, tenant_id).read()),
        bookings=BookingDesk(store, clock),
        allowance=MessageAllowance(_rows, tables.usage),
        clock=clock,
    )


def customs_of(tenant: Tenant) -> Customs:
    """Return how a tenant's chat speaks, and for how long it keeps conversations."""
    days = tenant.settings.conversation_ttl_days
    return Customs(
        language=language_of(tenant.settings.language, Language.ES),
        month_first=tenant.country in _MONTH_FIRST,
        ttl_days=min(max(days, _TTL_DAYS.start), _TTL_DAYS.stop - 1),
    )


def _rows(tenant_id: str) -> Rows:
    return Rows(client_for(tenant_id))
