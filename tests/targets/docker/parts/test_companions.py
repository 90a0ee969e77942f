"""Companion stacks are made by the parts: with functions that they don't know, and templates of any length."""

import json
from typing import Any

import pytest
from botocore.exceptions import ClientError
from botocore.parsers import ResponseParserError

from harness.ids import new_token
from tests.targets.docker.parts.scripted import template_named
from tests.targets.docker.parts.serving import Served, function_arn, invocation_uri


def shop() -> dict[str, Any]:
    """Return a template with an HTTP API for a function and an authorizer that are its parameters."""
    of_api = {"ApiId": {"Ref": "Api"}}
    resources = {
        "Api": ("Api", {"Name": "shop", "ProtocolType": "HTTP"}),
        "Stage": ("Stage", {**of_api, "StageName": "$default", "AutoDeploy": True}),
        "Orders": (
            "Integration",
            {
                **of_api,
                "IntegrationType": "AWS_PROXY",
                "IntegrationUri": {"Ref": "OrdersArn"},
                "PayloadFormatVersion": "2.0",
            },
        ),
        "Keys": (
            "Authorizer",
            {
                **of_api,
                "Name": "keys",
                "AuthorizerType": "REQUEST",
                "AuthorizerUri": {"Fn::Sub": invocation_uri("${KeysArn}")},
                "AuthorizerPayloadFormatVersion": "2.0",
                "EnableSimpleResponses": True,
                "IdentitySource": ["$request.header.x-api-key"],
            },
        ),
        "Route": (
            "Route",
            {
                **of_api,
                "RouteKey": "GET /orders/{id}",
                "Target": {"Fn::Sub": "integrations/${Orders}"},
                "AuthorizationType": "CUSTOM",
                "AuthorizerId": {"Ref": "Keys"},
            },
        ),
    }
    return {
        "Parameters": {"OrdersArn": {"Type": "String"}, "KeysArn": {"Type": "String"}},
        "Resources": {
            name: {"Type": f"AWS::ApiGatewayV2::{kind}", "Properties": properties}
            for name, (kind, properties) in resources.items()
        },
        "Outputs": {"Api": {"Value": {"Ref": "Api"}}},
    }


def parameters(**values: str) -> list[dict[str, str]]:
    return [{"ParameterKey": name, "ParameterValue": value} for name, value in values.items()]


def order(served: Served, api_id: str) -> Any:
    return served.ask("GET", f"/_aws/execute-api/{api_id}/$default/orders/7", headers={"x-api-key": "good"})


def test_api_serves_when_its_functions_are_parameters_of_the_stack(served: Served) -> None:
    given = parameters(OrdersArn=function_arn("echo"), KeysArn=function_arn("guard"))

    made = served.stack(f"shop-{new_token()}-parts-after", shop(), Parameters=given)

    answer = order(served, made["Api"])
    assert (answer.status_code, answer.json()["pathParameters"]) == (200, {"id": "7"})


def test_api_leads_to_the_new_function_when_the_stack_is_updated(served: Served) -> None:
    name, stacks = f"shop-{new_token()}-parts-after", served.client("cloudformation")
    before = parameters(OrdersArn=function_arn("fails"), KeysArn=function_arn("guard"))
    made = served.stack(name, shop(), Parameters=before)
    assert order(served, made["Api"]).status_code == 500

    after = parameters(OrdersArn=function_arn("echo"), KeysArn=function_arn("guard"))
    stacks.update_stack(StackName=name, UsePreviousTemplate=True, Parameters=after)

    assert served.outputs(name) == made
    assert order(served, made["Api"]).status_code == 200


def test_nothing_is_left_when_the_stack_is_deleted_by_its_arn(served: Served) -> None:
    name, stacks = f"shop-{new_token()}-parts-before", served.client("cloudformation")
    made = served.stack(name, template_named("short-lived"))
    arn = stacks.describe_stacks(StackName=name)["Stacks"][0]["StackId"]

    stacks.delete_stack(StackName=arn)
    stacks.get_waiter("stack_delete_complete").wait(StackName=arn, WaiterConfig={"Delay": 1})

    apis = served.client("apigatewayv2").get_apis()["Items"]
    assert made["Id"] not in {api["ApiId"] for api in apis}


def test_template_is_read_from_the_other_cloud_when_its_address_is_given(served: Served) -> None:
    made = served.stack(f"a-{new_token()}-parts-before", "http://localstack:4566/assets/orders/template.json")

    assert served.client("apigatewayv2").get_api(ApiId=made["Id"])["Name"] == "/assets/orders/template.json"


def test_stack_is_refused_when_nothing_is_at_the_templates_address(served: Served) -> None:
    with pytest.raises(ClientError, match="missing"):
        served.stack(f"a-{new_token()}-parts-before", "http://localstack:4566/assets/missing.json")


def test_template_may_be_sent_whole_when_it_is_longer_than_cloudformation_takes(served: Served) -> None:
    template = {**template_named("long"), "Metadata": {"note": "x" * 60_000}}

    assert served.stack(f"long-{new_token()}-parts-before", template)["Id"]


def test_change_set_is_of_the_parts_when_only_its_arn_is_named(served: Served) -> None:
    stacks = served.client("cloudformation")
    made = stacks.create_change_set(
        StackName=f"a-{new_token()}-parts-before",
        ChangeSetName="first",
        ChangeSetType="CREATE",
        TemplateBody=json.dumps(template_named("by-change-set")),
    )

    assert stacks.describe_change_set(ChangeSetName=made["Id"])["ChangeSetName"] == "first"


def test_stack_is_of_the_other_cloud_when_its_name_has_no_such_ending(served: Served) -> None:
    with pytest.raises(ResponseParserError, match='"service": "cloudformation"'):  # its own way to answer
        served.client("cloudformation").describe_stacks(StackName="parts-after-all")
