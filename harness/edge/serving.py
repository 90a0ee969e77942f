"""How an edge is served: uvicorn with a protocol that can break connections, on a port of this machine only."""

import asyncio
import contextlib
import errno
import signal
import socket
from collections.abc import Callable, Iterator, Sequence

import uvicorn

from harness.edge.asgi import Asgi
from harness.edge.wire import WireProtocol
from harness.errors import PortBusy

LOOPBACK = "127.0.0.1"
STOP_WITHIN_S = 3


class Server(uvicorn.Server):
    """A server that leaves signals to its process, and tells when it has started."""

    when_started: Callable[[], None] | None = None

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        """Start, and tell."""
        await super().startup(sockets)
        if self.started and self.when_started is not None:
            self.when_started()

    @contextlib.contextmanager
    def capture_signals(self) -> Iterator[None]:
        """Take no signal."""
        yield

    def stop(self) -> None:
        """End, finishing what is under way."""
        self.should_exit = True


def config_for(application: Asgi, *, lifespan: bool = True) -> uvicorn.Config:
    """Return uvicorn's settings for an application that costs little and logs by itself."""
    return uvicorn.Config(
        application,
        http=WireProtocol,
        lifespan="on" if lifespan else "off",
        log_level="warning",
        access_log=False,
        proxy_headers=False,
        server_header=False,
        date_header=False,
        timeout_graceful_shutdown=STOP_WITHIN_S,
        backlog=2048,
    )


async def serve_until_told(servers: Sequence[tuple[Server, socket.socket]], let_go: Callable[[], None]) -> None:
    """Serve each on its socket until SIGTERM or SIGINT, at which `let_go` ends what would hold calls up."""

    def stop() -> None:
        let_go()
        for server, _ in servers:
            server.stop()

    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, stop)
    await asyncio.gather(*(server.serve(sockets=[bound]) for server, bound in servers))


def listener(port: int, host: str = LOOPBACK) -> socket.socket:
    """Return a socket bound to a port (0: any free one); raises PortBusy."""
    # Named as TCP so that asyncio turns Nagle's delay off, which otherwise costs 40 ms a call.
    bound = socket.socket(proto=socket.IPPROTO_TCP)
    bound.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        bound.bind((host, port))
    except OSError as problem:
        bound.close()
        if problem.errno not in {errno.EADDRINUSE, errno.EACCES}:
            raise
        raise PortBusy(
            f"port {port} can't be had: {problem.strerror}", remedy="end what holds it, or give another with --port"
        ) from problem
    return bound
