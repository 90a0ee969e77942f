"""An edge over a small engine, asked in this process as a client, a browser or a stranger would."""

import asyncio
import json
from collections.abc import Sequence
from typing import Any

import httpx

from harness.edge import Edge, EdgeOptions, assemble
from harness.edge.asgi import Receive, Scope, Send
from harness.edge.call import Namespace
from harness.edge.upstream import AsgiUpstream


class Target:
    """Remembers what was reset."""

    def __init__(self) -> None:
        self.resets: list[Namespace | None] = []

    def describe(self) -> dict[str, object]:
        return {"target": "fake"}

    def functions(self) -> Sequence[dict[str, object]]:
        return []

    def kill_function(self, name: str) -> int:
        return 0

    def account_of(self, access_key: str) -> str:
        return access_key if access_key.isdigit() else "000000000000"

    def kill_invocation(self, request_id: str) -> bool:
        return False

    async def reset(self, namespace: Namespace | None = None) -> None:
        self.resets.append(namespace)


async def engine(scope: Scope, receive: Receive, send: Send) -> None:
    """Answer everything with the path that was asked for."""
    body = json.dumps({"path": scope["path"]}).encode()
    await send({"type": "http.response.start", "status": 200, "headers": []})
    await send({"type": "http.response.body", "body": body})


def edge_of(**options: Any) -> tuple[Edge, Target]:
    """Return an edge and its target."""
    target = Target()
    return assemble(AsgiUpstream(engine), target, EdgeOptions(**options), engine=engine), target


def ask(
    app: Edge, method: str, path: str, *, client: str = "127.0.0.1", host: str = "localhost", **more: Any
) -> httpx.Response:
    """Send one request."""

    async def sent() -> httpx.Response:
        transport = httpx.ASGITransport(app, client=(client, 50000))  # type: ignore[arg-type]
        async with httpx.AsyncClient(transport=transport, base_url=f"http://{host}") as http:
            return await http.request(method, path, **more)

    return asyncio.run(sent())


def words(answer: httpx.Response) -> str:
    """Return what a refusal says."""
    return str(answer.json()["error"]["message"])
