"""The HTTP server: waitress, with a wire that can be broken and requests that can wait without a thread.

The application says in the WSGI environ how an answer is to travel and when it wants to be called again (see
`faces.exchange`). A pause leaves the worker thread; the same request is queued again when its time has come, also when
the client has gone meanwhile: a gateway charges whether or not somebody still listens. Tied to waitress 3's channel and
task (verified against 3.0.2), which is where a WSGI server hides its sockets.
"""

import logging
import os
import socket
import struct
import threading
from collections.abc import Callable, Iterable
from typing import Any

from waitress.adjustments import Adjustments
from waitress.channel import HTTPChannel
from waitress.server import TcpWSGIServer
from waitress.task import ErrorTask, ThreadedTaskDispatcher, WSGITask
from waitress.wasyncore import close_all

from mock_gateway.alarm import Alarm
from mock_gateway.answer import Answer, Delivery
from mock_gateway.faces.exchange import DELIVERY, HOLD, IS_FREE, PAUSE_S, STREAM

THREADS_DEFAULT = 64
CONNECTIONS_MAX = 900
BODY_BYTES_MAX = 1024 * 1024
CONNECTION_IDLE_S = 300
# What loads consist of takes less time than handing it to another thread: it is served where it was read.
QUICK = frozenset({"/charges", "/v1/payment_intents"})
_log = logging.getLogger("mock_gateway.server")
_LINGER_NOT = struct.pack("ii", 1, 0)


class ListeningFailed(Exception):
    """The address can't be listened on; the message is one line for a terminal."""


class _Application:
    """One request's run through the WSGI application, kept on the request between its pauses."""

    def __init__(self, channel: Any, request: Any) -> None:
        self.environ = channel.task_class(channel, request).get_environment()
        self.environ[HOLD] = True
        self._call = channel.server.application
        self.status = ""
        self.headers: list[tuple[str, str]] = []
        self.body = b""
        self.stream: Any = None

    def run(self) -> float | None:
        """Run to the answer, or to the next pause: then return its length in seconds."""
        self.environ.pop(PAUSE_S, None)
        chunks: Iterable[bytes] = self._call(self.environ, self._start)
        if STREAM in self.environ:
            self.stream = chunks
            return None
        self.body = b"".join(chunks)
        if hasattr(chunks, "close"):
            chunks.close()
        pause_s: float | None = self.environ.get(PAUSE_S)
        return pause_s

    def _start(self, status: str, headers: list[tuple[str, str]], _exc_info: Any = None) -> Callable[[bytes], object]:
        self.status, self.headers = status, headers
        return lambda _: None


class _Task(WSGITask):  # type: ignore[misc]  # waitress has no types
    """Writes an answer that is ready, in the way in which it is to travel."""

    def execute(self) -> None:
        ready: _Application = self.request.gateway
        delivery = ready.environ.get(DELIVERY, Delivery.WHOLE)
        if delivery is Delivery.RESET:
            self._reset()
            return
        self.complete = True
        self.status = ready.status
        self.response_headers.extend(ready.headers)
        if ready.stream is not None:
            self._send_while_made(ready.stream)
            return
        self.content_length = len(ready.body)
        body = ready.body[: len(ready.body) // 2] if delivery is Delivery.TRUNCATED else ready.body
        # One write for head and body is one packet for most answers.
        head = self.build_response_header()
        self.wrote_header = True
        self.channel.write_soon(head + body if self.has_body else head)
        if delivery is Delivery.TRUNCATED:
            self.close_on_finish = True

    def _send_while_made(self, chunks: Any) -> None:
        # Without a length waitress sends it in chunks, and waits for a client that reads too slowly.
        try:
            for chunk in chunks:
                self.write(chunk)
        finally:
            chunks.close()

    def _reset(self) -> None:
        # Closing with a linger time of zero sends RST instead of FIN.
        self.channel.socket.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _LINGER_NOT)
        self.wrote_header = True
        self.close_on_finish = True


class _ErrorTask(ErrorTask):  # type: ignore[misc]  # waitress has no types
    """Tells in the gateway's own shape of what reaches no application: no HTTP, or more than a request may be."""

    def execute(self) -> None:
        problem = self.request.error
        code = "body_too_large" if problem.code == 413 else "request_refused"
        error = {"type": "invalid_request_error", "code": code, "message": problem.reason.lower()}
        answer = Answer.of(problem.code, {"error": error})
        self.status = f"{problem.code} {problem.reason}"
        self.response_headers.append(("Content-Type", answer.content_type))
        self.set_close_on_finish()
        self.content_length = len(answer.body)
        self.write(answer.body.encode())


class _Channel(HTTPChannel):  # type: ignore[misc]  # waitress has no types
    """A connection whose requests may pause."""

    task_class = _Task
    error_task_class = _ErrorTask

    def handle_read(self) -> None:
        super().handle_read()
        self.server.serve_quick()

    def service(self) -> None:
        if not self.requests:
            return
        request = self.requests[0]
        if not request.error:
            if not hasattr(request, "gateway"):
                request.gateway = _Application(self, request)
            pause_s = self._run(request.gateway)
            if pause_s is not None:
                self.server.alarm.after(pause_s, lambda: self.server.add_task(self))
                return
        super().service()

    def _run(self, ready: _Application) -> float | None:
        try:
            return ready.run()
        except Exception:
            # Nothing will ever be answered: closing tells the client, the dispatcher logs the cause.
            self.cancel()
            self.server.pull_trigger()
            raise


class GatewayServer(TcpWSGIServer):  # type: ignore[misc]  # waitress has no types
    """Serves an application on one address until it is stopped; port 0 takes a free one."""

    channel_class = _Channel

    def __init__(self, application: Any, *, host: str, port: int, threads: int = THREADS_DEFAULT) -> None:
        # Waitress's warnings tell of clients that gave up and of queued requests: the faults' daily bread.
        logging.getLogger("waitress").setLevel(logging.ERROR)
        self.alarm = Alarm()
        self._left: dict[int, Any] = {}
        self._quick: list[Any] = []
        self._would_not_wait: Callable[[], bool] = getattr(application, "config", {}).get(IS_FREE, lambda: True)
        self._loop_id = 0
        self._stopping = threading.Lock()
        dispatcher = ThreadedTaskDispatcher()
        try:
            adjustments = _adjustments(host, port, threads)
            super().__init__(
                *(application, {}, True, None), dispatcher=dispatcher, adj=adjustments, sockinfo=_address(adjustments)
            )
        except (OSError, ValueError) as problem:
            self.alarm.close()
            number = problem.errno if isinstance(problem, OSError) else None
            reason = os.strerror(number) if number and number > 0 else str(problem)
            raise ListeningFailed(f"can't listen on {host}:{port}: {reason}") from problem
        dispatcher.set_thread_count(threads)

    def add_task(self, task: Any) -> None:
        """Queue a channel's next request; in the loop, keep a quick one for `serve_quick`."""
        if self._is_loop() and task.requests and _is_quick(task.requests[0]) and self._would_not_wait():
            self._quick.append(task)
        else:
            super().add_task(task)

    def serve_quick(self) -> None:
        """Serve the quick requests that were read just now, in the loop itself."""
        while self._quick:
            try:
                self._quick.pop().service()
            except Exception:  # noqa: BLE001 - logged; the connection is closed, and the others go on
                _log.exception("a request could not be served")

    def pull_trigger(self) -> None:
        """Wake the loop up, unless this is it."""
        if not self._is_loop():
            super().pull_trigger()

    def _is_loop(self) -> bool:
        return threading.get_ident() == self._loop_id

    @property
    def port(self) -> int:
        """The port that is listened on."""
        return int(self.effective_port)

    def serve(self) -> None:
        """Answer requests until stopped, or until SystemExit or KeyboardInterrupt is raised in a signal handler."""
        self._loop_id = threading.get_ident()
        try:
            self.run()
        finally:
            self.alarm.close()
            self.task_dispatcher.shutdown()
            with self._stopping:
                close_all({**self._map, **self._left})

    def stop(self) -> None:
        """End `serve`, from any thread."""
        # Pulling writes to a pipe, which must not be closed (and its number used again) before that is done.
        with self._stopping:
            self.trigger.pull_trigger(self._leave)

    def _leave(self) -> None:
        # Runs in the loop, which ends when nothing is left in its map; `serve` closes what was.
        self._left = dict(self._map)
        self._map.clear()


def _is_quick(request: Any) -> bool:
    return not request.error and request.command == "POST" and request.path in QUICK


def _adjustments(host: str, port: int, threads: int) -> Adjustments:
    return Adjustments(
        host=host,
        port=port,
        threads=threads,
        connection_limit=CONNECTIONS_MAX,
        asyncore_use_poll=True,
        channel_request_lookahead=1,  # reads on during a request, so that a client's leaving is seen
        channel_timeout=CONNECTION_IDLE_S,
        clear_untrusted_proxy_headers=False,  # nobody here reads them
        max_request_body_size=BODY_BYTES_MAX,
        log_socket_errors=False,
        ident="mock-gateway",
    )


def _address(adjustments: Adjustments) -> Any:
    # A name such as localhost may mean two addresses, and one socket listens on one of them.
    return min(adjustments.listen, key=lambda address: address[0] != socket.AF_INET)


def serve_in_thread(server: GatewayServer) -> threading.Thread:
    """Serve on a thread of its own and return it; for tests."""
    thread = threading.Thread(target=server.serve, name="gateway", daemon=True)
    thread.start()
    return thread
