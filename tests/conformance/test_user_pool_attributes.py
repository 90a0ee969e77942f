"""A template may ask a user pool for the URL that its tokens name as their issuer."""

import json
from typing import Any

import pytest

from harness.waiting import wait_until
from tests.conformance.cloud import Cloud

POOL = {"Type": "AWS::Cognito::UserPool", "Properties": {"UserPoolName": "people"}}
ASKED = ("ProviderName", "ProviderURL", "UserPoolId")


@pytest.mark.mended("user_pool_attributes")
def test_provider_url_is_told_when_a_template_asks_for_it(cloud: Cloud) -> None:
    stacks = cloud.client("cloudformation")
    outputs = {name: {"Value": {"Fn::GetAtt": ["Pool", name]}} for name in ASKED}
    name = cloud.name("pools")
    stacks.create_stack(StackName=name, TemplateBody=json.dumps({"Resources": {"Pool": POOL}, "Outputs": outputs}))

    def settled() -> dict[str, Any] | None:
        stack: dict[str, Any] = stacks.describe_stacks(StackName=name)["Stacks"][0]
        return None if stack["StackStatus"].endswith("_IN_PROGRESS") else stack

    stack = wait_until(f"stack {name} is made", settled, within_s=10)
    told = {row["OutputKey"]: row["OutputValue"] for row in stack["Outputs"]}
    assert told["ProviderURL"] == f"https://cognito-idp.us-east-1.amazonaws.com/{told['UserPoolId']}"
    assert told["ProviderURL"] == f"https://{told['ProviderName']}"
