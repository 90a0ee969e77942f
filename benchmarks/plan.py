"""How long a plan takes: an hour at 10,000 requests a second, by the command, beside one request after another."""

import sys
import time
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

import psutil

from harness.capacity.charge import Charge, Observer, Place, Refusal, position_of
from harness.capacity.parameters import Parameters
from harness.capacity.shape import Key, TableShape, Throughput
from harness.capacity.table import TableCapacity

DESIGN = Path(__file__).with_name("plan_design.yaml")
RATE = 10_000
SAMPLED_EVERY_S = 0.05
TARGET_S, TARGET_MB = 20.0, 2048.0


@dataclass(frozen=True, slots=True)
class Planned:
    """One run of `rehearse plan`: seconds of wall time, and the most memory it had."""

    requests: int
    took_s: float
    peak_mb: float

    @property
    def per_s(self) -> float:
        """Requests planned a second."""
        return self.requests / self.took_s


@dataclass(frozen=True, slots=True)
class Plans:
    """An hour, a quarter of an hour, and the live model over single requests."""

    hour: Planned
    quarter: Planned
    one_by_one_per_s: float


def measure(minutes: int = 60) -> Plans:
    """Plan `minutes` and a quarter of it in processes of their own, then ask the live model one by one."""
    return Plans(_planned(minutes), _planned(max(1, minutes // 4)), one_by_one())


def _planned(minutes: int) -> Planned:
    command = [str(Path(sys.executable).with_name("rehearse")), "plan", str(DESIGN), "--quiet"]
    began_s, peak = time.perf_counter(), 0
    process = psutil.Popen([*command, "--rate", str(RATE), "--for", f"{minutes}m"])
    while process.poll() is None:
        # Sampled: what the kernel tells of a child's peak begins with what its parent had.
        with suppress(psutil.Error):
            peak = max(peak, process.memory_info().rss)
        time.sleep(SAMPLED_EVERY_S)
    took_s = time.perf_counter() - began_s
    if process.returncode not in (0, 1):  # 1: the design does not hold, which is an answer
        raise RuntimeError(f"rehearse plan ended with {process.returncode}")
    return Planned(RATE * 60 * minutes, took_s, peak / 1024**2)


class _Nobody(Observer):
    def took(self, now_s: float, charge: Charge, partition: int) -> None:
        """Hear nothing."""

    def refused(self, now_s: float, charge: Charge, refusal: Refusal) -> None:
        """Hear nothing."""

    def split(self, now_s: float, resource: str, partition: int, into: tuple[int, int], why: str) -> None:
        """Hear nothing."""


def one_by_one(requests: int = 200_000) -> float:
    """Return how many single writes a second the live model is asked about."""
    shape = TableShape("Wallets", Key("UserID"), warm=Throughput(24_000, 12_000))
    table = TableCapacity(shape, Parameters(), 0.0, _Nobody())
    charges = [[Charge("", Place(position_of(b"user-%d" % number)), 0.0, 1.0)] for number in range(10_000)]
    began_s = time.perf_counter()
    for number in range(requests):
        asked, now_s = charges[number % len(charges)], number / RATE
        if table.refusal(asked, now_s) is None:
            table.take(asked, now_s)
    return requests / (time.perf_counter() - began_s)


def document(plans: Plans) -> list[str]:
    """Return the figures as lines of Markdown."""
    hour, quarter = plans.hour, plans.quarter
    linear = (hour.took_s / quarter.took_s) / (hour.requests / quarter.requests)
    return [
        "| `rehearse plan` at 10,000 requests/s | requests | time | memory | requests planned a second |",
        "| --- | --- | --- | --- | --- |",
        *(
            f"| {one.requests / RATE / 60:.0f} minutes | {one.requests / 1e6:.1f} M | {one.took_s:.1f} s "
            f"| {one.peak_mb:.0f} MB | {one.per_s / 1e6:.2f} M |"
            for one in (hour, quarter)
        ),
        f"| one by one through the live model (the peer) | | | | {plans.one_by_one_per_s / 1e6:.2f} M |",
        "",
        f"Aim: the hour in less than {TARGET_S:.0f} s and {TARGET_MB / 1024:.0f} GB. The hour takes "
        f"{linear:.2f} times what the quarter would have it take, "
        f"and {hour.per_s / plans.one_by_one_per_s:.1f} times as many requests a second as the peer.",
        "",
    ]
