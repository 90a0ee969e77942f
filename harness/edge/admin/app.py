"""The admin application: what concerns the whole edge, and the endpoints that each room brings along.

| endpoint | answer |
| --- | --- |
| `GET health` | what runs here |
| `GET functions` | the Lambda workers |
| `POST functions/kill {"function"}` | `{"killed": n}`: busy workers of that function that were killed |
| `GET front-doors`, `PUT front-doors/{name} {"api_id","stage"}` | which deployed API answers on a known port |
| `POST reset` | forget everything, as after `up` |
"""

import ipaddress
from collections.abc import Awaitable, Callable
from typing import TYPE_CHECKING

from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.middleware.base import BaseHTTPMiddleware
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from harness.edge.admin.requests import json_object, refused
from harness.edge.controls import Controls

if TYPE_CHECKING:
    from harness.edge.app import Edge

PREFIX = "/_rehearsal"


class Admin:
    """Builds the admin application over an edge and the target's controls."""

    def __init__(self, edge: "Edge", controls: Controls) -> None:
        self._edge = edge
        self._controls = controls

    def application(self) -> Starlette:
        """Return the ASGI application."""
        routes = [
            Route(f"{PREFIX}/health", self._health),
            Route(f"{PREFIX}/functions", self._functions),
            Route(f"{PREFIX}/functions/kill", self._kill, methods=["POST"]),
            Route(f"{PREFIX}/front-doors", self._front_doors),
            Route(f"{PREFIX}/front-doors/{{name}}", self._open_door, methods=["PUT"]),
            Route(f"{PREFIX}/reset", self._reset, methods=["POST"]),
            *(route for room in self._edge.rooms for route in room.routes()),
        ]
        return Starlette(routes=routes, middleware=[Middleware(BaseHTTPMiddleware, dispatch=_loopback_only)])

    async def _health(self, _: Request) -> Response:
        told: dict[str, object] = {"status": "ok", **self._controls.describe()}
        for room in self._edge.rooms:
            told |= room.describe()
        return JSONResponse(told)

    async def _functions(self, _: Request) -> Response:
        return JSONResponse({"workers": [dict(worker) for worker in self._controls.functions()]})

    async def _kill(self, request: Request) -> Response:
        body = await json_object(request)
        name = body.get("function")
        if not isinstance(name, str) or not name:
            return refused('the body has no function name, expected {"function": "payments-adapter"}')
        return JSONResponse({"killed": self._controls.kill_function(name)})

    async def _front_doors(self, _: Request) -> Response:
        return JSONResponse({"front_doors": {name: door.describe() for name, door in self._edge.doors.items()}})

    async def _open_door(self, request: Request) -> Response:
        name, body = request.path_params["name"], await json_object(request)
        door = self._edge.doors.get(name)
        if door is None:
            return refused(f"there is no front door {name!r}, expected one of {sorted(self._edge.doors)}", status=404)
        api_id, stage = body.get("api_id"), body.get("stage")
        if not isinstance(api_id, str) or not isinstance(stage, str):
            return refused('expected {"api_id": "…", "stage": "…"}')
        door.open_to(api_id, stage)
        return JSONResponse(door.describe())

    async def _reset(self, _: Request) -> Response:
        await self._controls.reset()
        for door in self._edge.doors.values():
            door.shut()
        for room in self._edge.rooms:
            await room.forget(None)
        await self._edge.forget()
        return JSONResponse({"reset": True})


async def _loopback_only(request: Request, call_next: Callable[[Request], Awaitable[Response]]) -> Response:
    client = request.client.host if request.client else ""
    try:
        local = ipaddress.ip_address(client).is_loopback
    except ValueError:
        local = False
    if not local:
        return refused("the admin endpoints answer to clients on this machine only", status=403)
    return await call_next(request)
