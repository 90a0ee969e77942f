"""Golden cases of partitions: the hard cap, hot keys and sharding, splits and what stands in their way."""

from dataclasses import replace

from harness.capacity.parameters import Parameters
from harness.capacity.shape import IndexShape, Key
from tests.capacity.golden.case import Expect, Flow, GoldenCase, keys_within
from tests.capacity.golden.throughput import GUIDE, provisioned

BLOG = "AWS database blog: Scaling DynamoDB, part "
WRITE_KEY_RANGE = "TableWriteKeyRangeThroughputExceeded"
READ_KEY_RANGE = "TableReadKeyRangeThroughputExceeded"
SORTED = Key("pk", "sk")
SPLIT_S = 600.0
LONG = Parameters(scale=0.005)

# Ten partitions, nine thousand writes a second: far more than a key can have.
WIDE = provisioned(3000, 9000)
ELSEWHERE = keys_within(0.0, 0.1, 20)
HOT = keys_within(0.55, 0.6, 2)

SINGLE_KEY = GoldenCase(
    "single key",
    "A partition serves at most 1,000 write units a second, so a single key stops there whatever its table has.",
    GUIDE + "bp-partition-key-design",
    WIDE,
    (
        Flow("hot", 2000, 60, keys=HOT[:1], write_units=1.0),
        Flow("others", 500, 60, keys=ELSEWHERE, write_units=1.0),
    ),
    (Expect("hot", 2, 60, 0.48, 0.52, WRITE_KEY_RANGE), Expect("others", 0, 60)),
)

SINGLE_ITEM_READS = GoldenCase(
    "single item, reads",
    "A partition serves at most 3,000 read units a second, and a single item is never spread over two.",
    GUIDE + "bp-partition-key-design",
    provisioned(12_000, 1000),
    (Flow("hot", 6000, 60, read_units=1.0),),
    (Expect("hot", 2, 60, 0.48, 0.52, READ_KEY_RANGE),),
)

INDEPENDENT = GoldenCase(
    "reads beside writes",
    "Throttling of partitions works independently for reads and writes.",
    GUIDE + "throttling-key-range-limit-exceeded-mitigation",
    WIDE,
    (
        Flow("writes", 2000, 60, keys=HOT[:1], write_units=1.0),
        Flow("reads", 2500, 60, keys=HOT[1:], read_units=1.0),
    ),
    (Expect("writes", 2, 60, 0.48, 0.52, WRITE_KEY_RANGE), Expect("reads", 0, 60)),
)

SHARDS = tuple(f"wallet-1#{shard}" for shard in range(10))
UNSHARDED_WALLET = GoldenCase(
    "hot wallet",
    "Writes to one partition key are throttled beyond 1,000 a second.",
    GUIDE + "bp-partition-key-sharding",
    WIDE,
    (Flow("wallet", 3000, 60, keys=("wallet-1",), write_units=1.0),),
    (Expect("wallet", 2, 60, 0.64, 0.69, WRITE_KEY_RANGE),),
)
SHARDED_WALLET = replace(
    UNSHARDED_WALLET,
    name="hot wallet in ten shards",
    statement="A suffix on the partition key spreads the writes over the partitions: the throttles end.",
    flows=(Flow("wallet", 3000, 60, keys=SHARDS, write_units=1.0),),
    expects=(Expect("wallet", 0, 60),),
)

# Both hot keys lie in one partition, which can't serve them together.
TWO_KEYS = GoldenCase(
    "split for heat",
    "Under sustained load near its limit a partition splits, so that two hot keys no longer share one cap.",
    BLOG + "3",
    WIDE,
    (Flow("hot", 1600, 1500, keys=HOT, write_units=1.0),),
    (Expect("hot", 2, SPLIT_S - 5, 0.36, 0.39, WRITE_KEY_RANGE), Expect("hot", SPLIT_S + 70, 1500)),
    LONG,
)

ITEM_ALONE = GoldenCase(
    "hot item ends alone",
    "A single hot item can end alone in a partition and is then throttled at the partition's limit for ever; its "
    "former neighbours are free.",
    BLOG + "3",
    WIDE,
    (
        Flow("hot", 1500, 1500, keys=HOT[:1], write_units=1.0),
        Flow("neighbour", 70, 1500, keys=HOT[1:], write_units=1.0),
    ),
    (
        Expect("neighbour", 2, SPLIT_S - 5, 0.2, 0.8, WRITE_KEY_RANGE),
        Expect("neighbour", SPLIT_S + 70, 1500),
        Expect("hot", SPLIT_S + 70, 1500, 0.32, 0.35, WRITE_KEY_RANGE),
    ),
    LONG,
)

SCATTERED = tuple(f"{number * 37 % 64:02}" for number in range(64))
COLLECTION = GoldenCase(
    "collection splits by sort key",
    "An item collection splits between its sort keys, so one partition key may have more than 1,000 writes a second.",
    BLOG + "3",
    replace(WIDE, key=SORTED),
    (Flow("hot", 1600, 1500, sorts=SCATTERED, write_units=1.0),),
    (Expect("hot", 2, SPLIT_S - 5, 0.36, 0.39, WRITE_KEY_RANGE), Expect("hot", SPLIT_S + 70, 1500)),
    LONG,
)

MONOTONIC = replace(
    COLLECTION,
    name="sort key that only grows",
    statement="A sort key that only ever grows sends all writes to the collection's end: splitting does not help.",
    flows=(Flow("hot", 1600, 1500, growing=True, write_units=1.0),),
    expects=(Expect("hot", 2, 1500, 0.36, 0.39, WRITE_KEY_RANGE),),
)

LOCAL_INDEX = replace(
    COLLECTION,
    name="collection with a local index",
    statement="A collection of a table with a local secondary index is never split.",
    source=GUIDE + "LSI",
    shape=replace(COLLECTION.shape, indexes=(IndexShape("by-date", Key("pk", "date"), "local"),)),
    expects=(Expect("hot", 2, 1500, 0.36, 0.39, WRITE_KEY_RANGE),),
)

CASES = (
    SINGLE_KEY, SINGLE_ITEM_READS, INDEPENDENT, UNSHARDED_WALLET, SHARDED_WALLET, TWO_KEYS, ITEM_ALONE, COLLECTION,
    MONOTONIC, LOCAL_INDEX,
)  # fmt: skip
