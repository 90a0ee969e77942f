"""Sends one request to a receiver and says what came of it; it may be cut short from outside.

Redirects are answers like any other, the receiver's body is read and thrown away, proxies are not asked.
"""

import http.client
import socket
import ssl
import time
from contextlib import suppress
from functools import cache

from mock_gateway import __version__
from mock_gateway.webhooks.addresses import Address, AddressRefused, address_of
from mock_gateway.webhooks.signing import HEADER

USER_AGENT = f"mock-gateway/{__version__} (webhooks)"
CONTENT_TYPE = "application/json; charset=utf-8"
_ANSWER_BYTES_MAX = 64 * 1024


class Post:
    """One request; `run` blocks for `timeout_s` per step at most, `cut` ends it from another thread."""

    def __init__(self, url: str, body: str, signature: str, *, anywhere: bool, timeout_s: float) -> None:
        self._url = url
        self._body = body.encode()
        self._headers = {"Content-Type": CONTENT_TYPE, "User-Agent": USER_AGENT, HEADER: signature, "Accept": "*/*"}
        self._anywhere = anywhere
        self._timeout_s = timeout_s
        self._connection: http.client.HTTPConnection | None = None
        self.status_code: int | None = None
        self.error = ""
        self.duration_ms = 0.0

    def run(self) -> None:
        """Send it, and keep the status code or the reason why there is none."""
        began_s = time.monotonic()
        try:
            self.status_code = self._exchange(address_of(self._url, anywhere=self._anywhere))
            self.error = "" if 200 <= self.status_code < 300 else f"answered {self.status_code}"
        except AddressRefused as problem:
            self.error = f"the URL is refused: {problem}"
        except TimeoutError:
            self.error = self._too_late()
        except (OSError, http.client.HTTPException) as problem:
            self.error = self.error or _words(problem)
        self.duration_ms = round((time.monotonic() - began_s) * 1000, 1)

    def cut_late(self) -> None:
        """End it because it took too long."""
        self.error = self._too_late()
        self.cut()

    def cut(self) -> None:
        """End it now; harmless before and after."""
        connection = self._connection
        if connection is not None and connection.sock is not None:
            with suppress(OSError):
                connection.sock.shutdown(socket.SHUT_RDWR)

    def _exchange(self, address: Address) -> int:
        connection = self._connection = _connection(address, self._timeout_s)
        try:
            connection.request("POST", address.target, self._body, {**self._headers, "Connection": "close"})
            answer = connection.getresponse()
            # A receiver that is still writing would otherwise see its connection reset.
            with suppress(OSError, http.client.HTTPException):
                answer.read(_ANSWER_BYTES_MAX)
            return answer.status
        finally:
            connection.close()

    def _too_late(self) -> str:
        return f"no answer within {self._timeout_s:g} s"


def _connection(address: Address, timeout_s: float) -> http.client.HTTPConnection:
    if address.is_encrypted:
        return http.client.HTTPSConnection(address.host, address.port, timeout=timeout_s, context=_certificates())
    return http.client.HTTPConnection(address.host, address.port, timeout=timeout_s)


@cache
def _certificates() -> ssl.SSLContext:
    return ssl.create_default_context()


def _words(problem: Exception) -> str:
    known = {
        ConnectionRefusedError: "the connection was refused",
        ConnectionResetError: "the connection was reset",
        http.client.RemoteDisconnected: "the connection was closed without an answer",
        ssl.SSLCertVerificationError: "the certificate is not trusted",
        socket.gaierror: "the host is not known",
    }
    return known.get(type(problem), f"the request failed with {type(problem).__name__}")
