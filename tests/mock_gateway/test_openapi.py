"""The OpenAPI documents: valid, and true in both directions: a route or field is told if and only if it is there."""

import re
from collections.abc import Iterator
from typing import Any

import pytest
from openapi_spec_validator import validate

from mock_gateway.about.openapi import description
from mock_gateway.about.openapi.stripe import stripe_description
from mock_gateway.application import Settings, create_gateway
from mock_gateway.faults.registry import KINDS
from tests.mock_gateway.driving import InProcess

METHODS = ("get", "post", "put", "delete", "patch")
KEYS = {"X-API-Key": "any"}
NOT_TAKEN = "expected some of "


@pytest.fixture(scope="module")
def application() -> Iterator[Any]:
    application, close = create_gateway(Settings())
    yield application
    close()


def resolved(value: Any) -> Any:
    while isinstance(value, dict) and "$ref" in value:
        found: Any = description()
        for name in value["$ref"].removeprefix("#/").split("/"):
            found = found[name]
        value = found
    return value


def operations() -> list[tuple[str, str, dict[str, Any]]]:
    paths = description()["paths"]
    return [(path, name, told[name]) for path, told in paths.items() for name in METHODS if name in told]


def parameters(path: str, operation: dict[str, Any], where: str) -> set[str]:
    both = [*description()["paths"][path].get("parameters", []), *operation.get("parameters", [])]
    return {one["name"] for one in map(resolved, both) if one["in"] == where}


def routes(application: Any) -> set[tuple[str, str]]:
    """Every route but those that answer what there is not."""
    return {
        (re.sub("<.*?>", "{}", rule.rule), method.lower())
        for rule in application.url_map.iter_rules()
        if not rule.endpoint.endswith(".not_spoken")
        for method in rule.methods - {"HEAD", "OPTIONS"}
    }


def told(document: dict[str, Any]) -> set[tuple[str, str]]:
    paths = document["paths"].items()
    return {(re.sub("{.*?}", "{}", path), name) for path, one in paths for name in METHODS if name in one}


def expected(message: str) -> set[str]:
    """The names that a refusal says would be taken."""
    return set(message.partition(NOT_TAKEN)[2].replace(",", " ").split())


def test_documents_are_valid(application: Any) -> None:
    validate(description())
    validate(stripe_description(application))


def test_every_route_is_told_and_no_other(application: Any) -> None:
    assert told(description()) | told(stripe_description(application)) == routes(application)


def test_operations_have_names_of_their_own() -> None:
    names = [operation["operationId"] for _, _, operation in operations()]

    assert len(names) == len(set(names))


def bodies() -> list[Any]:
    return [
        pytest.param(path, method, operation, id=operation["operationId"])
        for path, method, operation in operations()
        if "requestBody" in operation and operation["operationId"] not in ("set_faults", "replace_faults")
    ]


@pytest.mark.parametrize(("path", "method", "operation"), bodies())
def test_body_has_the_fields_that_are_told(
    gateway: InProcess, path: str, method: str, operation: dict[str, Any]
) -> None:
    schema = resolved(operation["requestBody"]["content"]["application/json"]["schema"])

    reply = gateway.send(method.upper(), re.sub("{.*?}", "x", path), {"zz": 1}, KEYS)

    message = reply.json["error"]["message"] if "error" in reply.json else reply.json["message"]
    taken = expected(message)
    # What the Adyen face takes and does nothing with is not told.
    fields = set(schema.get("properties", {}))
    assert fields <= taken if path.startswith("/adyen/v71/payments") and "{" not in path else fields == taken


@pytest.mark.parametrize(
    ("path", "operation"),
    [pytest.param(path, one, id=one["operationId"]) for path, name, one in operations() if name == "get"],
)
def test_query_has_the_parameters_that_are_told(gateway: InProcess, path: str, operation: dict[str, Any]) -> None:
    reply = gateway.get(f"{re.sub('{.*?}', 'x', path)}?zz=1")

    taken = expected(reply.json["error"]["message"]) if reply.status == 400 else set()
    assert parameters(path, operation, "query") == taken


@pytest.mark.parametrize("kind", KINDS)
def test_rule_has_the_fields_that_are_told(gateway: InProcess, kind: str) -> None:
    schemas = description()["components"]["schemas"]
    rule = gateway.send("POST", "/_admin/faults", {"kind": kind, "zz": 1}).json["error"]["message"]
    match = gateway.send("POST", "/_admin/faults", {"kind": kind, "match": {"zz": 1}}).json["error"]["message"]

    assert expected(rule) <= set(schemas["FaultRule"]["properties"])
    assert expected(match) == set(schemas["Match"]["properties"])


def test_documents_are_served(gateway: InProcess) -> None:
    assert gateway.get("/openapi.json").json == description()
    assert told(gateway.get("/openapi-stripe.json").json)
