"""Puts the plain face's routes together."""

from flask import Blueprint, Response

from mock_gateway import __version__
from mock_gateway.answer import Answer
from mock_gateway.faces.desk import Desk
from mock_gateway.faces.exchange import sent
from mock_gateway.faces.plain.authorizations import Authorizations
from mock_gateway.faces.plain.charges import Charges
from mock_gateway.faces.plain.customers import CustomersDesk
from mock_gateway.faces.plain.disputes import DisputesDesk
from mock_gateway.faces.plain.lookups import LookUps
from mock_gateway.faces.plain.reconciliation import ReconciliationDesk
from mock_gateway.faces.plain.refunds import Refunds
from mock_gateway.faces.plain.settlement import SettlementDesk

_PARTS = (
    *(Charges, Authorizations, Refunds, CustomersDesk, DisputesDesk, LookUps),
    *(SettlementDesk, ReconciliationDesk),
)


def plain_face(desk: Desk) -> Blueprint:
    """Return the routes for a Flask application."""
    face = Blueprint("plain", __name__)
    face.get("/health")(health)
    for part in _PARTS:
        part(desk).add_to(face)
    return face


def health() -> Response:
    """`GET /health`: 200 while the gateway runs."""
    return sent(Answer.of(200, {"status": "ok", "version": __version__}))
