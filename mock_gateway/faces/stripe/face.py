"""The routes under /v1: who may call, the headers of every answer, and the shape of every refusal.

Any test key opens: `Authorization: Bearer sk_test_…` (or basic, the key as user name), restricted ones too. A live key
is refused: whoever sends one believes that this is Stripe. The account named by Stripe-Account is the merchant.
"""

import json
import re
from collections.abc import Iterable
from typing import Protocol

from flask import Blueprint, Response, g, request

from mock_gateway.answer import Answer
from mock_gateway.faces import fields
from mock_gateway.faces.desk import MERCHANT_DEFAULT
from mock_gateway.faces.exchange import request_id, sent
from mock_gateway.faces.stripe.forms import without_card_number
from mock_gateway.faces.stripe.refusals import dressed, unauthorized
from mock_gateway.problems import Refused, invalid

FACE = "stripe"
PREFIX = "/v1"
# Told to whoever names none: what Stripe's own client asks for. Documents look the same in every version.
API_VERSION = "2026-10-28.endive"
METHODS = ("GET", "POST", "DELETE", "PUT", "PATCH")
_VERSION = re.compile(r"\d{4}-\d{2}-\d{2}(\.[a-z_]{1,20})?(; [a-z_]{1,40}=v[0-9]{1,3})*")


class Part(Protocol):
    """Some of the routes under /v1."""

    def add_to(self, face: Blueprint) -> None:
        """Add the routes."""


def stripe_face(parts: Iterable[Part]) -> Blueprint:
    """Return the routes for a Flask application."""
    face = Blueprint(FACE, __name__, url_prefix=PREFIX)
    face.before_request(let_in)
    face.after_request(complete)
    face.register_error_handler(Refused, lambda refusal: sent(dressed(refusal).answer()))
    for part in parts:
        part.add_to(face)
    face.route("/", methods=METHODS, strict_slashes=False)(not_spoken)
    face.route("/<path:_rest>", methods=METHODS)(not_spoken)
    return face


def let_in() -> None:
    """Take note of who calls; raises Refused (401) without a test key."""
    key = _api_key()
    if key.startswith(("sk_live_", "rk_live_")):
        raise unauthorized("this is a fake for tests and not Stripe: a live key is refused here, use one of test mode")
    if not key.startswith(("sk_test_", "rk_test_")):
        raise unauthorized("no test key was sent; expected Authorization: Bearer sk_test_…")
    account = request.headers.get("Stripe-Account", "")
    if len(account) > fields.TEXT_LENGTH_MAX:
        raise invalid("Stripe-Account is too long", param="Stripe-Account")
    g.merchant = without_card_number(account, "Stripe-Account") or MERCHANT_DEFAULT
    g.api_version = request.headers.get("Stripe-Version", API_VERSION)
    if not _VERSION.fullmatch(g.api_version):
        raise invalid("invalid Stripe API version", param="Stripe-Version")


def merchant() -> str:
    """Return the merchant of the request at hand."""
    return str(g.merchant)


def api_version() -> str:
    """Return the version of the API that the request at hand speaks."""
    return str(g.api_version)


def complete(response: Response) -> Response:
    """Add the headers that Stripe's answers have, and dress what a fault made of the answer."""
    response.headers["Stripe-Version"] = g.get("api_version", API_VERSION)
    key = request.headers.get("Idempotency-Key", "") if request.method == "POST" else ""
    if key and response.status_code != 401:
        response.headers["Idempotency-Key"] = key[: fields.KEY_LENGTH_MAX]
        response.headers.setdefault("Original-Request", request_id())
    if response.status_code == 429:
        _dress_rate_limit(response)
    return response


def not_spoken(_rest: str = "") -> Response:
    """Answer for every route of Stripe's API that is not here: 404."""
    message = "unrecognized request URL: this part of Stripe's API is not spoken here, docs/stripe.md tells what is"
    return sent(Answer.of(404, {"error": {"type": "invalid_request_error", "message": message}}))


def _api_key() -> str:
    authorization = request.authorization
    if authorization is None:
        return ""
    return (authorization.username if authorization.type == "basic" else authorization.token) or ""


def _dress_rate_limit(response: Response) -> None:
    document = response.get_json(silent=True)
    if isinstance(document, dict) and "error" in document:
        document["error"]["code"] = "rate_limit"
        response.set_data(json.dumps(document, separators=(",", ":")))
