"""The Runtime API (2018-06-01) on one loopback port a worker, served by the thread that invokes the worker.

A worker is used by one invocation at a time, so the invoking thread itself reads what the worker sends and writes the
event into the worker's waiting `next` request: no event loop, no hand-over between threads, and the port tells workers
apart. (A path in AWS_LAMBDA_RUNTIME_API would not do: the runtime client reports init errors through `http.client`,
which takes a host and a port only.) Between invocations nothing is served; a request then waits in the socket.

Source of paths, headers and codes: Lambda developer guide, "Lambda runtime API"; documented. Left out: /restore
(SnapStart), the extensions and telemetry APIs, and streamed answers.
"""

import json
import select
import socket
from collections.abc import Mapping
from dataclasses import dataclass, field
from http import HTTPStatus

import httptools

VERSION = "/2018-06-01/runtime"
ERROR_TYPE_HEADER = "lambda-runtime-function-error-type"
RECEIVED_MAX = 262_144
SEND_WITHIN_S = 10.0


@dataclass(slots=True)
class Request:
    """One request of a worker."""

    method: str
    path: str
    headers: dict[str, str] = field(default_factory=dict)  # names in lower case
    body: bytes = b""


class Connection:
    """One connection of a worker; parses what arrives, keeps what is incomplete."""

    def __init__(self, accepted: socket.socket) -> None:
        accepted.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        accepted.settimeout(SEND_WITHIN_S)
        self._socket = accepted
        self._parser = httptools.HttpRequestParser(self)
        self._finished: list[Request] = []
        self._url = b""
        self._headers: dict[str, str] = {}
        self._body: list[bytes] = []

    def fileno(self) -> int:
        return self._socket.fileno()

    def receive(self) -> list[Request] | None:
        """Return the requests that are complete now, None when the connection has ended; call when readable."""
        try:
            data = self._socket.recv(RECEIVED_MAX)
            if not data:
                return None
            self._parser.feed_data(data)
        except (OSError, httptools.HttpParserError):
            return None
        finished, self._finished = self._finished, []
        return finished

    def answer(self, status: HTTPStatus, body: bytes = b"", headers: Mapping[str, str] | None = None) -> None:
        """Send an answer; raises OSError when the worker is gone."""
        lines = [f"HTTP/1.1 {status.value} {status.phrase}", "Content-Type: application/json"]
        lines += [f"{name}: {value}" for name, value in (headers or {}).items()]
        lines += [f"Content-Length: {len(body)}", "", ""]
        self._socket.sendall("\r\n".join(lines).encode() + body)

    def refuse(self, status: HTTPStatus, error_type: str, message: str) -> None:
        """Send an error answer."""
        self.answer(status, json.dumps({"errorMessage": message, "errorType": error_type}).encode())

    def close(self) -> None:
        self._socket.close()

    # What httptools calls while it parses.
    def on_url(self, url: bytes) -> None:
        self._url += url

    def on_header(self, name: bytes, value: bytes) -> None:
        self._headers[name.decode("latin-1").lower()] = value.decode("latin-1")

    def on_headers_complete(self) -> None:
        if self._headers.get("expect", "").lower() == "100-continue":
            self._socket.sendall(b"HTTP/1.1 100 Continue\r\n\r\n")

    def on_body(self, body: bytes) -> None:
        self._body.append(body)

    def on_message_complete(self) -> None:
        method, path = self._parser.get_method().decode(), self._url.decode("latin-1").partition("?")[0]
        self._finished.append(Request(method, path, self._headers, b"".join(self._body)))
        self._url, self._headers, self._body = b"", {}, []


class Listener:
    """The port of one worker."""

    def __init__(self) -> None:
        self._socket = socket.socket()
        self._socket.bind(("127.0.0.1", 0))
        self._socket.listen(16)
        self._socket.setblocking(False)
        self.address = "{}:{}".format(*self._socket.getsockname())

    def fileno(self) -> int:
        return self._socket.fileno()

    def accept(self) -> Connection | None:
        """Return a new connection, if there is one."""
        try:
            return Connection(self._socket.accept()[0])
        except OSError:
            return None

    def close(self) -> None:
        self._socket.close()


class Readiness:
    """Waits until one of several descriptors can be read."""

    def __init__(self) -> None:
        self._poll = select.poll()

    def add(self, descriptor: int) -> None:
        self._poll.register(descriptor, select.POLLIN)

    def remove(self, descriptor: int) -> None:
        self._poll.unregister(descriptor)

    def wait(self, within_s: float) -> list[int]:
        """Return the readable (or ended) descriptors; empty after `within_s` seconds."""
        return [descriptor for descriptor, _ in self._poll.poll(max(0.0, within_s) * 1000)]
