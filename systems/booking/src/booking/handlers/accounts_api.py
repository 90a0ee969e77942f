"""Routes of tenants, their API keys and their usage; sign-up and health are public.

A tenant's id in a path must be the caller's own; any other is answered as one that does not exist.
"""

import re
from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import cache
from typing import Any

from groundwork.deadline import Deadline, LambdaContext
from groundwork.instants import Clock, instant, utc_now
from groundwork.observability import logger, tracer
from groundwork.settings import Environment
from msgspec import UNSET, structs

from booking.adapters.account_documents import (
    HealthDocument,
    KeyDocument,
    KeyPage,
    NewKeyDocument,
    SignUpDocument,
    TenantDocument,
    UsageDocument,
    UsagePage,
)
from booking.adapters.account_forms import ChangedTenant, NewKey, NewTenant
from booking.adapters.cursors import Cursors
from booking.adapters.http_events import HttpAnswer
from booking.adapters.key_hashes import KeyHashes
from booking.adapters.paging import PageQuery, Paging
from booking.adapters.rate_limits import RateLimits
from booking.adapters.routing import Access, Call, Route, answer_event, answered, table
from booking.adapters.rows import Rows, rows_for
from booking.adapters.sign_up import start_of
from booking.adapters.tables import TableNames
from booking.adapters.tenant_store import TenantStore
from booking.domain.api_keys import ApiKey, new_key_text, public_part
from booking.domain.errors import NotFound, Problem, RequestInvalid
from booking.domain.ids import fingerprint, random_id
from booking.domain.plans import limits_of
from booking.domain.tenants import Settings, Tenant

_MONTH = re.compile(r"[0-9]{4}-(0[1-9]|1[0-2])")


@dataclass(frozen=True, slots=True)
class Dependencies:
    """What this function needs from outside."""

    tables: TableNames
    cursors: Cursors
    hashes: KeyHashes
    rates: RateLimits
    rows_of: Callable[[str], Rows]
    clock: Clock = utc_now

    @classmethod
    def from_environment(cls) -> "Dependencies":
        """Build them from this process's environment."""
        environment = Environment.current()
        tables = TableNames.from_environment(environment)
        return cls(
            tables,
            Cursors.from_environment(environment),
            KeyHashes(int(environment.number("KEY_HASH_COST", 10))),
            RateLimits(rows_for, tables, utc_now),
            rows_for,
        )

    def tenant(self, tenant_id: str) -> TenantStore:
        """Return one tenant's own things."""
        return TenantStore(self.rows_of(tenant_id), self.tables, tenant_id)


AccountsCall = Call[Dependencies]


def health(_call: AccountsCall) -> HttpAnswer:
    """GET /health."""
    return answered(200, HealthDocument(status="ok"))


def sign_up(call: AccountsCall) -> HttpAnswer:
    """POST /tenants."""
    form, idempotency_key = call.body(NewTenant), call.idempotency_key()
    start = start_of(idempotency_key, call.deps.cursors.key)
    now = instant(call.deps.clock())
    tenant = Tenant(
        tenant_id=start.tenant_id,
        name=form.name,
        country=form.country,
        timezone=form.timezone,
        billing_email=form.billing_email,
        plan=form.plan,
        settings=form.settings.over(Settings()),
        created_at=now,
        updated_at=now,
    )
    key = _key(call.deps, start.api_key_id, start.key_text, now)
    told = fingerprint(repr(form)) if idempotency_key else None
    made = call.deps.tenant(start.tenant_id).sign_up(tenant, key, told, call.deadline)
    call.line.add(tenant_id=made.tenant.tenant_id)
    shown = start.key_text if made.key.manages and made.key.last_used_at is None else None
    document = SignUpDocument.with_key(made.tenant, made.key, shown)
    return answered(201, document, {"location": f"/tenants/{made.tenant.tenant_id}"})


def read_tenant(call: AccountsCall) -> HttpAnswer:
    """GET /tenants/{tenantId}."""
    return answered(200, TenantDocument.of(_own(call).read()))


def change_tenant(call: AccountsCall) -> HttpAnswer:
    """PATCH /tenants/{tenantId}."""
    form, now = call.body(ChangedTenant), instant(call.deps.clock())

    def changed(tenant: Tenant) -> Tenant:
        given = {name: value for name, value in structs.asdict(form).items() if value is not UNSET}
        if form.settings is not UNSET:
            given["settings"] = form.settings.over(tenant.settings)
        return replace(tenant, **given, version=tenant.version + 1, updated_at=now) if given else tenant

    return answered(200, TenantDocument.of(_own(call).change(changed, call.deadline)))


def list_keys(call: AccountsCall) -> HttpAnswer:
    """GET /keys."""
    paging = Paging(call.deps.cursors, call.tenant_id, "keys", call.query(PageQuery))
    page = call.deps.tenant(call.tenant_id).keys(paging.limit, paging.position)
    items = [KeyDocument.of(key) for key in page.items]
    return answered(200, KeyPage(items=items, next_cursor=paging.next_cursor(page)))


def create_key(call: AccountsCall) -> HttpAnswer:
    """POST /keys."""
    form, text = call.body(NewKey), new_key_text()
    key = replace(
        _key(call.deps, random_id("key"), text, instant(call.deps.clock())),
        scopes=tuple(form.scopes),
        allowed_origins=tuple(form.allowed_origins),
        name=form.name,
    )
    call.deps.tenant(call.tenant_id).add_key(key, limits_of(call.identity.plan).keys, call.deadline)
    return answered(201, NewKeyDocument.with_text(key, text), {"location": f"/keys/{key.api_key_id}"})


def read_key(call: AccountsCall) -> HttpAnswer:
    """GET /keys/{apiKeyId}."""
    return answered(200, KeyDocument.of(call.deps.tenant(call.tenant_id).key(call.path_id("apiKeyId"))))


def revoke_key(call: AccountsCall) -> HttpAnswer:
    """DELETE /keys/{apiKeyId}."""
    call.deps.tenant(call.tenant_id).revoke(call.path_id("apiKeyId"), call.deadline)
    return answered(204)


def list_usage(call: AccountsCall) -> HttpAnswer:
    """GET /usage."""
    paging = Paging(call.deps.cursors, call.tenant_id, "usage", call.query(PageQuery))
    page = call.deps.tenant(call.tenant_id).usages(call.identity.plan, paging.limit, paging.position)
    items = [UsageDocument.of(usage) for usage in page.items]
    return answered(200, UsagePage(items=items, next_cursor=paging.next_cursor(page)))


def read_usage(call: AccountsCall) -> HttpAnswer:
    """GET /usage/{month}."""
    month = call.request.path.get("month", "")
    if not _MONTH.fullmatch(month):
        raise RequestInvalid(Problem("month", "malformed", "must be a month such as 2026-11"))
    return answered(200, UsageDocument.of(call.deps.tenant(call.tenant_id).usage(month, call.identity.plan)))


ROUTES = table(
    Route("GET /health", health, "Tell whether the API answers", Access.PUBLIC, {200: HealthDocument}),
    Route("POST /tenants", sign_up, "Sign a business up; its first key is shown this once", Access.PUBLIC,
          {201: SignUpDocument}, body=NewTenant, refusals=("idempotency_conflict",),
          headers={"Idempotency-Key": "At least 32 random characters, as secret as the key: repeats the same answer, "
                                      "with the key only until that is used."}),
    Route("GET /tenants/{tenantId}", read_tenant, "Read the tenant", Access.MANAGE, {200: TenantDocument},
          refusals=("not_found",)),
    Route("PATCH /tenants/{tenantId}", change_tenant, "Change the tenant", Access.MANAGE, {200: TenantDocument},
          body=ChangedTenant, refusals=("not_found",)),
    Route("GET /keys", list_keys, "List API keys", Access.MANAGE, {200: KeyPage}, query=PageQuery),
    Route("POST /keys", create_key, "Make an API key; it is shown this once", Access.MANAGE, {201: NewKeyDocument},
          body=NewKey, refusals=("limit_reached",)),
    Route("GET /keys/{apiKeyId}", read_key, "Read an API key", Access.MANAGE, {200: KeyDocument},
          refusals=("not_found",)),
    Route("DELETE /keys/{apiKeyId}", revoke_key, "Revoke an API key for good", Access.MANAGE, {204: None},
          refusals=("not_found", "conflict")),
    Route("GET /usage", list_usage, "List the usage by month, the latest first", Access.MANAGE, {200: UsagePage},
          query=PageQuery),
    Route("GET /usage/{month}", read_usage, "Read the usage of a month (UTC)", Access.MANAGE, {200: UsageDocument}),
)  # fmt: skip


def handle(event: dict[str, Any], deps: Dependencies, deadline: Deadline) -> dict[str, Any]:
    """Answer one call."""
    return answer_event(event, ROUTES, deps, deadline, admit=deps.rates.admit)


dependencies = cache(Dependencies.from_environment)  # the first invoke builds, warm ones reuse


@tracer.capture_lambda_handler(capture_response=False)
@logger.inject_lambda_context(clear_state=True)
def lambda_handler(event: dict[str, Any], context: LambdaContext) -> dict[str, Any]:
    """Entry point of AWS Lambda."""
    return handle(event, dependencies(), Deadline.from_context(context, reserve_ms=500))


def _own(call: AccountsCall) -> TenantStore:
    tenant_id = call.path_id("tenantId")
    if tenant_id != call.tenant_id:
        raise NotFound("tenant", tenant_id)
    return call.deps.tenant(tenant_id)


def _key(deps: Dependencies, api_key_id: str, text: str, now: str) -> ApiKey:
    public = public_part(text)
    if public is None:
        raise ValueError("a key that was just made has no public part")
    return ApiKey(api_key_id, public, deps.hashes.hash(text), created_at=now)
