"""HTTP APIs: a Lambda authorizer that decides who gets to the function, and what the function gets to know."""

import json
import urllib.error
import urllib.request

from harness.doctor.examination import Examination
from harness.doctor.probe import Absent, broken_unless, probe

AUTHORIZER = """
def handler(event, context):
    key = event["identitySource"][0]
    if key == "broken":
        raise RuntimeError("on purpose")
    return {"isAuthorized": key == "right", "context": {"tenantId": "t-1", "scopes": ["manage"]}}
"""
TELLS = """
def handler(event, context):
    if event["rawPath"].endswith("/fails"):
        raise ValueError("a secret")
    told = event["requestContext"].get("authorizer", {}).get("lambda")
    return {"route": event["routeKey"], "path": event["pathParameters"], "context": told}
"""
ANSWER_WITHIN_S = 15.0
# By the key that is sent: status and answer, as documented.
_REFUSALS = {
    "": (401, {"message": "Unauthorized"}),
    "wrong": (403, {"message": "Forbidden"}),
    "broken": (500, {"message": "Internal Server Error"}),
}


@probe(
    "apigateway.http-authorizer",
    "An HTTP API's Lambda authorizer lets in whom it says, and its context reaches the function",
    does="deploys an HTTP API with a REQUEST authorizer without a cache, and calls it with no key, a wrong one, one "
    "that breaks the authorizer, and the right one, also where the function fails",
    documented="401 without the identity source, 403 when isAuthorized is false, 500 when the authorizer or the "
    "function fails, without its words; the context is in requestContext.authorizer.lambda",
    source="https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-lambda-authorizer.html",
    quick=False,
    bound_s=40.0,
)
def http_authorizer(examination: Examination) -> str:
    base = _deployed(examination)
    for key, wanted in _REFUSALS.items():
        seen = _call(f"{base}/things/1", key)
        broken_unless(seen == wanted, f"key {key!r} was answered with {seen}, expected {wanted}")
    status, told = _call(f"{base}/things/1", "right")
    expected = {"route": "GET /things/{id}", "path": {"id": "1"}, "context": {"tenantId": "t-1", "scopes": ["manage"]}}
    broken_unless((status, told) == (200, expected), f"the right key was answered with {status} {told}")
    failed = _call(f"{base}/fails", "right")
    broken_unless(failed == _REFUSALS["broken"], f"a failing function was answered with {failed}")
    return "401, 403 and 500 as documented, context and path with the right key, nothing of a function's failure"


def _deployed(examination: Examination) -> str:
    """Make an HTTP API whose routes have an authorizer; return its URL."""
    client, region = examination.client("apigatewayv2"), examination.patient.region
    function, guard = examination.function(TELLS), examination.function(AUTHORIZER)
    api = client.create_api(Name=examination.name("api"), ProtocolType="HTTP")["ApiId"]
    examination.after(client.delete_api, ApiId=api)
    client.create_stage(ApiId=api, StageName="$default", AutoDeploy=True)
    authorizer = client.create_authorizer(
        ApiId=api,
        Name="keys",
        AuthorizerType="REQUEST",
        AuthorizerUri=f"arn:aws:apigateway:{region}:lambda:path/2015-03-31/functions/{guard}/invocations",
        AuthorizerPayloadFormatVersion="2.0",
        EnableSimpleResponses=True,
        AuthorizerResultTtlInSeconds=0,
        IdentitySource=["$request.header.x-api-key"],
    )["AuthorizerId"]
    made = client.create_integration(
        ApiId=api, IntegrationType="AWS_PROXY", IntegrationUri=function, PayloadFormatVersion="2.0"
    )
    for route in ("GET /things/{id}", "GET /fails"):
        client.create_route(
            ApiId=api,
            RouteKey=route,
            Target=f"integrations/{made['IntegrationId']}",
            AuthorizationType="CUSTOM",
            AuthorizerId=authorizer,
        )
    for called in (function, guard):
        examination.client("lambda").add_permission(
            FunctionName=called,
            StatementId="api",
            Action="lambda:InvokeFunction",
            Principal="apigateway.amazonaws.com",
        )
    return _url(examination, api)


def _url(examination: Examination, api: str) -> str:
    """Return where the API answers: on AWS under a name of its own, on emulators under a path of the endpoint."""
    base, region = examination.patient.endpoint_url, examination.patient.region
    if ".amazonaws.com" in base:
        return f"https://{api}.execute-api.{region}.amazonaws.com"
    ways = (f"{base}/_aws/execute-api/{api}/$default", f"{base}/restapis/{api}/$default/_user_request_")
    for way in ways:
        if _call(f"{way}/things/1", "")[0] != 404:
            return way
    raise Absent(f"no HTTP API answers under {' or '.join(way.removeprefix(base) for way in ways)}")


def _call(url: str, key: str) -> tuple[int, object]:
    """Return status and answer; text that is no JSON as text."""
    request = urllib.request.Request(url, headers={"x-api-key": key} if key else {})  # noqa: S310 - checked
    try:
        with urllib.request.urlopen(request, timeout=ANSWER_WITHIN_S) as answer:  # noqa: S310
            return answer.status, _read(answer.read())
    except urllib.error.HTTPError as refused:
        with refused:
            return refused.code, _read(refused.read())


def _read(body: bytes) -> object:
    try:
        told: object = json.loads(body)
    except ValueError:
        return body[:200].decode("utf-8", "replace")
    return told
