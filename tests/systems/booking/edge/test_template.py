"""The template: the tables' keys and protections, and that no function reaches a tenant's data by itself."""

from pathlib import Path
from typing import Any

import pytest
from samtranslator.yaml_helper import yaml_parse

TEMPLATE = Path(__file__).parents[4] / "systems" / "booking" / "template.yaml"
KEYS = {
    "Services": ("PK", "SK"),
    "ChatBooking-Categories": ("tenantId", "categoryId"),
    "Providers": ("PK", "SK"),
    "ProviderAvailability": ("PK", "SK"),
    "BookingExceptions": ("PK", "SK"),
    "Bookings": ("PK", "SK"),
    "Conversations": ("PK", "SK"),
    "Tenants": ("PK", "SK"),
    "TenantApiKeys": ("PK", "SK"),
    "TenantUsage": ("PK", "SK"),
}
INDEXES = {
    "Services": {"GSI1": ("GSI1PK", "GSI1SK")},
    "Providers": {"GSI1": ("GSI1PK", "GSI1SK")},
    "Bookings": {"GSI1": ("GSI1PK", "GSI1SK"), "GSI2": ("GSI2PK",)},
    "Conversations": {"GSI1": ("GSI1PK", "GSI1SK")},
    "TenantApiKeys": {"GSI1": ("GSI1PK", "GSI1SK")},
}


@pytest.fixture(scope="module", name="resources")
def _resources() -> dict[str, Any]:
    resources: dict[str, Any] = yaml_parse(TEMPLATE.read_text())["Resources"]
    return resources


@pytest.fixture(name="tables")
def _tables(resources: dict[str, Any]) -> dict[str, dict[str, Any]]:
    found = [one["Properties"] for one in resources.values() if one["Type"] == "AWS::DynamoDB::Table"]
    return {one["TableName"]["Fn::Sub"].removeprefix("${AWS::StackName}-"): one for one in found}


def functions(resources: dict[str, Any]) -> dict[str, dict[str, Any]]:
    return {name: one["Properties"] for name, one in resources.items() if one["Type"] == "AWS::Serverless::Function"}


def statements(policies: list[Any]) -> list[dict[str, Any]]:
    """Return the statements of inline policies; SAM's policy templates are names of their own."""
    return [statement for one in policies if "Statement" in one for statement in one["Statement"]]


def actions(statement: dict[str, Any]) -> list[str]:
    told = statement["Action"]
    return [told] if isinstance(told, str) else told


def names(keys: list[dict[str, str]]) -> tuple[str, ...]:
    return tuple(key["AttributeName"] for key in keys)


def test_tables_have_the_keys_of_the_design_when_they_are_deployed(tables: dict[str, Any]) -> None:
    assert {name: names(table["KeySchema"]) for name, table in tables.items()} == KEYS


def test_tables_have_the_indexes_of_the_design_when_they_are_deployed(tables: dict[str, Any]) -> None:
    found = {
        name: {index["IndexName"]: names(index["KeySchema"]) for index in table["GlobalSecondaryIndexes"]}
        for name, table in tables.items()
        if "GlobalSecondaryIndexes" in table
    }

    assert found == INDEXES
    assert all(
        index["Projection"] == {"ProjectionType": "ALL"}
        for table in tables.values()
        for index in table.get("GlobalSecondaryIndexes", [])
    )


def test_tables_are_billed_by_request_when_they_are_deployed(tables: dict[str, Any]) -> None:
    assert {table["BillingMode"] for table in tables.values()} == {"PAY_PER_REQUEST"}


def test_tables_can_be_restored_when_they_hold_what_can_not_be_made_again(tables: dict[str, Any]) -> None:
    restorable = {name for name, table in tables.items() if table.get("PointInTimeRecoverySpecification")}

    assert restorable == {"Bookings", "Tenants", "TenantApiKeys"}


def test_items_expire_when_their_table_says_so(tables: dict[str, Any]) -> None:
    expiring = {
        name: table["TimeToLiveSpecification"]["AttributeName"]
        for name, table in tables.items()
        if "TimeToLiveSpecification" in table
    }

    assert expiring == {"Conversations": "ttl", "Bookings": "ttl", "TenantUsage": "ttl"}


def test_no_function_reaches_tables_by_itself_when_it_is_not_the_authorizer(resources: dict[str, Any]) -> None:
    found = {
        (name, action)
        for name, function in functions(resources).items()
        for statement in statements(function.get("Policies", []))
        for action in actions(statement)
        if action.startswith(("dynamodb:", "*")) and "Stream" not in action and "Shard" not in action
    }

    assert found == {("AuthorizerFunction", "dynamodb:Query")}


def test_no_policy_template_gives_tables_when_a_function_has_one(resources: dict[str, Any]) -> None:
    given = {
        name
        for function in functions(resources).values()
        for policy in function.get("Policies", [])
        for name in policy
        if name.startswith("DynamoDB")
    }

    assert not given


def test_every_right_needs_the_tenants_tag_when_the_role_is_assumed(resources: dict[str, Any]) -> None:
    role = resources["TenantDataRole"]["Properties"]
    trust = role["AssumeRolePolicyDocument"]["Statement"]
    rights = statements([policy["PolicyDocument"] for policy in role["Policies"]])

    assert all(one["Condition"]["StringLike"] == {"aws:RequestTag/TenantId": "?*"} for one in trust)
    assert all(one["Condition"]["Null"]["dynamodb:LeadingKeys"] == "false" for one in rights)
    assert all(one["Condition"]["Null"]["aws:PrincipalTag/TenantId"] == "false" for one in rights)
    assert not {action for one in rights for action in actions(one)} & {"dynamodb:Scan", "dynamodb:*"}
    for one in rights:
        (compared,) = (test for name, test in one["Condition"].items() if name.startswith("ForAllValues:"))
        assert all("${aws:PrincipalTag/TenantId}" in key for key in compared["dynamodb:LeadingKeys"])


def test_function_has_a_bounded_log_when_it_is_deployed(resources: dict[str, Any]) -> None:
    groups = [one["Properties"] for one in resources.values() if one["Type"] == "AWS::Logs::LogGroup"]
    logged = {one["LogGroupName"]["Fn::Sub"].removeprefix("/aws/lambda/") for one in groups}

    assert {function["FunctionName"]["Fn::Sub"] for function in functions(resources).values()} <= logged
    assert all(one["RetentionInDays"] == {"Ref": "LogRetentionDays"} for one in groups)


def test_logs_are_kept_a_week_to_a_month_when_their_retention_is_chosen() -> None:
    choices = yaml_parse(TEMPLATE.read_text())["Parameters"]["LogRetentionDays"]["AllowedValues"]

    assert (min(choices), max(choices)) == (7, 30)


def test_nothing_of_an_authorization_is_cached_when_a_key_may_be_revoked(resources: dict[str, Any]) -> None:
    auth = resources["BookingApi"]["Properties"]["Auth"]
    authorizer = auth["Authorizers"][auth["DefaultAuthorizer"]]

    assert authorizer["Identity"] == {"Headers": ["x-api-key"], "ReauthorizeEvery": 0}
    assert authorizer["AuthorizerPayloadFormatVersion"] == "2.0"
    assert authorizer["EnableSimpleResponses"] is True
