"""Puts the admin routes together, and keeps other machines away from them."""

from collections.abc import Iterable
from ipaddress import ip_address
from typing import Protocol
from urllib.parse import urlsplit

from flask import Blueprint, request

from mock_gateway.problems import Refused
from mock_gateway.webhooks.signing import HEADER as WEBHOOK_SIGNATURE

PREFIX = "/_admin"


class Part(Protocol):
    """Some of the admin routes."""

    def add_to(self, face: Blueprint) -> None:
        """Add the routes."""


def admin_face(parts: Iterable[Part], near: str = "") -> Blueprint:
    """Return the routes below /_admin for a Flask application; `near` is an address that counts as this machine's."""
    face = Blueprint("admin", __name__, url_prefix=PREFIX)
    face.before_request(lambda: refuse_strangers(near))
    face.before_request(refuse_foreign_pages)
    face.before_request(refuse_webhooks)
    for part in parts:
        part.add_to(face)
    return face


def refuse_strangers(near: str = "") -> None:
    """Raise Refused (403) for a client of another machine: whoever sets faults could also erase the ledger."""
    client = request.environ.get("REMOTE_ADDR", "")
    if not _is_loopback(client) and (not near or client != near):
        raise _forbidden("loopback_only", "the admin face answers clients on the gateway's own machine")


def refuse_foreign_pages() -> None:
    """Raise Refused (403) for what a page of another site makes a browser on this machine send.

    A browser names the page's origin and relation; a page whose own name was made to mean this machine (DNS rebinding)
    counts as the same site, and is known by the name in Host.
    """
    host = request.headers.get("Host")
    if host is not None and not _is_local_name(host):
        raise _forbidden("host_not_local", "the admin face is called by localhost or a loopback address")
    origin = request.headers.get("Origin")
    if origin is not None and origin != f"{request.scheme}://{host}":
        raise _forbidden("foreign_origin", "the admin face answers no requests of other sites' pages")
    is_foreign = request.headers.get("Sec-Fetch-Site") in ("cross-site", "same-site")
    # Following a link to the page is fine; it is the reader who does.
    if is_foreign and (request.method != "GET" or request.headers.get("Sec-Fetch-Mode") != "navigate"):
        raise _forbidden("foreign_origin", "the admin face answers no requests of other sites' pages")


def refuse_webhooks() -> None:
    """Raise Refused (403) for a webhook: it comes from this machine, and goes where somebody else wants it to go."""
    if WEBHOOK_SIGNATURE in request.headers:
        raise _forbidden("webhook_refused", "the admin face takes no webhooks")


def _is_local_name(host: str) -> bool:
    try:
        name = urlsplit(f"//{host}").hostname or ""
    except ValueError:
        return False
    return name == "localhost" or name.endswith(".localhost") or _is_loopback(name)


def _is_loopback(address: str) -> bool:
    try:
        return ip_address(address).is_loopback
    except ValueError:
        return False


def _forbidden(code: str, message: str) -> Refused:
    return Refused(403, "invalid_request_error", code, message)
