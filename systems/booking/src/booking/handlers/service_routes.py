"""The routes of services. One that a provider gives is not deleted."""

from dataclasses import replace

from booking.adapters.catalog_documents import ServiceDocument, ServicePage
from booking.adapters.catalog_forms import ChangedService, NewService, ServiceQuery, priced
from booking.adapters.catalog_wiring import CatalogCall, creation_of, given, now_of, paging_of
from booking.adapters.http_events import HttpAnswer
from booking.adapters.routing import IDEMPOTENCY_KEY, Access, Route, answered
from booking.domain.catalog import Service
from booking.domain.errors import Conflict
from booking.domain.ids import resource_id
from booking.domain.plans import limits_of


def list_services(call: CatalogCall) -> HttpAnswer:
    """GET /services."""
    query = call.query(ServiceQuery)
    store = call.deps.services(call.tenant_id)
    paging = paging_of(call, query, f"services?name={query.name or ''}")
    if query.name is None:
        page = store.page(paging.limit, paging.position)
    else:
        page = store.named(query.name, paging.limit, paging.position)
    items = [ServiceDocument.of(service) for service in page.items]
    return answered(200, ServicePage(items=items, next_cursor=paging.next_cursor(page)))


def create_service(call: CatalogCall) -> HttpAnswer:
    """POST /services."""
    form = call.body(NewService)
    price_minor, deposit_minor = priced(form.price, form.deposit, form.currency)
    now = now_of(call)
    service = Service(
        service_id=resource_id("srv", call.tenant_id, call.idempotency_key()),
        name=form.name,
        duration_minutes=form.duration_minutes,
        price_minor=price_minor,
        currency=form.currency,
        deposit_minor=deposit_minor,
        description=form.description,
        category=form.category,
        active=form.active,
        created_at=now,
        updated_at=now,
    )
    held_max = limits_of(call.identity.plan).services
    made = call.deps.services(call.tenant_id).create(service, creation_of(call, form, held_max))
    call.line.add(service_id=made.service_id)
    return answered(201, ServiceDocument.of(made), {"location": f"/services/{made.service_id}"})


def read_service(call: CatalogCall) -> HttpAnswer:
    """GET /services/{serviceId}."""
    return answered(200, ServiceDocument.of(call.deps.services(call.tenant_id).read(call.path_id("serviceId"))))


def change_service(call: CatalogCall) -> HttpAnswer:
    """PATCH /services/{serviceId}."""
    form, now = call.body(ChangedService), now_of(call)

    def changed(service: Service) -> Service:
        changes = given(form)
        if not changes:
            return service
        currency = changes.get("currency", service.currency)
        shown = ServiceDocument.of(service)
        price, deposit = changes.pop("price", shown.price), changes.pop("deposit", shown.deposit)
        price_minor, deposit_minor = priced(price, deposit, currency)
        changes |= {"price_minor": price_minor, "deposit_minor": deposit_minor}
        return replace(service, **changes, version=service.version + 1, updated_at=now)

    store = call.deps.services(call.tenant_id)
    return answered(200, ServiceDocument.of(store.change(call.path_id("serviceId"), changed, call.deadline)))


def delete_service(call: CatalogCall) -> HttpAnswer:
    """DELETE /services/{serviceId}."""
    service_id = call.path_id("serviceId")
    store = call.deps.services(call.tenant_id)
    store.read(service_id)
    # A provider who takes it up at this very moment is left with a link to nothing, which offers nothing.
    if call.deps.providers(call.tenant_id).serves(service_id):
        raise Conflict("the service is given by providers; take it from them first")
    store.delete(service_id, call.deadline)
    return answered(204)


SERVICE_ROUTES = (
    Route("GET /services", list_services, "List services, or those of a name", Access.ANY, {200: ServicePage},
          query=ServiceQuery),
    Route("POST /services", create_service, "Offer a service", Access.MANAGE, {201: ServiceDocument}, body=NewService,
          refusals=("limit_reached", "idempotency_conflict"), headers=IDEMPOTENCY_KEY),
    Route("GET /services/{serviceId}", read_service, "Read a service", Access.ANY, {200: ServiceDocument},
          refusals=("not_found",)),
    Route("PATCH /services/{serviceId}", change_service, "Change a service; bookings keep what they were made for",
          Access.MANAGE, {200: ServiceDocument}, body=ChangedService, refusals=("not_found",)),
    Route("DELETE /services/{serviceId}", delete_service, "Delete a service that no provider gives", Access.MANAGE,
          {204: None}, refusals=("not_found", "conflict")),
)  # fmt: skip
