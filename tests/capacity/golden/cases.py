"""All golden cases, and how the sequential model runs one."""

from collections.abc import Iterator

from harness.capacity.charge import Charge, Refusal
from harness.capacity.table import TableCapacity
from tests.capacity.golden import partitions, throughput
from tests.capacity.golden.case import Answer, GoldenCase

CASES = (*throughput.CASES, *partitions.CASES)


class Told:
    """Keeps what a capacity tells."""

    def __init__(self) -> None:
        self.taken: list[tuple[float, Charge, int]] = []
        self.refusals: list[tuple[float, Charge, Refusal]] = []
        self.splits: list[tuple[float, str, int, tuple[int, int], str]] = []

    def took(self, now_s: float, charge: Charge, partition: int) -> None:
        """Keep it."""
        self.taken.append((now_s, charge, partition))

    def refused(self, now_s: float, charge: Charge, refusal: Refusal) -> None:
        """Keep it."""
        self.refusals.append((now_s, charge, refusal))

    def split(self, now_s: float, resource: str, partition: int, into: tuple[int, int], why: str) -> None:
        """Keep it."""
        self.splits.append((now_s, resource, partition, into, why))


def answers(case: GoldenCase, told: Told, capacity: TableCapacity | None = None) -> Iterator[Answer]:
    """Run a case on the sequential model."""
    model = capacity or TableCapacity(case.shape, case.parameters, 0.0, told, scaling=case.scaling)
    for at_s, flow, number in case.asks():
        charges = flow.charges(number)
        refusal = model.refusal(charges, at_s)
        if refusal is None:
            model.take(charges, at_s)
        else:
            model.refuse(charges, refusal, at_s)
        yield Answer(at_s, flow.name, refusal.reason if refusal else "")
