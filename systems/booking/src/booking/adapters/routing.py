"""One table of routes per handler: who may call each, what it takes and what it answers.

The table is what runs and what the OpenAPI document is generated from (`booking.openapi`), so the two can't differ.
A route's function gets a `Call` and returns an HttpAnswer; whatever it raises becomes an answer in the one shape.
"""

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any, Generic, TypeVar

import msgspec
from groundwork.deadline import Deadline
from groundwork.observability import OperationLine, operation_line

from booking.adapters.forms import Document, F, Form, NoForm, read_body, read_id, read_query
from booking.adapters.http_events import HttpAnswer, HttpRequest, Identity, error_answer
from booking.domain.errors import ForbiddenScope, NotFound, Problem, RequestInvalid

D = TypeVar("D")
IDEMPOTENCY_KEY = {"Idempotency-Key": "Makes the request repeatable: the same key and body give the same answer."}
_KEY = re.compile(r"[A-Za-z0-9_.:-]{1,128}")
Admit = Callable[[Identity], None]


class Access(StrEnum):
    """Who may call a route: anybody; every key of the tenant; keys with the scope `manage` only."""

    PUBLIC = "public"
    ANY = "any"
    MANAGE = "manage"


@dataclass(frozen=True, slots=True)
class Call(Generic[D]):
    """One request on its way, with what its function needs and the line that will tell of it."""

    request: HttpRequest
    deps: D
    deadline: Deadline
    line: OperationLine
    route: "Route[D]"

    @property
    def identity(self) -> Identity:
        """Return who calls; a route that asks this must not be public."""
        if self.request.identity is None:
            raise LookupError(f"{self.route.key} has no authorizer")
        return self.request.identity

    @property
    def tenant_id(self) -> str:
        """Return the tenant of the key that was sent."""
        return self.identity.tenant_id

    def body(self, form: type[F]) -> F:
        """Return the body as the form that the route declares; raises RequestInvalid."""
        if self.route.body is not form:
            raise LookupError(f"{self.route.key} declares the body {self.route.body.__name__}, not {form.__name__}")
        return read_body(self.request.body, form)

    def query(self, form: type[F]) -> F:
        """Return the query as the form that the route declares; raises RequestInvalid."""
        if self.route.query is not form:
            raise LookupError(f"{self.route.key} declares the query {self.route.query.__name__}, not {form.__name__}")
        return read_query(self.request.query, form)

    def path_id(self, name: str) -> str:
        """Return an id from the path, e.g. `path_id("serviceId")`; raises RequestInvalid when it can't be one."""
        return read_id(name, self.request.path.get(name, ""))

    def idempotency_key(self) -> str | None:
        """Return the header Idempotency-Key, None without one; raises RequestInvalid when it can't be a key."""
        key = self.request.headers.get("idempotency-key")
        if key is not None and not _KEY.fullmatch(key):
            raise RequestInvalid(Problem("Idempotency-Key", "malformed", f"must match ^{_KEY.pattern}$"))
        return key


@dataclass(frozen=True, slots=True)
class Route(Generic[D]):
    """One line of a handler's table.

    `answers` holds the document of each success; None means an answer without a body. `refusals` names the codes of
    errors beyond those that every route may give (see `booking.openapi`). `headers` are request headers it heeds.
    """

    key: str
    act: Callable[[Call[D]], HttpAnswer]
    summary: str
    access: Access
    answers: Mapping[int, type[Document] | None]
    body: type[Form] = NoForm
    query: type[Form] = NoForm
    refusals: Sequence[str] = ()
    headers: Mapping[str, str] = field(default_factory=dict)


def answer_event(
    event: Mapping[str, Any],
    routes: Mapping[str, Route[D]],
    deps: D,
    deadline: Deadline,
    *,
    admit: Admit,
) -> dict[str, Any]:
    """Answer one event by a table of routes (see `table`); every error becomes an answer.

    `admit` raises TooManyRequests when the caller has used up its requests; it is asked for every route with a key.
    """
    request = HttpRequest.parse(event)
    line: OperationLine | None = None
    try:
        with operation_line(request.route, request.request_id, request_id=request.request_id) as line:
            route = _admitted(request, routes, admit, line)
            answer = route.act(Call(request, deps, deadline, line, route))
            line.add(status=answer.status)
    except Exception as error:  # noqa: BLE001 - the line above has told it; the client gets a shape, never a trace
        answer = error_answer(error, line.correlation_id if line else request.request_id)
    return answer.to_event(line.correlation_id if line else request.request_id)


def table(*routes: Route[D]) -> dict[str, Route[D]]:
    """Return routes by their keys; raises ValueError when two have the same."""
    by_key = {route.key: route for route in routes}
    if len(by_key) != len(routes):
        raise ValueError("two routes have the same key")
    return by_key


def answered(status: int, document: Document | None = None, headers: Mapping[str, str] | None = None) -> HttpAnswer:
    """Return a success; the document's fields become camelCase JSON."""
    return HttpAnswer(status, None if document is None else msgspec.to_builtins(document), headers or {})


def _admitted(request: HttpRequest, routes: Mapping[str, Route[D]], admit: Admit, line: OperationLine) -> Route[D]:
    route = routes.get(request.route)
    if route is None:
        raise NotFound("route", request.route)
    if route.access is Access.PUBLIC:
        return route
    if request.identity is None:
        # Only a route that lost its authorizer in the template comes here: nobody is who they are not proven to be.
        raise ForbiddenScope("the request was not authorized")
    line.add(tenant_id=request.identity.tenant_id, api_key_id=request.identity.api_key_id)
    admit(request.identity)
    if route.access is Access.MANAGE and "manage" not in request.identity.scopes:
        raise ForbiddenScope("this route needs a key with the scope manage")
    return route
