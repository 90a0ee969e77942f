"""Whoever calls a deployed API reaches it, also when another account than the engine's own has deployed it."""

from typing import Any

import httpx
import pytest

from tests.conformance.cloud import Cloud

ACCOUNT = "111122223333"  # an access key of twelve digits is an account's


def rest_api(apis: Any, name: str) -> str:
    api_id: str = apis.create_rest_api(name=name)["id"]
    root = apis.get_resources(restApiId=api_id)["items"][0]["id"]
    method = {"restApiId": api_id, "resourceId": root, "httpMethod": "GET"}
    apis.put_method(**method, authorizationType="NONE")
    apis.put_integration(**method, type="MOCK", requestTemplates={"application/json": '{"statusCode": 200}'})
    apis.put_method_response(**method, statusCode="200")
    apis.put_integration_response(**method, statusCode="200", responseTemplates={"application/json": "here"})
    apis.create_deployment(restApiId=api_id, stageName="v1")
    return api_id


@pytest.mark.mended("api_owners")
def test_rest_api_of_another_account_answers_when_a_stranger_calls_it(cloud: Cloud) -> None:
    api_id = rest_api(cloud.client("apigateway", access_key=ACCOUNT), cloud.name("api"))

    answer = httpx.get(f"{cloud.endpoint_url}/restapis/{api_id}/v1/_user_request_/", trust_env=False)

    assert (answer.status_code, answer.text) == (200, "here")


def test_api_is_not_found_when_nobody_has_it(cloud: Cloud) -> None:
    answer = httpx.get(f"{cloud.endpoint_url}/restapis/abcdefgh12/v1/_user_request_/", trust_env=False)

    assert answer.status_code in (403, 404)
