"""Golden cases of whole tables and indexes: burst, adaptive capacity, indexes, on demand, quotas, auto scaling."""

from harness.capacity.auto_scaling import ScalingRule
from harness.capacity.parameters import Parameters
from harness.capacity.shape import IndexShape, Key, TableShape, Throughput
from tests.capacity.golden.case import Expect, Flow, GoldenCase, keys_within, spread_keys

KEY = Key("pk")
GUIDE = "developer guide: "
EVEN = spread_keys(64)
LARGE = spread_keys(64, "large")
READ = spread_keys(64, "read")
HALF_HOUR_S = 1800.0


def provisioned(read_units: float, write_units: float, **more: object) -> TableShape:
    """Return a provisioned table."""
    return TableShape("t", KEY, "PROVISIONED", Throughput(read_units, write_units), **more)  # type: ignore[arg-type]


BURST = GoldenCase(
    "burst",
    "Up to five minutes (300 seconds) of unused read and write capacity are retained: 200 read units above a provision "
    "of 200 last 300 s.",
    GUIDE + "burst-adaptive-capacity",
    provisioned(200, 5),
    (Flow("reads", 400, 330, read_units=1.0),),
    (
        Expect("reads", 0, 300),
        Expect("reads", 301, 330, 0.48, 0.52, "TableReadProvisionedThroughputExceeded"),
    ),
    Parameters(scale=0.1),
)

ADAPTIVE = GoldenCase(
    "adaptive capacity",
    "400 write units over four partitions, of which three get 50 a second and one gets 150: the hot one is not "
    "throttled, as the table's total is not exceeded.",
    GUIDE + "burst-adaptive-capacity",
    provisioned(5, 400, size_bytes=40 * 1024**3),
    (
        Flow("cool", 150, 600, keys=keys_within(0.0, 0.75, 30), write_units=1.0),
        Flow("hot", 150, 600, keys=keys_within(0.75, 1.0, 10), write_units=1.0),
    ),
    (Expect("cool", 0, 600), Expect("hot", 0, 600)),
    # Without any saved burst: it is the table's own throughput that carries the hot partition.
    Parameters(scale=0.1, burst_s=1.0),
)

INDEX = GoldenCase(
    "index without capacity",
    "If a global secondary index has insufficient write capacity, writes to its table are throttled, although the "
    "table has capacity.",
    GUIDE + "gsi-throttling",
    provisioned(5, 1000, indexes=(IndexShape("by-status", Key("status"), provisioned=Throughput(5, 100)),)),
    (Flow("writes", 500, 60, keys=EVEN, write_units=1.0, index="by-status"),),
    (Expect("writes", 5, 60, 0.78, 0.82, "IndexWriteProvisionedThroughputExceeded"),),
    Parameters(scale=0.1, burst_s=1.0),
)

ON_DEMAND = GoldenCase(
    "on demand doubles",
    "On demand instantly accommodates up to double the previous peak; beyond double of it within 30 minutes throttling "
    "can occur; a sustained peak becomes the previous one.",
    GUIDE + "on-demand-capacity-mode",
    TableShape("t", KEY),
    (
        Flow("first", 1000, HALF_HOUR_S + 60, keys=LARGE, write_units=3.0),
        Flow("doubled", 6000, 1980, 1860, EVEN, write_units=1.0),
        Flow("tripled", 9000, 2100, 1980, EVEN, write_units=1.0),
        Flow("sustained", 2000, 3780, 2100, LARGE, write_units=3.0),
        Flow("again", 9000, 3900, 3780, EVEN, write_units=1.0),
    ),
    (
        Expect("first", 0, 1860),
        Expect("doubled", 1860, 1980),
        Expect("tripled", 1982, 2100, 0.32, 0.35, "TableWriteKeyRangeThroughputExceeded"),
        Expect("sustained", 2110, 3780),
        Expect("again", 3780, 3900),
    ),
    Parameters(scale=0.005),
)

COLD = GoldenCase(
    "new on-demand table",
    "A new on-demand table sustains up to 4,000 writes a second.",
    GUIDE + "on-demand-capacity-mode",
    TableShape("t", KEY),
    (
        Flow("below", 3900, 60, keys=EVEN, write_units=1.0),
        Flow("beyond", 12_000, 120, 60, EVEN, write_units=1.0),
    ),
    (Expect("below", 0, 60), Expect("beyond", 62, 120, 0.64, 0.69, "TableWriteKeyRangeThroughputExceeded")),
)

WARM = GoldenCase(
    "warm throughput",
    "Warm throughput is what a table can support at once: raised ahead of a peak, the peak is not throttled.",
    GUIDE + "warm-throughput",
    TableShape("t", KEY, warm=Throughput(12_000, 20_000)),
    (Flow("launch", 12_000, 60, keys=EVEN, write_units=1.0),),
    (Expect("launch", 0, 60),),
)

MAXIMUM = GoldenCase(
    "maximum on demand",
    "Requests beyond a maximum throughput that was set for an on-demand table are throttled.",
    GUIDE + "on-demand-capacity-mode-max-throughput",
    TableShape("t", KEY, maximum=Throughput(float("inf"), 500)),
    (
        Flow("writes", 1000, 60, keys=EVEN, write_units=1.0),
        Flow("reads", 1000, 60, keys=READ, read_units=1.0),
    ),
    (Expect("writes", 2, 60, 0.48, 0.52, "TableWriteMaxOnDemandThroughputExceeded"), Expect("reads", 0, 60)),
)

QUOTA = GoldenCase(
    "table quota",
    "An on-demand table that exceeds the account's quota on each table (40,000 units a second) is throttled.",
    GUIDE + "throttling-account-limit-exceeded-mitigation",
    TableShape("t", KEY, warm=Throughput(12_000, 64_000)),
    (Flow("writes", 50_000, 30, keys=EVEN, write_units=1.0),),
    (Expect("writes", 2, 30, 0.18, 0.22, "TableWriteAccountLimitExceeded"),),
)

AUTO_SCALING = GoldenCase(
    "auto scaling",
    "Auto scaling raises throughput after two consecutive minutes above the target; until then burst capacity carries.",
    "knowledge center: dynamodb-auto-scaling",
    provisioned(100, 5),
    (
        Flow("morning", 50, 600, read_units=1.0),
        Flow("noon", 180, 1500, 600, read_units=1.0),
    ),
    (Expect("morning", 0, 600), Expect("noon", 600, 1500)),
    Parameters(scale=0.05),
    {("", "Read"): ScalingRule(100, 1000, 0.7)},
)

UNSCALED = GoldenCase(
    "no auto scaling",
    "Without auto scaling the same demand is throttled when the burst has gone.",
    "knowledge center: dynamodb-auto-scaling",
    AUTO_SCALING.shape,
    AUTO_SCALING.flows,
    (
        Expect("morning", 0, 600),
        Expect("noon", 600, 970),
        Expect("noon", 980, 1500, 0.43, 0.46, "TableReadProvisionedThroughputExceeded"),
    ),
    Parameters(scale=0.05),
)

CASES = (BURST, ADAPTIVE, INDEX, ON_DEMAND, COLD, WARM, MAXIMUM, QUOTA, AUTO_SCALING, UNSCALED)
