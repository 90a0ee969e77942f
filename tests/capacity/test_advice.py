"""Each thing that can be wrong with a table gets the advice that helps it, with numbers that work out."""

import math
import re
from dataclasses import replace

import pytest

from harness.capacity.advice import Advice, advise
from harness.capacity.advice.hot_keys import SHARD_FILL, shards_for
from harness.capacity.advice.words import counted, told_key, told_number, told_share
from harness.capacity.charge import Cause
from harness.capacity.picture import HeatPicture, ResourceHeat
from harness.capacity.shape import Throughput
from tests.heat.pictures import (
    PICTURES,
    WRITE_HOT,
    crowding_tenant,
    empty,
    growing_sort_key,
    grown_too_fast,
    hot_wallet,
    key,
    many_partitions,
    nasty_names,
    out_of_burst,
    partition,
    picture,
    quiet,
    resource,
    starved_index,
    table,
    untouched,
)

EXPECTED = {
    "hot_wallet": ["hot item"],
    "out_of_burst": ["out of burst"],
    "starved_index": ["starved index"],
    "growing_sort_key": ["growing sort key"],
    "many_partitions": ["nearly full"],
    "twelve_indexes": ["nothing wrong"],
    "crowding_tenant": ["out of burst", "crowding tenant"],
    "grown_too_fast": ["on-demand growth"],
    "nasty_names": ["crowded partition"],
    "quiet": ["nothing wrong"],
    "empty": [],
    "untouched": ["nothing wrong"],
    "everything": ["out of burst", "starved index", "hot item"],
}


def only(made: HeatPicture) -> Advice:
    (one,) = advise(made)
    return one


def with_heat(made: HeatPicture, **fields: object) -> HeatPicture:
    """Return a picture of one table whose first resource is changed."""
    first, *others = made.tables[0].resources
    changed = replace(first, **fields)  # type: ignore[arg-type]
    return replace(made, tables=(replace(made.tables[0], resources=(changed, *others)),))


def heat_of(made: HeatPicture) -> ResourceHeat:
    return made.tables[0].resources[0]


@pytest.mark.parametrize("name", PICTURES)
def test_advice_is_the_one_that_helps(name: str) -> None:
    assert [one.kind for one in advise(PICTURES[name]())] == EXPECTED[name]


def test_shards_stay_below_their_part_of_a_partition_when_a_key_is_spread() -> None:
    for asked in (700.0, 1000.0, 1017.0, 5400.0, 60_000.0):
        shards = shards_for(asked, 1000.0)
        assert asked / shards <= SHARD_FILL * 1000.0
        assert shards == 2 or asked / (shards - 1) > SHARD_FILL * 1000.0


def test_hot_wallet_is_sharded_with_what_reading_then_costs() -> None:
    made = hot_wallet()
    hot = replace(heat_of(made).keys[0], read_units=90_000.0)
    many = [throttled * 20 for throttled in heat_of(made).throttled]
    made = with_heat(made, throttled=tuple(many), throttled_keys=(hot,), throttles={WRITE_HOT: hot.throttled})

    one = only(made)

    asked = 1000.0 * 770_000 * 3 / (770_000 * 3 + 90_000) + max(many) / 10
    shards = math.ceil(hot.peak * hot.write_units / (3 * hot.write_units + hot.read_units) / 600 + max(many) / 10 / 600)
    assert asked / shards < 600
    assert f"over {shards} keys" in one.title
    assert f"takes {shards} reads instead of one: its 100 read units/s become {100 * shards}" in one.what
    assert f"% {shards}" in one.snippet
    assert '{"UserID": f"{value}#{shard}"}' in one.snippet


def test_key_of_an_index_without_sort_key_is_told_as_one() -> None:
    made = starved_index()
    base, index = made.tables[0].resources
    hot = replace(index, throttles={"IndexWriteKeyRangeThroughputExceeded": 72_000})
    one = only(replace(made, tables=(replace(made.tables[0], resources=(base, hot)),)))

    assert one.kind == "hot index key"
    assert "shard Status=PENDING" in one.title


@pytest.mark.parametrize(
    ("billing", "command"), [("PROVISIONED", "--provisioned-throughput"), ("PAY_PER_REQUEST", "--warm-throughput")]
)
def test_partitions_are_made_before_the_load_when_no_key_is_to_blame(billing: str, command: str) -> None:
    made = nasty_names()
    one = only(replace(made, tables=(replace(made.tables[0], billing=billing),)))  # type: ignore[arg-type]

    assert one.kind == "crowded partition"
    assert f"{command} " in one.snippet
    assert "=1600" in one.snippet  # 950 and a few refused, at 60 % of a partition's cap


def test_hot_reads_are_cached_instead_of_sharded() -> None:
    made = hot_wallet()
    hot = replace(heat_of(made).keys[0], read_units=2e6, write_units=0.0)
    reading = [
        replace(one, read=tuple(3 * rate for rate in one.write), write=(0.0,) * 90) for one in heat_of(made).partitions
    ]
    made = with_heat(
        made,
        partitions=tuple(reading),
        throttled_keys=(hot,),
        throttles={"TableReadKeyRangeThroughputExceeded": 6675},
    )

    one = only(made)

    assert one.title == "cache or copy UserID=user-hot"
    assert "eventually consistent" in one.what


def test_collection_is_left_to_split_when_there_was_no_time_for_it() -> None:
    made = growing_sort_key()
    early = with_heat(
        made,
        partitions=(partition(0, 0.0, 1.0, [1000.0] * 20, [4000] * 20),),
        throttled=(4000,) * 20,
        throttles={WRITE_HOT: 80_000},
    )

    assert only(early).kind == "hot collection"
    assert "minutes of sustained heat" in only(early).why


def test_collection_is_spread_when_its_newest_parts_share_the_heat() -> None:
    made = growing_sort_key()
    old, first, second = heat_of(made).partitions
    even = with_heat(made, partitions=(old, replace(first, write=second.write), second))

    assert only(made).kind == "growing sort key"
    assert only(even).kind == "hot collection"


def test_single_item_of_a_collection_is_told_as_one() -> None:
    made = growing_sort_key()
    item = key("Device=meter-7,At=now", 1.1e6, 0.9)

    assert only(with_heat(made, items=(item,))).kind == "hot item"


def test_provision_is_the_peak_at_the_target_when_burst_is_gone() -> None:
    one = only(out_of_burst())

    assert "up to 900 units/s of writes were asked for, 400 are provisioned, and 0 % of the burst is left" in one.why
    assert "raise the writes of Orders to 1,300 units/s" in one.title  # 900 / 0.7
    assert "--provisioned-throughput WriteCapacityUnits=1300,ReadCapacityUnits=400" in one.snippet


def test_other_access_keeps_what_it_has_when_one_is_provisioned() -> None:
    odd = replace(with_heat(out_of_burst(), allowed=Throughput(61.7, 20.0)), scale=0.05)

    assert "ReadCapacityUnits=1234" in only(odd).snippet


def test_on_demand_is_proposed_when_the_peak_is_far_above_the_mean() -> None:
    made = out_of_burst()
    spike = with_heat(made, write=tuple(900.0 if step == 5 else 10.0 for step in range(60)), throttled=(0,) * 60)

    assert "on demand pays for what is asked" in only(spike).what
    assert "auto scaling" in only(made).what


def test_index_is_raised_alone_when_it_starves_its_table() -> None:
    one = only(starved_index())

    assert one.resource == "ByStatus"
    assert "A write to Payments needs room in its index, too" in one.why
    assert '"IndexName": "ByStatus", "ProvisionedThroughput": {"WriteCapacityUnits": 290, "ReadCapacityUnits": 50}' in (
        one.snippet
    )


def test_figures_to_set_are_without_the_scale_when_limits_are_scaled() -> None:
    one = only(replace(out_of_burst(), scale=0.05))

    assert "WriteCapacityUnits=26000,ReadCapacityUnits=8000" in one.snippet
    assert "900 units/s (18,000 at full scale)" in one.why


def test_warm_throughput_is_proposed_when_no_partition_refused() -> None:
    one = only(grown_too_fast())

    assert "--warm-throughput WriteUnitsPerSecond=5600" in one.snippet
    assert "No partition refused anything" in one.why


@pytest.mark.parametrize(
    ("reason", "kind", "command"),
    [
        ("TableWriteMaxOnDemandThroughputExceeded", "on-demand maximum", "MaxWriteRequestUnits="),
        ("TableReadAccountLimitExceeded", "account limit", "service-quotas"),
    ],
)
def test_limits_of_their_own_are_told_apart(reason: str, kind: str, command: str) -> None:
    made = with_heat(grown_too_fast(), throttles={reason: 5000})

    assert only(made).kind == kind
    assert command in only(made).snippet


def test_tenant_is_limited_when_it_crowds_others() -> None:
    crowd = advise(crowding_tenant())[1]

    assert crowd.title == "limit tenant-big"
    assert "2 other tenants had 3,000 requests refused" in crowd.why
    assert "167 write units/s is an even share among 3" in crowd.what


def test_tenant_is_left_alone_when_nobody_else_is_refused() -> None:
    made = crowding_tenant()
    first, *others = heat_of(made).tenants
    spared = with_heat(made, tenants=(first, *(replace(one, throttled=0) for one in others)))

    assert [one.kind for one in advise(spared)] == ["out of burst"]


def test_burst_that_drains_is_warned_of_before_anything_is_refused() -> None:
    made = with_heat(
        out_of_burst(), throttles={}, throttled=(), burst=Throughput(120_000.0, 10_000.0), write=(900.0,) * 60
    )

    one = only(made)

    assert (one.kind, one.weight) == ("burst low", "watch")
    assert "ends in 20 s" in one.title  # 10,000 units at 900 - 400 a second


def test_headroom_is_told_when_nothing_is_wrong() -> None:
    one = only(quiet())
    part = max(max(each.write) for each in heat_of(quiet()).partitions) / 1000

    assert one.weight == "fine"
    assert f"{1 / part:.1f} times that load" in one.why
    assert "no units were consumed" in only(untouched()).why
    assert advise(empty()) == []


def test_most_refused_comes_first() -> None:
    counts = [one.throttled for one in advise(PICTURES["everything"]())]

    assert counts == sorted(counts, reverse=True)


@pytest.mark.parametrize("name", PICTURES)
@pytest.mark.parametrize("scale", [1.0, 0.05, 3.0])
def test_no_advice_holds_what_does_not_belong_into_a_line(name: str, scale: float) -> None:
    for one in advise(replace(PICTURES[name](), scale=scale)):
        text = " ".join((one.title, one.why, one.what, one.snippet.replace("\n", " ")))
        assert text.isprintable()
        assert not re.search(r"\b(nan|inf|None)\b", text)
        assert "4242424242424242" not in text


def test_command_quotes_names_that_a_shell_would_obey() -> None:
    made = out_of_burst()
    named = replace(made, tables=(replace(made.tables[0], table="x; rm -rf $HOME"),))

    assert "--table-name 'x; rm -rf $HOME'" in only(named).snippet


def test_every_cause_has_its_advice() -> None:
    for cause in set(Cause) - {Cause.SCALING}:
        for access in ("Read", "Write"):
            for whose in ("Table", "Index"):
                heat = resource(
                    [partition(0, 0.0, 1.0, [900.0] * 5, [9] * 5)], throttles={f"{whose}{access}{cause}": 45}
                )
                assert advise(picture(table(heat), steps=5))[0].throttled == 45


def test_full_partition_of_many_is_named() -> None:
    assert "ran at 109 % of its write cap" in only(many_partitions()).why
    assert "<i>Wallets</i>" in only(nasty_names()).title  # plain text: pages escape it


@pytest.mark.parametrize(
    ("value", "told"),
    [(0, "0"), (0.5, "0.5"), (3.25, "3.2"), (12_345.6, "12,346"), (math.inf, "∞"), (1000.0, "1,000"), (0.034, "0.034")],
)
def test_numbers_are_told_as_people_read_them(value: float, told: str) -> None:
    assert told_number(value) == told


def test_shares_counts_and_keys_are_told_as_people_read_them() -> None:
    assert [told_share(part) for part in (0, 0.71, 0.004, 0.0001, 1.0)] == ["0 %", "71 %", "0.4 %", "<0.1 %", "100 %"]
    assert [counted(1, "index"), counted(2, "index"), counted(1200, "request")] == [
        "1 index",
        "2 indexes",
        "1,200 requests",
    ]
    assert told_key("K=" + "x" * 200, 20) == "K=" + "x" * 11 + "…" + "x" * 6
    assert told_key("K=a\x1b[1m\nb") == "K=a\ufffd[1m\ufffdb"
