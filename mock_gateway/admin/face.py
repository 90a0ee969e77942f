"""Puts the admin routes together, and keeps other machines away from them."""

from collections.abc import Iterable
from ipaddress import ip_address
from typing import Protocol

from flask import Blueprint, request

from mock_gateway.problems import Refused

PREFIX = "/_admin"


class Part(Protocol):
    """Some of the admin routes."""

    def add_to(self, face: Blueprint) -> None:
        """Add the routes."""


def admin_face(parts: Iterable[Part]) -> Blueprint:
    """Return the routes below /_admin for a Flask application."""
    face = Blueprint("admin", __name__, url_prefix=PREFIX)
    face.before_request(refuse_strangers)
    for part in parts:
        part.add_to(face)
    return face


def refuse_strangers() -> None:
    """Raise Refused (403) for a client of another machine: whoever sets faults could also erase the ledger."""
    address = request.environ.get("REMOTE_ADDR", "")
    try:
        is_local = ip_address(address).is_loopback
    except ValueError:
        is_local = False
    if not is_local:
        raise Refused(
            403, "invalid_request_error", "loopback_only", "the admin face answers clients on the gateway's own machine"
        )
