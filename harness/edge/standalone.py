"""An edge of its own, in front of engines that somebody else runs: one port, and behind it a server for each service.

It starts and stops nothing but itself; what it forgets on a reset is its own.
"""

import asyncio
import logging
import os
import socket
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field

import uvicorn

from harness import __version__
from harness.edge.asgi import Receive, Scope, Send
from harness.edge.assembly import EdgeOptions, assemble
from harness.edge.aws import refusal
from harness.edge.call import Answer, Call, Namespace
from harness.edge.http import HttpUpstream, UpstreamLost
from harness.edge.serving import LOOPBACK, Server, config_for, listener, serve_until_told
from harness.errors import EnvironmentNotReady, SettingInvalid

ACCOUNT_DEFAULT = "000000000000"
CONNECT_EVERY_S = 0.1
# SigV4's names of services whose calls belong to another's server unless they get one of their own.
_FOLLOWS = {"execute-api": "apigateway"}


@dataclass(frozen=True)
class Behind:
    """The servers behind an edge: by SigV4 service name, and one for all others ("" when there is none)."""

    default: str = ""
    by_service: Mapping[str, str] = field(default_factory=dict)

    @classmethod
    def parse(cls, options: Sequence[str]) -> "Behind":
        """Read `http://…` or `service=http://…` texts; raises SettingInvalid."""
        default, by_service = "", {}
        for option in options:
            service, equals, url = option.partition("=")
            if "://" in service or not equals:
                service, url = "", option
            if service in by_service or (not service and default):
                raise SettingInvalid(f"two upstreams are given for {service or 'all services'}: the second is {url}")
            if service:
                by_service[service] = url
            else:
                default = url
        if not default and not by_service:
            raise SettingInvalid("no upstream is given", remedy="--upstream http://127.0.0.1:8000")
        return cls(default, by_service)

    def describe(self) -> dict[str, str]:
        """Return the URLs by service; `*` is every other."""
        return {**self.by_service, **({"*": self.default} if self.default else {})}


class ByService:
    """Sends each call to the server of its service."""

    def __init__(self, behind: Behind) -> None:
        servers = {url: HttpUpstream(url) for url in behind.describe().values()}
        self.servers = tuple(servers.values())
        self._default = servers[behind.default] if behind.default else None
        self._by_service = {service: servers[url] for service, url in behind.by_service.items()}

    async def __call__(self, call: Call) -> Answer:
        service = call.service
        server = self._by_service.get(service) or self._by_service.get(_FOLLOWS.get(service, "")) or self._default
        if server is None:
            told = f"no upstream for {service or 'unsigned calls'}: give one with --upstream {service or 'SERVICE'}=URL"
            return refusal(call, "ServiceUnavailable", told, 502)
        return await server(call)

    async def close(self) -> None:
        """Close all connections."""
        for server in self.servers:
            await server.close()


class Alone:
    """The controls of an edge that rules nothing but itself."""

    def __init__(self, behind: Behind, account: str) -> None:
        self._behind = behind
        self._account = account

    def describe(self) -> dict[str, object]:
        """Return what runs here."""
        return {
            "target": "standalone",
            "version": __version__,
            "upstreams": self._behind.describe(),
            "pid": os.getpid(),
        }

    def account_of(self, access_key: str) -> str:
        """Return an access key that is an account's number (emulators take it for that), else the one account."""
        return access_key if len(access_key) == len(ACCOUNT_DEFAULT) and access_key.isdigit() else self._account

    def functions(self) -> list[dict[str, object]]:
        """Return none: functions run elsewhere."""
        return []

    def kill_function(self, name: str) -> int:  # noqa: ARG002
        """Kill none."""
        return 0

    def kill_invocation(self, request_id: str) -> bool:  # noqa: ARG002
        """Kill none."""
        return False

    async def reset(self, namespace: Namespace | None = None) -> None:
        """Leave the engines as they are: they are not the edge's."""


@dataclass(frozen=True)
class Standalone:
    """An edge that is to run by itself."""

    behind: Behind
    port: int = 4566
    account: str = ACCOUNT_DEFAULT
    options: EdgeOptions = field(default_factory=EdgeOptions)
    upstream_within_s: float = 5.0

    def run(self, when_ready: Callable[[str], None]) -> None:
        """Serve until SIGINT or SIGTERM; call `when_ready` with the URL. Raises PortBusy, EnvironmentNotReady."""
        logging.basicConfig(format="%(levelname)s %(name)s: %(message)s", level=logging.WARNING)
        bound = listener(self.port)
        upstream = ByService(self.behind)
        loop_factory = uvicorn.Config(_nothing).get_loop_factory()
        with bound, asyncio.Runner(loop_factory=loop_factory) as runner:
            runner.run(self._serve(bound, upstream, when_ready))

    async def _serve(self, bound: socket.socket, upstream: ByService, when_ready: Callable[[str], None]) -> None:
        edge = assemble(upstream, Alone(self.behind, self.account), self.options)
        for one in upstream.servers:
            await _reach(one, self.upstream_within_s)
        server = Server(config_for(edge))
        server.when_started = lambda: when_ready(f"http://{LOOPBACK}:{bound.getsockname()[1]}")
        try:
            await serve_until_told([(server, bound)], edge.let_go)
        finally:
            await upstream.close()
        if not server.started:
            raise EnvironmentNotReady("the edge did not start", evidence={"read": "what it wrote above"})


async def _reach(server: HttpUpstream, within_s: float) -> None:
    """Wait until a server takes connections; raises EnvironmentNotReady."""
    loop = asyncio.get_running_loop()
    deadline_s = loop.time() + within_s
    while True:
        try:
            await server.reach()
        except UpstreamLost as problem:
            if loop.time() >= deadline_s:
                raise EnvironmentNotReady(
                    f"{problem.headline}", remedy="start it first; the edge starts no engine"
                ) from problem
            await asyncio.sleep(CONNECT_EVERY_S)
        else:
            return


async def _nothing(scope: Scope, receive: Receive, send: Send) -> None:
    """Only for uvicorn's choice of an event loop."""
