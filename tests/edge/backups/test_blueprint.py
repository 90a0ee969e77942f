"""A restored table is made like its source, but for what the request overrides and what AWS does not restore."""

from typing import Any

import pytest

from harness.edge.backups.answers import Refused
from harness.edge.backups.blueprint import creation

INDEX = {
    "IndexName": "by-merchant",
    "KeySchema": [{"AttributeName": "Merchant", "KeyType": "HASH"}],
    "Projection": {"ProjectionType": "ALL"},
}
LOCAL = {
    "IndexName": "by-status",
    "KeySchema": [{"AttributeName": "PK", "KeyType": "HASH"}, {"AttributeName": "Status", "KeyType": "RANGE"}],
    "Projection": {"ProjectionType": "KEYS_ONLY"},
}
SOURCE: dict[str, Any] = {
    "TableName": "Payments",
    "TableStatus": "ACTIVE",
    "TableArn": "arn:aws:dynamodb:us-east-1:000000000000:table/Payments",
    "KeySchema": [{"AttributeName": "PK", "KeyType": "HASH"}, {"AttributeName": "SK", "KeyType": "RANGE"}],
    "AttributeDefinitions": [
        {"AttributeName": name, "AttributeType": "S"} for name in ("PK", "SK", "Merchant", "Status")
    ],
    "BillingModeSummary": {"BillingMode": "PAY_PER_REQUEST"},
    "ProvisionedThroughput": {"ReadCapacityUnits": 0, "WriteCapacityUnits": 0, "NumberOfDecreasesToday": 0},
    "GlobalSecondaryIndexes": [{**INDEX, "IndexStatus": "ACTIVE", "ProvisionedThroughput": {"ReadCapacityUnits": 0}}],
    "LocalSecondaryIndexes": [{**LOCAL, "IndexSizeBytes": 0}],
    "StreamSpecification": {"StreamEnabled": True, "StreamViewType": "NEW_IMAGE"},
    "DeletionProtectionEnabled": True,
    "TableClassSummary": {"TableClass": "STANDARD_INFREQUENT_ACCESS"},
    "OnDemandThroughput": {"MaxReadRequestUnits": 100, "MaxWriteRequestUnits": 50},
    "SSEDescription": {"Status": "ENABLED", "SSEType": "KMS", "KMSMasterKeyArn": "arn:aws:kms:::key/1"},
}
UNITS = {"ReadCapacityUnits": 7, "WriteCapacityUnits": 3}


def test_settings_are_the_sources_when_nothing_is_overridden() -> None:
    assert creation(SOURCE, "Copy", {}) == {
        "TableName": "Copy",
        "KeySchema": SOURCE["KeySchema"],
        "AttributeDefinitions": SOURCE["AttributeDefinitions"],
        "BillingMode": "PAY_PER_REQUEST",
        "OnDemandThroughput": SOURCE["OnDemandThroughput"],
        "SSESpecification": {"Enabled": True, "SSEType": "KMS", "KMSMasterKeyId": "arn:aws:kms:::key/1"},
        "GlobalSecondaryIndexes": [INDEX],
        "LocalSecondaryIndexes": [LOCAL],
    }


def test_indexes_are_gone_when_their_override_is_empty() -> None:
    made = creation(SOURCE, "Copy", {"GlobalSecondaryIndexOverride": [], "LocalSecondaryIndexOverride": []})

    assert "GlobalSecondaryIndexes" not in made
    assert "LocalSecondaryIndexes" not in made
    assert [one["AttributeName"] for one in made["AttributeDefinitions"]] == ["PK", "SK"]


def test_index_has_another_name_when_its_override_fits_but_for_that() -> None:
    made = creation(SOURCE, "Copy", {"GlobalSecondaryIndexOverride": [{**INDEX, "IndexName": "other"}]})

    assert [one["IndexName"] for one in made["GlobalSecondaryIndexes"]] == ["other"]


def test_throughput_is_the_requests_when_billing_is_overridden() -> None:
    request = {"BillingModeOverride": "PROVISIONED", "ProvisionedThroughputOverride": UNITS}

    made = creation(SOURCE, "Copy", request)

    assert made["ProvisionedThroughput"] == UNITS
    assert made["GlobalSecondaryIndexes"][0]["ProvisionedThroughput"] == UNITS
    assert "OnDemandThroughput" not in made


def test_table_is_on_demand_when_a_provisioned_ones_billing_is_overridden() -> None:
    index = {**INDEX, "ProvisionedThroughput": UNITS}
    source = {**SOURCE, "BillingModeSummary": {}, "ProvisionedThroughput": UNITS, "GlobalSecondaryIndexes": [index]}

    assert creation(source, "Copy", {})["ProvisionedThroughput"] == UNITS
    assert creation(source, "Copy", {})["GlobalSecondaryIndexes"] == [index]
    made = creation({**source, "OnDemandThroughput": None}, "Copy", {"BillingModeOverride": "PAY_PER_REQUEST"})
    assert "ProvisionedThroughput" not in made
    assert made["GlobalSecondaryIndexes"] == [INDEX]


def test_encryption_is_the_default_when_it_is_overridden_with_none() -> None:
    assert "SSESpecification" not in creation(SOURCE, "Copy", {"SSESpecificationOverride": {"Enabled": False}})


@pytest.mark.parametrize(
    ("request_", "words"),
    [
        ({"ProvisionedThroughputOverride": UNITS}, "Cannot override ProvisionedThroughput unless"),
        ({"BillingModeOverride": "PROVISIONED"}, "Must override ProvisionedThroughput"),
        ({"BillingModeOverride": "FREE"}, "enum value set"),
        (
            {
                "BillingModeOverride": "PROVISIONED",
                "ProvisionedThroughputOverride": UNITS,
                "OnDemandThroughputOverride": {"MaxReadRequestUnits": 1},
            },
            "Cannot override OnDemandThroughput",
        ),
        ({"GlobalSecondaryIndexOverride": [{**LOCAL, "IndexName": "new"}]}, "Index new does not match"),
    ],
)
def test_override_is_refused_when_it_does_not_fit(request_: dict[str, Any], words: str) -> None:
    with pytest.raises(Refused, match=words) as refusal:
        creation(SOURCE, "Copy", request_)

    assert refusal.value.code == "ValidationException"
