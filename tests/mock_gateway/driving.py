"""Ways to talk to a gateway in tests: inside the process (fast, its clock stands still) or over a real connection."""

import json
import socket
import ssl
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import httpx
from flask.testing import FlaskClient

from mock_gateway.application import Settings, create_gateway
from mock_gateway.server import GatewayServer, serve_in_thread

WAIT_S = 5.0
CHARGES = {"operation": "charge"}
# Nothing here is encrypted, and loading certificates would take longer than a test.
NO_CERTIFICATES = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)


class StoppedClock:
    """A clock that moves only when told to, or when something sleeps on it."""

    def __init__(self) -> None:
        self.restart()

    def restart(self) -> None:
        self._now_at = datetime(2026, 1, 1, tzinfo=UTC)

    def now(self) -> datetime:
        return self._now_at

    def monotonic_s(self) -> float:
        return self._now_at.timestamp()

    def sleep(self, duration_s: float) -> None:
        self.advance(duration_s)

    def advance(self, duration_s: float) -> None:
        self._now_at += timedelta(seconds=duration_s)


@dataclass(frozen=True)
class Reply:
    """An answer as the client got it."""

    status: int
    text: str
    headers: Mapping[str, str] = field(default_factory=dict)

    @property
    def json(self) -> Any:
        return json.loads(self.text)

    @property
    def code(self) -> str:
        return str(self.json["error"]["code"])


class Gateway:
    """A gateway's requests as verbs; how they travel is for subclasses."""

    def send(self, method: str, path: str, body: Any = None, headers: Mapping[str, str] | None = None) -> Reply:
        raise NotImplementedError

    def charge(self, *, key: str = "", fault: str = "", **fields: Any) -> Reply:
        body = {"amount_minor": 4000, "currency": "USD", "card": "tok_visa", **fields}
        return self.send("POST", "/charges", body, _headers(key, fault))

    def refund(self, charge: str, *, key: str = "", fault: str = "", **fields: Any) -> Reply:
        return self.send("POST", "/refunds", {"charge": charge, **fields}, _headers(key, fault))

    def charged(self, **fields: Any) -> str:
        reply = self.charge(**fields)
        assert reply.status == 201, reply.text
        return str(reply.json["id"])

    def get(self, path: str, *, fault: str = "") -> Reply:
        return self.send("GET", path, headers=_headers("", fault))

    def entries(self, query: str = "") -> list[dict[str, Any]]:
        entries: list[dict[str, Any]] = self.get(f"/ledger?{query}").json["entries"]
        return entries

    def amounts(self) -> list[int]:
        return [entry["amount_minor"] for entry in self.entries()]

    def set_fault(self, kind: str, **rule: Any) -> str:
        reply = self.send("POST", "/_admin/faults", {"kind": kind, **rule})
        assert reply.status == 201, reply.text
        return str(reply.json["id"])

    def heal(self, fault: str) -> None:
        assert self.send("DELETE", f"/_admin/faults/{fault}").status == 200

    def fired(self, fault: str) -> int:
        return int(self.get("/_admin/fired").json["counts"].get(fault, 0))


class InProcess(Gateway):
    """A gateway under Flask's test client."""

    def __init__(self, client: FlaskClient) -> None:
        self._client = client

    def send(
        self,
        method: str,
        path: str,
        body: Any = None,
        headers: Mapping[str, str] | None = None,
        address: str = "127.0.0.1",
    ) -> Reply:
        data = body if isinstance(body, str) else None if body is None else json.dumps(body)
        with self._client.open(
            path, method=method, data=data, headers=headers, environ_base={"REMOTE_ADDR": address}
        ) as response:
            return Reply(response.status_code, response.get_data(as_text=True), dict(response.headers))


class OverTheWire(Gateway):
    """A gateway behind a port; a new connection for every request, so that a broken one harms no other."""

    def __init__(self, port: int) -> None:
        self.port = port
        transport = httpx.HTTPTransport(verify=NO_CERTIFICATES, limits=httpx.Limits(max_keepalive_connections=0))
        self._client = httpx.Client(base_url=f"http://127.0.0.1:{port}", transport=transport, trust_env=False)

    def close(self) -> None:
        self._client.close()

    def send(
        self,
        method: str,
        path: str,
        body: Any = None,
        headers: Mapping[str, str] | None = None,
        timeout_s: float = WAIT_S,
    ) -> Reply:
        response = self._client.request(method, path, json=body, headers=headers, timeout=timeout_s)
        return Reply(response.status_code, response.text, dict(response.headers))

    @contextmanager
    def begun(self, body: Mapping[str, Any], headers: Mapping[str, str]) -> Iterator[socket.socket]:
        """A charge that was sent and whose answer is not awaited."""
        payload = json.dumps({"amount_minor": 4000, "currency": "USD", "card": "tok_visa", **body})
        lines = [f"{name}: {value}" for name, value in {**headers, "Content-Length": str(len(payload))}.items()]
        with socket.create_connection(("127.0.0.1", self.port), timeout=WAIT_S) as connection:
            connection.sendall("\r\n".join(["POST /charges HTTP/1.1", "Host: gateway", *lines, "", payload]).encode())
            yield connection


@contextmanager
def in_process(clock: StoppedClock, **settings: Any) -> Iterator[InProcess]:
    """A gateway in memory."""
    application, close = create_gateway(Settings(clock=clock, seed=1, **settings))
    try:
        yield InProcess(application.test_client())
    finally:
        close()


@contextmanager
def served(database: Path | None = None, threads: int = 8, **settings: Any) -> Iterator[OverTheWire]:
    """A gateway that listens on a free port, on a thread of this process."""
    application, close = create_gateway(Settings(database=database, seed=1, **settings))
    server = GatewayServer(application, host="127.0.0.1", port=0, threads=threads)
    thread = serve_in_thread(server)
    wire = OverTheWire(server.port)
    try:
        yield wire
    finally:
        wire.close()
        server.stop()
        thread.join(WAIT_S)
        close()
        assert not thread.is_alive()


def together(act: Callable[[int], Any], count: int) -> list[Any]:
    """Run `act(0)` … `act(count - 1)` at the same time and return what they returned."""
    results: list[Any] = [None] * count
    start = threading.Barrier(count)

    def run(index: int) -> None:
        start.wait(WAIT_S)
        results[index] = act(index)

    threads = [threading.Thread(target=run, args=(index,)) for index in range(count)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(WAIT_S * 2)
        assert not thread.is_alive()
    return results


def eventually(holds: Callable[[], bool], within_s: float = WAIT_S) -> None:
    """Wait until something holds; raises TimeoutError."""
    pause, deadline = threading.Event(), datetime.now(UTC) + timedelta(seconds=within_s)
    while not holds():
        if datetime.now(UTC) > deadline:
            raise TimeoutError(f"did not come true within {within_s} s")
        pause.wait(0.01)


def _headers(key: str, fault: str) -> dict[str, str]:
    return {
        **({"Idempotency-Key": key} if key else {}),
        **({"X-Gateway-Fault": fault} if fault else {}),
    }
