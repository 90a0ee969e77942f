"""The admin endpoints of capacity.

| endpoint | answer |
| --- | --- |
| `GET capacity` | `{"mode": "off", "count" or "enforce", "settings", "tables": [what each allows now]}` |
| `PUT capacity {"enforce", "scale", "parameters", "tables" …}` | the same; instead of what was set (see `settings`) |
| `DELETE capacity` | the same: off |
| `GET heat?table=&top=` | the heat of all tables, or of those that are named (`capacity.picture`) |
| `DELETE heat` | forgets it, not what tables have left |

With `?account=` (and `&region=`), settings are one account's alone; with `?lasting=true`, a reset goes back to them.
"""

import math
import re
from collections.abc import Mapping, Sequence
from typing import Any

import orjson
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import BaseRoute, Route

from harness.capacity.heat import Told, picture_of
from harness.capacity.shape import Throughput
from harness.capacity.state import ResourceState
from harness.edge.admin.requests import json_object, refused
from harness.edge.capacity.ledger import Ledger
from harness.edge.capacity.scopes import Scopes, Where
from harness.edge.capacity.settings import options_of
from harness.edge.capacity.tables import Ledgers
from harness.edge.clock import EdgeClock
from harness.edge.pattern import Texts, forms_of_name
from harness.errors import SettingInvalid

TOP_DEFAULT, TOP_MAX = 20, 500
_ACCOUNT = re.compile(r"\d{12}", re.ASCII)
_NOT_LASTING = "lasting settings are everybody's, expected no account beside it"
_PATH = "/_rehearsal/capacity"
_HEAT = "/_rehearsal/heat"


class Routes:
    """Serves what is set, and the ledgers."""

    def __init__(self, scopes: Scopes, ledgers: Ledgers, clock: EdgeClock) -> None:
        self._scopes = scopes
        self._ledgers = ledgers
        self._clock = clock

    def all(self) -> Sequence[BaseRoute]:
        """Return the endpoints."""
        return [
            Route(_PATH, self._show, methods=["GET"]),
            Route(_PATH, self._set, methods=["PUT"]),
            Route(_PATH, self._end, methods=["DELETE"]),
            Route(_HEAT, self._picture, methods=["GET"]),
            Route(_HEAT, self._cool, methods=["DELETE"]),
        ]

    async def _show(self, _: Request) -> Response:
        return self._state()

    async def _set(self, request: Request) -> Response:
        options = options_of(await json_object(request))
        self._ledgers.check(options)
        where, lasting = _where(request), _truth(request, "lasting")
        if lasting and where is not None:
            return refused(_NOT_LASTING)
        if not self._scopes.on:
            self._ledgers.cool()  # the picture begins now
        self._scopes.set(options, where, lasting=lasting)
        self._ledgers.adopt(self._scopes.of)
        return self._state()

    async def _end(self, request: Request) -> Response:
        where, lasting = _where(request), _truth(request, "lasting")
        if lasting and where is not None:
            return refused(_NOT_LASTING)
        self._scopes.set(None, where, lasting=lasting)
        self._ledgers.adopt(self._scopes.of)
        return self._state()

    async def _picture(self, request: Request) -> Response:
        query = request.query_params
        named = query.getlist("table")
        meant = Texts(tuple(named), forms_of_name) if named else None
        now_s = self._clock.now_s()
        told = [
            Told(
                ledger.heat,
                ledger.capacity.snapshot(now_s),
                ledger.namespace.account,
                ledger.namespace.region,
                ledger.enforced,
            )
            for ledger in self._ledgers.all()
            if meant is None or meant.mean(ledger.shape.name)
        ]
        picture = picture_of(
            told, now_s, started_s=self._ledgers.started_s, scale=self._scopes.scale, top=_top(query.get("top"))
        )
        return _json(picture.as_document())

    async def _cool(self, request: Request) -> Response:
        await json_object(request, known=())
        self._ledgers.cool()
        return JSONResponse({"started_s": self._ledgers.started_s})

    def _state(self) -> Response:
        now_s = self._clock.now_s()
        tables = [_table(ledger, ledger.capacity.snapshot(now_s)) for ledger in self._ledgers.all()]
        return _json({**self._scopes.document(), "tables": tables})


def _table(ledger: Ledger, states: Sequence[ResourceState]) -> dict[str, Any]:
    return {
        "table": ledger.shape.name,
        "account": ledger.namespace.account,
        "region": ledger.namespace.region,
        "billing": ledger.shape.billing,
        "enforced": ledger.enforced,
        "scale": ledger.parameters.scale,
        "resources": [
            {
                "resource": state.resource,
                "allowed": _pair(state.allowed),
                "burst": _pair(state.burst),
                "partitions": sum(one.ended_s is None for one in state.partitions),
            }
            for state in states
        ],
        **({"objection": ledger.objection} if ledger.objection else {}),
    }


def _pair(throughput: Throughput | None) -> Mapping[str, float | None] | None:
    if throughput is None:
        return None
    sides = {"read": throughput.read_units, "write": throughput.write_units}
    return {side: round(units, 3) if math.isfinite(units) else None for side, units in sides.items()}


def _where(request: Request) -> Where | None:
    query = request.query_params
    account, region = query.get("account"), query.get("region")
    if account is None:
        if region is not None:
            raise SettingInvalid("region is given without an account, expected both or the account alone")
        return None
    if not _ACCOUNT.fullmatch(account):
        raise SettingInvalid(f"account is {account!r}, expected twelve digits")
    return account, region or ""


def _truth(request: Request, name: str) -> bool:
    given = request.query_params.get(name, "false")
    if given not in ("true", "false"):
        raise SettingInvalid(f"{name} is {given!r}, expected true or false")
    return given == "true"


def _top(given: str | None) -> int:
    if given is None:
        return TOP_DEFAULT
    if not given.isdigit() or not 1 <= int(given) <= TOP_MAX:
        raise SettingInvalid(f"top is {given!r}, expected a whole number from 1 to {TOP_MAX}")
    return int(given)


def _json(document: Any) -> Response:
    """Return JSON of what may hold infinities, which become null."""
    return Response(orjson.dumps(document), media_type="application/json")
