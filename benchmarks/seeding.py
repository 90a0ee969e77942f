"""How fast seed data is loaded: tenants of the booking system, drawn, sent and counted, against boto3's batch_writer.

Both write as many rows to the same tables of one environment, in turns: the peer gets its items as plain Python values,
made before its clock starts. `python -m benchmarks.seeding` prints both.
"""

import os
import sys
import time
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal
from statistics import median
from typing import Any

import psutil

from harness.deploy import deploy_system
from harness.seeding.booking import Plan, drawn_tenants
from harness.seeding.booking.items import tenant_rows
from harness.seeding.booking.sizes import SIZES
from harness.seeding.loading import load
from harness.seeding.rows import Row, plain_value
from harness.seeding.sending import Place, Sender
from harness.targets import Environment, open_environment

ROUNDS = 3
PLAN = Plan(tenants=16, days=90, seed=1, first=date(2026, 10, 1), size=SIZES["small"])
PEER = "boto3 batch_writer"


@dataclass(frozen=True, slots=True)
class SeedingFigures:
    """Medians of all rounds: items a second of both, and what an item costs client and cloud in CPU time."""

    items: int
    ours_per_s: float
    peer_per_s: float
    ours_client_ms: float
    peer_client_ms: float
    cloud_ms: float


def measure(environment: Environment) -> SeedingFigures:
    """Measure an environment in which booking is deployed; every round has tenants of its own."""
    tables = {name: value for name, value in deploy_system("booking", environment).items() if name.endswith("Table")}
    cloud = psutil.Process(environment.pids["cloud"])
    ours, peers, cloud_ms, items = [], [], [], 0
    for number in range(ROUNDS):
        busy_s = _cpu_s(cloud)
        taken = _ours(environment, tables, replace(PLAN, seed=2 * number + 1))
        items = taken[0]
        cloud_ms.append((_cpu_s(cloud) - busy_s) / items * 1000)
        ours.append(taken)
        peers.append(_peer(environment, tables, replace(PLAN, seed=2 * number + 2)))
    return SeedingFigures(
        items,
        median(count / wall for count, wall, _ in ours),
        median(count / wall for count, wall, _ in peers),
        median(cpu / count * 1000 for count, _, cpu in ours),
        median(cpu / count * 1000 for count, _, cpu in peers),
        median(cloud_ms),
    )


def document(figures: SeedingFigures) -> list[str]:
    """Return the figures as lines of Markdown."""
    ratio = figures.ours_per_s / figures.peer_per_s
    return [
        f"| seeding, {figures.items:,} items a round | Rehearsal | {PEER} | ratio |",
        "| --- | --- | --- | --- |",
        f"| items a second, drawing included | {figures.ours_per_s:,.0f} | {figures.peer_per_s:,.0f} | {ratio:.1f} |",
        f"| client's CPU an item | {figures.ours_client_ms:.3f} ms | {figures.peer_client_ms:.3f} ms | |",
        "",
        f"The cloud spends {figures.cloud_ms:.3f} ms of CPU on an item of a batch, record and journal included: on one"
        f" core {1000 / figures.cloud_ms:,.0f} a second at most. {PEER} gets its items ready-made, ours are drawn"
        " meanwhile.",
    ]


def _ours(environment: Environment, tables: Mapping[str, str], plan: Plan) -> tuple[int, float, float]:
    client = environment.client("dynamodb")
    sender = Sender(Place.of(client))
    try:
        cpu_s, started_s = time.process_time(), time.perf_counter()
        # Without conversations, whose stream wakes functions: what is measured is the writing.
        loaded = load((row for one in drawn_tenants(plan) for row in tenant_rows(one, plan.today)), sender, tables)
        return loaded.items, time.perf_counter() - started_s, time.process_time() - cpu_s
    finally:
        sender.close()
        client.close()


def _peer(environment: Environment, tables: Mapping[str, str], plan: Plan) -> tuple[int, float, float]:
    by_table: dict[str, list[dict[str, Any]]] = {}
    for tenant in drawn_tenants(plan):
        for row in tenant_rows(tenant, plan.today):
            by_table.setdefault(tables[row.table], []).append(_plain(row))
    resource: Any = environment.session().resource("dynamodb", endpoint_url=environment.aws_endpoint_url)
    cpu_s, started_s = time.process_time(), time.perf_counter()
    for name, items in by_table.items():
        with resource.Table(name).batch_writer() as batch:
            for item in items:
                batch.put_item(Item=item)
    taken = time.perf_counter() - started_s, time.process_time() - cpu_s
    return sum(map(len, by_table.values())), *taken


def _plain(row: Row) -> dict[str, Any]:
    def number(value: Any) -> Any:
        if isinstance(value, dict):
            return {name: number(one) for name, one in value.items()}
        if isinstance(value, list):
            return [number(one) for one in value]
        return Decimal(value) if isinstance(value, int) and not isinstance(value, bool) else value

    return {name: number(plain_value(one)) for name, one in row.item.items()}


def _cpu_s(process: psutil.Process) -> float:
    times = process.cpu_times()
    return times.user + times.system


def main() -> int:
    """Measure an environment of one's own, and print."""
    with open_environment(instance=f"bench-{os.getpid()}") as environment:
        sys.stdout.write("\n".join(document(measure(environment))) + "\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
