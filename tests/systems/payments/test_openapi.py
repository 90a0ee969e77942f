"""The OpenAPI document: valid, and it tells of exactly the routes, statuses and fields that there are."""

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml
from groundwork.money import EXPONENT_BY_CURRENCY
from openapi_spec_validator import validate
from payments.adapters.rest import STATUS_BY_CODE
from payments.domain.payment import Status
from payments.domain.validation import _ID, _USER, Limits, RequestInvalid, parse_credit, parse_payment, parse_refund
from payments.handlers.payments_api import ROUTES

SYSTEM = Path(__file__).parents[3] / "systems" / "payments"
DOCUMENT: dict[str, Any] = yaml.safe_load((SYSTEM / "openapi.yaml").read_text(encoding="utf-8"))
SCHEMAS: dict[str, Any] = DOCUMENT["components"]["schemas"]
METHODS = ("get", "post", "put", "patch", "delete")
# A schema of a body, and what reads it.
FORMS = {
    "PaymentRequest": lambda body: parse_payment(body, "pay_1", Limits()),
    "RefundRequest": lambda body: parse_refund(body, "pay_1", "USD", "ref_1", Limits()),
    "CreditRequest": lambda body: parse_credit(body, "alice", "cred_1", Limits()),
}


class _Template(yaml.SafeLoader):
    """Reads a template without knowing CloudFormation's functions."""


_Template.add_multi_constructor("!", lambda loader, _, node: None)


def operations() -> Iterator[tuple[str, dict[str, Any]]]:
    for path, told in DOCUMENT["paths"].items():
        for method in METHODS:
            if method in told:
                yield f"{method.upper()} {path}", told[method]


def template_routes() -> set[str]:
    resources = yaml.load((SYSTEM / "template.yaml").read_text(encoding="utf-8"), Loader=_Template)["Resources"]  # noqa: S506 - a safe one
    events = resources["PaymentsApiFunction"]["Properties"]["Events"].values()
    return {f"{one['Properties']['Method']} {one['Properties']['Path']}" for one in events}


def test_document_is_valid():
    validate(DOCUMENT)


def test_every_route_is_told_and_no_other():
    told = {route for route, _ in operations()}

    assert told == set(ROUTES) == template_routes()


def test_path_parameters_are_those_of_the_paths():
    for path, told in DOCUMENT["paths"].items():
        names = [one["$ref"].rpartition("/")[2] for one in told.get("parameters", [])]
        parameters = {DOCUMENT["components"]["parameters"][name]["name"] for name in names}

        assert parameters == set(re.findall(r"{(\w+)}", path)), path


def test_operations_have_names_of_their_own():
    names = [operation["operationId"] for _, operation in operations()]

    assert len(names) == len(set(names))


def test_every_status_that_can_be_answered_is_told():
    told = {int(status) for _, operation in operations() for status in operation["responses"]}

    # What the function answers, and what API Gateway does on its own: no key, too many requests.
    assert told == {*STATUS_BY_CODE.values(), 200, 202, 400, 402, 413} | {403, 429}


@pytest.mark.parametrize(("name", "parse"), FORMS.items())
def test_body_has_the_fields_that_are_told(name, parse):
    told = SCHEMAS[name]["properties"]

    with pytest.raises(RequestInvalid) as refused:
        parse(dict.fromkeys([*told, "zz"], object()))

    unknown = {problem.field for problem in refused.value.problems if problem.code == "unknown_field"}
    assert unknown == {"zz"}


@pytest.mark.parametrize(("name", "parse"), FORMS.items())
def test_body_needs_the_fields_that_are_told(name, parse):
    with pytest.raises(RequestInvalid) as refused:
        parse({"currency": None, "zz": 1})

    missing = {problem.field for problem in refused.value.problems if problem.code == "required"}
    assert missing == set(SCHEMAS[name].get("required", ()))


def test_what_is_enumerated_is_what_the_code_has():
    assert SCHEMAS["Currency"]["enum"] == list(EXPONENT_BY_CURRENCY)
    assert SCHEMAS["Status"]["enum"] == [str(status) for status in Status]
    assert SCHEMAS["Id"]["pattern"] == f"^{_ID.pattern}$"
    assert SCHEMAS["UserId"]["pattern"] == f"^{_USER.pattern}$"
    assert SCHEMAS["Metadata"]["maxProperties"] == Limits().metadata_keys_max


@pytest.mark.parametrize("route", [route for route, operation in operations() if "requestBody" in operation])
def test_examples_are_taken(route):
    body = dict(operations())[route]["requestBody"]["content"]["application/json"]
    parse = FORMS[body["schema"]["$ref"].rpartition("/")[2]]

    for example in body["examples"].values():
        parse(example["value"])
