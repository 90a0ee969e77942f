"""The parts before a LocalStack: its functions answer the parts' APIs, let requests in, and confirm the pools' users.

Needs Docker, and LocalStack's image (LOCALSTACK_IMAGE) on this machine; nothing is downloaded for a test.
"""

import os
import shutil
import subprocess
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import httpx
import pytest

from harness.ids import new_token
from harness.waiting import wait_until
from tests.conformance.cloud import Cloud
from tests.targets.docker.parts.serving import Api, Served, serving
from tests.targets.docker.parts.test_cognito import PASSWORD

pytestmark = pytest.mark.slow
IMAGE = os.environ.get("LOCALSTACK_IMAGE", "localstack/localstack:4.14.0")
READY_WITHIN_S = 180
CALLS = 8  # each starts an environment of its own in LocalStack
ANSWER_WITHIN_S = 120.0
SOURCE = """
import json

def handler(event, context):
    if "triggerSource" in event:
        event["response"]["autoConfirmUser"] = True
        return event
    if event.get("type") == "REQUEST":
        return {"isAuthorized": event["headers"]["x-api-key"] == "good", "context": {"tenantId": "t-1"}}
    if event["rawPath"].endswith("/fails"):
        raise RuntimeError("a secret of the function")
    return {"statusCode": 201, "headers": {"x-by": context.function_name}, "body": json.dumps(event["requestContext"])}
"""


def docker(*arguments: str) -> str:
    """Run Docker; return what it says."""
    ran = subprocess.run(["docker", *arguments], capture_output=True, text=True, timeout=60, check=True)
    return ran.stdout.strip()


@pytest.fixture(scope="module")
def localstack() -> Iterator[str]:
    if shutil.which("docker") is None:
        pytest.skip("there is no docker on this machine")
    try:
        docker("image", "inspect", IMAGE)
    except subprocess.CalledProcessError as problem:
        pytest.skip(f"Docker has no {IMAGE}: {problem.stderr.strip()}")
    executor = os.environ.get("LAMBDA_RUNTIME_EXECUTOR", "")
    name, socket = f"rehearsal-test-parts-{new_token()}", "/var/run/docker.sock:/var/run/docker.sock"
    ours = ("--rm", "--detach", "--name", name, "--publish", "127.0.0.1::4566", "--volume", socket)
    # Environments start slowly beside each other on a busy machine; LocalStack gives up after 20 s by default.
    settings = (f"LAMBDA_RUNTIME_EXECUTOR={executor}", f"LAMBDA_RUNTIME_ENVIRONMENT_TIMEOUT={READY_WITHIN_S}")
    docker("run", *ours, *(f"--env={one}" for one in settings), IMAGE)
    try:
        url = f"http://{docker('port', name, '4566/tcp')}"
        wait_until("LocalStack answers", lambda: answers(f"{url}/_localstack/health"), within_s=READY_WITHIN_S)
        yield url
    finally:
        docker("rm", "--force", "--volumes", name)


def answers(url: str) -> bool:
    try:
        return httpx.get(url).status_code == 200
    except httpx.TransportError:
        return False


@pytest.fixture(scope="module")
def real(localstack: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    with serving(tmp_path_factory.mktemp("real"), cloud=localstack, within_s=ANSWER_WITHIN_S) as running:
        yield running


@pytest.fixture(scope="module")
def function(real: Served) -> str:
    return Cloud(real.url, is_stock=False).function(SOURCE)


@pytest.fixture
def api(real: Served, function: str) -> Api:
    made = Api(real)
    apis = real.client("apigatewayv2")
    guard = apis.create_authorizer(
        ApiId=made.id,
        Name="keys",
        AuthorizerType="REQUEST",
        AuthorizerUri=function,
        AuthorizerPayloadFormatVersion="2.0",
        EnableSimpleResponses=True,
        IdentitySource=["$request.header.x-api-key"],
    )["AuthorizerId"]
    target = made.target(function.split(":")[6])
    for key in ("GET /open", "GET /fails"):
        apis.create_route(ApiId=made.id, RouteKey=key, Target=target)
    apis.create_route(
        ApiId=made.id, RouteKey="GET /guarded", Target=target, AuthorizationType="CUSTOM", AuthorizerId=guard
    )
    return made


def test_function_answers_when_its_route_is_asked(api: Api, function: str) -> None:
    answer, failed = api.get("/open"), api.get("/fails")

    assert (answer.status_code, answer.headers["x-by"]) == (201, function.split(":")[6])
    assert (failed.status_code, failed.json()) == (500, {"message": "Internal Server Error"})


def test_request_is_let_in_when_the_function_of_the_authorizer_says_so(api: Api) -> None:
    refused, let_in = (api.get("/guarded", headers={"x-api-key": key}) for key in ("bad", "good"))

    assert (refused.status_code, refused.json()) == (403, {"message": "Forbidden"})
    assert let_in.json()["authorizer"] == {"lambda": {"tenantId": "t-1"}}


def test_every_call_is_answered_when_there_are_many_at_once(api: Api) -> None:
    with ThreadPoolExecutor(CALLS) as threads:
        answers = list(threads.map(lambda _: api.get("/open").status_code, range(CALLS)))

    assert answers == [201] * CALLS


def test_user_signs_in_when_the_pools_function_has_confirmed_him(real: Served, function: str) -> None:
    cognito: Any = real.client("cognito-idp")
    pool = cognito.create_user_pool(PoolName="people", LambdaConfig={"PreSignUp": function})["UserPool"]["Id"]
    client = cognito.create_user_pool_client(
        UserPoolId=pool, ClientName="app", ExplicitAuthFlows=["ALLOW_USER_PASSWORD_AUTH"]
    )["UserPoolClient"]["ClientId"]

    signed_up = cognito.sign_up(ClientId=client, Username="ada", Password=PASSWORD)
    asked = {"USERNAME": "ada", "PASSWORD": PASSWORD}
    signed_in = cognito.initiate_auth(ClientId=client, AuthFlow="USER_PASSWORD_AUTH", AuthParameters=asked)

    assert signed_up["UserConfirmed"] is True
    assert signed_in["AuthenticationResult"]["IdToken"].count(".") == 2


def test_reference_of_a_main_stack_is_a_parameter_when_a_companion_needs_its_function(
    real: Served, function: str
) -> None:
    name = new_token()
    main = {"Parameters": {"Arn": {"Type": "String"}}, "Resources": {"Queue": {"Type": "AWS::SQS::Queue"}}}
    given = [{"ParameterKey": "Arn", "ParameterValue": function}]
    real.stack(f"m-{name}", {**main, "Outputs": {"Arn": {"Value": {"Ref": "Arn"}}}}, Parameters=given)
    arn = real.outputs(f"m-{name}")["Arn"]
    of_api = {"ApiId": {"Ref": "Api"}}
    proxy = {"IntegrationType": "AWS_PROXY", "IntegrationUri": {"Ref": "Arn"}, "PayloadFormatVersion": "2.0"}
    route = {"RouteKey": "GET /open", "Target": {"Fn::Sub": "integrations/${Open}"}}
    resources = {
        "Api": ("Api", {"Name": "a", "ProtocolType": "HTTP"}),
        "Stage": ("Stage", {**of_api, "StageName": "$default", "AutoDeploy": True}),
        "Open": ("Integration", {**of_api, **proxy}),
        "Route": ("Route", {**of_api, **route}),
    }
    template = {
        "Parameters": {"Arn": {"Type": "String"}},
        "Resources": {
            key: {"Type": f"AWS::ApiGatewayV2::{kind}", "Properties": properties}
            for key, (kind, properties) in resources.items()
        },
        "Outputs": {"Api": {"Value": {"Ref": "Api"}}},
    }

    made = real.stack(f"m-{name}-parts-after", template, Parameters=[{"ParameterKey": "Arn", "ParameterValue": arn}])

    assert real.ask("GET", f"/_aws/execute-api/{made['Api']}/$default/open").status_code == 201
