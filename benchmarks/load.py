"""A load generator that costs little: prepared HTTP/1.1 requests over keep-alive sockets, closed loop, fixed count."""

import contextlib
import socket
import statistics
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Timing:
    """Latencies of one run in milliseconds, and operations a second."""

    count: int
    p50_ms: float
    p99_ms: float
    per_s: float

    def __str__(self) -> str:
        return f"p50 {self.p50_ms:.1f} ms, p99 {self.p99_ms:.1f} ms, {self.per_s:.0f}/s"


def timing_of(latencies_s: list[float], wall_s: float) -> Timing:
    """Return the figures of a run."""
    percentiles = statistics.quantiles(latencies_s, n=100, method="inclusive")
    return Timing(len(latencies_s), percentiles[49] * 1000, percentiles[98] * 1000, len(latencies_s) / wall_s)


def run_clients(clients: int, each: int, make_operation: Callable[[int], Callable[[int], None]]) -> Timing:
    """Run `clients` threads that each do their operation `each` times; an operation that fails raises here."""
    latencies: list[list[float]] = [[] for _ in range(clients)]
    problems: list[BaseException] = []
    barrier = threading.Barrier(clients + 1)

    def work(number: int) -> None:
        try:
            operation = make_operation(number)
            barrier.wait()
            for turn in range(each):
                started_s = time.perf_counter()
                operation(turn)
                latencies[number].append(time.perf_counter() - started_s)
        except BaseException as problem:  # noqa: BLE001 - raised again by the caller
            problems.append(problem)
            barrier.abort()

    threads = [threading.Thread(target=work, args=(number,)) for number in range(clients)]
    for thread in threads:
        thread.start()
    with contextlib.suppress(threading.BrokenBarrierError):
        barrier.wait()
    started_s = time.perf_counter()
    for thread in threads:
        thread.join()
    if problems:
        raise problems[0]
    return timing_of([one for several in latencies for one in several], time.perf_counter() - started_s)


class Connection:
    """One keep-alive HTTP/1.1 connection that sends prepared bytes and reads answers, also those in chunks."""

    def __init__(self, port: int) -> None:
        self._socket = socket.create_connection(("127.0.0.1", port), timeout=60)
        self._socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self._buffer = b""

    def exchange(self, request: bytes) -> tuple[int, bytes]:
        """Send one request; return the answer's status and body."""
        self._socket.sendall(request)
        while b"\r\n\r\n" not in self._buffer:
            self._fill()
        head, _, self._buffer = self._buffer.partition(b"\r\n\r\n")
        lowered = head.lower()
        if b"transfer-encoding: chunked" in lowered:
            return int(head[9:12]), self._chunks()
        start = lowered.index(b"content-length:") + len(b"content-length:")
        length = int(lowered[start:].split(b"\r\n", 1)[0])
        while len(self._buffer) < length:
            self._fill()
        body, self._buffer = self._buffer[:length], self._buffer[length:]
        return int(head[9:12]), body

    def _chunks(self) -> bytes:
        parts: list[bytes] = []
        while True:
            while b"\r\n" not in self._buffer:
                self._fill()
            size, _, self._buffer = self._buffer.partition(b"\r\n")
            length = int(size, 16)
            while len(self._buffer) < length + 2:
                self._fill()
            parts.append(self._buffer[:length])
            self._buffer = self._buffer[length + 2 :]
            if not length:
                return b"".join(parts)

    def _fill(self) -> None:
        chunk = self._socket.recv(65536)
        if not chunk:
            raise ConnectionError("the server closed the connection")
        self._buffer += chunk


def post(path: str, body: bytes, headers: dict[str, str]) -> bytes:
    """Return a POST request as bytes."""
    lines = [f"POST {path} HTTP/1.1", "Host: 127.0.0.1", f"Content-Length: {len(body)}"]
    lines += [f"{name}: {value}" for name, value in headers.items()]
    return "\r\n".join(lines).encode() + b"\r\n\r\n" + body
