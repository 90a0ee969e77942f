"""The template's own tables in this process (moto's DynamoDB), and the functions of accounts and catalog on them.

Roles, streams and real concurrency are the scenarios' business.
"""

import json
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from functools import cache
from pathlib import Path
from typing import Any

import boto3
from booking.adapters.catalog_wiring import Catalog
from booking.adapters.cursors import Cursors
from booking.adapters.key_hashes import KeyHashes
from booking.adapters.key_index import KeyIndex
from booking.adapters.rate_limits import RateLimits
from booking.adapters.rows import Rows
from booking.adapters.tables import TableNames
from booking.handlers import accounts_api, authorizer, catalog_api
from groundwork.attributes import item_of, values_of
from groundwork.deadline import Deadline
from moto import mock_aws
from samtranslator.yaml_helper import yaml_parse

TEMPLATE = Path(__file__).parents[3] / "systems" / "booking" / "template.yaml"
NAMES = TableNames(
    "Services", "ChatBooking-Categories", "Providers", "ProviderAvailability", "BookingExceptions", "Bookings",
    "Conversations", "Tenants", "TenantApiKeys", "TenantUsage",
)  # fmt: skip
SIGN_UP = {
    "name": "Clínica",
    "country": "CL",
    "timezone": "America/Santiago",
    "billingEmail": "owner@example.com",
    "plan": "PRO",
}
HAIRCUT = {"name": "Corte", "durationMinutes": 30, "price": "25.00", "currency": "USD"}


@dataclass
class Clock:
    """A clock that is moved."""

    now: datetime = datetime(2026, 11, 21, 10, 0, tzinfo=UTC)

    def __call__(self) -> datetime:
        return self.now

    def passes(self, **time: float) -> None:
        self.now += timedelta(**time)


@dataclass
class Answer:
    """An answer of a function, read."""

    status: int
    headers: Mapping[str, str]
    document: dict[str, Any]

    @property
    def code(self) -> str:
        return str(self.document["error"]["code"])

    @property
    def fields(self) -> dict[str, str]:
        """Which fields were refused, and why."""
        return {one["field"]: one["code"] for one in self.document["error"]["fields"]}


@dataclass
class World:
    """The functions, called as API Gateway calls them."""

    client: Any
    clock: Clock = field(default_factory=Clock)
    hashes: KeyHashes = field(default_factory=lambda: KeyHashes(4))

    def __post_init__(self) -> None:
        rates = RateLimits(self.rows, NAMES, self.clock)
        cursors = Cursors(lambda: b"secret of the tests")
        self.accounts = accounts_api.Dependencies(NAMES, cursors, self.hashes, rates, self.rows, self.clock)
        self.catalog = Catalog(NAMES, cursors, rates, self.rows, self.clock)
        index = KeyIndex(Rows(self.client), NAMES.api_keys)
        self.authorizer = authorizer.Dependencies(index, NAMES, self.hashes, self.rows, self.clock)

    def rows(self, _tenant_id: str) -> Rows:
        return Rows(self.client)

    def call(
        self,
        route: str,
        path: Mapping[str, str] | None = None,
        body: Any = None,
        *,
        by: "Tenant | None" = None,
        **more: Any,
    ) -> Answer:
        """Call a route of accounts or catalog; `more`: query, headers."""
        event = event_of(route, path, body, by=by, **more)
        deadline = Deadline.after(2)
        if route in catalog_api.ROUTES:
            return _read(catalog_api.handle(event, self.catalog, deadline))
        return _read(accounts_api.handle(event, self.accounts, deadline))

    def tenant(self, **more: Any) -> "Tenant":
        """Sign a business up."""
        answer = self.call("POST /tenants", body=SIGN_UP | more)
        assert answer.status == 201, answer.document
        told = answer.document
        return Tenant(self, told["tenantId"], told["apiKeyId"], told["apiKey"], told["plan"])

    def authorized(self, key: str, **headers: str) -> dict[str, Any]:
        """Ask the authorizer."""
        event = {"version": "2.0", "type": "REQUEST", "headers": {"x-api-key": key, **headers}}
        return authorizer.handle(event, self.authorizer, Deadline.after(2))

    def items(self, table: str, entity: str) -> list[dict[str, Any]]:
        """Return all items of a kind."""
        found = [values_of(item) for item in self.client.scan(TableName=table)["Items"]]
        return [one for one in found if one["entity"] == entity]

    def item(self, table: str, key: Mapping[str, str]) -> dict[str, Any]:
        """Return one item, {} when there is none."""
        return values_of(self.client.get_item(TableName=table, Key=item_of(key)).get("Item", {}))

    def put(self, table: str, values: Mapping[str, Any]) -> None:
        """Write an item past the functions."""
        self.client.put_item(TableName=table, Item=item_of(values))


@dataclass
class Tenant:
    """A business, and calls with one of its keys as the authorizer would let them in."""

    world: World
    tenant_id: str
    api_key_id: str
    key: str
    plan: str
    scopes: str = "manage"

    def call(self, route: str, path: Mapping[str, str] | None = None, body: Any = None, **more: Any) -> Answer:
        """Call a route."""
        return self.world.call(route, path, body, by=self, **more)

    def made(self, route: str, body: Any, **more: Any) -> dict[str, Any]:
        """Make something and return its document."""
        answer = self.call(route, body=body, **more)
        assert answer.status == 201, answer.document
        return answer.document

    def service(self, **more: Any) -> str:
        """Offer a service and return its id."""
        return str(self.made("POST /services", HAIRCUT | more)["serviceId"])

    def provider(self, *service_ids: str, **more: Any) -> str:
        """Add a provider and return its id."""
        body = {"name": "Ana", "timezone": "America/Santiago", "serviceIds": list(service_ids), **more}
        return str(self.made("POST /providers", body)["providerId"])


def event_of(
    route: str,
    path: Mapping[str, str] | None = None,
    body: Any = None,
    *,
    by: Tenant | None = None,
    query: Mapping[str, str] | None = None,
    headers: Mapping[str, str] | None = None,
) -> dict[str, Any]:
    """Return an event of payload format 2.0; a body that is text goes as it is."""
    context: dict[str, Any] = {"requestId": "req-1", "http": {"method": route.split(maxsplit=1)[0]}}
    if by:
        told = {"tenantId": by.tenant_id, "apiKeyId": by.api_key_id, "scopes": by.scopes, "plan": by.plan}
        context["authorizer"] = {"lambda": told}
    event: dict[str, Any] = {"version": "2.0", "routeKey": route, "requestContext": context}
    event["headers"] = dict(headers or {})
    if path:
        event["pathParameters"] = dict(path)
    if query:
        event["queryStringParameters"] = dict(query)
    if body is not None:
        event["body"] = body if isinstance(body, str) else json.dumps(body)
    return event


@contextmanager
def world() -> Iterator[World]:
    """Give empty tables with the functions on them."""
    with mock_aws():
        client = boto3.client("dynamodb", region_name="us-east-1", aws_access_key_id="a", aws_secret_access_key="b")
        for name, definition in _definitions().items():
            client.create_table(TableName=name, **definition)
        yield World(client)
        client.close()


def _read(event: Mapping[str, Any]) -> Answer:
    document = json.loads(event["body"]) if event["body"] else {}
    return Answer(event["statusCode"], event["headers"], document)


@cache
def _definitions() -> dict[str, dict[str, Any]]:
    resources = yaml_parse(TEMPLATE.read_text())["Resources"].values()
    wanted = ("BillingMode", "AttributeDefinitions", "KeySchema", "GlobalSecondaryIndexes")
    return {
        one["Properties"]["TableName"]["Fn::Sub"].removeprefix("${AWS::StackName}-"): {
            name: one["Properties"][name] for name in wanted if name in one["Properties"]
        }
        for one in resources
        if one["Type"] == "AWS::DynamoDB::Table"
    }
