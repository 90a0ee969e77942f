"""A table's key schema is asked for once, and again when the table may be another."""

import asyncio

import pytest

from harness.edge.call import Namespace
from harness.edge.tables import Tables
from harness.edge.upstream import own_call
from tests.edge.images.engine import NAMESPACE, Engine

OTHER = Namespace("111111111111", "us-east-1")


@pytest.mark.parametrize(
    ("service", "operation", "namespace", "asked"),
    [
        ("dynamodb", "PutItem", NAMESPACE, 1),
        ("dynamodb", "DeleteTable", NAMESPACE, 2),
        ("cloudformation", "DeleteStack", NAMESPACE, 2),
        ("cloudformation", "DescribeStacks", NAMESPACE, 2),  # who waits for a stack asks until it is done
        ("cloudformation", "DescribeStacks", OTHER, 1),
    ],
)
def test_schema_is_asked_for_again_when_a_call_may_have_changed_it(
    service: str, operation: str, namespace: Namespace, asked: int
) -> None:
    async def story() -> None:
        engine = Engine("Wallets")
        tables = Tables(engine)
        await tables.schema(NAMESPACE, "Wallets")
        passed = own_call(namespace, operation, {})
        passed.service = service
        tables.heed(passed)
        await tables.schema(NAMESPACE, "Wallets")
        await tables.schema(NAMESPACE, "Wallets")

        assert [name for name, _ in engine.asked] == ["DescribeTable"] * asked

    asyncio.run(story())
