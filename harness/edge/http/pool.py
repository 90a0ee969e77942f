"""The connections to one upstream: as many as there are calls under way, and some idle ones that wait for the next."""

import asyncio
import ssl
from collections.abc import AsyncIterable, Callable
from functools import partial
from urllib.parse import urlsplit

from harness.edge.http.connection import Connection, Response, UpstreamLost
from harness.errors import SettingInvalid

CONNECT_WITHIN_S = 5.0
IDLE_KEPT_MAX = 128
# Servers close idle connections (uvicorn after 5 s). A request that crosses such a close on the wire is lost, and may
# not be sent again: so older connections are not used.
IDLE_S_MAX = 4.0


class Pool:
    """Exchanges with the server behind `base_url` (http or https, host, port, optional path prefix)."""

    def __init__(self, base_url: str) -> None:
        self.base_url = base_url.rstrip("/")
        try:
            parts = urlsplit(self.base_url)
            port = parts.port
        except ValueError as problem:
            raise SettingInvalid(f"{base_url!r} is no URL of an upstream: {problem}") from problem
        if parts.scheme not in {"http", "https"} or not parts.hostname or parts.query or parts.username:
            raise SettingInvalid(f"{base_url!r} is no URL of an upstream, expected one like http://127.0.0.1:8000")
        self.host, self.port = parts.hostname, port or (443 if parts.scheme == "https" else 80)
        self.prefix = parts.path.encode()
        self.authority = parts.netloc.encode()
        self._tls = ssl.create_default_context() if parts.scheme == "https" else None
        self._idle: list[Connection] = []
        self._busy: set[Connection] = set()

    async def exchange(
        self,
        head: bytes,
        body: bytes | AsyncIterable[bytes],
        *,
        within_s: float,
        may_stream: bool = False,
        without_body: bool = False,
        watch: Callable[[Connection], None] | None = None,
    ) -> Response:
        """Send a request over a free connection, which `watch` learns, and return its answer; raises UpstreamLost."""
        connection = self._free() or await self._connect()
        if watch is not None:
            watch(connection)
        self._busy.add(connection)
        try:
            answer = await connection.exchange(
                head, body, within_s=within_s, may_stream=may_stream, without_body=without_body
            )
        except BaseException:
            self._busy.discard(connection)
            raise
        if answer.rest is None:
            self._give_back(connection)
        else:
            answer.rest.then(partial(self._give_back, connection))
        return answer

    async def reach(self) -> None:
        """Open a connection and keep it for the next exchange; raises UpstreamLost."""
        self._give_back(await self._connect())

    async def close(self) -> None:
        """Close every connection."""
        for connection in (*self._idle, *self._busy):
            connection.close()
        self._idle.clear()

    def _free(self) -> Connection | None:
        while self._idle:
            connection = self._idle.pop()
            if connection.usable and connection.idle_since_s >= connection.loop.time() - IDLE_S_MAX:
                return connection
            connection.close()
        return None

    async def _connect(self) -> Connection:
        loop = asyncio.get_running_loop()
        try:
            async with asyncio.timeout(CONNECT_WITHIN_S):
                _, connection = await loop.create_connection(
                    lambda: Connection(loop, self.base_url), self.host, self.port, ssl=self._tls
                )
        except TimeoutError as problem:
            told = f"{self.base_url} did not take a connection within {CONNECT_WITHIN_S:g} s"
            raise UpstreamLost(told, reached=False) from problem
        except OSError as problem:
            raise UpstreamLost(f"{self.base_url} can't be reached: {problem}", reached=False) from problem
        return connection

    def _give_back(self, connection: Connection) -> None:
        self._busy.discard(connection)
        if connection.usable and len(self._idle) < IDLE_KEPT_MAX:
            connection.idle_since_s = connection.loop.time()
            self._idle.append(connection)
        else:
            connection.close()
