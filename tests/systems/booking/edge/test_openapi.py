"""The OpenAPI document: generated from the tables of routes, and saying what the template deploys."""

from pathlib import Path
from typing import Any

import pytest
import yaml
from booking import openapi
from booking.adapters.routing import Access
from openapi_spec_validator import OpenAPIV31SpecValidator
from samtranslator.yaml_helper import yaml_parse

SYSTEM = Path(__file__).parents[4] / "systems" / "booking"
FUNCTION_BY_HANDLER = {
    "accounts_api": "AccountsApiFunction",
    "catalog_api": "CatalogApiFunction",
    "booking_api": "BookingApiFunction",
    "chat_api": "ChatApiFunction",
}


@pytest.fixture(scope="module", name="document")
def _document() -> dict[str, Any]:
    return openapi.document()


@pytest.fixture(scope="module", name="resources")
def _resources() -> dict[str, Any]:
    resources: dict[str, Any] = yaml_parse((SYSTEM / "template.yaml").read_text())["Resources"]
    return resources


def events(resources: dict[str, Any], function: str) -> dict[str, dict[str, Any]]:
    """Return the HTTP routes of a function: route key → its event's properties."""
    found = resources[function]["Properties"].get("Events", {}).values()
    routes = [event["Properties"] for event in found if event["Type"] == "HttpApi"]
    return {f"{one['Method']} {one['Path']}": one for one in routes}


def test_file_is_up_to_date_when_routes_change(document: dict[str, Any]) -> None:
    kept = yaml.safe_load((SYSTEM / "openapi.yaml").read_text())

    assert kept == document, "PYTHONPATH=systems/booking/src:systems/groundwork/python python -m booking.openapi"


def test_document_is_valid_when_it_is_generated(document: dict[str, Any]) -> None:
    assert list(OpenAPIV31SpecValidator(document).iter_errors()) == []


@pytest.mark.parametrize("handler", openapi.HANDLERS)
def test_function_has_the_routes_of_its_handler_when_it_is_deployed(resources: dict[str, Any], handler: str) -> None:
    function = FUNCTION_BY_HANDLER[handler]
    table = openapi.routes_of(handler)

    assert resources[function]["Properties"]["Handler"] == f"booking.handlers.{handler}.lambda_handler"
    assert events(resources, function).keys() == table.keys()


@pytest.mark.parametrize("handler", openapi.HANDLERS)
def test_route_has_no_authorizer_when_it_is_public_only(resources: dict[str, Any], handler: str) -> None:
    deployed = events(resources, FUNCTION_BY_HANDLER[handler])

    open_to_all = {key for key, event in deployed.items() if event.get("Auth", {}).get("Authorizer") == "NONE"}

    assert open_to_all == {key for key, route in openapi.routes_of(handler).items() if route.access is Access.PUBLIC}


def test_no_other_function_has_routes_when_it_is_deployed(resources: dict[str, Any]) -> None:
    functions = {name for name, one in resources.items() if one["Type"] == "AWS::Serverless::Function"}

    with_routes = {name for name in functions if events(resources, name)}

    assert with_routes == set(FUNCTION_BY_HANDLER.values())


def test_operation_ids_differ_when_there_are_many(document: dict[str, Any]) -> None:
    ids = [one["operationId"] for path in document["paths"].values() for one in path.values()]

    assert len(ids) == len(set(ids))


def test_key_is_not_asked_for_when_a_route_is_public(document: dict[str, Any]) -> None:
    public = {
        (path, method)
        for path, methods in document["paths"].items()
        for method, operation in methods.items()
        if operation.get("security") == []
    }

    assert public == {("/health", "get"), ("/tenants", "post")}
