"""Sample pictures: what goes wrong with tables, each with its own cause, and what strains a drawing."""

import math
from collections.abc import Callable, Sequence
from dataclasses import replace

from harness.capacity.picture import HeatPicture, KeyHeat, PartitionHeat, ResourceHeat, SplitSeen, TableHeat
from harness.capacity.shape import Throughput

STARTED_S = 1_793_000_000.0
STEP_S = 10.0
CAP = Throughput(3000.0, 1000.0)
WRITE_HOT = "TableWriteKeyRangeThroughputExceeded"
NASTY = (
    "UserID=<script>alert('x')</script>",
    "UserID=" + "very-long-" * 80,
    "UserID=ключ-键-🔥-مفتاح",
    'UserID="quoted" & <b>bold</b>\x1b[31m\x07\n',
    "UserID=4242424242424242",
)


def picture(*tables: TableHeat, steps: int = 60, step_s: float = STEP_S, **fields: object) -> HeatPicture:
    made = HeatPicture(STARTED_S + steps * step_s, STARTED_S, step_s, 1.0, tables)
    return replace(made, **fields)  # type: ignore[arg-type]


def partition(
    number: int, low: float, high: float, write: Sequence[float], throttled: Sequence[int] = (), **fields: object
) -> PartitionHeat:
    steps = len(write)
    born_s = float(fields.pop("born_s", STARTED_S))  # type: ignore[arg-type]
    refused = tuple(throttled) or (0,) * steps
    made = PartitionHeat(number, low, high, born_s, None, (0.0,) * steps, tuple(write), refused)
    return replace(made, **fields)  # type: ignore[arg-type]


def key(name: str, write: float, share: float, *, throttled: int = 0, read: float = 0.0, peak: float = 0.0) -> KeyHeat:
    return KeyHeat(name, read, write, throttled, share, peak)


def resource(partitions: Sequence[PartitionHeat], **fields: object) -> ResourceHeat:
    """Return a resource whose sums are its partitions'."""
    write = tuple(map(sum, zip(*(one.write for one in partitions), strict=True)))
    read = tuple(map(sum, zip(*(one.read for one in partitions), strict=True)))
    throttled = tuple(map(sum, zip(*(one.throttled for one in partitions), strict=True)))
    consumed = Throughput(sum(read) * STEP_S, sum(write) * STEP_S)
    made = ResourceHeat(
        "", Throughput(12_000.0, 4000.0), consumed, None, None, CAP, {}, tuple(partitions), (), read, write, throttled
    )
    return replace(made, **fields)  # type: ignore[arg-type]


def table(*resources: ResourceHeat, name: str = "payments-Wallets", **fields: object) -> TableHeat:
    return replace(TableHeat(name, "PAY_PER_REQUEST", resources), **fields)  # type: ignore[arg-type]


def wave(steps: int, mean: float, phase: float = 0.0) -> list[float]:
    return [
        round(mean * (1 + 0.35 * math.sin(step / 5 + phase) + 0.1 * math.sin(step * 1.7 + phase)), 1)
        for step in range(steps)
    ]


def hot_wallet() -> HeatPicture:
    """One wallet takes most writes of an on-demand table; its partition splits until the wallet is alone."""
    steps = 90
    ramp = [min(1000.0, 40.0 * step) for step in range(steps)]
    refused = [max(0, int(14 * (step - 26) ** 0.6)) if step > 26 else 0 for step in range(steps)]
    first, second = STARTED_S + 400.0, STARTED_S + 640.0
    cold = [wave(steps, 55 + 10 * index, index) for index in range(4)]

    def during(values: Sequence[float], begin: int, end: int) -> list[float]:
        return [value if begin <= step < end else 0.0 for step, value in enumerate(values)]

    def counted(begin: int, end: int) -> list[int]:
        return [int(value) for value in during([float(one) for one in refused], begin, end)]

    partitions = [
        partition(0, 0.0, 0.25, cold[0]),
        partition(1, 0.25, 0.5, during(ramp, 0, 40), counted(0, 40), ended_s=first),
        partition(2, 0.5, 0.75, cold[1]),
        partition(3, 0.75, 1.0, cold[2]),
        partition(4, 0.25, 0.375, during(cold[3], 40, steps), born_s=first),
        partition(5, 0.375, 0.5, during(ramp, 40, 64), counted(40, 64), born_s=first, ended_s=second),
        partition(6, 0.375, 0.4375, during(ramp, 64, steps), counted(64, steps), born_s=second,
                  collection="UserID=user-hot", alone=True),
        partition(7, 0.4375, 0.5, during(cold[2], 64, steps), born_s=second),
    ]  # fmt: skip
    total = sum(refused)
    hot = key("UserID=user-hot", sum(ramp) * STEP_S, 0.71, throttled=total - 9, peak=3000.0)
    others = [
        key(f"UserID=user-{number:03}", 4000.0 / number, 0.05 / number, throttled=9 if number == 1 else 0, peak=9.0)
        for number in range(1, 20)
    ]
    heat = resource(
        partitions,
        throttles={WRITE_HOT: total},
        splits=(SplitSeen(first, 1, (4, 5), "heat"), SplitSeen(second, 5, (6, 7), "single item")),
        keys=(hot, *others),
        items=(hot, *others),
        throttled_keys=(hot, others[0]),
    )
    return picture(table(heat), steps=steps)


def out_of_burst() -> HeatPicture:
    """A provisioned table takes more than it has until its burst is gone."""
    steps, provisioned = 60, 400.0
    asked = [300.0 if step < 10 else 900.0 for step in range(steps)]
    left, burst, taken, refused = provisioned * 300 * 0.3, [], [], []
    for one in asked:
        rate = one if left > 0 else provisioned
        left = min(provisioned * 300, max(0.0, left + (provisioned - rate) * STEP_S))
        burst.append(left)
        taken.append(rate)
        refused.append(int((one - rate) * STEP_S))
    halves = [[rate / 2 for rate in taken]] * 2
    heat = resource(
        [partition(0, 0.0, 0.5, halves[0], [one // 2 for one in refused]),
         partition(1, 0.5, 1.0, halves[1], [one - one // 2 for one in refused])],
        allowed=Throughput(400.0, provisioned),
        burst=Throughput(120_000.0, burst[-1]),
        burst_maximum=Throughput(120_000.0, provisioned * 300),
        burst_read=(120_000.0,) * steps,
        burst_write=tuple(burst),
        throttles={"TableWriteProvisionedThroughputExceeded": sum(refused)},
        keys=tuple(key(f"OrderID=order-{number}", 900.0, 0.01, throttled=3, peak=6.0) for number in range(30)),
    )  # fmt: skip
    return picture(table(heat, name="Orders", billing="PROVISIONED"), steps=steps)


def starved_index() -> HeatPicture:
    """An index without capacity of its own to speak of throttles its table's writes."""
    steps = 40
    rates = wave(steps, 200.0)
    base = resource([partition(0, 0.0, 1.0, rates)], allowed=Throughput(1000.0, 1000.0),
                    burst=Throughput(3e5, 2.4e5), burst_maximum=Throughput(3e5, 3e5),
                    burst_write=(2.4e5,) * steps, burst_read=(3e5,) * steps)  # fmt: skip
    index = resource(
        [partition(0, 0.0, 1.0, [20.0] * steps, [1800] * steps)],
        resource="ByStatus",
        allowed=Throughput(50.0, 20.0),
        burst=Throughput(15_000.0, 0.0),
        burst_maximum=Throughput(15_000.0, 6000.0),
        burst_write=(0.0,) * steps,
        burst_read=(15_000.0,) * steps,
        throttles={"IndexWriteProvisionedThroughputExceeded": 1800 * steps},
        keys=(key("Status=PENDING", 7000.0, 0.9, throttled=65_000, peak=60.0),),
        throttled_keys=(key("Status=PENDING", 7000.0, 0.9, throttled=65_000, peak=60.0),),
    )
    return picture(table(base, index, name="Payments", billing="PROVISIONED"), steps=steps)


def growing_sort_key() -> HeatPicture:
    """A collection whose newest items all go to the end of its sort key: splitting does not spread them."""
    steps = 120
    name = "Device=meter-7"
    rates, refused = [1000.0] * steps, [4000] * steps
    old = partition(0, 0.0, 1.0, [*rates[:60], *[0.0] * 60], [*refused[:60], *[0] * 60], ended_s=STARTED_S + 600)
    halves = [
        partition(1, 0.0, 1.0, [0.0] * steps, born_s=STARTED_S + 600, collection=name),
        partition(2, 0.0, 1.0, [*[0.0] * 60, *rates[60:]], [*[0] * 60, *refused[60:]], born_s=STARTED_S + 600,
                  collection=name),
    ]  # fmt: skip
    hot = key(name, 1.2e6, 0.98, throttled=sum(refused), read=24_000.0, peak=3000.0)
    heat = resource(
        [old, *halves],
        throttles={WRITE_HOT: sum(refused)},
        splits=(SplitSeen(STARTED_S + 600, 0, (1, 2), "heat"),),
        keys=(hot,),
        items=tuple(key(f"{name},At=2026-10-{day:02}", 900.0, 0.001, peak=30.0) for day in range(1, 29)),
        throttled_keys=(hot,),
    )
    return picture(table(heat, name="Readings"), steps=steps)


def many_partitions(count: int = 200) -> HeatPicture:
    """A table of many partitions of which every ninth splits on its way."""
    steps, partitions, splits = 120, [], []
    number = count
    for index in range(count):
        low, high = index / count, (index + 1) / count
        rates = wave(steps, 250 + 500 * (index % 17 == 3), index)
        if index % 9:
            partitions.append(partition(index, low, high, rates))
            continue
        half = 20 + index % 90
        at_s, middle = STARTED_S + half * STEP_S, (low + high) / 2
        before, after = [*rates[:half], *[0.0] * (steps - half)], [*[0.0] * half, *[rate / 2 for rate in rates[half:]]]
        partitions += [
            partition(index, low, high, before, ended_s=at_s),
            partition(number, low, middle, after, born_s=at_s),
            partition(number + 1, middle, high, after, born_s=at_s),
        ]
        splits.append(SplitSeen(at_s, index, (number, number + 1), "heat"))
        number += 2
    heat = resource(partitions, splits=tuple(splits), allowed=Throughput(6e5, 2e5))
    return picture(table(heat, name="Events"), steps=steps)


def twelve_indexes() -> HeatPicture:
    """One table with twelve indexes, all busy."""
    steps = 60
    keys = tuple(key(f"K=key-{one}", 100.0, 0.1, peak=20.0) for one in range(20))
    thirds = [(part, part / 3, (part + 1) / 3) for part in range(3)]
    resources = [
        resource(
            [partition(*third, wave(steps, 60.0 + 25 * index, third[0])) for third in thirds],
            resource=f"By{index:02}" if index else "",
            keys=keys,
        )
        for index in range(13)
    ]
    return picture(table(*resources, name="Ledger"), steps=steps)


def crowding_tenant() -> HeatPicture:
    """One tenant takes most of a table; two others are refused beside it."""
    steps = 30
    heat = resource(
        [partition(0, 0.0, 1.0, [500.0] * steps, [300] * steps)],
        allowed=Throughput(500.0, 500.0),
        burst=Throughput(150_000.0, 0.0),
        burst_maximum=Throughput(150_000.0, 150_000.0),
        burst_write=(0.0,) * steps,
        throttles={"TableWriteProvisionedThroughputExceeded": 9000},
        tenants=(
            key("tenant-big", 130_000.0, 0.87, throttled=6000, peak=1300.0),
            key("tenant-a", 10_000.0, 0.07, throttled=2000),
            key("tenant-b", 10_000.0, 0.06, throttled=1000),
        ),
    )
    return picture(table(heat, name="Bookings", billing="PROVISIONED"), steps=steps)


def grown_too_fast() -> HeatPicture:
    """An on-demand table beyond twice its previous peak, with no partition full."""
    steps = 60
    rates = [min(600.0, 60.0 + 20 * step) for step in range(steps)]
    refused = [0 if step < 30 else 8000 for step in range(steps)]
    parts = [partition(part, part / 8, (part + 1) / 8, rates) for part in range(8)]
    heat = resource(
        parts,
        allowed=Throughput(14_400.0, 4800.0),
        throttles={WRITE_HOT: sum(refused)},
        throttled=tuple(refused),
    )
    return picture(table(heat, name="Launch"), steps=steps, source="plan", started_s=0.0, at_s=steps * STEP_S)


def nasty_names() -> HeatPicture:
    """Keys that look like HTML, escape codes, card numbers, or go on for ever."""
    keys = tuple(key(name, 1000.0, 0.2, throttled=5, peak=900.0) for name in NASTY)
    heat = resource(
        [partition(0, 0.0, 1.0, [950.0] * 20, [5] * 20, collection=NASTY[0])],
        keys=keys,
        throttled_keys=keys,
        items=keys,
        tenants=keys,
        throttles={WRITE_HOT: 100},
    )
    return picture(table(heat, name="<i>Wallets</i>"), steps=20)


def quiet() -> HeatPicture:
    """Nothing wrong, half used."""
    heat = resource([partition(part, part / 4, (part + 1) / 4, wave(40, 200.0, part)) for part in range(4)])
    return picture(table(heat, name="Sessions"), steps=40)


def empty() -> HeatPicture:
    """No table was asked for anything."""
    return picture(steps=0)


def untouched() -> HeatPicture:
    """A table that is known and was not asked for anything."""
    five, burst = Throughput(5.0, 5.0), Throughput(1500.0, 1500.0)
    heat = ResourceHeat("", five, Throughput(0.0, 0.0), burst, burst, CAP)
    return picture(table(heat, name="Idle", billing="PROVISIONED"), steps=0)


def everything() -> HeatPicture:
    """Several tables at once."""
    made = [one() for one in (hot_wallet, out_of_burst, starved_index, quiet)]
    return picture(*(table for one in made for table in one.tables), steps=90)


PICTURES: dict[str, Callable[[], HeatPicture]] = {
    one.__name__: one
    for one in (
        hot_wallet, out_of_burst, starved_index, growing_sort_key, many_partitions, twelve_indexes, crowding_tenant,
        grown_too_fast, nasty_names, quiet, empty, untouched, everything,
    )
}  # fmt: skip
