"""One worker, as the thread that invokes it sees it: wait for its init, hand it an event, wait for its answer.

A line that the handler printed is in the log of its invocation without any waiting: the worker writes it into the pipe
before it posts its answer, so that everything is there to be read once the answer has arrived.
"""

import contextlib
import os
import time
from collections.abc import Callable
from dataclasses import dataclass
from enum import Enum
from http import HTTPStatus
from pathlib import Path
from threading import Lock

from harness.targets.embedded.functions import endings, memory
from harness.targets.embedded.functions.clock_file import ClockFile
from harness.targets.embedded.functions.code_store import remove_tree
from harness.targets.embedded.functions.runtime_api import (
    ERROR_TYPE_HEADER,
    VERSION,
    Connection,
    Listener,
    Readiness,
    Request,
)
from harness.targets.embedded.functions.spec import FunctionSpec
from harness.targets.embedded.functions.worker_process import WorkerProcess

MEMORY_WATCHED_EVERY_S = 0.05
RETURN_WITHIN_S = 5.0  # from an answer to the next request for work
EXIT_WITHIN_S = 1.0  # from a kill to the end
LOG_BYTES_MAX = 16 * 1024 * 1024  # of one invocation; what is more is dropped

_READ_BYTES = 65_536
_LOOKS_MAX = 4
_READS_MAX = 256  # before something else has its turn, however much is printed


class WorkerGone(Exception):
    """An idle worker can't take an invocation: it has ended, or does not ask for work."""


class Ending(Enum):
    """Why waiting for a worker ended."""

    READY = "it asks for work"
    ANSWERED = "the handler returned"
    FAILED = "the runtime reported an error"
    EXITED = "the process ended"
    TIMED_OUT = "the deadline passed"
    OUT_OF_MEMORY = "it used more than its memory size"
    TOO_LARGE = "the answer was too large"


@dataclass(frozen=True, slots=True)
class Invocation:
    """One event for a worker."""

    request_id: str
    event: bytes
    trace_header: str | None = None


@dataclass(frozen=True, slots=True)
class Phase:
    """How an init or an invocation went."""

    ending: Ending
    duration_ms: float
    log: str = ""
    body: bytes = b""  # of the answer or the error report
    error_type: str = ""  # of the error report
    exit_code: int = 0
    peak_bytes: int = 0


@dataclass(frozen=True, slots=True)
class Home:
    """What belongs to one worker outside its process: its scratch directory, its log's stream, its clock."""

    scratch: Path
    log_stream: str
    clock: ClockFile


class Worker:
    """A worker process with its port and its output."""

    def __init__(self, spec: FunctionSpec, process: WorkerProcess, listener: Listener, home: Home) -> None:
        self.spec = spec
        self.log_stream = home.log_stream
        self.pid = process.pid
        self.request_id: str | None = None
        self.invocations = 0
        self.idle_since_s = time.monotonic()
        self._process = process
        self._listener = listener
        self._home = home
        self._connections: dict[int, Connection] = {}
        self._parked: Connection | None = None
        self._reported: tuple[Ending, Request] | None = None
        self._exit_code: int | None = None
        self._peak_bytes = 0  # known once it has ended
        self._output = bytearray()
        self._closed = False
        self._kill_lock = Lock()
        self._readiness = Readiness()
        for descriptor in (listener.fileno(), process.output, process.exit_pipe):
            self._readiness.add(descriptor)

    def initialise(self, limit_s: float) -> Phase:
        """Wait until the handler's module is imported, at most `limit_s`."""
        start_s = time.monotonic()
        ending = self._attend_until(lambda: self._parked is not None, start_s + limit_s)
        return self._phase(ending or Ending.READY, start_s)

    def run(self, invocation: Invocation) -> Phase:
        """Hand over an event and wait for what becomes of it; the worker is killed at its deadline.

        Raises WorkerGone, having done nothing, when the worker can't take it.
        """
        connection = self._await_work_request()
        self.request_id = invocation.request_id
        self.invocations += 1
        start_s = time.monotonic()
        # The function compares the deadline with its own clock.
        deadline_ms = int((time.time() + self._home.clock.show() + self.spec.timeout_s) * 1000)
        try:
            connection.answer(HTTPStatus.OK, invocation.event, self._headers(invocation, deadline_ms))
        except OSError as error:
            raise WorkerGone from error
        ending = self._attend_until(lambda: False, start_s + self.spec.timeout_s)
        phase = self._phase(ending or Ending.EXITED, start_s)
        self.request_id = None
        return phase

    def kill(self) -> None:
        """Kill the process and all that it started; may be called from any thread."""
        with self._kill_lock:
            if self._exit_code is None and not self._closed:
                self._process.kill()

    def close(self) -> None:
        """Kill the process and free what belongs to it."""
        self.kill()
        with self._kill_lock:
            if self._closed:
                return
            self._closed = True
        for connection in self._connections.values():
            connection.close()
        self._listener.close()
        self._process.close()
        remove_tree(self._home.scratch)
        self._home.clock.remove()

    def _headers(self, invocation: Invocation, deadline_ms: int) -> dict[str, str]:
        headers = {
            "Lambda-Runtime-Aws-Request-Id": invocation.request_id,
            "Lambda-Runtime-Deadline-Ms": str(deadline_ms),
            "Lambda-Runtime-Invoked-Function-Arn": self.spec.arn,
        }
        if invocation.trace_header:
            headers["Lambda-Runtime-Trace-Id"] = invocation.trace_header
        return headers

    def _await_work_request(self) -> Connection:
        until_s = time.monotonic() + RETURN_WITHIN_S
        while self._parked is None:
            left_s = until_s - time.monotonic()
            if self._exit_code is not None or left_s <= 0:
                raise WorkerGone
            self._attend(left_s)
        for _ in range(_LOOKS_MAX):  # behind its request for work may be its end
            if not self._attend(0):
                break
        parked, self._parked, self._reported = self._parked, None, None
        if parked is None or self._exit_code is not None:
            raise WorkerGone
        return parked

    def _attend_until(self, ready: Callable[[], bool], until_s: float) -> Ending | None:
        """Serve the worker until it is ready (None), has reported, ended, or was killed for a limit."""
        watched_s = time.monotonic()
        while True:
            if self._reported is not None:
                return self._checked_report(self._reported[0])
            if self._exit_code is not None:
                return Ending.EXITED
            if ready():
                return None
            now_s = time.monotonic()
            if now_s >= until_s:
                return self._killed_for(Ending.TIMED_OUT)
            if now_s - watched_s >= MEMORY_WATCHED_EVERY_S:
                watched_s = now_s
                if self._is_over_memory(memory.resident_bytes(self.pid)):
                    return self._killed_for(Ending.OUT_OF_MEMORY)
            self._attend(min(until_s - now_s, MEMORY_WATCHED_EVERY_S))

    def _checked_report(self, ending: Ending) -> Ending:
        if ending is Ending.TOO_LARGE:  # the runtime gives up; its words about it belong to this invocation
            self._await_exit()
        elif self._is_over_memory(memory.peak_bytes(self.pid)):  # it was, between two looks
            return self._killed_for(Ending.OUT_OF_MEMORY)
        return ending

    def _is_over_memory(self, used_bytes: int) -> bool:
        return used_bytes > self.spec.memory_mb * 1024 * 1024

    def _killed_for(self, ending: Ending) -> Ending:
        self.kill()
        self._await_exit()
        return ending

    def _await_exit(self) -> None:
        until_s = time.monotonic() + EXIT_WITHIN_S
        while self._exit_code is None and (left_s := until_s - time.monotonic()) > 0:
            self._attend(left_s)

    def _phase(self, ending: Ending, start_s: float) -> Phase:
        duration_ms = (time.monotonic() - start_s) * 1000
        self._drain_output()
        log, self._output = self._output.decode("utf-8", "replace"), bytearray()
        body, error_type = b"", ""
        if self._reported is not None:
            body, error_type = self._reported[1].body, self._reported[1].headers.get(ERROR_TYPE_HEADER, "")
        exit_code = self._exit_code if self._exit_code is not None else 0
        return Phase(
            ending, duration_ms, log, body, error_type, exit_code, self._peak_bytes or memory.peak_bytes(self.pid)
        )

    def _attend(self, within_s: float) -> bool:
        """Handle what the worker has sent, waiting for it up to `within_s`; False when that was nothing."""
        ended = False
        ready = self._readiness.wait(within_s)
        for descriptor in ready:
            if descriptor == self._process.exit_pipe:
                ended = True
            elif descriptor == self._process.output:
                self._drain_output()
            elif descriptor == self._listener.fileno():
                self._accept()
            else:
                self._receive(descriptor)
        if ended:
            self._readiness.remove(self._process.exit_pipe)
            with self._kill_lock:
                self._exit_code, self._peak_bytes = self._process.read_end()
        return bool(ready)

    def _accept(self) -> None:
        connection = self._listener.accept()
        if connection is not None:
            self._connections[connection.fileno()] = connection
            self._readiness.add(connection.fileno())

    def _receive(self, descriptor: int) -> None:
        connection = self._connections[descriptor]
        requests = connection.receive()
        if requests is None:
            self._readiness.remove(descriptor)
            del self._connections[descriptor]
            connection.close()
            if self._parked is connection:
                self._parked = None
            return
        for request in requests:
            with contextlib.suppress(OSError):
                self._dispatch(connection, request)

    def _dispatch(self, connection: Connection, request: Request) -> None:
        _, _, route = request.path.partition(VERSION)
        if (request.method, route) == ("GET", "/invocation/next"):
            self._parked = connection
        elif (request.method, route) == ("POST", "/init/error"):
            self._report(connection, Ending.FAILED, request)
        elif request.method == "POST" and route.startswith("/invocation/"):
            self._take_answer(connection, request, *route.removeprefix("/invocation/").partition("/")[::2])
        else:
            connection.refuse(HTTPStatus.NOT_FOUND, "NotFound", f"no {request.method} {request.path} here")

    def _take_answer(self, connection: Connection, request: Request, request_id: str, kind: str) -> None:
        if kind not in {"response", "error"}:
            connection.refuse(HTTPStatus.NOT_FOUND, "NotFound", f"no {request.method} {request.path} here")
        elif request_id != self.request_id:
            connection.refuse(HTTPStatus.BAD_REQUEST, "InvalidRequestID", "Invalid request ID")
        elif self._reported is not None:
            connection.refuse(HTTPStatus.FORBIDDEN, "InvalidStateTransition", "this invocation was answered before")
        elif len(request.body) > endings.RESPONSE_BYTES_MAX:
            self._reported = (Ending.TOO_LARGE, request)
            connection.refuse(
                HTTPStatus.REQUEST_ENTITY_TOO_LARGE,
                "RequestEntityTooLarge",
                f"Exceeded maximum allowed payload size ({endings.RESPONSE_BYTES_MAX} bytes).",
            )
        else:
            self._report(connection, Ending.ANSWERED if kind == "response" else Ending.FAILED, request)

    def _report(self, connection: Connection, ending: Ending, request: Request) -> None:
        self._reported = (ending, request)
        connection.answer(HTTPStatus.ACCEPTED, b'{"status":"OK"}')

    def _drain_output(self) -> None:
        for _ in range(_READS_MAX):
            try:
                chunk = os.read(self._process.output, _READ_BYTES)
            except BlockingIOError:
                return
            if not chunk:
                with contextlib.suppress(KeyError):  # it was removed before
                    self._readiness.remove(self._process.output)
                return
            if len(self._output) < LOG_BYTES_MAX:
                self._output += chunk
