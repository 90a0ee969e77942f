"""A transaction repeated under its token succeeds and changes nothing. Source: API reference of TransactWriteItems."""

from typing import Any

import pytest
from botocore.exceptions import ClientError

from tests.conformance.cloud import Cloud


def write(cloud: Cloud, table: str, token: str, number: str) -> Any:
    item = {"ID": {"S": "a"}, "Amount": {"N": number}, "Amounts": {"NS": [number, "9"]}}
    return cloud.dynamodb.transact_write_items(
        TransactItems=[{"Put": {"TableName": table, "Item": item}}], ClientRequestToken=token
    )


@pytest.mark.mended("transaction_tokens")
@pytest.mark.parametrize("number", ["1.50", "1e3", "007"])
def test_repeated_transaction_is_known_when_its_numbers_are_not_canonical(cloud: Cloud, number: str) -> None:
    table, token = cloud.table(), cloud.name("token")[:36]
    write(cloud, table, token, number)
    cloud.dynamodb.delete_item(TableName=table, Key={"ID": {"S": "a"}})

    write(cloud, table, token, number)

    assert "Item" not in cloud.dynamodb.get_item(TableName=table, Key={"ID": {"S": "a"}}, ConsistentRead=True)


def test_other_transaction_is_refused_when_it_has_the_same_token(cloud: Cloud) -> None:
    table, token = cloud.table(), cloud.name("token")[:36]
    write(cloud, table, token, "1.50")

    with pytest.raises(ClientError, match="IdempotentParameterMismatch"):
        write(cloud, table, token, "2.50")
