"""API Gateway: a REST API in front of a function, and API keys that keep strangers out."""

import json
import urllib.error
import urllib.request
from typing import Any

from harness.doctor.examination import Examination, together
from harness.doctor.probe import Absent, broken_unless, probe

ANSWERS = """
import json


def handler(event, context):
    if event["path"].endswith("/fails"):
        raise ValueError("on purpose")
    return {"statusCode": 201, "headers": {"X-Method": event["httpMethod"]},
            "body": json.dumps({"sent": event["body"], "query": event["queryStringParameters"]})}
"""
STAGE = "test"
ANSWER_WITHIN_S = 15.0
KEY_KNOWN_WITHIN_S = 5.0
CALLS = 8


@probe(
    "apigateway.lambda-proxy",
    "A REST API leads to a function and gives its answer",
    does="deploys an API with a proxy integration and calls it, also where the function fails",
    documented="the function gets method, path, query and body; its status, headers and body are the answer; a failure "
    "is 502",
    source="https://docs.aws.amazon.com/apigateway/latest/developerguide/set-up-lambda-proxy-integrations.html",
)
def lambda_proxy(examination: Examination) -> str:
    url, _ = _deployed(examination, needs_key=False)
    status, headers, body = _call(f"{url}/pay?q=1", b"hello", **{"Content-Type": "text/plain"})
    broken_unless(status == 201, f"the API answered {status} {body[:200]!r}, expected the function's 201")
    told = json.loads(body)
    broken_unless(told == {"sent": "hello", "query": {"q": "1"}}, f"the function was told {told}")
    broken_unless(headers.get("x-method") == "POST", f"the function's header did not arrive: {headers}")
    status, _, body = _call(f"{url}/fails", b"")
    broken_unless(status == 502, f"a failing function was answered with {status} {body[:200]!r}, expected 502")
    return "method, path, query, body, status and headers pass; a failure is 502"


@probe(
    "apigateway.form-bodies",
    "A form reaches a function as it was sent",
    does="calls a proxy integration with bodies that say they are forms, well made and not",
    documented="the body is passed through as it was sent",
    source="https://docs.aws.amazon.com/apigateway/latest/developerguide/set-up-lambda-proxy-integrations.html",
)
def form_bodies(examination: Examination) -> str:
    url, _ = _deployed(examination, needs_key=False)
    for sent in ("a=1&a=2&b=%20", "hello"):
        _, _, body = _call(f"{url}/pay", sent.encode(), **{"Content-Type": "application/x-www-form-urlencoded"})
        told = json.loads(body)["sent"]
        broken_unless(told == sent, f"{sent!r} reached the function as {told!r}")
    return "forms pass as they were sent"


@probe(
    "apigateway.api-keys",
    "A method that needs an API key refuses callers without one",
    does="calls a method without a key, with a wrong one and with one of a usage plan",
    documented="403 Forbidden without a key of a usage plan of the stage",
    source="https://docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-api-usage-plans.html",
)
def api_keys(examination: Examination) -> str:
    url, identifier = _deployed(examination, needs_key=True)
    value = _key(examination, identifier)
    for what, headers in (("no key", {}), ("a wrong key", {"x-api-key": "wrong"})):
        status, _, body = _call(f"{url}/pay", b"", **headers)
        broken_unless(status == 403, f"a call with {what} was answered with {status} {body[:200]!r}, expected 403")
    examination.until(
        "the key is known",
        lambda: _call(f"{url}/pay", b"", **{"x-api-key": value})[0] == 201,
        within_s=KEY_KNOWN_WITHIN_S,
    )
    return "403 without a key and with a wrong one, the function's answer with the right one"


@probe(
    "apigateway.usage-plan-limits",
    "A usage plan slows down whoever asks too much",
    does=f"calls a method {CALLS} times at once with a key whose plan allows one a second",
    documented="429 beyond the plan's rate and burst, on a best-effort basis",
    source="https://docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-api-usage-plans.html",
)
def usage_plan_limits(examination: Examination) -> str:
    url, identifier = _deployed(examination, needs_key=True)
    headers = {"x-api-key": _key(examination, identifier, throttle={"rateLimit": 1.0, "burstLimit": 1})}
    examination.until(
        "the key is known",
        lambda: _call(f"{url}/pay", b"", **headers)[0] in (201, 429),
        within_s=KEY_KNOWN_WITHIN_S,
    )
    told = [answer[0] for answer in together([lambda: _call(f"{url}/pay", b"", **headers)] * CALLS)]
    if set(told) == {201}:
        raise Absent(f"all of {CALLS} calls passed: plans limit nothing")
    broken_unless(set(told) <= {201, 429}, f"{CALLS} calls were answered with {sorted(set(told))}")
    return f"{told.count(429)} of {CALLS} calls were refused with 429"


def _key(examination: Examination, api_id: str, **plan_settings: Any) -> str:
    """Make an API key of a usage plan for an API's stage; return its value."""
    client = examination.client("apigateway")
    key = client.create_api_key(name=examination.name("key"), enabled=True)
    examination.after(client.delete_api_key, apiKey=key["id"])
    stages = [{"apiId": api_id, "stage": STAGE}]
    plan = client.create_usage_plan(name=examination.name("plan"), apiStages=stages, **plan_settings)["id"]
    examination.after(client.delete_usage_plan, usagePlanId=plan)
    remove = {"op": "remove", "path": "/apiStages", "value": f"{api_id}:{STAGE}"}
    examination.after(client.update_usage_plan, usagePlanId=plan, patchOperations=[remove])
    client.create_usage_plan_key(usagePlanId=plan, keyId=key["id"], keyType="API_KEY")
    return str(key.get("value") or client.get_api_key(apiKey=key["id"], includeValue=True)["value"])


def _deployed(examination: Examination, *, needs_key: bool) -> tuple[str, str]:
    """Make a REST API whose every path leads to a function; return its URL and its id."""
    client, function = examination.client("apigateway"), examination.function(ANSWERS)
    identifier = client.create_rest_api(name=examination.name("api"))["id"]
    examination.after(client.delete_rest_api, restApiId=identifier)
    root = client.get_resources(restApiId=identifier)["items"][0]["id"]
    proxy = client.create_resource(restApiId=identifier, parentId=root, pathPart="{proxy+}")["id"]
    method = {"restApiId": identifier, "resourceId": proxy, "httpMethod": "ANY"}
    client.put_method(**method, authorizationType="NONE", apiKeyRequired=needs_key)
    path = f"arn:aws:apigateway:{examination.patient.region}:lambda:path/2015-03-31/functions/{function}/invocations"
    client.put_integration(**method, type="AWS_PROXY", integrationHttpMethod="POST", uri=path)
    client.create_deployment(restApiId=identifier, stageName=STAGE)
    return _url(examination, identifier), identifier


def _url(examination: Examination, identifier: str) -> str:
    """Return where an API answers: on AWS under a name of its own, on emulators under a path of the endpoint."""
    if ".amazonaws.com" in examination.patient.endpoint_url:
        return f"https://{identifier}.execute-api.{examination.patient.region}.amazonaws.com/{STAGE}"
    base = examination.patient.endpoint_url
    ways = (f"{base}/restapis/{identifier}/{STAGE}/_user_request_", f"{base}/_aws/execute-api/{identifier}/{STAGE}")
    for way in ways:
        if _call(f"{way}/pay", b"")[0] != 404:
            return way
    raise Absent(f"no API answers under {' or '.join(way.removeprefix(base) for way in ways)}")


def _call(url: str, body: bytes, **headers: str) -> tuple[int, dict[str, str], bytes]:
    """Return status, headers (lower case) and body."""
    request = urllib.request.Request(url, method="POST", data=body, headers=headers)  # noqa: S310 - checked
    try:
        with urllib.request.urlopen(request, timeout=ANSWER_WITHIN_S) as answer:  # noqa: S310
            return answer.status, _lower(answer.headers), answer.read()
    except urllib.error.HTTPError as refused:
        with refused:
            return refused.code, _lower(refused.headers), refused.read()


def _lower(headers: Any) -> dict[str, str]:
    return {name.lower(): value for name, value in headers.items()}
