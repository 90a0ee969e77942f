"""The tables of the template in a DynamoDB that runs in this process (moto), one fresh set per test."""

from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from pathlib import Path
from typing import Any

import boto3
import yaml
from booking.adapters.tables import TableNames
from groundwork.attributes import item_of, values_of
from moto import mock_aws

TEMPLATE = Path(__file__).parents[4] / "systems/booking/template.yaml"
_RESOURCES = {
    "services": "ServicesTable",
    "categories": "CategoriesTable",
    "providers": "ProvidersTable",
    "availability": "AvailabilityTable",
    "exceptions": "ExceptionsTable",
    "bookings": "BookingsTable",
    "conversations": "ConversationsTable",
    "tenants": "TenantsTable",
    "api_keys": "ApiKeysTable",
    "usage": "UsageTable",
}
TABLES = TableNames(**{name: f"test-{name}" for name in _RESOURCES})


class _Loader(getattr(yaml, "CSafeLoader", yaml.SafeLoader)):  # type: ignore[misc]
    """Reads CloudFormation's short forms as their arguments."""


_Loader.add_multi_constructor("!", lambda loader, _tag, node: _argument(loader, node))


@contextmanager
def dynamo() -> Iterator[Any]:
    """Yield a client of DynamoDB that has the template's tables, all empty."""
    with mock_aws():
        for table in _declared():
            _client().create_table(**table)
        yield _client()


@cache
def _client() -> Any:
    # Making one takes longer than a test; the mock that surrounds a call is the one that answers it.
    return boto3.client("dynamodb", region_name="us-east-1", aws_access_key_id="test", aws_secret_access_key="test")


@cache
def _declared() -> list[dict[str, Any]]:
    resources = yaml.load(TEMPLATE.read_text(), _Loader)["Resources"]  # noqa: S506 - a safe loader
    wanted = ("AttributeDefinitions", "KeySchema", "GlobalSecondaryIndexes", "BillingMode")
    return [
        {"TableName": f"test-{name}"} | {key: value for key in wanted if (value := declared.get(key))}
        for name, resource in _RESOURCES.items()
        for declared in [resources[resource]["Properties"]]
    ]


def put(client: Any, table: str, **values: object) -> None:
    """Write an item."""
    client.put_item(TableName=table, Item=item_of(values))


def items(client: Any, table: str) -> list[dict[str, Any]]:
    """Return all items of a table."""
    return [values_of(item) for item in client.scan(TableName=table)["Items"]]


def _argument(loader: yaml.SafeLoader, node: yaml.Node) -> Any:
    match node:
        case yaml.ScalarNode():
            return loader.construct_scalar(node)
        case yaml.SequenceNode():
            return loader.construct_sequence(node, deep=True)
        case yaml.MappingNode():
            return loader.construct_mapping(node, deep=True)
    raise TypeError(node)
