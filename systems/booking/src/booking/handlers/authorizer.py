"""The API's REQUEST authorizer: an API key is checked against its hash, its status, its origins and its tenant.

Answers {isAuthorized, context} with the tenant, the key, its scopes and the plan. It says no without a reason: the log
has it, without the key. Nothing is cached but whose a verified key is; status, origins and plan are read each time.
Source: API Gateway developer guide, "Control access to HTTP APIs with AWS Lambda authorizers" (documented).
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from functools import cache
from typing import Any

from groundwork.aws import client
from groundwork.deadline import Deadline, LambdaContext
from groundwork.instants import Clock, instant, utc_now
from groundwork.observability import logger, tracer
from groundwork.settings import Environment

from booking.adapters.key_hashes import KeyHashes
from booking.adapters.key_index import Candidate, KeyIndex, KnownKeys
from booking.adapters.rows import Rows, rows_for
from booking.adapters.tables import TableNames
from booking.adapters.tenant_items import api_key_from, api_key_key, tenant_from, tenant_key
from booking.adapters.tenant_store import TenantStore
from booking.domain.api_keys import ApiKey, KeyStatus, public_part
from booking.domain.errors import StoreUnavailable
from booking.domain.tenants import Tenant, TenantStatus

_TOUCHED_EVERY = timedelta(minutes=1)


@dataclass(frozen=True, slots=True)
class Dependencies:
    """What this function needs from outside."""

    index: KeyIndex
    tables: TableNames
    hashes: KeyHashes
    rows_of: Callable[[str], Rows]
    clock: Clock = utc_now
    known: KnownKeys = field(default_factory=KnownKeys)

    @classmethod
    def from_environment(cls) -> "Dependencies":
        """Build them from this process's environment."""
        environment = Environment.current()
        tables = TableNames.from_environment(environment)
        return cls(
            KeyIndex(Rows(client("dynamodb")), tables.api_keys),
            tables,
            KeyHashes(int(environment.number("KEY_HASH_COST", 10))),
            rows_for,
        )


@dataclass(frozen=True, slots=True)
class Refusal:
    """Why somebody is not let in; for the log."""

    reason: str
    api_key_id: str | None = None


def handle(event: Mapping[str, Any], deps: Dependencies, deadline: Deadline) -> dict[str, Any]:
    """Say who calls, or that nobody does who may; raises StoreUnavailable when that can't be known."""
    headers = {name.lower(): value for name, value in (event.get("headers") or {}).items()}
    found = _authorize(str(headers.get("x-api-key") or ""), headers.get("origin"), deps, deadline)
    if isinstance(found, Refusal):
        logger.warning("refused", extra={"reason": found.reason, "apiKeyId": found.api_key_id})
        return {"isAuthorized": False}
    key, tenant = found
    _touch(key, tenant, deps)
    return {
        "isAuthorized": True,
        "context": {
            "tenantId": tenant.tenant_id,
            "apiKeyId": key.api_key_id,
            "scopes": " ".join(key.scopes),
            "plan": str(tenant.plan),
        },
    }


def _authorize(
    text: str, origin: str | None, deps: Dependencies, deadline: Deadline
) -> tuple[ApiKey, Tenant] | Refusal:
    public = public_part(text)
    if public is None:
        return Refusal("malformed")  # cheap: its form alone says that it is no key of ours
    if known := deps.known.of(text):
        if items := _items(known, deps, deadline):
            return _admitted(*items, origin)
        deps.known.forget(text)
    candidates = deps.index.candidates(public)
    if not candidates:
        deps.hashes.refuse(text)
        return Refusal("unknown")
    candidate = next((one for one in candidates if deps.hashes.matches(text, one.key_hash)), None)
    if candidate is None:
        return Refusal("wrong secret", candidates[0].api_key_id)
    items = _items(candidate, deps, deadline)
    if items is None:
        return Refusal("gone", candidate.api_key_id)
    deps.known.remember(text, candidate)
    return _admitted(*items, origin)


def _items(candidate: Candidate, deps: Dependencies, deadline: Deadline) -> tuple[ApiKey, Tenant] | None:
    """Return a key and its tenant as they are now, None when there is no such key any more."""
    key_item, tenant_item = deps.rows_of(candidate.tenant_id).get_each(
        [
            (deps.tables.api_keys, api_key_key(candidate.tenant_id, candidate.api_key_id)),
            (deps.tables.tenants, tenant_key(candidate.tenant_id)),
        ],
        deadline,
    )
    if key_item is None or tenant_item is None:
        return None
    key = api_key_from(key_item)
    return (key, tenant_from(tenant_item)) if key.key_hash == candidate.key_hash else None


def _admitted(key: ApiKey, tenant: Tenant, origin: str | None) -> tuple[ApiKey, Tenant] | Refusal:
    if key.status is not KeyStatus.ACTIVE:
        return Refusal("revoked", key.api_key_id)
    if tenant.status is not TenantStatus.ACTIVE:
        return Refusal("tenant suspended", key.api_key_id)
    if not key.admits(origin):
        return Refusal("origin", key.api_key_id)
    return key, tenant


def _touch(key: ApiKey, tenant: Tenant, deps: Dependencies) -> None:
    now = deps.clock()
    since = instant(now - _TOUCHED_EVERY)
    if key.last_used_at and key.last_used_at >= since:
        return
    try:
        TenantStore(deps.rows_of(tenant.tenant_id), deps.tables, tenant.tenant_id).touch(
            key.api_key_id, instant(now), since
        )
    except StoreUnavailable:
        # When a key was last used is for people to look at; nobody is kept out for it.
        logger.warning("the use of a key was not noted", extra={"apiKeyId": key.api_key_id})


dependencies = cache(Dependencies.from_environment)  # the first invoke builds, warm ones reuse


@tracer.capture_lambda_handler(capture_response=False)
@logger.inject_lambda_context(clear_state=True)
def lambda_handler(event: dict[str, Any], context: LambdaContext) -> dict[str, Any]:
    """Entry point of AWS Lambda."""
    return handle(event, dependencies(), Deadline.from_context(context, reserve_ms=500))
