"""The card gateway on one core, with its ledger in a file, against localstripe on the same core.

The clients run on the other cores, where there are any. The best of five rounds counts, because a machine's speed
drifts and the question is what the gateway can do. Every charge has an idempotency key and is committed before it is
answered. localstripe knows no keys and keeps its state in one file that it writes anew at each change, so it is slower
the longer it runs: both get the same number. Neither is a payment gateway; the figures say how much load a test may put
on a fake.
"""

import json
import os
import subprocess
import sys
import tempfile
import venv
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlencode

import psutil

from benchmarks.load import Connection, Timing, post, run_clients
from harness.targets.ports import free_ports
from harness.waiting import wait_until

PEER = "localstripe==1.15.10"
CONNECTIONS = 8
ROUNDS = 5
READY_WITHIN_S = 30.0
_STRIPE_HEADERS = {
    "Authorization": "Bearer sk_test_benchmark",
    "Content-Type": "application/x-www-form-urlencoded",
}


@dataclass(frozen=True, slots=True)
class GatewayTimings:
    """Charges by the plain face and by the Stripe-style one, the peer's; CPU time a charge, memory in 10^6 bytes."""

    plain: Timing
    stripe: Timing
    peer: Timing
    plain_count: int
    plain_cpu_ms: float
    memory_before_mb: float
    memory_after_mb: float


def measure(each: int, peer_each: int) -> GatewayTimings:
    """Return the timings of `each` charges a connection and round (`peer_each` for the peer, and ours beside it)."""
    with tempfile.TemporaryDirectory() as folder:
        with _on_one_core(_ours(Path(folder)), _plain(0, 0)) as (port, process):
            before_mb, before_s = process.memory_info().rss / 1e6, sum(process.cpu_times()[:2])
            plain = _best(port, _plain, each, 201)
            count = CONNECTIONS * each * ROUNDS
            cpu_ms = (sum(process.cpu_times()[:2]) - before_s) * 1000 / count
            after_mb = process.memory_info().rss / 1e6
        with _on_one_core(_ours(Path(folder)), _intent(0, 0)) as (port, _):
            stripe = _best(port, _intent, peer_each, 200)
        with _on_one_core(_localstripe(Path(folder)), _intent(0, 0)) as (port, _):
            peer = _best(port, _intent, peer_each, 200)
    return GatewayTimings(plain, stripe, peer, count, cpu_ms, before_mb, after_mb)


def _best(port: int, request: Callable[[int, int], bytes], each: int, expected: int) -> Timing:
    """Return the best of the rounds; every round has requests and keys of its own."""
    with _cores(slice(1, None)):
        rounds = [
            _run(port, lambda client, turn, first=number * each: request(client, first + turn), each, expected)
            for number in range(1, ROUNDS + 1)
        ]
    return max(rounds, key=lambda one: one.per_s)


def _run(port: int, request: Callable[[int, int], bytes], each: int, expected: int) -> Timing:
    def make_operation(client: int) -> Callable[[int], None]:
        connection = Connection(port)
        requests = [request(client, turn) for turn in range(each)]

        def call(turn: int) -> None:
            status, body = connection.exchange(requests[turn])
            if status != expected:
                raise RuntimeError(f"a charge was answered with {status}: {body[:200]!r}")

        return call

    return run_clients(CONNECTIONS, each, make_operation)


def _plain(client: int, turn: int) -> bytes:
    body = {"amount_minor": 4000, "currency": "USD", "card": "tok_visa", "reference": f"pay-{client}-{turn}"}
    headers = {"Content-Type": "application/json", "Idempotency-Key": f"k-{client}-{turn}"}
    return post("/charges", json.dumps(body).encode(), headers)


def _intent(client: int, turn: int) -> bytes:
    fields = {
        "amount": 4000,
        "currency": "usd",
        "confirm": "true",
        "payment_method": "pm_card_visa",
        "payment_method_types[0]": "card",
        "metadata[reference]": f"pay-{client}-{turn}",
    }
    headers = {**_STRIPE_HEADERS, "Idempotency-Key": f"k-{client}-{turn}"}
    return post("/v1/payment_intents", urlencode(fields).encode(), headers)


def _ours(folder: Path) -> tuple[str, ...]:
    database = tempfile.mkdtemp(dir=folder)
    return (sys.executable, "-P", "-m", "mock_gateway", "--database", f"{database}/gateway.sqlite3", "--port")


def _localstripe(folder: Path) -> tuple[str, ...]:
    # Its own environment: it is a peer, not a dependency.
    home = folder / "localstripe"
    venv.create(home, with_pip=True)
    install = [home / "bin" / "python", "-m", "pip", "install", "--quiet", "--disable-pip-version-check", PEER]
    subprocess.run(install, check=True)
    return (str(home / "bin" / "localstripe"), "--from-scratch", "--port")


@contextmanager
def _on_one_core(command: tuple[str, ...], first: bytes) -> Iterator[tuple[int, psutil.Process]]:
    """Run a server on the first core, where the system can do that, until it answered `first`."""
    port = free_ports().gateway
    with _cores(slice(1)):
        process = subprocess.Popen([*command, str(port)], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        watched = psutil.Process(process.pid)
        wait_until(f"{command[0]} to answer", lambda: _answers(port, first), within_s=READY_WITHIN_S)
        yield port, watched
    finally:
        process.kill()
        process.wait(READY_WITHIN_S)


@contextmanager
def _cores(which: slice) -> Iterator[None]:
    """Bind what is started in the block to some of the cores, on systems that know how (Linux), if there are any."""
    if not hasattr(os, "sched_setaffinity"):
        yield
        return
    before = os.sched_getaffinity(0)
    os.sched_setaffinity(0, set(sorted(before)[which]) or before)
    try:
        yield
    finally:
        os.sched_setaffinity(0, before)


def _answers(port: int, request: bytes) -> bool:
    try:
        return Connection(port).exchange(request)[0] in (200, 201)
    except OSError:
        return False
