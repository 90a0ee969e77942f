"""Ports: which are free, and who holds one that isn't."""

import contextlib
import errno
import socket
from collections.abc import Mapping
from dataclasses import dataclass, field

import psutil

from harness.errors import PortBusy

LOOPBACK = "127.0.0.1"


@dataclass(frozen=True, slots=True)
class Ports:
    """The ports of one environment on the loopback address; `apis` has one for every system with an API.

    `parts` are those of what stands behind the edge, where a target publishes it too.
    """

    aws: int
    gateway: int
    apis: Mapping[str, int] = field(default_factory=dict)
    parts: Mapping[str, int] = field(default_factory=dict)

    def named(self) -> list[tuple[str, int]]:
        """Return every port with what people call it."""
        apis = [(f"{name} API", at) for name, at in self.apis.items()]
        return [("AWS", self.aws), ("gateway", self.gateway), *apis, *self.parts.items()]

    def to_json(self) -> dict[str, object]:
        """Return everything as JSON-ready values."""
        return {"aws": self.aws, "gateway": self.gateway, "apis": dict(self.apis), "parts": dict(self.parts)}


# A system that is to have a known port is named here, and nowhere else.
KNOWN = Ports(aws=4566, gateway=3000, apis={"payments": 3001, "booking": 3002})


def free_ports() -> Ports:
    """Return ports that nobody listens on now."""
    aws, gateway, *apis = free_numbers(len(KNOWN.named()))
    return Ports(aws, gateway, dict(zip(KNOWN.apis, apis, strict=True)))


def free_numbers(count: int) -> list[int]:
    """Return as many different ports that nobody listens on now."""
    listeners = [_listener(0) for _ in range(count)]
    numbers = [int(listener.getsockname()[1]) for listener in listeners]
    for listener in listeners:
        listener.close()
    return numbers


def require_free(ports: Ports) -> None:
    """Raise PortBusy, naming the process that holds it, when one of `ports` is taken."""
    for part, number in ports.named():
        try:
            _listener(number).close()
        except OSError as problem:
            if problem.errno not in (errno.EADDRINUSE, errno.EACCES):
                raise
            raise _busy(part, number) from None


def is_listening(port: int) -> bool:
    """Return whether something accepts connections on this loopback port."""
    with socket.socket() as probe:
        probe.settimeout(1.0)
        return probe.connect_ex((LOOPBACK, port)) == 0


def _listener(port: int) -> socket.socket:
    listener = socket.socket()
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listener.bind((LOOPBACK, port))
        listener.listen()
    except OSError:
        listener.close()
        raise
    return listener


def _busy(part: str, port: int) -> PortBusy:
    return PortBusy(
        f"port {port} ({part}) is held by {_holder(port)}, expected it to be free",
        remedy="stop that process, or use free ports: rehearse up --instance NAME",
    )


def _holder(port: int) -> str:
    try:
        connections = psutil.net_connections(kind="tcp")
    except psutil.AccessDenied:
        return "another process (whose name this user may not read)"
    for connection in connections:
        if connection.status != psutil.CONN_LISTEN or not connection.laddr or not connection.pid:
            continue
        with contextlib.suppress(psutil.NoSuchProcess):
            if connection.laddr.port == port:
                return f"{psutil.Process(connection.pid).name()} (pid {connection.pid})"
    return "another process"
