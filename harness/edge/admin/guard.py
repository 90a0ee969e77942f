"""Who may use the admin endpoints: programs on this machine, and pages that the edge itself serves; nobody else.

A browser on this machine runs other sites' pages, which can send requests here: they are known by `Origin` and
`Sec-Fetch-Site`. A page whose own name was made to mean this machine (DNS rebinding) counts as this site, and is known
by the name in `Host`. No answer carries CORS headers, so that no other page reads one. The engine's own admin paths are
guarded alike, because they can erase as much. Leaves out: who else has an account on this machine.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from ipaddress import ip_address, ip_network
from urllib.parse import urlsplit

from harness.edge.admin.requests import refused
from harness.edge.asgi import Asgi, Message, Receive, Scope, Send
from harness.errors import SettingInvalid

BODY_BYTES_MAX = 1024 * 1024
PREFIX = "/_rehearsal"
# The admin paths of engines that may stand behind the edge, and what below them is an API of a user's.
_ENGINE_PREFIXES = ("/_ministack", "/_localstack", "/_aws")
_DATA_PLANE = ("/_aws/execute-api/", "/_aws/lambda-url/")
_CHAOS = "/_localstack/chaos/"  # answered by the edge, which has the faults
_WRITES = frozenset({"POST", "PUT", "PATCH", "DELETE"})


@dataclass(frozen=True)
class Access:
    """Who is let in beside this machine: `networks` in CIDR notation, and the `hosts` names by which they call here."""

    networks: tuple[str, ...] = ()
    hosts: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        for network in self.networks:
            try:
                ip_network(network)
            except ValueError as problem:
                raise SettingInvalid(f"admin network {network!r}: {problem}, expected e.g. 10.0.0.0/8") from None


class Guard:
    """Says why a request may not reach admin endpoints, and lets the others through with their body read."""

    def __init__(self, access: Access | None = None) -> None:
        access = access or Access()
        self._networks = [ip_network(network) for network in access.networks]
        self._hosts = frozenset(host.lower() for host in access.hosts)

    def objection(self, scope: Scope) -> str:
        """Return why this request is refused, "" when it is welcome."""
        headers = _Headers(scope["headers"])
        client = scope.get("client")
        if not self._is_near(client[0] if client else ""):
            return "the admin endpoints answer to clients on this machine only"
        host = headers.get(b"host")
        if headers.count(b"host") > 1 or not self._is_own_name(host):
            return f"the admin endpoints are called by localhost or a loopback address, not by Host {host!r}"
        origin = headers.get(b"origin")
        if origin and origin != f"{scope.get('scheme', 'http')}://{host}":
            return "the admin endpoints answer no requests of other sites' pages"
        # Following a link to here is fine; it is the reader who does.
        follows_link = scope["method"] == "GET" and headers.get(b"sec-fetch-mode") == "navigate"
        if headers.get(b"sec-fetch-site") in ("cross-site", "same-site") and not follows_link:
            return "the admin endpoints answer no requests of other sites' pages"
        kind = headers.get(b"content-type").partition(";")[0].strip().lower()
        if origin and scope["method"] in _WRITES and kind != "application/json" and headers.has_body():
            return f"a page sends application/json to the admin endpoints, not {kind or 'an unnamed type'}"
        return ""

    async def admit(self, application: Asgi, scope: Scope, receive: Receive, send: Send) -> None:
        """Let `application` answer a welcome request, and refuse others."""
        objection = self.objection(scope)
        if objection:
            await refused(objection, status=403)(scope, receive, send)
            return
        try:
            body = await _bounded_body(receive)
        except _Left:
            return
        if body is None:
            await refused(f"the body is larger than {BODY_BYTES_MAX} bytes", status=413)(scope, receive, send)
            return
        await application(scope, _replaying(body, receive), send)

    def _is_near(self, client: str) -> bool:
        try:
            address = ip_address(client)
        except ValueError:
            return False
        mapped = getattr(address, "ipv4_mapped", None)  # an IPv4 client of an IPv6 socket
        address = mapped or address
        return address.is_loopback or any(address in network for network in self._networks)

    def _is_own_name(self, host: str) -> bool:
        try:
            name = (urlsplit(f"//{host}").hostname or "").rstrip(".")
        except ValueError:
            return False
        if name == "localhost" or name.endswith(".localhost") or name in self._hosts:
            return True
        try:
            return ip_address(name).is_loopback
        except ValueError:
            return False


def is_admin(path: str) -> bool:
    """Tell whether a path belongs to the edge's admin endpoints."""
    return path == PREFIX or path.startswith((f"{PREFIX}/", _CHAOS))


def is_engine_admin(path: str) -> bool:
    """Tell whether a path belongs to an engine's own admin endpoints."""
    if not path.startswith(_ENGINE_PREFIXES):
        return False
    return any(path == one or path.startswith(f"{one}/") for one in _ENGINE_PREFIXES) and not path.startswith(
        _DATA_PLANE
    )


class _Headers:
    def __init__(self, headers: Iterable[tuple[bytes, bytes]]) -> None:
        self._headers = list(headers)

    def get(self, name: bytes) -> str:
        return next((value.decode("latin-1") for known, value in self._headers if known == name), "")

    def count(self, name: bytes) -> int:
        return sum(known == name for known, _ in self._headers)

    def has_body(self) -> bool:
        return self.get(b"content-length") not in ("", "0") or bool(self.get(b"transfer-encoding"))


class _Left(Exception):
    """The client left before its body was whole."""


async def _bounded_body(receive: Receive) -> bytes | None:
    """Return the whole body, None when it is larger than the bound."""
    parts: list[bytes] = []
    size = 0
    while True:
        message = await receive()
        if message["type"] == "http.disconnect":
            raise _Left
        parts.append(message.get("body", b""))
        size += len(parts[-1])
        if size > BODY_BYTES_MAX:
            return None
        if not message.get("more_body", False):
            return b"".join(parts)


def _replaying(body: bytes, receive: Receive) -> Receive:
    given = False

    async def replay() -> Message:
        nonlocal given
        if given:
            return await receive()
        given = True
        return {"type": "http.request", "body": body, "more_body": False}

    return replay
