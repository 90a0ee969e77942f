"""The routes below /adyen/v71: who may call, and in which shape errors are told.

Any API key opens (header X-API-Key, or basic authentication): nothing here is secret. The merchant account is the
merchant. Source: Adyen's Checkout API, version 71, documented; what is assumed says so where it is.
"""

from flask import Blueprint, Response, request

from mock_gateway.faces import fields
from mock_gateway.faces.adyen.errors import dressed
from mock_gateway.faces.adyen.modifications import Modifications
from mock_gateway.faces.adyen.payments import Payments
from mock_gateway.faces.desk import Desk
from mock_gateway.problems import Refused

PREFIX = "/adyen/v71"


def adyen_face(desk: Desk) -> Blueprint:
    """Return the routes for a Flask application."""
    face = Blueprint("adyen", __name__, url_prefix=PREFIX)
    face.before_request(require_key)
    face.after_request(complete)
    for part in (Payments(desk), Modifications(desk)):
        part.add_to(face)
    return face


def require_key() -> None:
    """Raise Refused (401) for a request without credentials."""
    if not request.headers.get("X-API-Key") and request.authorization is None:
        raise Refused(401, "invalid_request_error", "unauthorized", "an X-API-Key is expected, any will do")


def complete(response: Response) -> Response:
    """Dress errors, and return the request's idempotency key as Adyen does."""
    key = request.headers.get("Idempotency-Key", "")
    if key and response.status_code < 400:
        response.headers["Idempotency-Key"] = key[: fields.KEY_LENGTH_MAX]
    return dressed(response)
