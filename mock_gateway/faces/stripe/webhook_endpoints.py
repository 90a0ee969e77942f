"""Webhook endpoints: who is told of which events (source: Stripe's API reference, documented).

What differs: only http and https URLs of this machine are taken unless the gateway was started otherwise; any
well-formed event name is taken, because Stripe's list of them is longer than what happens here; `api_version` is kept
and told, while events look the same in every version.
"""

import re
import sqlite3
from dataclasses import dataclass, replace
from typing import Any

from flask import Blueprint, Response

from mock_gateway.faces.stripe.face import merchant
from mock_gateway.faces.stripe.forms import Form, missing_parameter, with_metadata
from mock_gateway.faces.stripe.lists import epoch_s, list_document, page_of, rows
from mock_gateway.faces.stripe.refusals import no_such
from mock_gateway.faces.stripe.teller import Teller, Told
from mock_gateway.problems import invalid
from mock_gateway.webhooks.addresses import AddressRefused, address_of
from mock_gateway.webhooks.endpoints import ENDPOINTS_MAX, EVERYTHING, PLATFORM, Endpoint, Endpoints, endpoint_of

TYPES_MAX = 500
_TYPE = re.compile(r"[a-z0-9_]{1,60}(\.[a-z0-9_]{1,60}){1,5}")
_VERSION = re.compile(r"\d{4}-\d{2}-\d{2}(\.[a-z_]{1,20})?")


@dataclass(frozen=True)
class WebhookEndpoints:
    """The routes below `/v1/webhook_endpoints`."""

    teller: Teller
    endpoints: Endpoints
    # Whether other machines may be told.
    anywhere: bool

    def add_to(self, face: Blueprint) -> None:
        """Add the routes."""
        face.post("/webhook_endpoints")(self.create_endpoint)
        face.get("/webhook_endpoints")(self.list_endpoints)
        face.get("/webhook_endpoints/<endpoint_id>")(self.show_endpoint)
        face.post("/webhook_endpoints/<endpoint_id>")(self.update_endpoint)
        face.delete("/webhook_endpoints/<endpoint_id>")(self.delete_endpoint)

    def create_endpoint(self) -> Response:
        """`POST /v1/webhook_endpoints`: the endpoint with its secret, which no other answer tells."""
        form, owner = self.teller.posted("prepare"), merchant()
        url, types, is_connect = self._url(form), _types(form), form.boolean("connect") or False
        if url is None or types is None:
            raise missing_parameter("enabled_events" if url else "url")
        if is_connect and owner != PLATFORM:
            raise invalid("only the platform's own endpoints may hear of other accounts", param="connect")
        details = {**_details(form), "metadata": form.metadata(), "api_version": _version(form)}

        def create(connection: sqlite3.Connection) -> Told:
            if self.endpoints.count(connection, owner) >= ENDPOINTS_MAX:
                raise invalid(f"{ENDPOINTS_MAX} endpoints are there already", code="resource_limit")
            endpoint = self.endpoints.create(connection, owner, url, types, details, is_connect=is_connect)
            return Told({**endpoint_document(endpoint), "secret": endpoint.secret})

        return self.teller.submit(self.teller.call("prepare"), form, create)

    def update_endpoint(self, endpoint_id: str) -> Response:
        """`POST /v1/webhook_endpoints/{id}`: changes what is sent along; `disabled` stops and starts it."""

        def update(connection: sqlite3.Connection) -> Told:
            found = self._found(connection, owner, endpoint_id)
            changed = replace(
                found,
                url=url or found.url,
                types=found.types if types is None else types,
                is_enabled=found.is_enabled if disabled is None else not disabled,
                details=with_metadata({**found.details, **details}, metadata),
            )
            self.endpoints.save(connection, changed)
            return Told(endpoint_document(changed))

        form, owner = self.teller.posted("prepare"), merchant()
        url, types, disabled, details = self._url(form), _types(form), form.boolean("disabled"), _details(form)
        metadata = form.metadata_changes()
        return self.teller.submit(self.teller.call("prepare"), form, update)

    def delete_endpoint(self, endpoint_id: str) -> Response:
        """`DELETE /v1/webhook_endpoints/{id}`: nothing more is sent to it, what is due neither."""

        def delete(connection: sqlite3.Connection) -> Told:
            self._found(connection, owner, endpoint_id)
            self.endpoints.delete(connection, endpoint_id)
            return Told({"id": endpoint_id, "object": "webhook_endpoint", "deleted": True})

        form, owner = self.teller.posted("prepare"), merchant()
        return self.teller.submit(self.teller.call("prepare"), form, delete)

    def show_endpoint(self, endpoint_id: str) -> Response:
        """`GET /v1/webhook_endpoints/{id}`: the endpoint, without its secret."""
        form, owner = self.teller.asked(), merchant()
        return self.teller.look_up(
            form, lambda connection, until: endpoint_document(self._found(connection, owner, endpoint_id, until))
        )

    def list_endpoints(self) -> Response:
        """`GET /v1/webhook_endpoints`: newest first, page by page."""

        def read(connection: sqlite3.Connection, until: str) -> dict[str, Any]:
            found, has_more = rows(connection, "webhook_endpoints", page, {"merchant": owner}, until=until)
            documents = [endpoint_document(endpoint_of(row)) for row in found]
            return list_document("/v1/webhook_endpoints", documents, has_more)

        form, owner = self.teller.asked(), merchant()
        page = page_of(form)
        return self.teller.look_up(form, read)

    def _found(self, connection: sqlite3.Connection, owner: str, endpoint_id: str, until: str = "~") -> Endpoint:
        endpoint = self.endpoints.find(connection, endpoint_id)
        if endpoint is None or endpoint.merchant != owner or endpoint.created_at > until:
            raise no_such("webhook_endpoint", "id")
        return endpoint

    def _url(self, form: Form) -> str | None:
        url = form.text("url")
        if url is None:
            return None
        try:
            address_of(url, anywhere=self.anywhere)
        except AddressRefused as problem:
            raise invalid(f"invalid URL: {problem}", code="url_invalid", param="url") from problem
        return url


def endpoint_document(endpoint: Endpoint) -> dict[str, Any]:
    """Return an endpoint, without its secret."""
    return {
        "id": endpoint.id,
        "object": "webhook_endpoint",
        "api_version": endpoint.details.get("api_version"),
        "application": None,
        "created": epoch_s(endpoint.created_at),
        "description": endpoint.details.get("description"),
        "enabled_events": list(endpoint.types),
        "livemode": False,
        "metadata": endpoint.details["metadata"],
        "status": "enabled" if endpoint.is_enabled else "disabled",
        "url": endpoint.url,
    }


def _types(form: Form) -> list[str] | None:
    types = form.texts("enabled_events")
    if types is None:
        return None
    if not 1 <= len(types) <= TYPES_MAX:
        raise invalid(f"enabled_events must hold 1 to {TYPES_MAX} names", param="enabled_events")
    if not all(one == EVERYTHING or _TYPE.fullmatch(one) for one in types):
        raise invalid(
            f"enabled_events must hold whole names such as charge.refunded, or {EVERYTHING}", param="enabled_events"
        )
    return types


def _details(form: Form) -> dict[str, Any]:
    description = form.text("description")
    return {} if description is None else {"description": description or None}


def _version(form: Form) -> str | None:
    version = form.text("api_version")
    if version is not None and not _VERSION.fullmatch(version):
        raise invalid("invalid api_version", param="api_version")
    return version
