"""DynamoDB in a tenant's name: every call is signed with credentials that reach that tenant's keys and no others.

The role TenantDataRole is assumed with the session tag TenantId, and its policy compares that tag with the leading keys
(source: IAM user guide, "Attribute-based access control", and DynamoDB developer guide, "Using IAM policy conditions
for fine-grained access control"; documented). So a wrong key in this code is refused by AWS, not answered.

One SDK client serves all tenants, because its connections and models cost more than the credentials do. There is no
scan among its operations: nothing here reads a whole table.
"""

import threading
import time
from collections import OrderedDict
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, field
from functools import cache
from typing import Any

import botocore.session
from botocore.credentials import CredentialProvider, CredentialResolver, Credentials, ReadOnlyCredentials
from groundwork.aws import AWS_ERRORS, FAST, client, error_code, is_busy
from groundwork.settings import Environment

from booking.domain.errors import StoreUnavailable

_SESSION_S = 3_600
# Renewed long before the end: a call must not set out with credentials that expire on the way.
_RENEW_AFTER_S = 2_700.0
_TENANTS_MAX = 256
_EXPIRED = frozenset({"ExpiredToken", "ExpiredTokenException"})
_acting_for: ContextVar[str] = ContextVar("acting_for")


@dataclass(slots=True)
class TenantCredentials:
    """The credentials of each tenant that this worker acts for, bounded, least recently used ones dropped first."""

    assume: Callable[[str], ReadOnlyCredentials]
    clock: Callable[[], float] = time.monotonic
    tenants_max: int = _TENANTS_MAX
    _known: OrderedDict[str, tuple[float, ReadOnlyCredentials]] = field(default_factory=OrderedDict)
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def of(self, tenant_id: str) -> ReadOnlyCredentials:
        """Return credentials with at least a quarter of an hour left; raises StoreUnavailable when STS is busy."""
        with self._lock:
            known = self._known.get(tenant_id)
            if known and self.clock() - known[0] < _RENEW_AFTER_S:
                self._known.move_to_end(tenant_id)
                return known[1]
            obtained_at_s, credentials = self.clock(), self.assume(tenant_id)
            self._known[tenant_id] = (obtained_at_s, credentials)
            self._known.move_to_end(tenant_id)
            while len(self._known) > self.tenants_max:
                self._known.popitem(last=False)
            return credentials

    def forget(self, tenant_id: str) -> None:
        """Drop a tenant's credentials: a frozen worker's clock may have stood still while they expired."""
        with self._lock:
            self._known.pop(tenant_id, None)


@dataclass(frozen=True, slots=True)
class TenantClient:
    """DynamoDB's operations on single items and partitions, in one tenant's name; arguments as boto3's."""

    tenant_id: str
    client: Any
    credentials: TenantCredentials

    def get_item(self, **request: Any) -> Any:
        """Read one item."""
        return self._call(self.client.get_item, request)

    def put_item(self, **request: Any) -> Any:
        """Write one item."""
        return self._call(self.client.put_item, request)

    def update_item(self, **request: Any) -> Any:
        """Change one item."""
        return self._call(self.client.update_item, request)

    def delete_item(self, **request: Any) -> Any:
        """Delete one item."""
        return self._call(self.client.delete_item, request)

    def batch_get_item(self, **request: Any) -> Any:
        """Read several items."""
        return self._call(self.client.batch_get_item, request)

    def query(self, **request: Any) -> Any:
        """Read one partition of a table or an index."""
        return self._call(self.client.query, request)

    def transact_write_items(self, **request: Any) -> Any:
        """Write several items, all or none."""
        return self._call(self.client.transact_write_items, request)

    def _call(self, operation: Callable[..., Any], request: dict[str, Any]) -> Any:
        with _in_the_name_of(self.tenant_id):
            try:
                return operation(**request)
            except AWS_ERRORS as error:
                if error_code(error) not in _EXPIRED:
                    raise
            # Refused at the door, so it surely had no effect.
            self.credentials.forget(self.tenant_id)
            return operation(**request)


def client_for(tenant_id: str) -> TenantClient:
    """Return DynamoDB's client in a tenant's name.

    Costs one call of STS per worker, tenant and three quarters of an hour, which is made with the first operation;
    that raises StoreUnavailable when STS is busy.
    """
    made, credentials = _shared()
    return TenantClient(tenant_id, made, credentials)


class _ActingCredentials(Credentials):
    """Credentials of whom the current call acts for; a call that acts for nobody is never signed."""

    def __init__(self, tenants: TenantCredentials) -> None:
        super().__init__("none", "none")
        self._tenants = tenants

    def get_frozen_credentials(self) -> ReadOnlyCredentials:
        return self._tenants.of(_acting_for.get())


class _ActingProvider(CredentialProvider):
    METHOD = "acting-for-a-tenant"

    def __init__(self, tenants: TenantCredentials) -> None:
        super().__init__()
        self._tenants = tenants

    def load(self) -> Credentials:
        return _ActingCredentials(self._tenants)


@contextmanager
def _in_the_name_of(tenant_id: str) -> Iterator[None]:
    token = _acting_for.set(tenant_id)
    try:
        yield
    finally:
        _acting_for.reset(token)


@cache
def _shared() -> tuple[Any, TenantCredentials]:
    role_arn = Environment.current().text("TENANT_DATA_ROLE_ARN")
    tenants = TenantCredentials(lambda tenant_id: _assume(role_arn, tenant_id))
    session = botocore.session.get_session()
    session.register_component("credential_provider", CredentialResolver([_ActingProvider(tenants)]))
    return session.create_client("dynamodb", config=FAST), tenants


def _assume(role_arn: str, tenant_id: str) -> ReadOnlyCredentials:
    try:
        answer = client("sts").assume_role(
            RoleArn=role_arn,
            RoleSessionName=f"tenant-{tenant_id}",
            DurationSeconds=_SESSION_S,
            Tags=[{"Key": "TenantId", "Value": tenant_id}],
        )
    except AWS_ERRORS as error:
        if is_busy(error):
            raise StoreUnavailable("the tenant's credentials can't be had now") from error
        raise
    told = answer["Credentials"]
    return ReadOnlyCredentials(told["AccessKeyId"], told["SecretAccessKey"], told["SessionToken"])
