"""Puts the plain face's routes together."""

from flask import Blueprint, Response

from mock_gateway import __version__
from mock_gateway.answer import Answer
from mock_gateway.faces.desk import Desk
from mock_gateway.faces.exchange import sent
from mock_gateway.faces.plain.charges import Charges
from mock_gateway.faces.plain.lookups import LookUps
from mock_gateway.faces.plain.refunds import Refunds


def plain_face(desk: Desk) -> Blueprint:
    """Return the routes for a Flask application."""
    face = Blueprint("plain", __name__)
    face.get("/health")(health)
    for part in (Charges(desk), Refunds(desk), LookUps(desk)):
        part.add_to(face)
    return face


def health() -> Response:
    """`GET /health`: 200 while the gateway runs."""
    return sent(Answer.of(200, {"status": "ok", "version": __version__}))
