"""The admin endpoints of faults.

| endpoint | answer |
| --- | --- |
| `POST faults` one rule, or `{"rules": [...]}` | 201, the rules with their ids; a mistake in one sets none; \
501 when the target can't have one |
| `GET faults`, `GET faults/{id}` | the rules in the order in which they are tried, with what they saw; one of them |
| `DELETE faults`, `DELETE faults/{id}` | heals all, those of LocalStack's API too, or one; its last state |
| `GET fired?fault=&after=&limit=` | every time that a fault bit, oldest first |
| `GET faults/kinds` | the kinds, with their phases and arguments |
"""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import orjson
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import BaseRoute, Route

from harness.edge.admin.requests import lacks, refused
from harness.edge.documents import RuleInvalid, known
from harness.edge.faults.board import FIRINGS_KEPT_MAX, RULES_MAX, Board
from harness.edge.faults.document import kinds_document, rule_of, state_of
from harness.edge.faults.rule import Rule

PREFIX = "/_rehearsal"


class Routes:
    """Serves one board; `heal_others` ends faults that are not, or not only, on it; `lacking` kinds are refused."""

    def __init__(self, board: Board, heal_others: Callable[[], None], lacking: Mapping[str, str] | None = None) -> None:
        self._lacking = lacking or {}
        self._board = board
        self._heal_others = heal_others

    def all(self) -> Sequence[BaseRoute]:
        """Return the endpoints."""
        return [
            Route(f"{PREFIX}/faults", self._list, methods=["GET"]),
            Route(f"{PREFIX}/faults", self._set, methods=["POST"]),
            Route(f"{PREFIX}/faults", self._heal_all, methods=["DELETE"]),
            Route(f"{PREFIX}/faults/kinds", self._kinds, methods=["GET"]),
            Route(f"{PREFIX}/faults/{{id}}", self._show, methods=["GET"]),
            Route(f"{PREFIX}/faults/{{id}}", self._heal, methods=["DELETE"]),
            Route(f"{PREFIX}/fired", self._fired, methods=["GET"]),
        ]

    async def _list(self, _: Request) -> Response:
        return self._told(self._board.rules())

    async def _set(self, request: Request) -> Response:
        try:
            rules = rules_of(await request.body())
        except RuleInvalid as problem:
            return refused(problem.headline)
        for rule in rules:
            if rule.fault.kind in self._lacking:
                return lacks(f"fault {rule.fault.kind}: {self._lacking[rule.fault.kind]}")
        if not self._board.add(rules):
            return refused(f"{len(rules)} more rules were given, expected {RULES_MAX} at most altogether")
        return self._told(rules, status=201)

    async def _heal_all(self, _: Request) -> Response:
        rules = self._board.rules()
        self._board.remove(rules)
        self._heal_others()
        return self._told(rules)

    async def _kinds(self, _: Request) -> Response:
        return JSONResponse({"kinds": kinds_document()})

    async def _show(self, request: Request) -> Response:
        rule = self._board.find(request.path_params["id"])
        return _unknown(request) if rule is None else JSONResponse(self._state(rule))

    async def _heal(self, request: Request) -> Response:
        rule = self._board.find(request.path_params["id"])
        if rule is None:
            return _unknown(request)
        self._board.remove([rule])
        return JSONResponse(self._state(rule))

    async def _fired(self, request: Request) -> Response:
        query = request.query_params
        try:
            after, limit = int(query.get("after", "0")), int(query.get("limit", str(FIRINGS_KEPT_MAX)))
        except ValueError:
            return refused("after or limit is no whole number")
        if after < 0 or limit < 0:
            return refused("after or limit is below 0")
        firings = self._board.fired(fault=query.get("fault", ""), after=after, limit=limit)
        return JSONResponse({"fired": [firing.to_json() for firing in firings]})

    def _told(self, rules: Sequence[Rule], status: int = 200) -> Response:
        return JSONResponse({"faults": [self._state(rule) for rule in rules]}, status_code=status)

    def _state(self, rule: Rule) -> dict[str, Any]:
        return state_of(rule, active=self._board.is_on(rule))


def rules_of(body: bytes) -> list[Rule]:
    """Read one rule, `{"rules": [...]}` or a list. Raises RuleInvalid that names the rule by its number."""
    try:
        given = orjson.loads(body)
    except orjson.JSONDecodeError as problem:
        raise RuleInvalid(f"the body is no JSON: {problem}") from problem
    if isinstance(given, dict) and "rules" in given:
        known(given, ("rules",), "the body")
        given = given["rules"]
    elif isinstance(given, dict):
        return [rule_of(given)]
    if not isinstance(given, list) or not given:
        raise RuleInvalid('the body has no rules, expected one rule or {"rules": [...]}')
    rules = []
    for number, document in enumerate(given, start=1):
        try:
            rules.append(rule_of(document))
        except RuleInvalid as problem:
            raise RuleInvalid(f"rule {number}: {problem.headline}") from problem
    return rules


def _unknown(request: Request) -> Response:
    return refused(f"there is no fault {request.path_params['id']!r}; it was healed, or never set", status=404)
