"""The edge by itself in front of an engine over HTTP, beside microburst in front of the same engine.

Engines: the stock one in its own process, one that answers at once with nothing, and DynamoDB Local when
DYNAMODB_LOCAL_JAR names its jar. microburst is what MICROBURST names (its executable), or `uvx` runs; without either,
the engine and our edge are measured alone. All run on the cores that the clients run on, so a proxy's throughput holds
what client and engine take; the time that a proxy's process computes a call, which is told as well, does not.
"""

import os
import shutil
import signal
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import psutil

from benchmarks import edge as calls
from benchmarks.load import Timing
from benchmarks.stock import stock_engine
from harness.targets import open_environment
from harness.targets.environment import Environment
from harness.targets.ports import free_ports, is_listening
from harness.waiting import wait_until

ROUNDS = 3
READY_WITHIN_S = 60.0
PEER = "microburst==0.10.0"
OURS, OURS_FULL, MICROBURST, DIRECT = "our edge", "with guard and images", "microburst", "the engine alone"
EMBEDDED = "embedded"  # the same engine, in the edge's own process: where it is by default


@dataclass(slots=True)
class Way:
    """One way to an engine: the port to call, the process in between (0: none), and its best timings."""

    port: int
    pid: int = 0
    best: dict[str, Timing] = field(default_factory=dict)
    cpu_us: dict[str, float] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class EngineFigures:
    """What was measured in front of one engine, by the names of the ways."""

    engine: str
    ways: Mapping[str, Way]
    memory_mb: Mapping[str, float]


def measure(each: int) -> list[EngineFigures]:
    """Measure every engine that can run here, `each` calls a connection, operation, way and round."""
    figures = []
    with stock_engine() as peer, open_environment(instance=f"bench-http-{os.getpid()}") as environment:
        figures.append(_measure("The stock engine", calls.port_of(peer), each, environment))
    port = free_ports().aws
    with _running([sys.executable, "-m", "benchmarks.instant_engine", str(port)], port):
        figures.append(_measure("An engine that answers at once, so that the proxy is the limit", port, each))
    jar = os.environ.get("DYNAMODB_LOCAL_JAR", "")
    if jar:
        with _dynamodb_local(Path(jar)) as port:
            figures.append(_measure("DynamoDB Local", port, each))
    return figures


def document(figures: list[EngineFigures]) -> list[str]:
    """Return the section of the benchmarks' page."""
    lines = ["## The edge in front of an engine over HTTP", ""]
    for one in figures:
        lines += [*_table(one), ""]
    lines += [
        "Where the engine is the limit, no proxy in front of it is faster than the engine. On few cores, which client,"
        " proxy and engine share, that is so for most of these operations; then the time that the proxy's own process"
        " computes a call says more than the throughput.",
        "",
    ]
    if not any(MICROBURST in one.ways for one in figures):
        lines += ["microburst was not measured: neither MICROBURST nor uvx is there.", ""]
    if not os.environ.get("DYNAMODB_LOCAL_JAR"):
        lines += ["DynamoDB Local was not measured: DYNAMODB_LOCAL_JAR names no jar.", ""]
    return lines


def _table(figures: EngineFigures) -> list[str]:
    ways = figures.ways
    lines = [
        f"{figures.engine}, {calls.CONNECTIONS} connections, a second (and µs of its process's CPU a call), the best of"
        f" {ROUNDS} rounds in turns:",
        "",
        "| | " + " | ".join(ways) + f" | {'embedded, ' if EMBEDDED in ways else ''}edge / microburst |",
        "| --- |" + " --- |" * (len(ways) + 1),
    ]
    for operation in calls.OPERATIONS:
        cells = [_cell(way, operation) for way in ways.values()]
        peer = ways.get(MICROBURST)
        ratios = [_ratio(ways[name], peer, operation) for name in (EMBEDDED, OURS) if peer and name in ways]
        lines.append(f"| {operation} | {' | '.join(cells)} | {', '.join(ratios) or '–'} |")
    memory = ", ".join(f"{name} {size:.0f} MB" for name, size in figures.memory_mb.items())
    return [*lines, "", f"Memory after it: {memory}."]


def _ratio(way: Way, peer: Way, operation: str) -> str:
    return f"{way.best[operation].per_s / peer.best[operation].per_s:.2f}"


def _cell(way: Way, operation: str) -> str:
    timing = way.best[operation]
    return f"{timing.per_s:.0f}" + (f" ({way.cpu_us[operation]:.0f})" if way.pid else f", p99 {timing.p99_ms:.1f} ms")


def _measure(engine: str, port: int, each: int, environment: Environment | None = None) -> EngineFigures:
    calls.make_table(Environment("bench", "bench", f"http://127.0.0.1:{port}", "", Path()))
    embedded = {}
    if environment is not None:
        calls.make_table(environment)
        embedded = {EMBEDDED: Way(calls.port_of(environment), environment.pids["cloud"])}
    with _edge(port) as ours, _edge(port, "--guard", "--images") as full, _microburst(port) as peer:
        ways = {DIRECT: Way(port), **embedded, OURS: ours, OURS_FULL: full, **({MICROBURST: peer} if peer else {})}
        for operation in calls.OPERATIONS:
            for _ in range(ROUNDS):
                for way in ways.values():
                    _round(way, operation, each)
        memory = {name: calls.memory_mb(way.pid) for name, way in ways.items() if way.pid}
        return EngineFigures(engine, ways, memory)


def _round(way: Way, operation: str, each: int) -> None:
    before_s = _cpu_s(way.pid)
    timing = calls.run(way.port, operation, calls.OPERATIONS[operation], each)
    cpu_us = (_cpu_s(way.pid) - before_s) / timing.count * 1e6
    known = way.best.get(operation)
    if known is None or timing.per_s > known.per_s:
        way.best[operation], way.cpu_us[operation] = timing, cpu_us


def _cpu_s(pid: int) -> float:
    if not pid:
        return 0.0
    times = psutil.Process(pid).cpu_times()
    return float(times.user + times.system)


@contextmanager
def _edge(upstream_port: int, *options: str) -> Iterator[Way]:
    port = free_ports().aws
    command = [sys.executable, "-c", "from harness.cli import main; main()", "edge", "--port", str(port)]
    command += ["--upstream", f"http://127.0.0.1:{upstream_port}", *(options or ("--no-guard", "--no-images"))]
    with _running(command, port) as pid:
        yield Way(port, pid)


@contextmanager
def _microburst(upstream_port: int) -> Iterator[Way | None]:
    named = os.environ.get("MICROBURST", "")
    command = [named] if named else ["uvx", PEER] if shutil.which("uvx") else []
    if not command:
        yield None
        return
    port = free_ports().aws
    command += ["--upstream", f"http://127.0.0.1:{upstream_port}", "--port", str(port)]
    with _running(command, port):
        yield Way(port, calls.listening_on(port))


@contextmanager
def _dynamodb_local(jar: Path) -> Iterator[int]:
    port = free_ports().aws
    command = ["java", f"-Djava.library.path={jar.parent / 'DynamoDBLocal_lib'}", "-jar", str(jar.resolve())]
    # It writes a file into the folder that it runs in.
    with tempfile.TemporaryDirectory() as folder, _running([*command, "-inMemory", "-port", str(port)], port, folder):
        yield port


@contextmanager
def _running(command: list[str], port: int, folder: str | None = None) -> Iterator[int]:
    """Run a program in a process group of its own until the block ends; give its process once it listens."""
    process = subprocess.Popen(
        command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, start_new_session=True, cwd=folder
    )
    try:
        wait_until(f"port {port} of {command[0]}", lambda: is_listening(port), within_s=READY_WITHIN_S)
        yield process.pid
    finally:
        os.killpg(process.pid, signal.SIGKILL)
        process.wait()
