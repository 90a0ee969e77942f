"""One HTTP exchange: request id, call record, waiting without a thread, and the answer's way onto the wire.

A server that can hold a request (see `server`) puts HOLD into the environ: then a pause is handed to it, and it calls
the application again with the same environ when the time has come. Without it (Flask's test client) the pause is slept.
"""

import secrets
from typing import Any

from flask import Flask, Response, g, request
from werkzeug.exceptions import HTTPException

from mock_gateway.answer import Answer, Delivery
from mock_gateway.calls import Call, CallLog
from mock_gateway.clock import Clock, to_text
from mock_gateway.money.cards import holds_card_number, masked
from mock_gateway.problems import Refused
from mock_gateway.processing import Steps
from mock_gateway.traffic import Kind, Traffic

IS_FREE = (
    "mock_gateway.is_free"  # in the application's settings: asks whether a request would not wait for the database
)
HOLD = "mock_gateway.hold"  # set by a server that can hold requests
PAUSE_S = "mock_gateway.pause_s"  # set by the application: call it again after so many seconds
DELIVERY = "mock_gateway.delivery"  # set by the application: how the answer is to travel
STREAM = "mock_gateway.stream"  # set by the application: the answer is made while it is sent, of unknown length
_PAUSED = "mock_gateway.paused"


class ConnectionLost(Exception):
    """The answer is to be a connection reset and this server can't make one (Flask's test client)."""


def request_id() -> str:
    """Return the id of the request, the same one in its answer, its records and its log lines."""
    if "request_id" not in g:
        g.request_id = f"req_{secrets.token_hex(8)}"
    return str(g.request_id)


class Exchanges:
    """Runs the work of requests to its answers, and remembers the requests."""

    def __init__(self, log: CallLog, traffic: Traffic, clock: Clock) -> None:
        self._log = log
        self._traffic = traffic
        self._clock = clock

    def watch(self, application: Flask) -> None:
        """Take part in every request of an application."""
        application.before_request(self._go_on)
        application.after_request(self._complete)
        application.register_error_handler(Refused, _refused)
        application.register_error_handler(HTTPException, _http_problem)
        application.register_error_handler(Exception, lambda problem: _unexpected(application, problem))

    def arrived(self, operation: str) -> None:
        """Remember the request from now on."""
        record = {
            "request_id": request_id(),
            "at": to_text(self._clock.now()),
            "method": request.method,
            "path": masked(request.path),
            "operation": operation,
        }
        g.record = record
        g.began_s = self._clock.monotonic_s()
        self._log.arrived(record)

    def understood(self, call: Call) -> None:
        """Add what the request turned out to mean."""
        texts = {name: getattr(call, name) for name in ("merchant", "customer", "reference", "idempotency_key")}
        # What names something in a path or a query was not refused for being a card number.
        if holds_card_number("\n".join(texts.values())):
            texts = {name: masked(text) for name, text in texts.items()}
        names = ("operation", "amount_minor", "currency", "card_last4")
        g.record |= {**{name: getattr(call, name) for name in names}, **texts}

    def run(self, steps: Steps) -> Response:
        """Run the work to its answer, or to its next pause."""
        while True:
            try:
                pause_s = next(steps)
            except StopIteration as done:
                return sent(done.value)
            if HOLD in request.environ:
                request.environ[PAUSE_S] = pause_s
                request.environ[_PAUSED] = (steps, dict(g.__dict__))
                return Response(status=202)  # never sent
            self._clock.sleep(pause_s)

    def _go_on(self) -> Response | None:
        paused = request.environ.pop(_PAUSED, None)
        if paused is None:
            return None
        steps, kept = paused
        g.__dict__.update(kept)
        return self.run(steps)

    def _complete(self, response: Response) -> Response:
        response.headers["Request-Id"] = request_id()
        if PAUSE_S not in request.environ:
            self._account(response)
        return response

    def _account(self, response: Response) -> None:
        record: dict[str, Any] | None = g.get("record")
        delivery = request.environ.get(DELIVERY, Delivery.WHOLE).value
        is_replay = "Idempotent-Replayed" in response.headers
        duration_s = None
        if record is not None:
            duration_s = self._clock.monotonic_s() - g.began_s
            record |= {
                "status": response.status_code,
                "replayed": is_replay,
                "delivery": delivery,
                "duration_ms": round(duration_s * 1000, 1),
            }
        operation = record["operation"] if record else ""
        kind = Kind(request.blueprint or "", operation, response.status_code, delivery)
        self._traffic.answered(kind, duration_s, is_replay=is_replay)


def sent(answer: Answer) -> Response:
    """Return an answer as the response at hand, telling the server how it is to travel."""
    response = Response(answer.body, answer.status, dict(answer.headers), content_type=answer.content_type)
    if answer.delivery is not Delivery.WHOLE:
        if HOLD not in request.environ:
            raise ConnectionLost(answer.delivery.value)
        request.environ[DELIVERY] = answer.delivery
    return response


def _refused(refusal: Refused) -> Response:
    return sent(refusal.answer())


def _http_problem(problem: HTTPException) -> Response:
    status = problem.code or 500
    codes = {404: "route_not_found", 405: "method_not_allowed", 413: "body_too_large"}
    error = {
        "type": "invalid_request_error" if status < 500 else "api_error",
        "code": codes.get(status, "request_refused"),
        "message": problem.name.lower(),
    }
    answer = Answer.of(status, {"error": error})
    allowed = getattr(problem, "valid_methods", None)
    return sent(answer.with_headers({"Allow": ", ".join(sorted(allowed))}) if allowed else answer)


def _unexpected(application: Flask, problem: Exception) -> Response:
    if isinstance(problem, ConnectionLost):
        raise problem
    application.logger.error("request %s failed", request_id(), exc_info=problem)
    error: dict[str, Any] = {
        "type": "api_error",
        "code": "unexpected",
        "message": "the gateway failed in a way that it does not know; its log has the trace under this Request-Id",
    }
    return sent(Answer.of(500, {"error": error}))
