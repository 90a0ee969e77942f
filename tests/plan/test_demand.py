"""Business requests become requests of DynamoDB that share their keys; shards fan reads out and spread writes."""

from pathlib import Path

import numpy as np
import pytest

from harness.errors import SettingInvalid
from harness.plan.demand import demand_of, stored_per_request
from harness.plan.design import Design
from harness.plan.traffic import BUSIEST_S, day_of, launch_of, slices, steady
from harness.plan.what_if import changed, read_changes
from tests.plan.designs import design


def groups(told: Design, payments: int, seed: int = 5) -> dict[str, dict[str, np.ndarray]]:
    demand = demand_of(told, seed, payments)
    return {group.kind.name: group.keys for group in demand.groups({"payment": payments})}


def test_operations_of_one_request_name_the_same_keys(tmp_path: Path) -> None:
    asked = groups(design(tmp_path), 50)

    read, debit = asked["payment 1: get Wallets"], asked["payment 2: transaction Wallets + Payments"]
    assert (read["user"] == debit["user"]).all()
    assert set(debit) == {"user", "payment"}


def test_sharded_key_is_read_at_all_shards_and_written_at_one(tmp_path: Path) -> None:
    told = changed(design(tmp_path), read_changes("Wallets.shards=10"))
    plain = groups(design(tmp_path), 200)["payment 1: get Wallets"]["user"]
    asked = groups(told, 200)

    reads = asked["payment 1: get Wallets"]["user × 10"]
    writes = asked["payment 2: transaction Wallets + Payments"]
    assert len(reads) == 2000
    assert (reads.reshape(200, 10) // 10 == plain[:, None]).all()
    assert (reads.reshape(200, 10) % 10 == np.arange(10)).all()
    assert len(np.unique(writes["user × 10"] % 10)) == 10
    assert (writes["user × 10"] // 10 == writes["user"]).all()


def test_part_of_the_requests_make_a_step_that_is_less_than_one_a_request(tmp_path: Path) -> None:
    told = design(tmp_path, ("- { get: Wallets, bytes: 124,", "- { get: Wallets, times: 0.4, bytes: 124,"))

    assert len(groups(told, 2000)["payment 1: get Wallets"]["user"]) == pytest.approx(800, rel=0.1)


def test_step_that_is_made_several_times_names_its_key_as_often(tmp_path: Path) -> None:
    told = design(tmp_path, ("- { get: Wallets, bytes: 124,", "- { get: Wallets, times: 3, bytes: 124,"))
    ids = groups(told, 10)["payment 1: get Wallets"]["user"]

    assert (ids.reshape(10, 3) == ids[::3, None]).all()


def test_keys_of_each_operation_are_all_new(tmp_path: Path) -> None:
    told = design(
        tmp_path,
        ("payment: { draw: new }", "payment: { draw: new, each: operation }"),
        ("- { put: Payments, bytes: 1500 }", "- { put: Payments, bytes: 1500, items: 2 }"),
    )

    keys = groups(told, 100)["payment 2: transaction Wallets + Payments"]
    fresh = [ids for name, ids in keys.items() if name.startswith("payment")]
    assert len(np.unique(np.concatenate(fresh))) == 200


def test_what_is_left_behind_counts_items_entries_and_their_overhead(tmp_path: Path) -> None:
    left = stored_per_request(design(tmp_path))

    assert left == {("Payments", ""): 0.75 * 1600, ("Payments", "ByUser"): 0.75 * 1600}


def test_trace_brings_the_traffic_it_was_told(tmp_path: Path) -> None:
    told = design(tmp_path)
    traffic = steady(400, 20)
    trace = list(slices(demand_of(told, 1, traffic.expected), traffic))

    payments = sum(len(group) for one in trace for group in one.groups if group.kind.name.startswith("payment 1"))
    assert [one.at_s for one in trace] == list(range(20))
    assert payments == pytest.approx(0.75 * 8000, rel=0.05)


def test_same_seed_brings_the_same_trace(tmp_path: Path) -> None:
    def ids(seed: int) -> list[int]:
        one = next(slices(demand_of(design(tmp_path), seed, 100), steady(100, 1)))
        return one.groups[0].keys["user"].tolist()

    assert ids(1) == ids(1)
    assert ids(1) != ids(2)


def test_more_requests_at_once_than_memory_holds_are_refused_by_name(tmp_path: Path) -> None:
    demand = demand_of(design(tmp_path), 5, 1)

    with pytest.raises(SettingInvalid, match="fall due at once, expected at most 50,000,000"):
        list(demand.groups({"payment": 10**9}))


def test_longer_slices_bring_as_much(tmp_path: Path) -> None:
    traffic = steady(40, 25)
    trace = list(slices(demand_of(design(tmp_path), 1, 1000), traffic, 10))

    assert [one.length_s for one in trace] == [10.0, 10.0, 5.0]
    assert sum(len(group) for one in trace for group in one.groups[:1]) == pytest.approx(750, rel=0.15)


def test_day_shows_its_busiest_stretch_and_counts_what_growth_counts(tmp_path: Path) -> None:
    day = day_of(design(tmp_path), 86_400)

    assert day.length_s == BUSIEST_S
    assert day.per_day == pytest.approx(86_400 * 4 / 3)
    assert day.rates.mean() > 1.5 * day.per_day / 86_400
    assert max(day.hours) == pytest.approx(day.peak_per_s, rel=0.01)
    assert sum(day.hours) / 24 == pytest.approx(day.per_day / 86_400, rel=0.15)


def test_launch_begins_quietly_and_comes_at_once(tmp_path: Path) -> None:
    launch = launch_of(design(tmp_path), 86_400)

    assert launch.rates[0] == pytest.approx(4 / 3)
    assert launch.peak_per_s == pytest.approx(20 * 4 / 3)
    assert launch.times(50).peak_per_s == pytest.approx(1000 * 4 / 3)
