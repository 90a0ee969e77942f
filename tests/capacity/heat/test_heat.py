"""A table's heat: who took what, who was refused, and how it is told and read back."""

import json
from math import inf
from typing import Any

import pytest

from harness.capacity.charge import Cause, Charge, Place, Refusal
from harness.capacity.heat import Heat, HeatLimits, Told, picture_of
from harness.capacity.picture import HeatPicture, ResourceHeat, picture_from
from harness.capacity.shape import IndexShape, Key, TableShape, Throughput
from harness.capacity.state import PartitionState, ResourceState

STARTED_S = 1_000.0
SHAPE = TableShape("payments-Wallets", Key("UserID", "Sort"), indexes=(IndexShape("ByTenant", Key("tenant_id")),))


def place(user: str, sort: str = "") -> Place:
    key = f"UserID={user}"
    return Place(hash(user) % 100, sort, key, f"{key},Sort={sort}")


def charge(user: str, *, sort: str = "a", read: float = 0.0, write: float = 0.0, resource: str = "") -> Charge:
    return Charge(resource, place(user, sort), read, write)


def state(resource: str = "", partitions: int = 2, burst: Throughput | None = None) -> ResourceState:
    ring = tuple(PartitionState(n, n / partitions, (n + 1) / partitions, STARTED_S) for n in range(partitions))
    cap = Throughput(3000.0, 1000.0)
    return ResourceState(resource, Throughput(100.0, 50.0), burst, Throughput(9.0, 9.0) if burst else None, cap, ring)


def table_of(heat: Heat, now_s: float = 1_009.0, **options: Any) -> ResourceHeat:
    return heat.picture(now_s, [state()], **options).resources[0]


def refusal(of: Charge, cause: Cause = Cause.KEY_RANGE, partition: int = 1) -> Refusal:
    return Refusal(of.resource, "Write", cause, partition, of.place)


def test_hot_key_leads_with_its_share_when_others_take_less() -> None:
    heat = Heat(SHAPE, STARTED_S)
    for _ in range(9):
        heat.took(1_001.0, charge("hot", write=1.0), 0)
    heat.took(1_001.0, charge("cold", read=3.0), 1)

    told = table_of(heat)

    assert [(key.key, key.share) for key in told.keys] == [("UserID=hot", 0.9), ("UserID=cold", 0.1)]
    assert (told.keys[0].write_units, told.keys[0].peak) == (9.0, 2.7)  # 27 of heat in ten seconds
    assert told.consumed == Throughput(3.0, 9.0)
    assert [sum(one.write) for one in told.partitions] == [1.0, 0.0]  # 9 units in the nine seconds until now


def test_items_are_told_apart_when_they_share_a_partition_key() -> None:
    heat = Heat(SHAPE, STARTED_S)
    heat.took(1_001.0, charge("alice", sort="1", write=2.0), 0)
    heat.took(1_001.0, charge("alice", sort="2", write=1.0), 0)

    told = table_of(heat)

    assert [one.key for one in told.items] == ["UserID=alice,Sort=1", "UserID=alice,Sort=2"]
    assert [one.key for one in told.keys] == ["UserID=alice"]


def test_refusals_are_told_by_reason_partition_and_key() -> None:
    heat = Heat(SHAPE, STARTED_S)
    hot = charge("hot", write=1.0)
    for _ in range(3):
        heat.refused(1_005.0, hot, refusal(hot))
    heat.refused(1_005.0, hot, Refusal("", "Write", Cause.PROVISIONED, -1, hot.place))

    told = table_of(heat)

    assert told.throttles == {"TableWriteKeyRangeThroughputExceeded": 3, "TableWriteProvisionedThroughputExceeded": 1}
    assert (told.throttled, [one.throttled for one in told.partitions]) == ((4,), [(0,), (3,)])
    assert [(one.key, one.throttled) for one in told.throttled_keys] == [("UserID=hot", 4)]
    assert told.keys[0].throttled == 4  # who was refused everything is hot, too


def test_one_refusal_counts_once_when_a_request_had_charges_elsewhere() -> None:
    heat = Heat(SHAPE, STARTED_S)
    table, index = charge("a", write=1.0), charge("a", write=1.0, resource="ByTenant")
    for one in (table, index):
        heat.refused(1_001.0, one, refusal(index))

    both = heat.picture(1_009.0, [state(), state("ByTenant")]).resources

    assert [one.throttled for one in both] == [(0,), (1,)]


def test_units_that_are_given_back_are_gone() -> None:
    heat = Heat(SHAPE, STARTED_S)
    heat.took(1_001.0, charge("a", write=4.0), 0)
    heat.took(1_012.0, charge("a", write=-3.0), 0)

    told = table_of(heat, now_s=1_019.0)

    assert told.consumed.write_units == 1.0
    assert told.keys[0].write_units == 1.0
    assert min(told.write) >= 0.0


def test_tenants_are_told_when_the_index_has_them_in_its_key() -> None:
    heat = Heat(SHAPE, STARTED_S)
    for tenant, units in (("acme", 3.0), ("globex", 1.0)):
        where = Place(1, "", f"tenant_id={tenant}", f"tenant_id={tenant}")
        heat.took(1_001.0, Charge("ByTenant", where, write_units=units), 0)
    heat.took(1_001.0, charge("a", write=1.0), 0)

    table, index = heat.picture(1_009.0, [state(), state("ByTenant")]).resources

    assert [(one.key, one.share) for one in index.tenants] == [("acme", 0.75), ("globex", 0.25)]
    assert table.tenants == ()


def test_memory_is_bounded_when_every_key_is_new() -> None:
    heat = Heat(SHAPE, STARTED_S, HeatLimits(monitored=10))
    for number in range(3_000):
        heat.took(1_001.0, charge(f"user-{number}", write=1.0), 0)

    told = table_of(heat)

    assert len(told.keys) <= 20
    assert told.consumed.write_units == 3_000.0
    assert all(one.overcount <= 3 * 3_000 / 10 for one in told.keys)


def test_only_the_hottest_are_told_when_top_is_given() -> None:
    heat = Heat(SHAPE, STARTED_S)
    for number in range(10):
        heat.took(1_001.0, charge(f"user-{number}", write=float(number + 1)), 0)

    assert [one.key for one in table_of(heat, top=2).keys] == ["UserID=user-9", "UserID=user-8"]


def test_splits_and_burst_are_told() -> None:
    heat = Heat(SHAPE, STARTED_S)
    heat.split(1_003.0, "", 0, (2, 3), "heat")

    told = heat.picture(1_009.0, [state(burst=Throughput(5.0, 7.0))]).resources[0]

    assert [(one.partition, one.into, one.why) for one in told.splits] == [(0, (2, 3), "heat")]
    assert (told.burst_read, told.burst_write) == ((5.0,), (7.0,))


def test_tables_share_one_axis_when_one_of_them_saw_later_moments() -> None:
    early, late = Heat(SHAPE, STARTED_S), Heat(SHAPE, STARTED_S)
    early.took(1_001.0, charge("a", write=1.0), 0)
    late.took(1_000.0 + 7_200, charge("a", write=1.0), 0)

    picture = picture_of([Told(early, [state()]), Told(late, [state()])], 1_020.0, started_s=STARTED_S)

    resources = [table.resources[0] for table in picture.tables]
    lengths = {len(one.write) for one in resources}
    lengths |= {len(one.write) for resource in resources for one in resource.partitions}
    assert lengths == {int(7_200 / picture.step_s) + 1}


def test_picture_is_refused_when_heats_began_at_other_times() -> None:
    with pytest.raises(ValueError, match="must all begin at"):
        picture_of([Told(Heat(SHAPE, 5.0), [state()])], 1_020.0, started_s=STARTED_S)


def test_picture_is_the_same_when_it_is_read_back_from_json() -> None:
    heat = Heat(SHAPE, STARTED_S)
    hot = charge("hot", write=1.0)
    heat.took(1_001.0, hot, 0)
    heat.refused(1_001.0, hot, refusal(hot))
    heat.split(1_003.0, "", 0, (2, 3), "heat")
    states = [state(burst=Throughput(5.0, 7.0))]
    picture = picture_of([Told(heat, states, "1", "eu", enforced=False)], 1_009.0, started_s=STARTED_S)

    assert picture_from(json.loads(json.dumps(picture.as_document()))) == picture


def test_unknown_fields_are_left_out_and_unlimited_throughput_is_infinite_when_a_picture_is_read() -> None:
    picture = picture_of([Told(Heat(SHAPE, STARTED_S), [state()])], 1_009.0, started_s=STARTED_S)
    document = json.loads(json.dumps(picture.as_document())) | {"news": 1}
    document["tables"][0]["resources"][0]["allowed"]["write_units"] = None

    read = picture_from(document)

    assert read.tables[0].resources[0].allowed == Throughput(100.0, inf)


@pytest.mark.parametrize("document", [{}, {"tables": [{"table": "x"}]}, {"tables": 5}, []])
def test_document_is_refused_when_it_is_no_picture(document: Any) -> None:
    with pytest.raises(ValueError, match="no heat picture"):
        picture_from(document)


def test_empty_picture_has_no_tables() -> None:
    picture = picture_of([], 1_009.0, started_s=STARTED_S)

    assert isinstance(picture, HeatPicture)
    assert picture.tables == ()
