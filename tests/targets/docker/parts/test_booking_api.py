"""Booking's API, as its template has it, is served by the parts: every route of it, behind its authorizer."""

from pathlib import Path
from typing import Any

from harness.deploy.companions import AFTER, BEFORE, split_template, stack_of
from harness.deploy.http_apis import expand_http_apis
from harness.deploy.sources import read_template
from harness.deploy.translation import translate
from harness.ids import new_token
from tests.targets.docker.parts.serving import ROOT, Served, function_arn

TEMPLATE = ROOT / "systems" / "booking" / "template.yaml"
LOCAL_FILES = ("CodeUri", "ContentUri", "DefinitionUri")
ROUTES_MIN = 40


def uploaded(value: Any) -> Any:
    """Return a template as if its files were in S3."""
    if isinstance(value, list):
        return [uploaded(one) for one in value]
    if not isinstance(value, dict):
        return value
    return {
        name: "s3://bucket/key" if name in LOCAL_FILES and isinstance(one, str) else uploaded(one)
        for name, one in value.items()
    }


def companions(template: Path, name: str) -> dict[str, dict[str, Any]]:
    source = read_template(template)
    translated = translate(source, uploaded(source.document), parameters={}, region="us-east-1")
    return dict(split_template(source, expand_http_apis(translated), name, lambda _: None).templates)


def given(template: dict[str, Any], **references: str) -> list[dict[str, str]]:
    """Return values for a companion's parameters: references by their names, and functions that are scripted."""
    values = []
    for name, parameter in template["Parameters"].items():
        function = function_arn("guard" if "Authorizer" in name else "echo")
        value = references.get(name) or (function if "FunctionArn" in name else parameter.get("Default"))
        values.append({"ParameterKey": name, "ParameterValue": str(value or f"arn:aws:logs:::{name}")})
    return values


def test_every_route_of_booking_leads_to_its_function_when_its_companions_are_made(served: Served) -> None:
    name = f"booking-{new_token()}"
    made = companions(TEMPLATE, name)
    first = served.stack(stack_of(BEFORE, name), made[BEFORE], Parameters=given(made[BEFORE]))
    (reference,) = (value for key, value in first.items() if "BookingApi" in key)
    served.stack(
        stack_of(AFTER, name),
        made[AFTER],
        Parameters=given(made[AFTER], RehearsalPartBookingApiRef=reference),
        Capabilities=["CAPABILITY_NAMED_IAM"],
    )

    routes = served.client("apigatewayv2").get_routes(ApiId=reference, MaxResults="200")["Items"]
    answered = [asked(served, reference, route["RouteKey"], "good") for route in routes]
    refused = [asked(served, reference, route["RouteKey"], "bad") for route in routes if "AuthorizerId" in route]

    assert len(routes) >= ROUTES_MIN
    assert [(answer.status_code, answer.json()["routeKey"]) for answer in answered] == [
        (200, route["RouteKey"]) for route in routes
    ]
    assert {answer.status_code for answer in refused} == {403}


def asked(served: Served, api_id: str, route_key: str, api_key: str) -> Any:
    method, path = route_key.split(" ")
    concrete = path.replace("{", "").replace("}", "")
    url = f"/restapis/{api_id}/$default/_user_request_{concrete}"
    return served.ask(method, url, headers={"x-api-key": api_key})
