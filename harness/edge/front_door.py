"""A known local port in front of a deployed API: `POST :3001/payments` instead of `…/restapis/<id>/<stage>/…`."""

import json

from harness.edge.asgi import Asgi, Receive, Scope, Send


class FrontDoor:
    """An ASGI application that forwards to the stage of a deployed API through the edge, once it is opened."""

    def __init__(self, system: str, edge: Asgi) -> None:
        self._system = system
        self._edge = edge
        self._prefix = ""
        self.api_id, self.stage = "", ""  # where it leads to, "" while it is shut

    def open_to(self, api_id: str, stage: str) -> None:
        """Let requests through to this API's stage from now on."""
        self._prefix = f"/restapis/{api_id}/{stage}/_user_request_"
        self.api_id, self.stage = api_id, stage

    def shut(self) -> None:
        """Let nothing through."""
        self._prefix = self.api_id = self.stage = ""

    def describe(self) -> dict[str, object]:
        """Return the system's name and where its API is, null while none is deployed."""
        return {"system": self._system, "path": self._prefix or None}

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            return
        if not self._prefix:
            await self._refuse(send)
            return
        raw_path = scope.get("raw_path") or scope["path"].encode()
        forwarded = {**scope, "path": self._prefix + scope["path"], "raw_path": self._prefix.encode() + raw_path}
        await self._edge(forwarded, receive, send)

    async def _refuse(self, send: Send) -> None:
        message = f"{self._system} is not deployed here. Run `rehearse deploy {self._system}`."
        body = json.dumps({"error": {"type": "not_deployed", "code": "not_deployed", "message": message}}).encode()
        headers = [(b"content-type", b"application/json"), (b"content-length", str(len(body)).encode())]
        await send({"type": "http.response.start", "status": 503, "headers": headers})
        await send({"type": "http.response.body", "body": body})
