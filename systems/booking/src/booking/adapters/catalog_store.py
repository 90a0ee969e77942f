"""Services and categories in their tables: made once, changed by version, listed in order. Providers: `provider_store`.

A write whose answer was lost is recognised by reading back: what was meant is there, or it was not written.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from groundwork.deadline import Deadline, paced

from booking.adapters import writes
from booking.adapters.catalog_items import (
    category_from,
    category_key,
    category_values,
    service_from,
    service_key,
    service_values,
)
from booking.adapters.rows import Rows, Values, Where
from booking.adapters.tables import TableNames
from booking.domain.catalog import Category, Page, Service, normalized_name
from booking.domain.errors import IdempotencyConflict, LimitReached, NotFound, StoreUnavailable

_CATEGORIES_MAX = 1_000


@dataclass(frozen=True, slots=True)
class Creation:
    """How something new is written: the most that there may be, and what tells its request from another one."""

    held_max: int
    fingerprint: str | None
    deadline: Deadline


@dataclass(frozen=True, slots=True)
class Shelf:
    """One table of things of a tenant that are single items; `kind` is the word for one, `plural` names its counter."""

    rows: Rows
    tenant_id: str
    table: str
    usage_table: str
    kind: str
    plural: str
    key_attribute: str

    def create(self, key: Mapping[str, str], values: Values, creation: Creation) -> Values:
        """Write a new item and count it; return what is there. Raises LimitReached, IdempotencyConflict."""
        failed = self.rows.transact(
            [
                writes.put_new(self.table, values, self.key_attribute),
                writes.count_held(self.usage_table, self.tenant_id, self.plural, creation.held_max),
            ],
            creation.deadline,
        )
        if not failed:
            return values
        there = self.rows.get(self.table, key)
        if there is not None:
            # The same request again, or one whose answer was lost. A random id is nobody else's.
            if there.get("requestFingerprint") != creation.fingerprint:
                raise IdempotencyConflict(f"the Idempotency-Key made another {self.kind} before")
            return there
        raise LimitReached(f"the plan allows {creation.held_max} {self.plural}")

    def read(self, key: Mapping[str, str], identifier: str) -> Values:
        """Return an item; raises NotFound."""
        values = self.rows.get(self.table, key)
        if values is None:
            raise NotFound(self.kind, identifier)
        return values

    def change(
        self, key: Mapping[str, str], identifier: str, changed: Callable[[Values], Values], deadline: Deadline
    ) -> Values:
        """Replace an item by what `changed` makes of it, whoever else changes it meanwhile; raises NotFound."""
        for _ in paced(deadline):
            before = self.read(key, identifier)
            after = changed(before)
            if (
                self.rows.replace(self.table, after, before.get("version", 1))
                or self.rows.get(self.table, key) == after
            ):
                return after
        raise StoreUnavailable(f"the {self.kind} kept changing until the time was over")

    def delete(self, key: Mapping[str, str], identifier: str, deadline: Deadline) -> None:
        """Delete an item and count it off; raises NotFound."""
        for attempt in paced(deadline):
            try:
                before = self.read(key, identifier)
            except NotFound:
                if attempt:
                    return  # it was there a moment ago: whether this request or another one deleted it, it is gone
                raise
            failed = self.rows.transact(
                [
                    writes.delete_read(self.table, key, before.get("version", 1)),
                    writes.count_released(self.usage_table, self.tenant_id, self.plural),
                ],
                deadline,
            )
            if not failed:
                return
        raise StoreUnavailable(f"the {self.kind} kept changing until the time was over")


@dataclass(frozen=True, slots=True)
class ServiceStore:
    """A tenant's services."""

    rows: Rows
    tables: TableNames
    tenant_id: str

    @property
    def _shelf(self) -> Shelf:
        return Shelf(self.rows, self.tenant_id, self.tables.services, self.tables.usage, "service", "services", "PK")

    def create(self, service: Service, creation: Creation) -> Service:
        """Write a new service; raises LimitReached, IdempotencyConflict."""
        values = service_values(self.tenant_id, service, creation.fingerprint)
        return service_from(self._shelf.create(service_key(self.tenant_id, service.service_id), values, creation))

    def read(self, service_id: str) -> Service:
        """Return a service; raises NotFound."""
        return service_from(self._shelf.read(service_key(self.tenant_id, service_id), service_id))

    def change(self, service_id: str, changed: Callable[[Service], Service], deadline: Deadline) -> Service:
        """Replace a service by what `changed` makes of it; raises NotFound."""

        def values(before: Values) -> Values:
            return service_values(self.tenant_id, changed(service_from(before)), before.get("requestFingerprint"))

        key = service_key(self.tenant_id, service_id)
        return service_from(self._shelf.change(key, service_id, _told(values), deadline))

    def delete(self, service_id: str, deadline: Deadline) -> None:
        """Delete a service; raises NotFound."""
        self._shelf.delete(service_key(self.tenant_id, service_id), service_id, deadline)

    def page(self, limit: int, position: Mapping[str, Any] | None) -> Page:
        """Return a part of all services, in the order of their ids."""
        where = Where(self.tables.services, ("PK", f"TENANT#{self.tenant_id}"), prefix=("SK", "SERVICE#"))
        found = self.rows.slice(where, limit, position)
        return Page([service_from(values) for values in found.items], found.position)

    def named(self, name: str, limit: int, position: Mapping[str, Any] | None) -> Page:
        """Return the services of a name, whatever its case, accents and spaces; eventually consistent."""
        where = Where(
            self.tables.services,
            ("GSI1PK", f"TENANT#{self.tenant_id}"),
            exactly=("GSI1SK", f"NAME#{normalized_name(name)}"),
            index="GSI1",
        )
        found = self.rows.slice(where, limit, position)
        return Page([service_from(values) for values in found.items], found.position)

    def missing(self, service_ids: Sequence[str], deadline: Deadline) -> Sequence[str]:
        """Return those of up to a hundred ids that are no services of this tenant."""
        keys = [service_key(self.tenant_id, service_id) for service_id in service_ids]
        found = {values["serviceId"] for values in self.rows.get_many(self.tables.services, keys, deadline)}
        return [service_id for service_id in service_ids if service_id not in found]


@dataclass(frozen=True, slots=True)
class CategoryStore:
    """A tenant's categories."""

    rows: Rows
    tables: TableNames
    tenant_id: str

    @property
    def _shelf(self) -> Shelf:
        usage = self.tables.usage
        return Shelf(self.rows, self.tenant_id, self.tables.categories, usage, "category", "categories", "tenantId")

    def create(self, category: Category, creation: Creation) -> Category:
        """Write a new category; raises LimitReached, IdempotencyConflict."""
        values = category_values(self.tenant_id, category, creation.fingerprint)
        return category_from(self._shelf.create(category_key(self.tenant_id, category.category_id), values, creation))

    def read(self, category_id: str) -> Category:
        """Return a category; raises NotFound."""
        return category_from(self._shelf.read(category_key(self.tenant_id, category_id), category_id))

    def change(self, category_id: str, changed: Callable[[Category], Category], deadline: Deadline) -> Category:
        """Replace a category by what `changed` makes of it; raises NotFound."""

        def values(before: Values) -> Values:
            return category_values(self.tenant_id, changed(category_from(before)), before.get("requestFingerprint"))

        key = category_key(self.tenant_id, category_id)
        return category_from(self._shelf.change(key, category_id, _told(values), deadline))

    def delete(self, category_id: str, deadline: Deadline) -> None:
        """Delete a category; services keep its id as a word. Raises NotFound."""
        self._shelf.delete(category_key(self.tenant_id, category_id), category_id, deadline)

    def page(self, limit: int, position: Mapping[str, Any] | None) -> Page:
        """Return a part of all categories by display order, then id. A tenant has few: each page reads them all."""
        where = Where(self.tables.categories, ("tenantId", self.tenant_id))
        found = sorted(map(category_from, self.rows.all(where, _CATEGORIES_MAX)), key=_place)
        if position:
            found = [one for one in found if _place(one) > (position["displayOrder"], position["categoryId"])]
        if len(found) <= limit:
            return Page(found)
        order, category_id = _place(found[limit - 1])
        return Page(found[:limit], {"displayOrder": order, "categoryId": category_id})


def _place(category: Category) -> tuple[int, str]:
    return category.display_order, category.category_id


def _told(values: Callable[[Values], Values]) -> Callable[[Values], Values]:
    """Leave out what is None, as an item does, so that what was written equals what is read back."""
    return lambda before: {name: value for name, value in values(before).items() if value is not None}
