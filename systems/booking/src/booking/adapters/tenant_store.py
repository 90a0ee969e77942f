"""A tenant's own item, its API keys and its usage, in its own name."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import Any

from groundwork.deadline import Deadline, paced

from booking.adapters import writes
from booking.adapters.rows import Rows, Where
from booking.adapters.tables import TableNames
from booking.adapters.tenant_items import (
    api_key_from,
    api_key_key,
    api_key_values,
    tenant_from,
    tenant_key,
    tenant_values,
    usage_from,
    usage_key,
)
from booking.domain.api_keys import ApiKey, KeyStatus
from booking.domain.catalog import Page
from booking.domain.errors import Conflict, IdempotencyConflict, LimitReached, NotFound, StoreUnavailable
from booking.domain.tenants import Tenant, Usage

_KEYS_MAX = 1_000


@dataclass(frozen=True, slots=True)
class SignedUp:
    """What a sign-up made: `key` is as it is kept now, so it tells whether it has been used."""

    tenant: Tenant
    key: ApiKey


@dataclass(frozen=True, slots=True)
class TenantStore:
    """One tenant."""

    rows: Rows
    tables: TableNames
    tenant_id: str

    def sign_up(self, tenant: Tenant, key: ApiKey, fingerprint: str | None, deadline: Deadline) -> SignedUp:
        """Write a tenant and its first key; the same request again gives what the first one made.

        Raises IdempotencyConflict when the tenant's id was derived from a key that made another one.
        """
        failed = self.rows.transact(
            [
                writes.put_new(self.tables.tenants, tenant_values(tenant, fingerprint)),
                writes.put_new(self.tables.api_keys, api_key_values(self.tenant_id, key)),
                writes.count_held(self.tables.usage, self.tenant_id, "keys", tenant.limits.keys),
            ],
            deadline,
        )
        if not failed:
            return SignedUp(tenant, key)
        there = self.rows.get(self.tables.tenants, tenant_key(self.tenant_id))
        if there is None or there.get("requestFingerprint") != fingerprint:
            raise IdempotencyConflict("the Idempotency-Key signed another tenant up before")
        return SignedUp(tenant_from(there), self.key(key.api_key_id))

    def read(self) -> Tenant:
        """Return the tenant; raises NotFound."""
        values = self.rows.get(self.tables.tenants, tenant_key(self.tenant_id))
        if values is None:
            raise NotFound("tenant", self.tenant_id)
        return tenant_from(values)

    def change(self, changed: Callable[[Tenant], Tenant], deadline: Deadline) -> Tenant:
        """Replace the tenant by what `changed` makes of it; raises NotFound."""
        for _ in paced(deadline):
            values = self.rows.get(self.tables.tenants, tenant_key(self.tenant_id))
            if values is None:
                raise NotFound("tenant", self.tenant_id)
            before = tenant_from(values)
            after = changed(before)
            if after == before:
                return before
            item = tenant_values(after, values.get("requestFingerprint"))
            if self.rows.replace(self.tables.tenants, item, before.version) or self.read() == after:
                return after
        raise StoreUnavailable("the tenant kept changing until the time was over")

    def add_key(self, key: ApiKey, keys_max: int, deadline: Deadline) -> None:
        """Write a new key; raises LimitReached."""
        failed = self.rows.transact(
            [
                writes.put_new(self.tables.api_keys, api_key_values(self.tenant_id, key)),
                writes.count_held(self.tables.usage, self.tenant_id, "keys", keys_max),
            ],
            deadline,
        )
        # A random id that is there already is this very key, whose answer was lost.
        if failed and self.rows.get(self.tables.api_keys, api_key_key(self.tenant_id, key.api_key_id)) is None:
            raise LimitReached(f"the plan allows {keys_max} keys")

    def key(self, api_key_id: str) -> ApiKey:
        """Return a key; raises NotFound."""
        values = self.rows.get(self.tables.api_keys, api_key_key(self.tenant_id, api_key_id))
        if values is None:
            raise NotFound("key", api_key_id)
        return api_key_from(values)

    def keys(self, limit: int, position: Mapping[str, Any] | None) -> Page:
        """Return a part of all keys, in the order of their ids."""
        found = self.rows.slice(self._where_keys(), limit, position)
        return Page([api_key_from(values) for values in found.items], found.position)

    def revoke(self, api_key_id: str, deadline: Deadline) -> ApiKey:
        """Revoke a key, once and for all; raises NotFound, Conflict for the last live key that manages.

        The transaction insists that another such key is live while this one goes, so that two revocations that cross
        can't leave a tenant without any.
        """
        for _ in paced(deadline):
            keys = {key.api_key_id: key for key in map(api_key_from, self.rows.all(self._where_keys(), _KEYS_MAX))}
            if api_key_id not in keys:
                raise NotFound("key", api_key_id)
            key = keys[api_key_id]
            if key.status is KeyStatus.REVOKED:
                return key
            others = [one for one in keys.values() if one.manages and one.api_key_id != api_key_id]
            if key.manages and not others:
                raise Conflict("the last key with the scope manage can't be revoked")
            changes = [self._revocation(api_key_id)]
            changes += [self._still_active(others[0].api_key_id)] if key.manages else []
            changes.append(writes.count_released(self.tables.usage, self.tenant_id, "keys"))
            if not self.rows.transact(changes, deadline):
                return replace(key, status=KeyStatus.REVOKED)
        raise StoreUnavailable("the keys kept changing until the time was over")

    def touch(self, api_key_id: str, now: str, unless_since: str) -> bool:
        """Note that a live key was used, unless that was noted after `unless_since`; return whether it was noted."""
        return (
            self.rows.update(
                {
                    "TableName": self.tables.api_keys,
                    "Key": _wire(api_key_key(self.tenant_id, api_key_id)),
                    "UpdateExpression": "SET lastUsedAt = :now",
                    "ConditionExpression": "#s = :a AND (attribute_not_exists(lastUsedAt) OR lastUsedAt < :since)",
                    "ExpressionAttributeNames": {"#s": "status"},
                    "ExpressionAttributeValues": _wire({":now": now, ":since": unless_since, ":a": KeyStatus.ACTIVE}),
                }
            )
            is not None
        )

    def usage(self, month: str, plan: str) -> Usage:
        """Return the usage of a month; zeros when there was none."""
        values = self.rows.get(self.tables.usage, usage_key(self.tenant_id, month))
        return usage_from(values or usage_key(self.tenant_id, month), plan)

    def usages(self, plan: str, limit: int, position: Mapping[str, Any] | None) -> Page:
        """Return a part of the months that have usage, the latest first."""
        where = Where(self.tables.usage, ("PK", f"TENANT#{self.tenant_id}"), prefix=("SK", "USAGE#"), newest_first=True)
        found = self.rows.slice(where, limit, position)
        return Page([usage_from(values, plan) for values in found.items], found.position)

    def _where_keys(self) -> Where:
        return Where(self.tables.api_keys, ("PK", f"TENANT#{self.tenant_id}"), prefix=("SK", "APIKEY#"))

    def _revocation(self, api_key_id: str) -> writes.Write:
        return {
            "Update": {
                "TableName": self.tables.api_keys,
                "Key": _wire(api_key_key(self.tenant_id, api_key_id)),
                "UpdateExpression": "SET #s = :revoked",
                **_is_active({":revoked": KeyStatus.REVOKED}),
            }
        }

    def _still_active(self, api_key_id: str) -> writes.Write:
        key = _wire(api_key_key(self.tenant_id, api_key_id))
        return {"ConditionCheck": {"TableName": self.tables.api_keys, "Key": key, **_is_active({})}}


def _is_active(values: Mapping[str, str]) -> dict[str, Any]:
    return {
        "ConditionExpression": "#s = :active",
        "ExpressionAttributeNames": {"#s": "status"},
        "ExpressionAttributeValues": _wire({":active": KeyStatus.ACTIVE, **values}),
    }


def _wire(values: Mapping[str, str]) -> dict[str, Any]:
    return {name: {"S": str(value)} for name, value in values.items()}
