"""TTL at the admin endpoints.

| endpoint | answer |
| --- | --- |
| `GET ttl` | the lag, and the tables with TTL: pending, expired but present, deleted |
| `PUT ttl {"lag_s"` or `"lag", "table"?, "account"?}` | sets all tables', one's or an account's lag; null undoes it |
| `POST ttl/sweep {"table"?, "account"?, "region"?, "key"?, "ahead"?}` | `{"deleted": n}` |

A sweep deletes what has expired, however short ago: AWS may do so at any time after the expiry. `ahead` counts as
expired what will be within that duration, and with `table` and `key` it moves nobody else's items: that is how tests
that share an environment let time pass for their own.
"""

from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from typing import Any

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import BaseRoute, Route

from harness.durations import duration_s
from harness.edge.admin.requests import json_object, refused
from harness.edge.clock import EdgeClock
from harness.edge.ttl.lags import Scope
from harness.edge.ttl.sweeper import Sweeper
from harness.edge.ttl.watched import WatchedTable


class LifetimesAdmin:
    """The endpoints of the room `Lifetimes`; `wake` lets it look at what is due now."""

    def __init__(self, sweeper: Sweeper, clock: EdgeClock, wake: Callable[[], None]) -> None:
        self._sweeper = sweeper
        self._clock = clock
        self._wake = wake

    def routes(self) -> Sequence[BaseRoute]:
        """Return the routes."""
        return [
            Route("/_rehearsal/ttl", self._show, methods=["GET"]),
            Route("/_rehearsal/ttl", self._set_lag, methods=["PUT"]),
            Route("/_rehearsal/ttl/sweep", self._sweep, methods=["POST"]),
        ]

    async def _show(self, _: Request) -> Response:
        return JSONResponse(self._document())

    async def _set_lag(self, request: Request) -> Response:
        body = await json_object(request, known=("lag_s", "lag", "table", "account"))
        if len({"lag_s", "lag"} & body.keys()) != 1:
            return refused('expected one of lag_s and lag, e.g. {"lag": "2h"}')
        wanted = body["lag"] if "lag" in body else body["lag_s"]
        scope = Scope(account=_text(body, "account"), table=_text(body, "table"))
        self._sweeper.lags.put(scope, None if wanted is None else duration_s(wanted))
        self._wake()
        return JSONResponse(self._document())

    async def _sweep(self, request: Request) -> Response:
        body = await json_object(request, known=("table", "account", "region", "key", "ahead"))
        table, account, region, key = (_text(body, name) for name in ("table", "account", "region", "key"))
        ahead_s = duration_s(body.get("ahead", 0))
        if key and not table:
            return refused("a key says nothing without its table")
        scope = Scope(account, table)
        chosen = [
            one
            for one in self._sweeper.tables.values()
            if scope.covers(one.namespace, one.name) and region in ("", one.namespace.region)
        ]
        return JSONResponse({"deleted": await self._sweeper.sweep_now(chosen, ahead_s, key)})

    def _document(self) -> dict[str, object]:
        lags = self._sweeper.lags
        tables = [self._table(one) for one in self._sweeper.tables.values() if one.attribute]
        return {
            "lag_s": lags.default_s,
            "lags": lags.to_json(),
            "deletes_as_the_system": self._sweeper.deletes_as_the_system,
            "tables": tables,
        }

    def _table(self, table: WatchedTable) -> dict[str, object]:
        lag_s = self._sweeper.lag_s(table)
        next_at_s = table.expiries.next_at_s() + lag_s
        return {
            "account": table.namespace.account,
            "region": table.namespace.region,
            "table": table.name,
            "attribute": table.attribute,
            "lag_s": lag_s,
            "pending": len(table.expiries),
            "expired": table.expiries.count_before(self._clock.now_s()),
            "deleted": table.deleted,
            "next_delete_at": _instant(next_at_s),
        }


def _text(body: dict[str, Any], name: str) -> str:
    value = body.get(name, "")
    if not isinstance(value, str):
        raise HTTPException(400, f"{name} is {value!r}, expected text")
    return value


def _instant(epoch_s: float) -> str | None:
    """Return an instant as text; None for one that no calendar holds."""
    try:
        return datetime.fromtimestamp(epoch_s, UTC).isoformat(timespec="seconds")
    except (ValueError, OverflowError, OSError):
        return None
