"""A call is the parts' or another's by what it names, without asking anybody."""

from typing import Any
from urllib.parse import urlencode

import pytest

from harness.edge.call import Call, Namespace
from harness.targets.docker.parts.invoking import own_call
from harness.targets.docker.parts.served import api_id_of, is_of_companion, serves
from harness.targets.docker.parts.templates import bucket_and_key

HERE = Namespace("000000000000", "us-east-1")
STACK = "arn:aws:cloudformation:us-east-1:000000000000:stack"


def call(service: str, path: str = "/", body: bytes = b"", **headers: str) -> Call:
    given = [(name.replace("_", "-").encode(), value.encode()) for name, value in headers.items()]
    return own_call(service, HERE, "POST", path, headers=given, body=body)


@pytest.mark.parametrize(
    ("one", "is_ours"),
    [
        (call("cognito-idp"), True),
        (call("cognito-identity"), True),
        (call("", x_amz_target="AWSCognitoIdentityProviderService.SignUp"), True),
        (call("", x_amz_target="AWSCognitoIdentityService.GetId"), True),
        (call("", x_amz_target="DynamoDB_20120810.GetItem"), False),
        (call("apigateway", "/v2/apis"), True),
        (call("apigateway", "/restapis"), False),
        (call("dynamodb"), False),
        (call("lambda"), False),
    ],
    ids=lambda value: f"{value.service or 'unsigned'} {value.path}" if isinstance(value, Call) else str(value),
)
def test_call_is_of_the_parts_when_its_service_is(one: Call, is_ours: bool) -> None:
    assert serves(one) is is_ours


@pytest.mark.parametrize(
    ("document", "is_ours"),
    [
        ({"StackName": "shop-parts-before"}, True),
        ({"StackName": "shop-parts-after"}, True),
        ({"StackName": f"{STACK}/shop-parts-after/6a2a"}, True),
        ({"StackName": f"{STACK}/shop/parts-after"}, False),
        ({"StackName": "shop"}, False),
        ({"StackName": "parts-after-all"}, False),
        ({"StackName": "shop", "ChangeSetName": "to-parts-after"}, False),
        ({}, False),
        (None, False),
        (["shop-parts-after"], False),
    ],
)
def test_stack_is_a_companion_when_its_name_ends_so(document: Any, is_ours: bool) -> None:
    assert is_of_companion(document) is is_ours


def test_form_is_read_when_a_stack_operation_is_asked() -> None:
    form = urlencode({"Action": "DescribeStacks", "StackName": "shop-parts-after"}).encode()

    asked = call("cloudformation", body=form, content_type="application/x-www-form-urlencoded; charset=utf-8")

    assert serves(asked)


@pytest.mark.parametrize(
    ("path", "host", "api_id"),
    [
        ("/restapis/1a2b3c4d/$default/_user_request_/orders", "localhost", "1a2b3c4d"),
        ("/_aws/execute-api/1a2b3c4d/prod/orders", "localhost", "1a2b3c4d"),
        ("/orders", "1a2b3c4d.execute-api.localhost:4566", "1a2b3c4d"),
        ("/orders", "localhost", ""),
    ],
)
def test_api_is_known_when_path_or_host_names_it(path: str, host: str, api_id: str) -> None:
    assert api_id_of(call("execute-api", path, host=host)) == api_id


@pytest.mark.parametrize(
    ("url", "place"),
    [
        ("http://edge:4566/assets/a%20b/t.json", ("assets", "a b/t.json")),
        ("https://s3.amazonaws.com/assets/t.json", ("assets", "t.json")),
        ("https://s3.eu-west-1.amazonaws.com/assets/t.json", ("assets", "t.json")),
        ("https://assets.s3.us-east-1.amazonaws.com/t.json", ("assets", "t.json")),
        ("http://assets.s3.localhost.localstack.cloud:4566/x/t.json", ("assets", "x/t.json")),
    ],
)
def test_object_is_found_when_a_templates_address_is_read(url: str, place: tuple[str, str]) -> None:
    assert bucket_and_key(url) == place
