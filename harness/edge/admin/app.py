"""The admin application: what concerns the whole edge, and the endpoints that each room brings along.

| endpoint | answer |
| --- | --- |
| `GET health` | what runs here; 503 with `ailing` while a server behind the edge does not answer |
| `GET functions` | the Lambda workers |
| `POST functions/kill {"function"}` | `{"killed": n}`: busy workers of it that were killed; 501 where none can be |
| `GET front-doors`, `PUT front-doors/{name} {"api_id","stage"}` | which deployed API answers on a known port |
| `POST reset` | forget everything, as after `up`; with `{"account", "region"?}` what belongs to that account |

Who may ask is `guard`'s to say. Every refusal is JSON: `{"error": {"message"}}`.
"""

import logging
import re
from typing import TYPE_CHECKING

from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from harness.edge.admin.guard import PREFIX
from harness.edge.admin.requests import json_object, lacks, refused
from harness.edge.controls import Controls, Watched
from harness.errors import SettingInvalid, TargetLacks

if TYPE_CHECKING:
    from harness.edge.app import Edge

logger = logging.getLogger(__name__)
_ACCOUNT = re.compile(r"\d{12}", re.ASCII)


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
        handlers = {
            HTTPException: _say_http,
            SettingInvalid: _say_invalid,
            TargetLacks: _say_lacking,
            Exception: _say_failure,
        }
        return Starlette(routes=routes, exception_handlers=handlers)

    async def _health(self, _: Request) -> Response:
        told: dict[str, object] = {"status": "ok", **self._controls.describe()}
        for room in self._edge.rooms:
            told |= room.describe()
        ailing = await self._controls.ailing() if isinstance(self._controls, Watched) else {}
        if ailing:
            told |= {"status": "ailing", "ailing": dict(ailing)}
        return JSONResponse(told, status_code=503 if ailing else 200)

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

    async def _reset(self, request: Request) -> Response:
        body = await json_object(request, known=("account", "region"))
        if body:
            return await self._reset_account(body)
        await self._controls.reset()
        for door in self._edge.doors.values():
            door.shut()
        for room in self._edge.rooms:
            await room.forget(None)
        await self._edge.forget()
        return JSONResponse({"reset": True})

    async def _reset_account(self, body: dict[str, object]) -> Response:
        account, region = body.get("account"), body.get("region")
        if not isinstance(account, str) or not _ACCOUNT.fullmatch(account):
            return refused(f'account is {account!r}, expected twelve digits, e.g. {{"account": "111111111111"}}')
        if region is not None and not (isinstance(region, str) and region):
            return refused(f"region is {region!r}, expected a region's name or none for all of the account's")
        namespaces = self._edge.namespaces_of(account, region)
        for namespace in namespaces:
            await self._controls.reset(namespace)
            for room in self._edge.rooms:
                await room.forget(namespace)
            self._edge.tables.forget(namespace)
        return JSONResponse({"reset": True, "namespaces": [f"{one.account}/{one.region}" for one in namespaces]})


async def _say_http(_: Request, problem: Exception) -> Response:
    status = problem.status_code if isinstance(problem, HTTPException) else 500
    words = str(problem.detail) if isinstance(problem, HTTPException) else str(problem)
    answer = refused({404: "there is no such admin endpoint"}.get(status, words), status=status)
    if isinstance(problem, HTTPException):
        answer.headers.update(problem.headers or {})
    return answer


async def _say_invalid(_: Request, problem: Exception) -> Response:
    return refused(problem.headline if isinstance(problem, SettingInvalid) else str(problem))


async def _say_lacking(_: Request, problem: Exception) -> Response:
    return lacks(problem.headline if isinstance(problem, TargetLacks) else str(problem))


async def _say_failure(request: Request, problem: Exception) -> Response:
    logger.error("%s %s failed", request.method, request.url.path, exc_info=problem)
    return refused(f"the edge failed: {type(problem).__name__}: {problem}", status=500)
