"""The routes of categories, which are listed in the order that the tenant gives them."""

from dataclasses import replace

from booking.adapters.catalog_documents import CategoryDocument, CategoryPage
from booking.adapters.catalog_forms import ChangedCategory, NewCategory
from booking.adapters.catalog_wiring import CatalogCall, creation_of, given, now_of, paging_of
from booking.adapters.http_events import HttpAnswer
from booking.adapters.paging import PageQuery
from booking.adapters.routing import IDEMPOTENCY_KEY, Access, Route, answered
from booking.domain.catalog import Category
from booking.domain.ids import resource_id
from booking.domain.plans import limits_of


def list_categories(call: CatalogCall) -> HttpAnswer:
    """GET /categories."""
    paging = paging_of(call, call.query(PageQuery), "categories")
    page = call.deps.categories(call.tenant_id).page(paging.limit, paging.position)
    items = [CategoryDocument.of(category) for category in page.items]
    return answered(200, CategoryPage(items=items, next_cursor=paging.next_cursor(page)))


def create_category(call: CatalogCall) -> HttpAnswer:
    """POST /categories."""
    form, now = call.body(NewCategory), now_of(call)
    category = Category(
        category_id=resource_id("cat", call.tenant_id, call.idempotency_key()),
        name=form.name,
        description=form.description,
        is_active=form.is_active,
        display_order=form.display_order,
        metadata=form.metadata,
        created_at=now,
        updated_at=now,
    )
    held_max = limits_of(call.identity.plan).categories
    made = call.deps.categories(call.tenant_id).create(category, creation_of(call, form, held_max))
    return answered(201, CategoryDocument.of(made), {"location": f"/categories/{made.category_id}"})


def read_category(call: CatalogCall) -> HttpAnswer:
    """GET /categories/{categoryId}."""
    store = call.deps.categories(call.tenant_id)
    return answered(200, CategoryDocument.of(store.read(call.path_id("categoryId"))))


def change_category(call: CatalogCall) -> HttpAnswer:
    """PATCH /categories/{categoryId}."""
    form, now = call.body(ChangedCategory), now_of(call)

    def changed(category: Category) -> Category:
        changes = given(form)
        return replace(category, **changes, version=category.version + 1, updated_at=now) if changes else category

    store = call.deps.categories(call.tenant_id)
    return answered(200, CategoryDocument.of(store.change(call.path_id("categoryId"), changed, call.deadline)))


def delete_category(call: CatalogCall) -> HttpAnswer:
    """DELETE /categories/{categoryId}."""
    call.deps.categories(call.tenant_id).delete(call.path_id("categoryId"), call.deadline)
    return answered(204)


CATEGORY_ROUTES = (
    Route("GET /categories", list_categories, "List categories by displayOrder", Access.ANY, {200: CategoryPage},
          query=PageQuery),
    Route("POST /categories", create_category, "Add a category", Access.MANAGE, {201: CategoryDocument},
          body=NewCategory, refusals=("limit_reached", "idempotency_conflict"), headers=IDEMPOTENCY_KEY),
    Route("GET /categories/{categoryId}", read_category, "Read a category", Access.ANY, {200: CategoryDocument},
          refusals=("not_found",)),
    Route("PATCH /categories/{categoryId}", change_category, "Change a category", Access.MANAGE,
          {200: CategoryDocument}, body=ChangedCategory, refusals=("not_found",)),
    Route("DELETE /categories/{categoryId}", delete_category, "Delete a category", Access.MANAGE, {204: None},
          refusals=("not_found",)),
)  # fmt: skip
