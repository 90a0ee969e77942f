"""The routes that tell of the gateway itself; open to other machines, as `/health` is, and never touched by faults.

Metrics are here and not below /_admin because what scrapes them usually runs elsewhere, and totals give nothing away.
"""

from dataclasses import dataclass

from flask import Blueprint, Response, current_app, redirect, request
from werkzeug.wrappers import Response as AnyResponse

from mock_gateway import __version__
from mock_gateway.about.sources import Sources
from mock_gateway.answer import Answer
from mock_gateway.faces.exchange import sent

ADMIN_PAGE = "/_admin/"
PLACES = {"admin": ADMIN_PAGE, "health": "/health", "metrics": "/metrics", "openapi": "/openapi.json"}


@dataclass(frozen=True)
class About:
    """`/`, `/metrics`."""

    sources: Sources

    def add_to(self, face: Blueprint) -> None:
        """Add the routes."""
        face.get("/")(self.show_places)
        face.get("/metrics")(self.show_metrics)
        face.get("/openapi.json")(self.show_description)
        face.get("/openapi-stripe.json")(self.show_stripe_description)

    def show_places(self) -> AnyResponse:
        """`GET /`: where things are; a browser is sent to the admin page."""
        if request.accept_mimetypes.best_match(["application/json", "text/html"]) == "text/html":
            return redirect(ADMIN_PAGE)
        return sent(Answer.of(200, {"service": "mock-gateway", "version": __version__, **PLACES}))

    def show_metrics(self) -> Response:
        """`GET /metrics`: everything that is counted, in Prometheus's or OpenMetrics' format."""
        # The library takes longer to load than the rest of the gateway, and most gateways are never scraped.
        from mock_gateway.about.metrics import exposition

        body, content_type = exposition(self.sources, request.headers.get("Accept", ""))
        return Response(body, content_type=content_type)

    def show_description(self) -> Response:
        """`GET /openapi.json`: what the plain, the admin and the Adyen face understand and answer."""
        from mock_gateway.about.openapi import description  # reads YAML, which takes a while and is seldom asked for

        return sent(Answer.of(200, description()))

    def show_stripe_description(self) -> Response:
        """`GET /openapi-stripe.json`: the routes of the Stripe face."""
        from mock_gateway.about.openapi.stripe import stripe_description

        return sent(Answer.of(200, stripe_description(current_app)))


def about_face(sources: Sources) -> Blueprint:
    """Return the routes for a Flask application."""
    face = Blueprint("about", __name__)
    About(sources).add_to(face)
    return face
