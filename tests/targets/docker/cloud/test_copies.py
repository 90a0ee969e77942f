"""What a copy is made like, and what makes it follow its shell."""

from typing import Any

import pytest

from harness.targets.docker.cloud.copies import creation_of, differences
from tests.targets.docker.cloud.emulators import index_of, table_of

PROVISIONED = {"ReadCapacityUnits": 5, "WriteCapacityUnits": 5}


def described(**more: Any) -> dict[str, Any]:
    """Return what DescribeTable says of an on-demand table with an index."""
    attributes = [{"AttributeName": name, "AttributeType": "S"} for name in ("PK", "Owner")]
    return {
        **table_of("Wallets"),
        "AttributeDefinitions": attributes,
        "BillingModeSummary": {"BillingMode": "PAY_PER_REQUEST"},
        "GlobalSecondaryIndexes": [{**index_of("ByOwner", "Owner"), "IndexStatus": "ACTIVE", "ItemCount": 0}],
        **more,
    }


def provisioned(units: int = 5, index_units: int = 5) -> dict[str, Any]:
    own = {"ReadCapacityUnits": units, "WriteCapacityUnits": units}
    of_index = {"ReadCapacityUnits": index_units, "WriteCapacityUnits": index_units}
    return described(
        BillingModeSummary={"BillingMode": "PROVISIONED"},
        ProvisionedThroughput=own,
        GlobalSecondaryIndexes=[{**index_of("ByOwner", "Owner"), "ProvisionedThroughput": of_index}],
    )


def test_copy_has_keys_indexes_and_billing_and_nothing_else_of_the_shell() -> None:
    shell = described(
        SSEDescription={"Status": "ENABLED", "SSEType": "KMS"},
        OnDemandThroughput={"MaxReadRequestUnits": 9},
        StreamSpecification={"StreamEnabled": False},
        TableArn="arn:aws:dynamodb:us-east-1:000000000000:table/Wallets",
    )

    assert creation_of(shell) == {
        **table_of("Wallets"),
        "AttributeDefinitions": shell["AttributeDefinitions"],
        "GlobalSecondaryIndexes": [index_of("ByOwner", "Owner")],
    }


@pytest.mark.parametrize("one", [described(), provisioned()])
def test_nothing_is_to_do_when_a_copy_is_like_its_shell(one: dict[str, Any]) -> None:
    assert list(differences(one, one)) == []


def test_index_is_made_when_the_shell_got_it() -> None:
    shell = described()
    copy = described(GlobalSecondaryIndexes=[], AttributeDefinitions=table_of("Wallets")["AttributeDefinitions"])

    assert list(differences(shell, copy)) == [
        {
            "TableName": "Wallets",
            "AttributeDefinitions": shell["AttributeDefinitions"],
            "GlobalSecondaryIndexUpdates": [{"Create": index_of("ByOwner", "Owner")}],
        }
    ]


def test_index_is_made_anew_when_its_keys_are_others() -> None:
    shell = described(GlobalSecondaryIndexes=[index_of("ByOwner", "PK")])

    deleted, created = differences(shell, described())

    assert deleted["GlobalSecondaryIndexUpdates"] == [{"Delete": {"IndexName": "ByOwner"}}]
    assert created["GlobalSecondaryIndexUpdates"] == [{"Create": index_of("ByOwner", "PK")}]


def test_billing_follows_when_the_shells_changed() -> None:
    index = {"IndexName": "ByOwner", "ProvisionedThroughput": PROVISIONED}

    assert list(differences(provisioned(), described())) == [
        {
            "TableName": "Wallets",
            "BillingMode": "PROVISIONED",
            "ProvisionedThroughput": PROVISIONED,
            "GlobalSecondaryIndexUpdates": [{"Update": index}],
        }
    ]
    assert list(differences(described(), provisioned())) == [{"TableName": "Wallets", "BillingMode": "PAY_PER_REQUEST"}]
    (only_index,) = differences(provisioned(), provisioned(index_units=9))
    assert only_index == {"TableName": "Wallets", "GlobalSecondaryIndexUpdates": [{"Update": index}]}
