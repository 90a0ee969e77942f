"""Run the benchmarks and write docs/benchmarks.md: `make bench`, or `python -m benchmarks --quick` for a look."""

import argparse
import os
import platform
import sys
import threading
from datetime import UTC, datetime
from pathlib import Path

from benchmarks import booking, capacity, edge, edge_http, gateway, memory, payments, seeding, startup, stock, suite
from benchmarks.load import Timing
from harness.deploy import deploy_system
from harness.deploy.front_doors import api_keys
from harness.targets import Environment, open_environment

# Reading the proportional set size walks every page of every process, so it must not happen often.
MEMORY_EVERY_S = 3.0
DOCUMENT = Path(__file__).resolve().parents[1] / "docs" / "benchmarks.md"


def main() -> int:
    """Measure, print, and write the document unless `--quick`."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__)
    parser.add_argument("--quick", action="store_true", help="a fifth of the work; writes nothing")
    parser.add_argument("--only", choices=("booking",), help="these figures alone; writes nothing")
    options = parser.parse_args()
    scale = 1 if options.quick else 5
    if options.only:
        sys.stdout.write("\n".join(_booking(scale)[1]) + "\n")
        return 0
    with stock.stock_engine() as peer, open_environment(instance=f"bench-{os.getpid()}") as environment:
        passing = edge.measure(environment, peer, 60 * scale)
    with stock.stock_engine() as peer, open_environment(instance=f"bench-{os.getpid()}") as environment:
        peer_one = stock.five_empty_functions(peer, 1, 10 * scale)
        peer_eight = stock.five_empty_functions(peer, 8, 5 * scale)
        empty_one = stock.five_empty_functions(environment, 1, 10 * scale)
        empty_eight = stock.five_empty_functions(environment, 8, 5 * scale)
    with open_environment(instance=f"bench-{os.getpid()}") as environment:
        outputs = deploy_system("payments", environment)
        key = api_keys("payments", environment, outputs)["PAYMENTS_API_KEY"]
        payments.measure(environment, key, 8, 10)
        one = payments.measure(environment, key, 1, 30 * scale)
        eight, peak = _with_memory(environment, lambda: payments.measure(environment, key, 8, 15 * scale))
    bookings_row, bookings = _booking(scale)
    fake = gateway.measure(200 * scale, 5 * scale)
    times = startup.measure()
    text = _document(
        rows=[
            _ratio_row("five empty functions, 1 client, p50", empty_one.p50_ms, peer_one.p50_ms, "ms", "stock engine"),
            _ratio_row("five empty functions, 8 clients", empty_eight.per_s, peer_eight.per_s, "/s", "stock engine"),
            *(
                _ratio_row(f"DynamoDB {operation}", one.ours.per_s, one.bare.per_s, "/s", "bare engine")
                for operation, one in passing.rounds.items()
            ),
            _ratio_row("payment, 1 client, p50", one.p50_ms, peer_one.p50_ms, "ms", "stock, empty functions"),
            bookings_row,
            _ratio_row("gateway: payment intents", fake.stripe.per_s, fake.peer.per_s, "/s", "localstripe"),
            _ratio_row("payment, 8 clients", eight.per_s, peer_eight.per_s, "/s", "stock, empty functions"),
        ],
        passing=passing,
        sections=[
            *bookings,
            *capacity.measure(scale),
            *edge_http.document(edge_http.measure(20 * scale)),
        ],
        payment_rows=[("1 client", one), ("8 clients", eight)],
        peak=peak,
        fake=fake,
        times=times,
        suite_s=suite.measure(),
    )
    sys.stdout.write(text)
    if not options.quick:
        DOCUMENT.write_text(text)
    return 0


def _booking(scale: int) -> tuple[str, list[str]]:
    """Return the row of a booking beside its peer, and the section about booking and seeds."""
    with stock.stock_engine() as peer:
        nothing = booking.empty_functions(peer, 10 * scale)
    with open_environment(instance=f"bench-{os.getpid()}") as environment:
        deploy_system("booking", environment)
        found = booking.measure(environment, 20 * scale)
        seeded = seeding.measure(environment)
    one, other = found.bookings.p50_ms, nothing.p50_ms
    row = _ratio_row("booking, 1 client, p50", one, other, "ms", "stock, empty functions")
    return row, [*booking.document(found, nothing), *seeding.document(seeded), ""]


def _with_memory(environment: Environment, load):  # type: ignore[no-untyped-def]
    """Run `load` and sample the environment's memory beside it; return its timing and the largest sample."""
    samples: list[dict[str, float]] = []
    done = threading.Event()

    def sample() -> None:
        while not done.wait(MEMORY_EVERY_S):
            samples.append(memory.proportional_mb(environment))

    thread = threading.Thread(target=sample)
    thread.start()
    try:
        timing = load()
    finally:
        done.set()
        thread.join()
    samples.append(memory.proportional_mb(environment))
    return timing, max(samples, key=lambda one: one["total"])


def _faces(fake: gateway.GatewayTimings) -> list[tuple[str, Timing]]:
    return [
        ("`POST /charges`", fake.plain),
        ("`POST /v1/payment_intents`, confirmed", fake.stripe),
        (f"{gateway.PEER.replace('==', ' ')}, the same request", fake.peer),
    ]


def _ratio_row(what: str, ours: float, peers: float, unit: str, peer: str) -> str:
    return f"| {what} | {ours:.1f} {unit} | {peers:.1f} {unit} ({peer}) | {ours / peers:.2f} |"


def _edge_row(operation: str, one: edge.Round) -> str:
    figures = [
        f"{one.ours.per_s:.0f}",
        f"{one.bare.per_s:.0f}",
        f"{one.ours.p99_ms:.1f} ms",
        f"{one.bare.p99_ms:.1f} ms",
    ]
    return " | ".join([f"| {operation}", *figures, f"{one.ours.p99_ms - one.bare.p99_ms:+.1f} ms |"])


def _document(
    *,
    rows: list[str],
    passing: edge.EdgeFigures,
    sections: list[str],
    payment_rows: list[tuple[str, Timing]],
    peak: dict[str, float],
    fake: gateway.GatewayTimings,
    times: startup.Startup,
    suite_s: float,
) -> str:
    lines = [
        "# Benchmarks",
        "",
        f"Measured on {datetime.now(UTC).date()} with `make bench`, on {os.cpu_count()} cores, Python"
        f" {platform.python_version()}, {platform.system()}. Clients, cloud, functions and gateway share these cores."
        " Believe the ratios, which come from one run, rather than the absolute figures.",
        "",
        "| what | Rehearsal | peer | ratio |",
        "| --- | --- | --- | --- |",
        *rows,
        "",
        f"| DynamoDB through the edge, {edge.CONNECTIONS} connections | a second | bare | p99 | bare | p99 added |",
        "| --- | --- | --- | --- | --- | --- |",
        *(_edge_row(operation, one) for operation, one in passing.rounds.items()),
        "",
        f"The median of {edge.ROUNDS} rounds in turns, against the bare engine. Every call is recorded, every change is"
        f" journaled, and {edge.RULES} fault rules about these operations match none of the calls. After it the cloud"
        f" process, engine and items included, holds {passing.ours_mb:.0f} MB,"
        f" the bare engine {passing.bare_mb:.0f} MB.",
        "",
        "A payment is real: API, five states, their DynamoDB writes and events, and a charge at the gateway.",
        "The peer's five functions are empty.",
        "",
        "| payments | p50 | p99 | a second |",
        "| --- | --- | --- | --- |",
        *(f"| {name} | {one.p50_ms:.1f} ms | {one.p99_ms:.1f} ms | {one.per_s:.1f} |" for name, one in payment_rows),
        "",
        f"| the gateway alone, on one core, {gateway.CONNECTIONS} connections | p50 | p99 | a second |",
        "| --- | --- | --- | --- |",
        *(f"| {name} | {one.p50_ms:.1f} ms | {one.p99_ms:.1f} ms | {one.per_s:.0f} |" for name, one in _faces(fake)),
        "",
        f"The best of {gateway.ROUNDS} rounds. The ledger is in a file, each charge has a key of its own: "
        f"{fake.plain_cpu_ms:.2f} ms of CPU time for each of {fake.plain_count}."
        f" Memory was {fake.memory_before_mb:.0f} MB before and {fake.memory_after_mb:.0f} MB after them."
        " localstripe has no keys and no faults, and writes all its state to a file at each change, so it slows down:"
        f" {fake.peer.count} requests a round to each on that face."
        " What a kill in mid-load leaves is compared with the answers given in tests/mock_gateway/test_program.py.",
        "",
        "| start | cold | warm |",
        "| --- | --- | --- |",
        f"| `rehearse up` | {times.up_cold_s:.1f} s | {times.up_warm_s:.1f} s |",
        f"| `rehearse deploy payments` | {times.deploy_cold_s:.1f} s | {times.deploy_warm_s:.1f} s |",
        "",
        f"All scenarios, with {suite.WORKERS} workers, take {suite_s:.0f} s, environment and deployment included.",
        "",
        "| memory under the load of 8 clients (proportional set size) | MB |",
        "| --- | --- |",
        *(f"| {part} | {size:.0f} |" for part, size in peak.items()),
        "",
        "The cloud keeps tables, histories and logs until `rehearse reset`: about 0.1 MB a payment.",
        "",
        *sections,
    ]
    return "\n".join(lines)


if __name__ == "__main__":
    sys.exit(main())
