"""Providers in their tables: the main item, one link per service and the schedule item, changed together or not at all.

One item has one place in an index, and a provider gives several services: so each service has a link item, which the
index "providers by service" holds. A change of a provider's zone or activity counts its schedule up, so that nobody
books by what was true before.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from groundwork.attributes import item_of
from groundwork.deadline import Deadline, paced

from booking.adapters import writes
from booking.adapters.catalog_items import (
    link_key,
    link_values,
    provider_from,
    provider_key,
    provider_values,
    schedule_key,
    schedule_values,
)
from booking.adapters.catalog_store import Creation
from booking.adapters.rows import Rows, Values, Where
from booking.adapters.tables import TableNames
from booking.adapters.writes import Write
from booking.domain.catalog import Page, Provider
from booking.domain.errors import IdempotencyConflict, LimitReached, NotFound, StoreUnavailable


@dataclass(frozen=True, slots=True)
class ProviderStore:
    """A tenant's providers."""

    rows: Rows
    tables: TableNames
    tenant_id: str

    def create(self, provider: Provider, creation: Creation) -> Provider:
        """Write a new provider with its links and its schedule; raises LimitReached, IdempotencyConflict."""
        values = provider_values(self.tenant_id, provider, creation.fingerprint)
        failed = self.rows.transact(
            [
                writes.put_new(self.tables.providers, values),
                writes.put_new(self.tables.availability, schedule_values(self.tenant_id, provider)),
                writes.count_held(self.tables.usage, self.tenant_id, "providers", creation.held_max),
                *self._links(provider),
            ],
            creation.deadline,
        )
        if not failed:
            return provider
        there = self.rows.get(self.tables.providers, provider_key(self.tenant_id, provider.provider_id))
        if there is not None:
            if there.get("requestFingerprint") != creation.fingerprint:
                raise IdempotencyConflict("the Idempotency-Key made another provider before")
            return provider_from(there)
        raise LimitReached(f"the plan allows {creation.held_max} providers")

    def read(self, provider_id: str) -> Provider:
        """Return a provider; raises NotFound."""
        return provider_from(self._values(provider_id))

    def change(self, provider_id: str, changed: Callable[[Provider], Provider], deadline: Deadline) -> Provider:
        """Replace a provider by what `changed` makes of it, with its links and schedule; raises NotFound."""
        for _ in paced(deadline):
            values = self._values(provider_id)
            before = provider_from(values)
            after = changed(before)
            if after == before:
                return before
            if not self.rows.transact(self._changes(before, after, values.get("requestFingerprint")), deadline):
                return after
            if provider_from(self._values(provider_id)) == after:  # the answer to an earlier attempt was lost
                return after
        raise StoreUnavailable("the provider kept changing until the time was over")

    def delete(self, provider_id: str, deadline: Deadline) -> None:
        """Delete a provider with its links and schedule, so that it can't be booked; raises NotFound.

        Bookings stay. Rules and exceptions do as well: nothing leads to them any more, unless the request that made the
        provider is sent again under its Idempotency-Key. Then it is back, hours and all.
        """
        for attempt in paced(deadline):
            try:
                before = self.read(provider_id)
            except NotFound:
                if attempt:
                    return  # it was there a moment ago: whether this request or another one deleted it, it is gone
                raise
            key = provider_key(self.tenant_id, provider_id)
            gone = [
                writes.delete(self.tables.providers, link_key(self.tenant_id, provider_id, service_id))
                for service_id in before.service_ids
            ]
            failed = self.rows.transact(
                [
                    writes.delete_read(self.tables.providers, key, before.version),
                    writes.delete(self.tables.availability, schedule_key(self.tenant_id, provider_id)),
                    writes.count_released(self.tables.usage, self.tenant_id, "providers"),
                    *gone,
                ],
                deadline,
            )
            if not failed:
                return
        raise StoreUnavailable("the provider kept changing until the time was over")

    def page(self, limit: int, position: Mapping[str, Any] | None) -> Page:
        """Return a part of all providers, in the order of their ids."""
        where = Where(
            self.tables.providers, ("PK", f"TENANT#{self.tenant_id}"), prefix=("SK", "PROVIDER#"), entity="Provider"
        )
        found = self.rows.slice(where, limit, position)
        return Page([provider_from(values) for values in found.items], found.position)

    def of_service(self, service_id: str, limit: int, position: Mapping[str, Any] | None, deadline: Deadline) -> Page:
        """Return a part of the providers who give a service; which they are is eventually consistent."""
        where = Where(self.tables.providers, ("GSI1PK", f"TENANT#{self.tenant_id}#SERVICE#{service_id}"), index="GSI1")
        found = self.rows.slice(where, limit, position)
        ids = [values["providerId"] for values in found.items]
        keys = [provider_key(self.tenant_id, provider_id) for provider_id in ids]
        main = {values["providerId"]: values for values in self.rows.get_many(self.tables.providers, keys, deadline)}
        # The link may be behind: who is gone, or gives the service no more, is left out.
        providers = [provider_from(main[provider_id]) for provider_id in ids if provider_id in main]
        return Page([one for one in providers if service_id in one.service_ids], found.position)

    def serves(self, service_id: str) -> bool:
        """Return whether any provider gives a service; eventually consistent."""
        where = Where(self.tables.providers, ("GSI1PK", f"TENANT#{self.tenant_id}#SERVICE#{service_id}"), index="GSI1")
        return bool(self.rows.slice(where, 1).items)

    def _values(self, provider_id: str) -> Values:
        values = self.rows.get(self.tables.providers, provider_key(self.tenant_id, provider_id))
        if values is None:
            raise NotFound("provider", provider_id)
        return values

    def _links(self, provider: Provider) -> list[Write]:
        return [
            writes.put(self.tables.providers, link_values(self.tenant_id, provider, service_id))
            for service_id in provider.service_ids
        ]

    def _changes(self, before: Provider, after: Provider, fingerprint: str | None) -> list[Write]:
        table = self.tables.providers
        gone = [one for one in before.service_ids if one not in after.service_ids]
        changes = [
            writes.replace(table, provider_values(self.tenant_id, after, fingerprint), before.version),
            *(writes.delete(table, link_key(self.tenant_id, after.provider_id, one)) for one in gone),
            *self._links(after),
        ]
        if (before.timezone, before.active) != (after.timezone, after.active):
            changes.append(self._schedule_counted_up(after, rules_too=before.timezone != after.timezone))
        return changes

    def _schedule_counted_up(self, provider: Provider, *, rules_too: bool) -> Write:
        counted = "#v :one, rulesVersion :one" if rules_too else "#v :one"
        return {
            "Update": {
                "TableName": self.tables.availability,
                "Key": item_of(schedule_key(self.tenant_id, provider.provider_id)),
                "UpdateExpression": f"SET #z = :z, #a = :a ADD {counted}",
                "ConditionExpression": "attribute_exists(PK)",
                "ExpressionAttributeNames": {"#z": "timezone", "#a": "active", "#v": "version"},
                "ExpressionAttributeValues": {
                    ":z": {"S": provider.timezone},
                    ":a": {"BOOL": provider.active},
                    ":one": {"N": "1"},
                },
            }
        }
