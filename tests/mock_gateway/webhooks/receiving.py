"""What tests of webhooks work with: a receiver that verifies with Stripe's client, and a post office without HTTP."""

import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import stripe

from mock_gateway import clock as time_kept
from mock_gateway.clock import ShiftedClock, SystemClock
from mock_gateway.database import Database
from mock_gateway.faces.stripe.events import Events
from mock_gateway.faults.board import Board
from mock_gateway.faults.document import rule_of
from mock_gateway.webhooks import endpoints, events, outbox
from mock_gateway.webhooks.deliverer import Deliverer, Sending
from mock_gateway.webhooks.endpoints import Endpoint, Endpoints
from mock_gateway.webhooks.outbox import Attempt, Delivery, Outbox
from mock_gateway.webhooks.retrying import Retrying
from tests.mock_gateway.driving import WAIT_S, eventually

CHARGE = {"id": "ch_1", "object": "charge", "amount": 4000, "currency": "usd", "metadata": {"reference": "pay-1"}}
VERIFIED = "verified"


@dataclass(frozen=True)
class Received:
    """A request as the receiver got it, and what Stripe's client says of it."""

    body: str
    headers: dict[str, str]
    path: str
    verdict: str

    @property
    def event(self) -> dict[str, Any]:
        document: dict[str, Any] = json.loads(self.body)
        return document


@dataclass
class Receiver:
    """A web server that takes webhooks; `answers` are the statuses of its next answers, then 200."""

    port: int = 0
    secret: str = ""
    answers: list[int] = field(default_factory=list)
    received: list[Received] = field(default_factory=list)
    # Clear it and the receiver hangs.
    is_awake: threading.Event = field(default_factory=threading.Event)

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}/hooks"

    def take(self, path: str, body: str, headers: dict[str, str]) -> int:
        try:
            stripe.Webhook.construct_event(body, headers["Stripe-Signature"], self.secret)
            verdict = VERIFIED
        except stripe.SignatureVerificationError as problem:
            verdict = str(problem)
        self.received.append(Received(body, headers, path, verdict))
        self.is_awake.wait(WAIT_S)
        return self.answers.pop(0) if self.answers else 200 if verdict == VERIFIED else 400

    def types(self) -> list[str]:
        return [one.event["type"] for one in self.received]

    def verdicts(self) -> list[str]:
        return [one.verdict for one in self.received]


@contextmanager
def receiving() -> Iterator[Receiver]:
    """A receiver on a free port."""
    receiver = Receiver()
    receiver.is_awake.set()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"])).decode()
            status = receiver.take(self.path, body, dict(self.headers))
            self.send_response(status)
            self.send_header("Location", f"http://127.0.0.1:{receiver.port}/elsewhere")
            self.send_header("Content-Length", "0")
            self.end_headers()

        def log_message(self, *_: Any) -> None:
            """Nothing is printed."""

    class Server(ThreadingHTTPServer):
        daemon_threads = False

        def handle_error(self, *_: Any) -> None:
            """A client that went away is what some tests are about."""

    server = Server(("127.0.0.1", 0), Handler)
    receiver.port = server.server_port
    thread = threading.Thread(target=server.serve_forever, args=(0.01,))
    thread.start()
    try:
        yield receiver
    finally:
        receiver.is_awake.set()
        server.shutdown()
        server.server_close()
        thread.join(WAIT_S)


class PostOffice:
    """Events, endpoints and deliveries as the gateway has them, driven without its faces."""

    def __init__(self, database: Path | None, *, base_ms: int, timeout_s: float) -> None:
        schemas = (events.SCHEMA, endpoints.SCHEMA, outbox.SCHEMA, time_kept.SCHEMA)
        self.database = Database(database, schemas)
        self.clock = ShiftedClock(SystemClock())
        self.board = Board(self.clock)
        self.outbox = Outbox(Endpoints(self.clock))
        self.events = Events(self.clock, self.outbox)
        sending = Sending(SystemClock(), timeout_s=timeout_s, retrying=Retrying(base_ms, seed=1))
        self.deliverer = Deliverer(self.database, self.outbox, self.board, self.clock, sending)
        self.clock.advanced = self.deliverer.nudge

    def subscribe(self, url: str, *types: str, merchant: str = "default", connect: bool = False) -> Endpoint:
        with self.database.write() as connection:
            return self.outbox.endpoints.create(
                connection, merchant, url, types or ("*",), {"metadata": {}}, is_connect=connect
            )

    def happened(
        self, *types: str, merchant: str = "default", about: dict[str, Any] | None = None
    ) -> list[dict[str, Any]]:
        """Record events in one transaction."""
        with self.database.write() as connection:
            return [
                self.events.record(connection, merchant=merchant, type=one, object=about or CHARGE, request_id="req_1")
                for one in types or ("charge.succeeded",)
            ]

    def set_fault(self, kind: str, **rule: Any) -> str:
        fault = rule_of({"kind": kind, **rule}, seed=1, clock=self.clock)
        assert self.board.add(fault)
        return fault.id

    def fired(self, fault: str) -> int:
        return self.board.fired()[1].get(fault, 0)

    def settle(self) -> None:
        eventually(lambda: self.deliverer.unfinished() == (0, 0))

    def deliveries(self, **filters: str) -> list[Delivery]:
        with self.database.read() as connection:
            return self.outbox.page(connection, filters, after=0, limit=1000)[0]

    def attempts(self) -> list[Attempt]:
        deliveries = self.deliveries()
        with self.database.read() as connection:
            return [one for delivery in deliveries for one in self.outbox.attempts(connection, delivery.id)]

    def statuses(self) -> list[str]:
        return [one.status for one in self.deliveries()]

    def close(self) -> None:
        self.deliverer.close()
        self.database.close()


@contextmanager
def post_office(database: Path | None = None, *, base_ms: int = 10, timeout_s: float = WAIT_S) -> Iterator[PostOffice]:
    office = PostOffice(database, base_ms=base_ms, timeout_s=timeout_s)
    try:
        yield office
    finally:
        office.close()
