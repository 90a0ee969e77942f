"""The API as an OpenAPI 3.1 document, generated from the handlers' tables of routes.

`python -m booking.openapi > openapi.yaml` writes it; a test compares it with the file and with the template's routes.
What API Gateway itself answers (a missing key, a refused one, throttling) is in it as well.
"""

import importlib
import re
import sys
from collections.abc import Iterable, Sequence
from typing import Any

import msgspec
import yaml

from booking.adapters.forms import ID_PATTERN, Document, Form, NoForm
from booking.adapters.http_events import STATUS_BY_CODE, TYPE_BY_STATUS
from booking.adapters.routing import Access, Route

HANDLERS = ("accounts_api", "catalog_api", "booking_api", "chat_api")
_REF = "#/components/schemas/{name}"
_DESCRIPTION = """\
Businesses (tenants) offer services by providers; customers book free slots, by this API or by the chat.

A key (`x-api-key`) belongs to one tenant. Scope `manage` reaches all routes, `widget` those that a customer's browser
needs. What belongs to another tenant is answered as what does not exist. Instants are UTC; local dates and times are
the provider's. Money is a decimal string. Lists have `limit` and `cursor` in, `items` and `nextCursor` out.
"""
# What API Gateway itself may answer instead of a function.
_BY_THE_API = frozenset({401, 403, 429, 500, 503})
_PATH_PATTERNS = {"month": r"^[0-9]{4}-(0[1-9]|1[0-2])(?![\n])$"}
_SUCCESSES = {200: "As asked.", 201: "Made.", 202: "Under way; look again.", 204: "Done."}


def routes_of(handler: str) -> dict[str, Route[Any]]:
    """Return a handler's table."""
    found: dict[str, Route[Any]] = importlib.import_module(f"booking.handlers.{handler}").ROUTES
    return found


def routes() -> list[Route[Any]]:
    """Return the routes of all handlers, by path, then method."""
    found = [route for handler in HANDLERS for route in routes_of(handler).values()]
    return sorted(found, key=lambda route: (_path(route), _method(route)))


def document(of: Iterable[Route[Any]] | None = None) -> dict[str, Any]:
    """Return the document of these routes, by default of all."""
    chosen = list(routes() if of is None else of)
    paths: dict[str, dict[str, Any]] = {}
    for route in chosen:
        paths.setdefault(_path(route), {})[_method(route)] = _operation(route)
    return {
        "openapi": "3.1.0",
        "info": {
            "title": "Booking",
            "version": "1.0.0",
            "description": _DESCRIPTION,
            "license": {"name": "Apache 2.0", "identifier": "Apache-2.0"},
        },
        "servers": [{"url": "http://localhost:3002", "description": "The local environment's front door."}],
        "security": [{"ApiKey": []}],
        "tags": [{"name": tag} for tag in dict.fromkeys(_tag(route) for route in chosen)],
        "paths": paths,
        "components": {
            "securitySchemes": {"ApiKey": {"type": "apiKey", "in": "header", "name": "x-api-key"}},
            "responses": _responses(chosen),
            "schemas": _schemas(chosen) | {"Error": _error(), "GatewayMessage": _gateway_message()},
        },
    }


def _operation(route: Route[Any]) -> dict[str, Any]:
    operation: dict[str, Any] = {
        "operationId": route.act.__name__,
        "summary": route.summary,
        "tags": [_tag(route)],
        "x-scope": str(route.access),
    }
    if route.access is Access.PUBLIC:
        operation["security"] = []
    if parameters := [*_path_parameters(route), *_query_parameters(route), *_header_parameters(route)]:
        operation["parameters"] = parameters
    if route.body is not NoForm:
        content = {"application/json": {"schema": {"$ref": _REF.format(name=route.body.__name__)}}}
        operation["requestBody"] = {"required": True, "content": content}
    operation["responses"] = _successes(route) | _refusals(route)
    return operation


def _successes(route: Route[Any]) -> dict[str, Any]:
    answers: dict[str, Any] = {}
    for status, shown in sorted(route.answers.items()):
        answer: dict[str, Any] = {"description": _SUCCESSES.get(status, "As asked.")}
        if shown is not None:
            answer["content"] = {"application/json": {"schema": {"$ref": _REF.format(name=shown.__name__)}}}
        answers[str(status)] = answer
    return answers


def _refusals(route: Route[Any]) -> dict[str, Any]:
    answers = {}
    for status, codes in sorted(_codes_by_status(route).items()):
        answers[str(status)] = {"$ref": f"#/components/responses/{_refusal_name(status, codes)}"}
    return answers


def _codes_by_status(route: Route[Any]) -> dict[int, list[str]]:
    codes_by_status: dict[int, list[str]] = {500: ["internal_error"], 503: ["try_again"]}
    if route.body is not NoForm or route.query is not NoForm or route.headers or "{" in route.key:
        codes_by_status[400] = ["invalid_request"]
    if route.access is not Access.PUBLIC:
        codes_by_status[401] = []
        codes_by_status[403] = ["forbidden_scope"] if route.access is Access.MANAGE else []
    codes_by_status[429] = [] if route.access is Access.PUBLIC else ["too_many_requests"]
    for code in route.refusals:
        codes_by_status.setdefault(STATUS_BY_CODE[code], []).append(code)
    return codes_by_status


def _responses(chosen: Iterable[Route[Any]]) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for route in chosen:
        for status, codes in _codes_by_status(route).items():
            found[_refusal_name(status, codes)] = _refusal(status, list(dict.fromkeys(codes)))
    return dict(sorted(found.items()))


def _refusal_name(status: int, codes: Sequence[str]) -> str:
    told = "Or".join("".join(part.capitalize() for part in code.split("_")) for code in dict.fromkeys(codes))
    return told or {401: "KeyMissing", 403: "KeyRefused", 429: "Throttled"}[status]


def _refusal(status: int, codes: list[str]) -> dict[str, Any]:
    shapes = [{"$ref": _REF.format(name="Error")}] if codes else []
    words = [", ".join(codes)] if codes else []
    if status in _BY_THE_API:
        shapes.append({"$ref": _REF.format(name="GatewayMessage")})
        words.append("the API itself")
    answer: dict[str, Any] = {
        "description": "; or ".join(words) + ".",
        "content": {"application/json": {"schema": shapes[0] if len(shapes) == 1 else {"anyOf": shapes}}},
    }
    if status in (429, 503):
        schema = {"type": "integer", "minimum": 1}
        answer["headers"] = {"retry-after": {"description": "Seconds; not told by the API itself.", "schema": schema}}
    return answer


def _path_parameters(route: Route[Any]) -> list[dict[str, Any]]:
    return [
        {
            "name": name,
            "in": "path",
            "required": True,
            "schema": {"type": "string", "pattern": _PATH_PATTERNS.get(name, ID_PATTERN)},
        }
        for name in re.findall(r"{(\w+)}", route.key)
    ]


def _query_parameters(route: Route[Any]) -> list[dict[str, Any]]:
    if route.query is NoForm:
        return []
    form = msgspec.json.schema_components([route.query], ref_template=_REF)[1][route.query.__name__]
    return [
        {"name": name, "in": "query", "required": name in form.get("required", ()), "schema": _without_null(schema)}
        for name, schema in form["properties"].items()
    ]


def _header_parameters(route: Route[Any]) -> list[dict[str, Any]]:
    schema = {"type": "string", "pattern": "^[A-Za-z0-9_.:-]{1,128}$"}
    return [
        {"name": name, "in": "header", "required": False, "description": words, "schema": schema}
        for name, words in route.headers.items()
    ]


def _without_null(schema: dict[str, Any]) -> dict[str, Any]:
    """A parameter is absent, never null."""
    choices = [one for one in schema.get("anyOf", ()) if one != {"type": "null"}]
    return choices[0] if len(choices) == 1 else {name: value for name, value in schema.items() if name != "default"}


def _schemas(chosen: Iterable[Route[Any]]) -> dict[str, Any]:
    used: dict[str, type[Form] | type[Document]] = {}
    for route in chosen:
        for one in (route.body, *route.answers.values()):
            if one is not None and one is not NoForm and used.setdefault(one.__name__, one) is not one:
                raise ValueError(f"two forms or documents are called {one.__name__}")
    _, components = msgspec.json.schema_components(list(used.values()), ref_template=_REF)
    return dict(sorted(components.items()))


def _error() -> dict[str, Any]:
    text = {"type": "string"}
    problem = {
        "type": "object",
        "properties": {"field": text, "code": text, "message": text},
        "required": ["field", "code", "message"],
    }
    error = {
        "type": "object",
        "properties": {
            "type": {"type": "string", "enum": sorted(set(TYPE_BY_STATUS.values()))},
            "code": {"type": "string", "enum": sorted(STATUS_BY_CODE)},
            "message": text,
            "correlationId": text,
            "fields": {"type": "array", "items": problem},
        },
        "required": ["type", "code", "message", "correlationId"],
    }
    return {"type": "object", "properties": {"error": error}, "required": ["error"]}


def _gateway_message() -> dict[str, Any]:
    return {
        "type": "object",
        "description": "API Gateway's own words, e.g. Forbidden.",
        "properties": {"message": {"type": ["string", "null"]}},
        "required": ["message"],
    }


def _path(route: Route[Any]) -> str:
    return route.key.partition(" ")[2]


def _method(route: Route[Any]) -> str:
    return route.key.partition(" ")[0].lower()


def _tag(route: Route[Any]) -> str:
    parts = [part for part in _path(route).split("/") if part and not part.startswith("{")]
    return parts[-1] if parts[-1] in {"availability", "exceptions", "slots"} else parts[0]


class _Plain(yaml.SafeDumper):
    """Writes what is used twice twice: anchors are for machines."""

    def ignore_aliases(self, data: Any) -> bool:  # noqa: ARG002 - the name is PyYAML's
        return True


def main() -> None:
    """Write the document to standard output as YAML."""
    yaml.dump(document(), sys.stdout, _Plain, sort_keys=False, allow_unicode=True, width=118)


if __name__ == "__main__":
    main()
