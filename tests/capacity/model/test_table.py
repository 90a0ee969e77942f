"""A table's capacity as a whole: what is taken, what is refused and why, and what UpdateTable changes."""

from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from harness.capacity.account import AccountCapacity
from harness.capacity.auto_scaling import ScalingRule
from harness.capacity.charge import Cause, Charge, Place, Refusal, position_of
from harness.capacity.parameters import Parameters
from harness.capacity.shape import IndexShape, Key, TableShape, Throughput
from harness.capacity.table import TableCapacity
from tests.capacity.golden.cases import Told

SMALL = TableShape("t", Key("pk"), "PROVISIONED", Throughput(10, 10))
LOCAL = IndexShape("local", Key("pk", "date"), "local")
GLOBAL = IndexShape("global", Key("status"), provisioned=Throughput(10, 10))
NO_BURST = Parameters(burst_s=1.0)


def place(key: str) -> Place:
    return Place(position_of(key.encode()), "", f"pk={key}", f"pk={key}")


def write(key: str = "a", units: float = 1.0, resource: str = "") -> Charge:
    return Charge(resource, place(key), 0.0, units)


def test_nothing_is_taken_and_nobody_told_when_it_is_only_asked() -> None:
    told = Told()
    table = TableCapacity(SMALL, NO_BURST, 0.0, told)
    before = table.snapshot(0.0)

    assert table.refusal([write(), write("b")], 0.0) is None
    assert table.snapshot(0.0) == before
    assert (told.taken, told.refusals) == ([], [])


def test_refused_request_takes_nothing_when_one_of_its_charges_finds_no_capacity() -> None:
    told = Told()
    table = TableCapacity(replace(SMALL, indexes=(replace(GLOBAL, provisioned=Throughput(0, 0)),)), NO_BURST, 0.0, told)
    charges = [write(), write(resource="global")]
    before = table.snapshot(0.0)

    refusal = table.refusal(charges, 0.0)
    assert refusal == Refusal("global", "Write", Cause.PROVISIONED, -1, charges[1].place)
    table.refuse(charges, refusal, 0.0)

    assert table.snapshot(0.0) == before
    assert told.refusals == [(0.0, charges[1], refusal)]


def test_partition_is_told_first_when_the_table_has_nothing_left_either() -> None:
    table = TableCapacity(SMALL, NO_BURST, 0.0, Told())
    table.take([write(units=5000)], 0.0)

    refusal = table.refusal([write()], 0.0)

    assert refusal is not None
    assert (refusal.cause, refusal.partition) == (Cause.KEY_RANGE, 0)
    assert refusal.reason == "TableWriteKeyRangeThroughputExceeded"


def test_table_pays_when_a_local_index_is_written() -> None:
    told = Told()
    table = TableCapacity(replace(SMALL, indexes=(LOCAL,)), NO_BURST, 0.0, told)
    charges = [write(), write(resource="local", units=9)]

    table.take(charges, 0.0)

    assert [charge.resource for _, charge, _ in told.taken] == ["", ""]
    assert len(table.snapshot(0.0)) == 1
    refusal = table.refusal(charges, 0.0)
    assert refusal is not None
    assert refusal.reason == "TableWriteProvisionedThroughputExceeded"


def test_unknown_index_is_an_error_when_it_is_charged() -> None:
    with pytest.raises(KeyError):
        TableCapacity(SMALL, NO_BURST, 0.0, Told()).take([write(resource="nobody")], 0.0)


def test_units_come_back_when_a_request_cost_less_than_was_taken() -> None:
    table = TableCapacity(SMALL, NO_BURST, 0.0, Told())
    table.take([write(units=12)], 0.0)
    assert table.refusal([write()], 0.0) is not None

    table.take([write(units=-11)], 0.0)

    assert table.refusal([write()], 0.0) is None
    assert table.snapshot(0.0)[0].burst == Throughput(10, 9)


def test_account_refuses_when_its_tables_together_have_had_its_quota() -> None:
    figures = Parameters(burst_s=1.0, account_write_units=15)
    account = AccountCapacity(figures, 0.0)
    one, other = (TableCapacity(SMALL, figures, 0.0, Told(), account=account) for _ in range(2))
    one.take([write(units=9)], 0.0)
    other.take([write(units=9)], 0.0)

    refusal = one.refusal([write()], 0.0)

    assert refusal is not None
    assert refusal.reason == "TableWriteAccountLimitExceeded"
    assert one.refusal([write()], 0.5) is None


def test_on_demand_tables_are_free_of_the_account_when_it_has_nothing_left() -> None:
    figures = Parameters(account_write_units=1)
    account = AccountCapacity(figures, 0.0)
    account.write.take(1e9)

    assert (
        TableCapacity(TableShape("t", Key("pk")), figures, 0.0, Told(), account=account).refusal([write()], 0) is None
    )


def test_eventual_reads_may_pass_the_cap_when_a_factor_is_observed() -> None:
    shape = replace(SMALL, provisioned=Throughput(100_000, 10))
    eventual = Charge("", place("a"), 4000, 0.0, consistent=False)
    cases = ((1.0, True), (1.5, False))
    for factor, refused in cases:
        table = TableCapacity(shape, Parameters(eventual_read_factor=factor), 0.0, Told())
        table.take([eventual], 0.0)

        assert (table.refusal([eventual], 0.0) is not None) == refused


def test_reads_and_writes_share_a_cap_when_it_is_said_so() -> None:
    shape = replace(SMALL, provisioned=Throughput(1500, 500))
    charges = [Charge("", place("a"), 1600, 501)]
    for shared, refused in ((False, False), (True, True)):
        table = TableCapacity(shape, Parameters(shared_partition_cap=shared), 0.0, Told())
        table.take(charges, 0.0)

        assert (table.refusal(charges, 0.0) is not None) == refused


def test_former_throughput_is_served_when_a_table_goes_on_demand() -> None:
    shape = replace(SMALL, provisioned=Throughput(10, 9000))
    table = TableCapacity(shape, Parameters(), 0.0, Told())
    on_demand = replace(shape, billing="PAY_PER_REQUEST", provisioned=None)

    table.reshape(on_demand, 1.0)
    state = table.snapshot(1.0)[0]

    assert (state.allowed, state.burst) == (Throughput(12_000, 9000), None)
    assert len(state.partitions) == 10
    table.reshape(shape, 2.0)
    assert table.snapshot(2.0)[0].allowed == Throughput(10, 9000)


def test_warm_throughput_and_partitions_stay_when_less_is_told_later() -> None:
    shape = TableShape("t", Key("pk"), warm=Throughput(12_000, 8000))
    table = TableCapacity(shape, Parameters(), 0.0, Told())

    table.reshape(replace(shape, warm=None), 1.0)

    assert table.snapshot(1.0)[0].allowed == Throughput(12_000, 8000)
    assert len(table.snapshot(1.0)[0].partitions) == 8


def test_growth_is_seen_when_a_table_is_only_asked() -> None:
    told = Told()
    table = TableCapacity(TableShape("t", Key("pk")), Parameters(), 0.0, told)
    table.take([write(units=60 * 6000)], 0.0)

    assert table.refusal([write()], 1859.0) is None
    assert not told.splits
    assert table.refusal([write()], 1860.0) is None
    assert [why for *_, why in told.splits] == ["throughput"] * 12
    assert table.snapshot(1860.0)[0].allowed == Throughput(12_000, 12_000)


def test_index_comes_and_goes_when_the_table_is_updated() -> None:
    table = TableCapacity(SMALL, NO_BURST, 0.0, Told())

    table.reshape(replace(SMALL, indexes=(GLOBAL,)), 1.0)
    table.take([write(), write(resource="global")], 1.0)
    assert [state.resource for state in table.snapshot(1.0)] == ["", "global"]

    table.reshape(SMALL, 2.0)
    assert [state.resource for state in table.snapshot(2.0)] == [""]


def test_scaled_throughput_stays_when_an_update_changes_something_else() -> None:
    rules = {("", "Write"): ScalingRule(10, 1000, 0.7)}
    table = TableCapacity(SMALL, Parameters(), 0.0, Told(), scaling=rules)  # type: ignore[arg-type]
    for second in range(200):
        table.take([write(units=70)], float(second))
    assert table.snapshot(200.0)[0].allowed.write_units == 100

    table.reshape(replace(SMALL, indexes=(GLOBAL,)), 201.0)
    assert table.snapshot(201.0)[0].allowed.write_units == 100
    table.reshape(replace(SMALL, provisioned=Throughput(10, 40)), 202.0)
    assert table.snapshot(202.0)[0].allowed.write_units == 40


REQUESTS = st.lists(
    st.tuples(st.floats(-5, 50), st.sampled_from("abcdef"), st.floats(0, 40), st.floats(0, 40)), max_size=80
)


@settings(max_examples=40)
@given(REQUESTS, st.sampled_from([0.01, 0.5, 1.0]))
def test_same_requests_give_the_same_answers_and_no_more_than_there_was(
    requests: list[tuple[float, str, float, float]], scale: float
) -> None:
    def run() -> tuple[list[Refusal | None], Told, float]:
        told, now_s, latest_s = Told(), 0.0, 0.0
        shape = replace(SMALL, indexes=(GLOBAL,))
        table = TableCapacity(shape, Parameters(scale=scale, burst_s=30, split_after_s=10), 0.0, told)
        answers = []
        for step_s, key, reads, writes in requests:
            now_s += step_s
            latest_s = max(now_s, latest_s)
            charges = [Charge("", place(key), reads, writes), Charge("global", place(key), 0.0, writes)]
            answers.append(table.refusal(charges, now_s))
            if answers[-1] is None:
                table.take(charges, now_s)
        return answers, told, latest_s

    answers, told, latest_s = run()
    assert run()[0] == answers
    for resource in ("", "global"):
        taken = sum(charge.write_units for _, charge, _ in told.taken if charge.resource == resource)
        assert taken <= 10 * scale * (30 + latest_s) + 40 + 1e-6
    assert len(told.taken) == 2 * answers.count(None)
