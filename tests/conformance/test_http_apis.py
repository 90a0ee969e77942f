"""An HTTP API asks its authorizer, gives its function the event of format 2.0, and hides what went wrong there."""

import json
from typing import Any

import httpx
import pytest

from tests.conformance.cloud import ROLE, Cloud

ECHO = """
import json
def handler(event, context):
    path = event["rawPath"]
    if path == "/fails":
        raise RuntimeError("a secret of the function")
    if path == "/answers":
        return json.loads(event["body"])
    return event
"""
AUTHORIZER = """
def handler(event, context):
    key = event["identitySource"][0]
    if key == "crash":
        raise RuntimeError("broken")
    return {"isAuthorized": key == "good", "context": {"tenantId": "t-1", "scopes": ["manage"], "tries": 2}}
"""
KEY = {"x-api-key": "good"}
CORS = {"AllowOrigins": ["https://shop.example"], "AllowMethods": ["GET"], "AllowHeaders": ["x-api-key"]}


class Api:
    """An HTTP API: /open and /options without an authorizer, all else behind one."""

    def __init__(self, cloud: Cloud, **settings: Any) -> None:
        self._cloud = cloud
        self._apis = cloud.client("apigatewayv2")
        self.id = self._apis.create_api(Name=cloud.name("api"), ProtocolType="HTTP", **settings)["ApiId"]
        self._apis.create_stage(ApiId=self.id, StageName="$default", AutoDeploy=True)
        guard = self._apis.create_authorizer(
            ApiId=self.id,
            Name="keys",
            AuthorizerType="REQUEST",
            AuthorizerUri=_invocation(cloud.function(AUTHORIZER)),
            AuthorizerPayloadFormatVersion="2.0",
            EnableSimpleResponses=True,
            AuthorizerResultTtlInSeconds=0,
            IdentitySource=["$request.header.x-api-key"],
        )["AuthorizerId"]
        made = self._apis.create_integration(
            ApiId=self.id,
            IntegrationType="AWS_PROXY",
            IntegrationUri=cloud.function(ECHO),
            PayloadFormatVersion="2.0",
            CredentialsArn=ROLE,
        )
        target = f"integrations/{made['IntegrationId']}"
        for key in ("GET /open", "OPTIONS /options"):
            self._apis.create_route(ApiId=self.id, RouteKey=key, Target=target)
        for key in ("ANY /fails", "ANY /answers", "ANY /things/{id}"):
            self._apis.create_route(
                ApiId=self.id, RouteKey=key, Target=target, AuthorizationType="CUSTOM", AuthorizerId=guard
            )

    def ask(self, method: str, path: str, **request: Any) -> httpx.Response:
        base = f"{self._cloud.endpoint_url}/_aws/execute-api/{self.id}/$default"
        try:
            return httpx.request(method, base + path, timeout=20, **request)
        except httpx.TransportError as problem:
            pytest.fail(f"{method} {path} got no answer: {problem}")

    def event(self, path: str, **request: Any) -> dict[str, Any]:
        answer = self.ask("GET", path, headers={**KEY, **request.pop("headers", {})}, **request)
        assert answer.status_code == 200, answer.text
        told: dict[str, Any] = answer.json()
        return told


def _invocation(function_arn: str) -> str:
    return f"arn:aws:apigateway:us-east-1:lambda:path/2015-03-31/functions/{function_arn}/invocations"


@pytest.fixture
def api(cloud: Cloud) -> Api:
    return Api(cloud)


@pytest.mark.parametrize(
    ("headers", "status", "told"),
    [
        ({}, 401, {"message": "Unauthorized"}),
        ({"x-api-key": "bad"}, 403, {"message": "Forbidden"}),
        ({"x-api-key": "crash"}, 500, {"message": "Internal Server Error"}),
    ],
)
def test_request_is_refused_when_its_authorizer_does_not_let_it_in(
    api: Api, headers: dict[str, str], status: int, told: object
) -> None:
    answer = api.ask("GET", "/things/1", headers=headers)

    assert (answer.status_code, answer.json()) == (status, told)


def test_context_of_the_authorizer_reaches_the_function_with_its_types(api: Api) -> None:
    event = api.event("/things/1")

    assert event["requestContext"]["authorizer"]["lambda"] == {"tenantId": "t-1", "scopes": ["manage"], "tries": 2}


def test_answer_is_not_found_when_no_route_fits(api: Api) -> None:
    answer = api.ask("GET", "/nowhere", headers=KEY)

    assert (answer.status_code, answer.json()) == (404, {"message": "Not Found"})


def test_path_is_decoded_and_query_repeated_when_the_function_gets_them(api: Api) -> None:
    event = api.event("/things/a%20b?x=1&x=2&y=%26")

    assert event["pathParameters"] == {"id": "a b"}
    assert event["queryStringParameters"] == {"x": "1,2", "y": "&"}
    assert event["rawQueryString"] == "x=1&x=2&y=%26"


def test_body_is_base64_when_it_is_no_text(api: Api) -> None:
    answer = api.ask("POST", "/things/1", headers={**KEY, "content-type": "image/png"}, content=b"\xff\x00")

    assert (answer.json()["body"], answer.json()["isBase64Encoded"]) == ("/wA=", True)


def test_cookies_are_sent_one_a_header_when_the_function_sets_several(api: Api) -> None:
    told = {"statusCode": 201, "headers": {"X-A": "b"}, "cookies": ["a=1; Path=/", "b=2"], "body": "made"}

    answer = api.ask("POST", "/answers", headers=KEY, json=told)

    assert (answer.status_code, answer.text, answer.headers["x-a"]) == (201, "made", "b")
    assert answer.headers.get_list("set-cookie") == ["a=1; Path=/", "b=2"]


@pytest.mark.mended("http_apis")
def test_cookies_are_apart_and_absent_members_left_out_when_the_function_gets_its_event(api: Api) -> None:
    event = api.event("/open", headers={"cookie": "a=1; b=2"})

    assert event["cookies"] == ["a=1", "b=2"]
    assert "cookie" not in event["headers"]
    assert None not in event.values()


@pytest.mark.mended("http_apis")
def test_client_learns_nothing_of_the_failure_when_the_function_fails(api: Api) -> None:
    answer = api.ask("GET", "/fails", headers=KEY)

    assert (answer.status_code, answer.text) == (500, '{"message":"Internal Server Error"}')


@pytest.mark.mended("http_apis")
@pytest.mark.parametrize("told", [{"statusCode": "x"}, {"statusCode": 200, "body": {"a": 1}}, {"statusCode": None}])
def test_answer_is_an_internal_error_when_the_function_answers_nonsense(api: Api, told: object) -> None:
    answer = api.ask("POST", "/answers", headers=KEY, json=told)

    assert (answer.status_code, answer.text) == (500, '{"message":"Internal Server Error"}')


@pytest.mark.parametrize("told", [{"any": "json"}, ["list"], "text"])
def test_answer_is_the_body_when_it_names_no_status(api: Api, told: object) -> None:
    answer = api.ask("POST", "/answers", headers=KEY, json=told)

    assert (answer.status_code, answer.headers["content-type"]) == (200, "application/json")
    assert answer.text == (told if isinstance(told, str) else json.dumps(told))


@pytest.mark.mended("http_apis")
def test_options_is_a_method_like_any_other_when_the_api_has_no_cors(api: Api) -> None:
    routed, unrouted = api.ask("OPTIONS", "/options"), api.ask("OPTIONS", "/open")

    assert (routed.status_code, routed.json()["requestContext"]["http"]["method"]) == (200, "OPTIONS")
    assert unrouted.status_code == 404


def test_preflight_is_answered_without_the_authorizer_when_the_api_has_cors(cloud: Cloud) -> None:
    api = Api(cloud, CorsConfiguration=CORS)
    asked = {"origin": "https://shop.example", "access-control-request-method": "GET"}

    answer = api.ask("OPTIONS", "/things/1", headers=asked)

    assert answer.status_code == 204
    assert answer.headers["access-control-allow-origin"] == "https://shop.example"
    assert answer.headers["access-control-allow-headers"] == "x-api-key"


@pytest.mark.mended("http_apis")
def test_preflight_allows_nothing_when_its_origin_is_not_allowed(cloud: Cloud) -> None:
    api = Api(cloud, CorsConfiguration=CORS)
    asked = {"origin": "https://evil.example", "access-control-request-method": "GET"}

    answer = api.ask("OPTIONS", "/things/1", headers=asked)

    assert (answer.status_code, [name for name in answer.headers if name.startswith("access-control")]) == (204, [])
