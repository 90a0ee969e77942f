"""Whole slices come out as request after request does: the planner and the live edge tell the same of one traffic."""

from collections.abc import Iterator
from dataclasses import replace

import numpy as np
import pytest

from harness.capacity.auto_scaling import ScalingRule
from harness.capacity.parameters import Parameters
from harness.capacity.shape import IndexShape, Key, TableShape, Throughput
from harness.capacity.vectors import Group, Kind, KindCharge, Options, Outcome, Slice, key_space, simulate
from tests.capacity.vectors.sequential import Counting, run_sequentially

SMALL = Parameters(scale=0.02, split_after_s=30.0)
WALLET = Kind("debit", (KindCharge("Wallets", "", "wallets", 0.0, 1.0),))
BALANCE = Kind("balance", (KindCharge("Wallets", "", "wallets", 1.0),))
PAYMENT = Kind(
    "pay", (KindCharge("Payments", "", "payments", 0.0, 2.0), KindCharge("Payments", "ByUser", "wallets", 0.0, 1.0))
)
TRANSFER = Kind("transfer", (*WALLET.charges, *PAYMENT.charges))
SPACES = {
    "wallets": key_space("wallets", [f"wallet-{number}" for number in range(200)]),
    "payments": key_space("payments", [f"pay-{number}" for number in range(5000)]),
}
WALLETS = TableShape("Wallets", Key("UserID"))
PAYMENTS = TableShape("Payments", Key("ID"), indexes=(IndexShape("ByUser", Key("UserID", "CreatedAt")),))
PROVISIONED = replace(
    PAYMENTS,
    billing="PROVISIONED",
    provisioned=Throughput(1000, 1500),
    indexes=(replace(PAYMENTS.indexes[0], provisioned=Throughput(1000, 400)),),
)


def drawn(seed: int, seconds: int, rates: dict[Kind, int], hot: float = 0.0) -> list[Slice]:
    """Return slices with uneven arrivals; a share of the wallets' requests goes to the first wallet."""
    rng = np.random.default_rng(seed)

    def ids(name: str, count: int) -> np.ndarray:
        drawn = rng.integers(0, len(SPACES[name]), count)
        return np.where(rng.random(count) < hot, 0, drawn) if name == "wallets" else drawn

    def groups() -> Iterator[Group]:
        for kind, rate in rates.items():
            count = int(rng.poisson(rate))
            if count:
                yield Group(kind, {name: ids(name, count) for name in {charge.keys for charge in kind.charges}})

    return [Slice(float(second), tuple(groups())) for second in range(seconds)]


def throttles(outcome: Outcome, table: str) -> dict[str, int]:
    found: dict[str, int] = {}
    for resource in next(one for one in outcome.picture.tables if one.table == table).resources:
        found |= resource.throttles
    return found


CASES = {
    "a hot wallet on demand": ((WALLETS,), {WALLET: 60}, 0.6, {}),
    "more than the table serves": ((WALLETS,), {WALLET: 120, BALANCE: 100}, 0.0, {}),
    "reads and writes of one hot key": ((WALLETS,), {WALLET: 40, BALANCE: 150}, 0.7, {}),
    "a provisioned table with a starved index": ((PROVISIONED,), {PAYMENT: 15}, 0.0, {}),
    "transactions over two tables": ((WALLETS, PROVISIONED), {TRANSFER: 12, WALLET: 20}, 0.3, {}),
    "auto scaling": (
        (replace(WALLETS, billing="PROVISIONED", provisioned=Throughput(500, 500)),),
        {WALLET: 18},
        0.0,
        {("Wallets", "", "Write"): ScalingRule(100, 2000)},
    ),
}


@pytest.mark.parametrize("name", CASES)
def test_slices_and_single_requests_are_refused_alike(name: str) -> None:
    tables, rates, hot, scaling = CASES[name]
    shapes = {table.name: table for table in tables}
    parameters = replace(SMALL, burst_s=20.0)
    slices = drawn(7, 240, rates, hot)

    one_by_one = run_sequentially(shapes, SPACES, slices, parameters, scaling)
    outcome = simulate(shapes, SPACES, slices, parameters, scaling=scaling, options=Options(step_s=30.0))

    offered = sum(len(group) for one in slices for group in one.groups)
    for table, counted in one_by_one.items():
        told = throttles(outcome, table)
        assert set(told) == set(counted.reasons)
        for reason, count in counted.reasons.items():
            assert told[reason] == pytest.approx(count, rel=0.005, abs=5), reason
        assert same_splits(outcome, table, counted)
    assert outcome.offered == offered


def same_splits(outcome: Outcome, table: str, counted: Counting) -> bool:
    told = [change for change in outcome.changes if change.table == table and "splits" in change.what]
    return len(told) == len(counted.splits) and all(
        abs(one.at_s - other[0]) <= 1.0 for one, other in zip(told, counted.splits, strict=True)
    )
