"""The routes of providers: a provider's links and schedule change with it, or not at all."""

from collections.abc import Sequence
from dataclasses import replace

from msgspec import UNSET

from booking.adapters.catalog_documents import ProviderDocument, ProviderPage
from booking.adapters.catalog_forms import ChangedProvider, NewProvider, ProviderQuery
from booking.adapters.catalog_wiring import CatalogCall, creation_of, given, now_of, paging_of
from booking.adapters.http_events import HttpAnswer
from booking.adapters.routing import IDEMPOTENCY_KEY, Access, Route, answered
from booking.domain.catalog import Provider
from booking.domain.errors import Problem, RequestInvalid
from booking.domain.ids import resource_id
from booking.domain.plans import limits_of


def list_providers(call: CatalogCall) -> HttpAnswer:
    """GET /providers."""
    query = call.query(ProviderQuery)
    store = call.deps.providers(call.tenant_id)
    paging = paging_of(call, query, f"providers?serviceId={query.service_id or ''}")
    if query.service_id is None:
        page = store.page(paging.limit, paging.position)
    else:
        page = store.of_service(query.service_id, paging.limit, paging.position, call.deadline)
    items = [ProviderDocument.of(provider) for provider in page.items]
    return answered(200, ProviderPage(items=items, next_cursor=paging.next_cursor(page)))


def create_provider(call: CatalogCall) -> HttpAnswer:
    """POST /providers."""
    form, now = call.body(NewProvider), now_of(call)
    _insist_on_services(call, form.service_ids)
    provider = Provider(
        provider_id=resource_id("prv", call.tenant_id, call.idempotency_key()),
        name=form.name,
        timezone=form.timezone,
        service_ids=tuple(form.service_ids),
        bio=form.bio,
        active=form.active,
        created_at=now,
        updated_at=now,
    )
    held_max = limits_of(call.identity.plan).providers
    made = call.deps.providers(call.tenant_id).create(provider, creation_of(call, form, held_max))
    call.line.add(provider_id=made.provider_id)
    return answered(201, ProviderDocument.of(made), {"location": f"/providers/{made.provider_id}"})


def read_provider(call: CatalogCall) -> HttpAnswer:
    """GET /providers/{providerId}."""
    store = call.deps.providers(call.tenant_id)
    return answered(200, ProviderDocument.of(store.read(call.path_id("providerId"))))


def change_provider(call: CatalogCall) -> HttpAnswer:
    """PATCH /providers/{providerId}."""
    form, now = call.body(ChangedProvider), now_of(call)
    provider_id = call.path_id("providerId")
    store = call.deps.providers(call.tenant_id)
    if form.service_ids is not UNSET:
        known = store.read(provider_id).service_ids
        _insist_on_services(call, form.service_ids, besides=known)

    def changed(provider: Provider) -> Provider:
        changes = given(form)
        if "service_ids" in changes:
            changes["service_ids"] = tuple(changes["service_ids"])
        return replace(provider, **changes, version=provider.version + 1, updated_at=now) if changes else provider

    return answered(200, ProviderDocument.of(store.change(provider_id, changed, call.deadline)))


def delete_provider(call: CatalogCall) -> HttpAnswer:
    """DELETE /providers/{providerId}."""
    call.deps.providers(call.tenant_id).delete(call.path_id("providerId"), call.deadline)
    return answered(204)


PROVIDER_ROUTES = (
    Route("GET /providers", list_providers, "List providers, or those who give a service", Access.ANY,
          {200: ProviderPage}, query=ProviderQuery),
    Route("POST /providers", create_provider, "Add a provider", Access.MANAGE, {201: ProviderDocument},
          body=NewProvider, refusals=("limit_reached", "idempotency_conflict"), headers=IDEMPOTENCY_KEY),
    Route("GET /providers/{providerId}", read_provider, "Read a provider", Access.ANY, {200: ProviderDocument},
          refusals=("not_found",)),
    Route("PATCH /providers/{providerId}", change_provider, "Change a provider; an inactive one is not booked",
          Access.MANAGE, {200: ProviderDocument}, body=ChangedProvider, refusals=("not_found",)),
    Route("DELETE /providers/{providerId}", delete_provider, "Delete a provider; bookings stay", Access.MANAGE,
          {204: None}, refusals=("not_found",)),
)  # fmt: skip


def _insist_on_services(call: CatalogCall, service_ids: Sequence[str], besides: Sequence[str] = ()) -> None:
    added = [service_id for service_id in service_ids if service_id not in besides]
    missing = call.deps.services(call.tenant_id).missing(added, call.deadline)
    if missing:
        positions = [list(service_ids).index(service_id) for service_id in missing]
        raise RequestInvalid(*(Problem(f"serviceIds[{at}]", "unknown", "is no service") for at in positions))
