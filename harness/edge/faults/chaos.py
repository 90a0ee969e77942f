"""LocalStack's chaos API on its known paths, so that what drives it drives this edge as well.

| endpoint | does |
| --- | --- |
| `GET /_localstack/chaos/faults` | lists the rules |
| `POST`, `PUT …/faults` | sets this list instead; `[]` heals all, `[{}]` fails every AWS call |
| `PATCH …/faults` | adds rules |
| `DELETE …/faults` | removes the rules that are exactly like these; all, when there are none in the body |
| `GET`, `POST …/effects` `{"latency": ms}` | delays every AWS call, 0 ends it |

A rule is `{region, service, operation, probability, error: {statusCode, code}}`, everything optional: 503
ServiceUnavailable without an error. Source: LocalStack's documentation of its Chaos API; documented. That `POST`
replaces the list and that an empty `DELETE` clears it is how its samples use it (assumed). Rules of this edge come
first where they were set first.
"""

from collections.abc import Sequence
from typing import Any

import orjson
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import BaseRoute, Route

from harness.edge.admin.requests import refused
from harness.edge.call import Call
from harness.edge.documents import RuleInvalid, a_text, an_integer, an_object, known
from harness.edge.faults.board import Bite, Board
from harness.edge.faults.document import rule_of
from harness.edge.faults.match import NO_TARGET
from harness.edge.faults.rule import Rule

PREFIX = "/_localstack/chaos"
ORIGIN = "LocalStack's chaos API"


class Chaos:
    """Keeps LocalStack's rules as they were given, and rules of this edge's that do the same."""

    def __init__(self, board: Board) -> None:
        self._board = board
        self._set: list[tuple[dict[str, Any], Rule]] = []
        self._latency: Rule | None = None
        self._latency_ms = 0

    def late(self, call: Call) -> Bite | None:
        """Return what delays every AWS call, whatever else befalls it."""
        if self._latency is None or not call.service:
            return None
        return self._board.claim(self._latency, call, call.targets[0] if call.targets else NO_TARGET)

    def clear(self) -> None:
        """Be as after the start."""
        self._board.remove(rule for _, rule in self._set)
        self._set = []
        self._delay(0)

    def routes(self) -> Sequence[BaseRoute]:
        """Return the endpoints."""
        return [
            Route(f"{PREFIX}/faults", self._faults, methods=["GET", "POST", "PUT", "PATCH", "DELETE"]),
            Route(f"{PREFIX}/effects", self._effects, methods=["GET", "POST"]),
        ]

    async def _faults(self, request: Request) -> Response:
        try:
            if request.method in ("POST", "PUT", "PATCH"):
                new = [(rule, _rule_of(rule)) for rule in _list(await request.body())]
                if not self._board.add(rule for _, rule in new):
                    return refused("there are too many rules")
                if request.method != "PATCH":
                    self._remove(self._set)
                self._set += new
            elif request.method == "DELETE":
                gone = _list(await request.body())
                self._remove([one for one in self._set if not gone or one[0] in gone])
        except RuleInvalid as problem:
            return refused(problem.headline)
        # Without those that were healed as rules of this edge.
        return JSONResponse([given for given, rule in self._set if not rule.is_healed])

    async def _effects(self, request: Request) -> Response:
        if request.method == "POST":
            try:
                document = an_object(_json(await request.body()), "the body")
                known(document, ("latency",), "effects")
                self._delay(an_integer(document, "latency", 0, at_most=600_000))
            except RuleInvalid as problem:
                return refused(problem.headline)
        return JSONResponse({"latency": self._latency_ms})

    def _remove(self, gone: list[tuple[dict[str, Any], Rule]]) -> None:
        self._board.remove(rule for _, rule in gone)
        self._set = [one for one in self._set if one not in gone]

    def _delay(self, latency_ms: int) -> None:
        if self._latency is not None:
            self._latency.release()
        self._latency_ms, self._latency = latency_ms, None
        if latency_ms:
            self._latency = rule_of({"kind": "latency", "delay_ms": latency_ms, "name": "effects"}, ORIGIN)
            self._latency.id = "localstack-effects"


def _rule_of(given: dict[str, Any]) -> Rule:
    known(given, ("region", "service", "operation", "probability", "error"), "the rule")
    error = an_object(given.get("error") or {}, "error")
    known(error, ("statusCode", "code"), "error")
    probability = {"probability": given["probability"]} if "probability" in given else {}
    document = {
        "kind": "error",
        "error": a_text(error, "code", "ServiceUnavailable"),
        "status": an_integer(error, "statusCode", 503, at_least=400, at_most=599),
        "message": "Operation failed due to a simulated fault",
        "match": {name: a_text(given, name) for name in ("region", "service", "operation") if given.get(name)},
        **probability,
    }
    return rule_of(document, ORIGIN)


def _list(body: bytes) -> list[dict[str, Any]]:
    value = _json(body) if body else []
    if not isinstance(value, list) or not all(isinstance(one, dict) for one in value):
        raise RuleInvalid("the body is no list of rules")
    return value


def _json(body: bytes) -> Any:
    try:
        return orjson.loads(body)
    except orjson.JSONDecodeError as problem:
        raise RuleInvalid(f"the body is no JSON: {problem}") from problem
