"""The admin endpoints under `/_rehearsal/`, for clients on this machine only.

| endpoint | answer |
| --- | --- |
| `GET health` | what runs here |
| `GET calls?execution=&trace=&service=&limit=` | the recent calls, oldest first |
| `GET functions` | the Lambda workers |
| `POST functions/kill {"function"}` | `{"killed": n}`: busy workers of that function that were killed |
| `GET front-doors`, `PUT front-doors/{name} {"api_id","stage"}` | which deployed API answers on a known port |
| `POST reset` | forget everything, as after `up` |
"""

import ipaddress
from collections.abc import Awaitable, Callable
from json import JSONDecodeError
from typing import Any

from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.middleware.base import BaseHTTPMiddleware
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from harness.edge.calls import CallLog
from harness.edge.controls import Controls
from harness.edge.front_door import FrontDoor

PREFIX = "/_rehearsal"
CALLS_LISTED_MAX = 10_000


class Admin:
    """Builds the admin application over a call log, the front doors and the target's controls."""

    def __init__(self, calls: CallLog, controls: Controls, doors: dict[str, FrontDoor]) -> None:
        self._calls = calls
        self._controls = controls
        self._doors = doors

    def application(self) -> Starlette:
        """Return the ASGI application."""
        routes = [
            Route(f"{PREFIX}/health", self._health),
            Route(f"{PREFIX}/calls", self._list_calls),
            Route(f"{PREFIX}/functions", self._functions),
            Route(f"{PREFIX}/functions/kill", self._kill, methods=["POST"]),
            Route(f"{PREFIX}/front-doors", self._front_doors),
            Route(f"{PREFIX}/front-doors/{{name}}", self._open_door, methods=["PUT"]),
            Route(f"{PREFIX}/reset", self._reset, methods=["POST"]),
        ]
        return Starlette(routes=routes, middleware=[Middleware(BaseHTTPMiddleware, dispatch=_loopback_only)])

    async def _health(self, _: Request) -> Response:
        return JSONResponse({"status": "ok", **self._controls.describe()})

    async def _list_calls(self, request: Request) -> Response:
        query = request.query_params
        try:
            limit = min(int(query.get("limit", "100")), CALLS_LISTED_MAX)
        except ValueError:
            return _refusal(f"limit is {query['limit']!r}, expected a whole number")
        chosen = self._calls.recent(
            execution=query.get("execution", ""),
            trace=query.get("trace", ""),
            service=query.get("service", ""),
            limit=limit,
        )
        return JSONResponse({"calls": chosen})

    async def _functions(self, _: Request) -> Response:
        return JSONResponse({"workers": [dict(worker) for worker in self._controls.functions()]})

    async def _kill(self, request: Request) -> Response:
        body = await _json_object(request)
        name = body.get("function")
        if not isinstance(name, str) or not name:
            return _refusal('the body has no function name, expected {"function": "payments-adapter"}')
        return JSONResponse({"killed": self._controls.kill_function(name)})

    async def _front_doors(self, _: Request) -> Response:
        return JSONResponse({"front_doors": {name: door.describe() for name, door in self._doors.items()}})

    async def _open_door(self, request: Request) -> Response:
        name, body = request.path_params["name"], await _json_object(request)
        door = self._doors.get(name)
        if door is None:
            return _refusal(f"there is no front door {name!r}, expected one of {sorted(self._doors)}", status=404)
        api_id, stage = body.get("api_id"), body.get("stage")
        if not isinstance(api_id, str) or not isinstance(stage, str):
            return _refusal('expected {"api_id": "…", "stage": "…"}')
        door.open_to(api_id, stage)
        return JSONResponse(door.describe())

    async def _reset(self, _: Request) -> Response:
        await self._controls.reset()
        for door in self._doors.values():
            door.shut()
        self._calls.clear()
        return JSONResponse({"reset": True})


async def _loopback_only(request: Request, call_next: Callable[[Request], Awaitable[Response]]) -> Response:
    client = request.client.host if request.client else ""
    try:
        local = ipaddress.ip_address(client).is_loopback
    except ValueError:
        local = False
    if not local:
        return _refusal("the admin endpoints answer to clients on this machine only", status=403)
    return await call_next(request)


async def _json_object(request: Request) -> dict[str, Any]:
    try:
        body = await request.json()
    except (JSONDecodeError, UnicodeDecodeError):
        return {}
    return body if isinstance(body, dict) else {}


def _refusal(message: str, status: int = 400) -> Response:
    return JSONResponse({"error": {"message": message}}, status_code=status)
