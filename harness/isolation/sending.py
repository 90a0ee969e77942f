"""Sends requests as they are, each under a trace of its own, so that the record tells what it led to."""

import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from random import getrandbits  # ids, not secrets
from typing import Protocol

import httpx

from harness.clients.api import http_client
from harness.clock import SYSTEM_CLOCK, Clock
from harness.isolation.exchange import Answer, Exchange, Request

ASKED_AGAIN_MAX = 3
PAUSE_S_MAX = 5.0


class Sender(Protocol):
    """Whatever sends a request and gives its exchange; never raises for what the network or the system does."""

    def __call__(self, request: Request) -> Exchange: ...


@dataclass
class HttpSender:
    """Sends to one address. A 429 is waited for and asked again, a few times; nothing else is."""

    client: httpx.Client
    clock: Clock = SYSTEM_CLOCK

    @classmethod
    @contextmanager
    def to(cls, base_url: str, transport: httpx.BaseTransport | None = None) -> Iterator["HttpSender"]:
        """Give a sender to an address, and close its connections afterwards."""
        with http_client(base_url, transport) as client:
            yield cls(client)

    def __call__(self, request: Request) -> Exchange:
        """Send one request."""
        for attempt in range(1, ASKED_AGAIN_MAX + 1):
            exchange = self._once(request)
            pause_s = _pause_s(exchange.answer)
            if pause_s is None or attempt == ASKED_AGAIN_MAX:
                return exchange
            self.clock.sleep(pause_s)
        raise AssertionError("the last attempt returns")

    def _once(self, request: Request) -> Exchange:
        trace = f"1-{int(time.time()):08x}-{getrandbits(96):024x}"
        headers = [*request.headers, ("x-amzn-trace-id", f"Root={trace};Sampled=1")]
        try:
            response = self.client.request(
                request.method,
                _address(self.client.base_url, request),
                headers=headers,
                content=request.body.encode() if request.body is not None else None,
            )
        except (httpx.HTTPError, httpx.InvalidURL) as problem:
            return Exchange(request, Answer(0, body=f"{type(problem).__name__}: {problem}"), trace)
        told = {name.lower(): value for name, value in response.headers.items()}
        return Exchange(request, Answer(response.status_code, told, response.text), trace)


def _address(base: httpx.URL, request: Request) -> httpx.URL:
    """Return where a request goes: its path is not touched, so that what is encoded or climbs in it arrives."""
    query = str(httpx.QueryParams(list(request.query)))
    path = request.path + (f"?{query}" if query else "")
    return base.copy_with(raw_path=base.raw_path.rstrip(b"/") + path.encode("ascii"))


def _pause_s(answer: Answer) -> float | None:
    """Return how long a busy system asks to be left alone, None when it is not busy."""
    if answer.status != 429:
        return None
    told = answer.headers.get("retry-after", "1")
    return min(float(told) if told.replace(".", "", 1).isdigit() else 1.0, PAUSE_S_MAX)
