"""Runs the slices of a simulation request by request through the live model: what whole slices are compared with."""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from harness.capacity.account import AccountCapacity
from harness.capacity.charge import Charge, Refusal
from harness.capacity.parameters import Parameters
from harness.capacity.shape import TableShape
from harness.capacity.table import TableCapacity
from harness.capacity.vectors import Group, KeySpace, Slice
from harness.capacity.vectors.lane import place_of_key


class Counting:
    """An observer that counts refusals by reason and units by resource."""

    def __init__(self) -> None:
        self.reasons: Counter[str] = Counter()
        self.writes: Counter[str] = Counter()
        self.reads: Counter[str] = Counter()
        self.splits: list[tuple[float, str, str]] = []

    def took(self, _now_s: float, charge: Charge, _partition: int) -> None:
        self.reads[charge.resource] += charge.read_units
        self.writes[charge.resource] += charge.write_units

    def refused(self, _now_s: float, _charge: Charge, refusal: Refusal) -> None:
        self.reasons[refusal.reason] += 1

    def split(self, now_s: float, resource: str, _partition: int, _into: tuple[int, int], why: str) -> None:
        self.splits.append((now_s, resource, why))


def run_sequentially(
    shapes: Mapping[str, TableShape],
    spaces: Mapping[str, KeySpace],
    slices: Iterable[Slice],
    parameters: Parameters,
    scaling: Mapping[tuple[str, str, Any], Any] | None = None,
) -> dict[str, Counting]:
    """Return what each table's observer counted."""
    told = {name: Counting() for name in shapes}
    account = AccountCapacity(parameters, 0.0)
    tables = {
        name: TableCapacity(
            shape,
            parameters,
            0.0,
            told[name],
            account=account,
            scaling={(key[1], key[2]): rule for key, rule in (scaling or {}).items() if key[0] == name},
        )
        for name, shape in shapes.items()
    }
    for now_s, group, at in requests_of(slices):
        by_table: dict[str, list[Charge]] = {}
        for one in group.kind.charges:
            place = place_of_key(spaces[one.keys], int(group.keys[one.keys][at]))
            charge = Charge(one.resource, place, one.read_units, one.write_units, one.consistent)
            by_table.setdefault(one.table, []).append(charge)
        refusals = {name: tables[name].refusal(charges, now_s) for name, charges in by_table.items()}
        refused = next(((name, no) for name, no in refusals.items() if no is not None), None)
        if refused:
            tables[refused[0]].refuse(by_table[refused[0]], refused[1], now_s)
        else:
            for name, charges in by_table.items():
                tables[name].take(charges, now_s)
    return told


def requests_of(slices: Iterable[Slice]) -> Iterator[tuple[float, Group, int]]:
    """Yield requests as they arrive: each group's evenly over its slice."""
    for one in slices:
        arriving = [
            (one.at_s + one.length_s * (at + 0.5) / len(group), number, at)
            for number, group in enumerate(one.groups)
            for at in range(len(group))
        ]
        for now_s, number, at in sorted(arriving):
            yield now_s, one.groups[number], at
