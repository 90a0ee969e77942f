"""Ports: which are free, and who holds one that isn't."""

import contextlib
import errno
import socket
from dataclasses import dataclass

import psutil

from harness.errors import PortBusy

LOOPBACK = "127.0.0.1"


@dataclass(frozen=True, slots=True)
class Ports:
    """The ports of one environment on the loopback address."""

    aws: int
    payments_api: int
    gateway: int


KNOWN = Ports(aws=4566, payments_api=3001, gateway=3000)


def free_ports() -> Ports:
    """Return ports that nobody listens on now."""
    listeners = [_listener(0) for _ in range(3)]
    numbers = [listener.getsockname()[1] for listener in listeners]
    for listener in listeners:
        listener.close()
    return Ports(*numbers)


def require_free(ports: Ports) -> None:
    """Raise PortBusy, naming the process that holds it, when one of `ports` is taken."""
    for part, number in (("AWS", ports.aws), ("payments API", ports.payments_api), ("gateway", ports.gateway)):
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
