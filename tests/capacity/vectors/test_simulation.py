"""What a simulation tells beside who was throttled."""

from dataclasses import replace

import numpy as np
import pytest

from harness.capacity.charge import POSITIONS
from harness.capacity.parameters import Parameters
from harness.capacity.partitions import Partitions
from harness.capacity.shape import Key, TableShape, Throughput
from harness.capacity.vectors import Group, KeySpace, Kind, KindCharge, Options, Slice, key_space, simulate
from harness.capacity.vectors.lane import place_of_key, slots_of

TABLE = TableShape("Wallets", Key("UserID"), "PROVISIONED", Throughput(10, 10))
SHAPES = {"Wallets": TABLE}
SPACES = {"wallets": key_space("wallets", ["a", "b", "c"])}
WRITE = Kind("write", (KindCharge("Wallets", "", "wallets", 0.0, 1.0),))
TIGHT = Parameters(burst_s=1.0)


def writes(seconds: int, rate: int, *, key: int = 0, length_s: float = 1.0, from_s: float = 0.0) -> list[Slice]:
    ids = np.full(rate, key)
    return [Slice(from_s + at * length_s, (Group(WRITE, {"wallets": ids}),), length_s) for at in range(seconds)]


def test_nothing_comes_of_no_traffic() -> None:
    outcome = simulate(SHAPES, SPACES, [], TIGHT)

    assert (outcome.offered, outcome.throttled) == (0, 0)
    assert [table.table for table in outcome.picture.tables] == ["Wallets"]


def test_steps_add_up_to_the_whole() -> None:
    outcome = simulate(SHAPES, SPACES, writes(25, 15), TIGHT, options=Options(step_s=10.0))

    (kind,) = outcome.kinds
    assert kind.offered_by_step == (150, 150, 75)
    assert sum(kind.throttled_by_step) == kind.throttled == 25 * 15 - int(kind.write_units)
    # A full bucket and 10 a second: 260 in 25 seconds, where 375 came.
    assert kind.write_units == 260.0
    (resource,) = outcome.picture.tables[0].resources
    assert resource.consumed.write_units == 260.0
    assert resource.throttles == {"TableWriteProvisionedThroughputExceeded": kind.throttled}
    assert sum(resource.throttled) == kind.throttled
    assert resource.write == pytest.approx((11.0, 10.0, 10.0))
    assert outcome.allowed_write["Wallets", ""] == (10.0, 10.0, 10.0)


def test_first_throttle_names_key_and_moment() -> None:
    traffic = [*writes(5, 5, key=1), *writes(5, 25, key=2, from_s=5.0)]

    (first,) = simulate(SHAPES, SPACES, traffic, TIGHT).first_throttles

    assert (first.at_s, first.key, first.reason) == (5.0, "c", "TableWriteProvisionedThroughputExceeded")


def test_refused_requests_come_again_when_clients_try_again() -> None:
    once = simulate(SHAPES, SPACES, [*writes(1, 30), *writes(4, 1, from_s=1.0)], TIGHT)
    thrice = simulate(SHAPES, SPACES, [*writes(1, 30), *writes(4, 1, from_s=1.0)], TIGHT, options=Options(attempts=3))

    assert once.offered == thrice.offered == 34
    assert once.throttled == 10
    assert thrice.throttled == 0
    assert thrice.picture.tables[0].resources[0].throttles["TableWriteProvisionedThroughputExceeded"] >= 10


def test_long_slices_give_what_their_seconds_give() -> None:
    by_second = simulate(SHAPES, SPACES, writes(600, 12), TIGHT)
    by_minute = simulate(SHAPES, SPACES, writes(10, 720, length_s=60.0), TIGHT)

    assert by_minute.offered == by_second.offered
    assert by_minute.throttled == pytest.approx(by_second.throttled, abs=12)


def test_account_refuses_when_all_tables_together_are_too_much() -> None:
    shapes = {name: replace(TABLE, name=name) for name in ("One", "Two")}
    kinds = [Kind(name, (KindCharge(name, "", "wallets", 0.0, 1.0),)) for name in shapes]
    traffic = [
        Slice(float(at), tuple(Group(kind, {"wallets": np.zeros(9, np.int64)}) for kind in kinds)) for at in range(30)
    ]

    outcome = simulate(shapes, SPACES, traffic, replace(TIGHT, account_write_units=12.0))

    told = [reason for table in outcome.picture.tables for one in table.resources for reason in one.throttles]
    assert set(told) == {"TableWriteAccountLimitExceeded"}
    assert outcome.offered - outcome.throttled == pytest.approx(31 * 12, abs=2)


def test_keys_that_stand_out_are_told_by_name() -> None:
    outcome = simulate(SHAPES, SPACES, [*writes(10, 6), *writes(10, 2, key=1, from_s=10.0)], TIGHT)

    keys = outcome.picture.tables[0].resources[0].keys
    assert [(key.key, key.write_units) for key in keys] == [("a", 60.0), ("b", 20.0)]
    assert keys[0].share == pytest.approx(0.75)


def test_unknown_table_is_an_error() -> None:
    elsewhere = Kind("write", (KindCharge("Nowhere", "", "wallets", 0.0, 1.0),))

    with pytest.raises(KeyError, match="Nowhere"):
        simulate(SHAPES, SPACES, [Slice(0.0, (Group(elsewhere, {"wallets": np.zeros(1, np.int64)}),))], TIGHT)


def test_keys_lie_where_the_live_model_finds_them() -> None:
    """Also inside a collection that is cut by sort key."""
    told: list[str] = []
    parameters = Parameters(split_after_s=1.0, scale=0.01)
    live = Partitions(parameters, 0.0, 4, lambda *args: told.append(args[3]), by_sort=True, has_sort=True)
    rng = np.random.default_rng(3)
    hot = np.uint64(POSITIONS // 3)
    positions = np.concatenate([rng.integers(0, 2**63, 300).astype(np.uint64) * np.uint64(2), np.full(700, hot)])
    space = KeySpace("s", positions, str, rng.random(1000))

    for at in range(2000):
        place = place_of_key(space, int(rng.integers(300, 1000)))
        live.note(live.find(place), place, 0.0, 0.01, at * 0.01)
    assert told
    parts = list(live)
    assert any(part.sort is not None for part in parts)

    slots = slots_of(parts, space)

    assert [parts[slot].number for slot in slots] == [live.find(place_of_key(space, key)).number for key in range(1000)]
