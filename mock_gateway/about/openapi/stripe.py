"""The Stripe face as an OpenAPI document, made from the application's own routes: which there are, and no fields."""

import inspect
import re
from typing import Any

from flask import Flask

from mock_gateway import __version__

_FACE, _PAGE = "stripe", "stripe_page"
_PARAMETER = re.compile(r"<(?:\w+:)?(\w+)>")
_FORM = {"content": {"application/x-www-form-urlencoded": {"schema": {"type": "object"}}}}
_ERROR = {
    "description": "Refused, in Stripe's shape",
    "content": {
        "application/json": {
            "schema": {
                "type": "object",
                "required": ["error"],
                "properties": {"error": {"type": "object", "required": ["type", "message"]}},
            }
        }
    },
}
_DONE = {"description": "Done", "content": {"application/json": {"schema": {"type": "object"}}}}
_ANSWERS = {"200": _DONE, "4XX": _ERROR, "5XX": _ERROR}


def stripe_description(application: Flask) -> dict[str, Any]:
    """Return the document; what answers every other path below /v1 is no route."""
    paths: dict[str, Any] = {}
    for rule in application.url_map.iter_rules():
        if rule.endpoint.partition(".")[0] not in (_FACE, _PAGE) or rule.endpoint.endswith(".not_spoken"):
            continue
        path = _PARAMETER.sub(r"{\1}", rule.rule)
        names = _PARAMETER.findall(rule.rule)
        handler = application.view_functions[rule.endpoint]
        for method in sorted((rule.methods or set()) - {"HEAD", "OPTIONS"}):
            paths.setdefault(path, {})[method.lower()] = _operation(rule.endpoint, method, names, handler)
    return {
        "openapi": "3.1.0",
        "info": {
            "title": "Card gateway, Stripe's dialect",
            "version": __version__,
            "description": "Routes, no fields.",
        },
        "paths": dict(sorted(paths.items())),
        "components": {
            "securitySchemes": {"testKey": {"type": "http", "scheme": "bearer", "description": "sk_test_…"}}
        },
        "security": [{"testKey": []}],
    }


def _operation(endpoint: str, method: str, names: list[str], handler: Any) -> dict[str, Any]:
    schema = {"type": "string", "minLength": 1}
    parameters = [{"name": name, "in": "path", "required": True, "schema": schema} for name in names]
    operation: dict[str, Any] = {
        "operationId": f"{endpoint.partition('.')[2]}_{method.lower()}",
        "summary": inspect.cleandoc(handler.__doc__ or endpoint).partition("\n")[0],
        "parameters": parameters,
        "responses": _ANSWERS if endpoint.startswith(f"{_FACE}.") else {"default": {"description": "A page"}},
    }
    return operation | ({"requestBody": _FORM} if method == "POST" else {})
