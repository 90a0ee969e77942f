"""A recorded trace is replayed with its own pace, keys and units; files that are no traces say where."""

from pathlib import Path

import pytest

from harness.errors import SettingInvalid
from harness.plan.prices import Prices
from harness.plan.recorded import recorded_trace, run_recorded
from harness.plan.running import Settings, Variant
from harness.plan.what_if import changed, read_changes
from tests.plan.calls import api, call, written
from tests.plan.designs import design


def put(key: str, at_s: float, **more: object) -> dict[str, object]:
    return call("dynamodb", "PutItem", resource="shop-Wallets", key=f"UserID={key}", at_s=at_s, **more)


def test_trace_keeps_pace_and_keys(tmp_path: Path) -> None:
    calls = [put("u-1", 3.2), put("u-2", 3.9), put("u-1", 5.0), call("sqs", "SendMessage", at_s=1.0)]
    trace = recorded_trace(iter(calls), design(tmp_path))

    assert [len(asked) for asked in trace.seconds.values()] == [2, 1]
    assert [told for _, told in trace.keys] == ["UserID=u-1", "UserID=u-2"]
    assert trace.traffic("t").rates.tolist() == [2.0, 0.0, 1.0]


def test_hot_recorded_key_is_throttled_when_traffic_is_multiplied(tmp_path: Path) -> None:
    file = written(tmp_path, [api("/pay", at_s=0), *(put("hot", 0.01 * one) for one in range(60)), put("cold", 9.0)])
    variant = Variant("as designed", design(tmp_path))

    once = run_recorded(file, variant, 1, Prices.load(), Settings())
    often = run_recorded(file, variant, 100, Prices.load(), Settings())

    assert once.verdict.throttled == 0
    assert often.verdict.offered == 6100
    assert often.verdict.first is not None
    assert often.verdict.first.key == "UserID=hot"


def test_recorded_units_win_and_indexes_are_charged(tmp_path: Path) -> None:
    calls = [
        call("dynamodb", "GetItem", resource="Wallets", key="UserID=a", read_units=2.5),
        call("dynamodb", "PutItem", resource="x-Payments", key="ID=a", write_units=6.0),
        call("dynamodb", "PutItem", resource="x-Payments", key="ID=b"),
    ]
    ((got, *others),) = recorded_trace(iter(calls), design(tmp_path)).seconds.values()

    assert got[0].charges[0].read_units == 2.5
    own = [[(charge.resource, charge.write_units) for charge in kind.charges] for kind, _ in others]
    assert own == [[("", 5.0), ("ByUser", 1.0)], [("", 1.0), ("ByUser", 1.0)]]


def test_attempts_that_were_made_again_count_once(tmp_path: Path) -> None:
    calls = [
        put("u", 1.0, outcome="error", status=400, error_code="ProvisionedThroughputExceededException"),
        put("u", 1.1, outcome="lost"),
        put("u", 1.2, outcome="error", status=500, error_code="InternalServerError"),
        put("u", 1.3, outcome="ok", status=200),
        put("u", 1.4, outcome="error", status=400, error_code="ConditionalCheckFailedException"),
    ]
    trace = recorded_trace(iter(calls), design(tmp_path))

    assert [len(asked) for asked in trace.seconds.values()] == [2]


def test_business_requests_are_fewer_than_their_calls_when_no_api_was_called(tmp_path: Path) -> None:
    told = design(tmp_path)
    file = written(tmp_path, [put(f"u-{number}", number / 10) for number in range(70)])
    result = run_recorded(file, Variant("as designed", told), 1, Prices.load(), Settings())

    # Three of four requests make two calls, the other makes one: seventy calls are those of forty requests.
    assert result.traffic.expected == pytest.approx(40)
    assert result.verdict.offered == 70


@pytest.mark.parametrize(
    ("table", "key", "value"),
    [
        ("Wallets", "UserID=x,x=1,y", "x,x=1,y"),
        ("Payments", "ID=p-1", "p-1"),
        ("Payments", "UserID=u-1", "u-1"),
        ("Wallets", "Other=1", "1"),
    ],
)
def test_key_lies_where_its_partition_keys_value_does(tmp_path: Path, table: str, key: str, value: str) -> None:
    one = call("dynamodb", "Query", resource=table, key=key)

    assert recorded_trace(iter([one]), design(tmp_path)).keys == [(value, key)]


def test_transaction_names_all_its_items(tmp_path: Path) -> None:
    targets = [{"resource": "s-Wallets", "key": "UserID=a"}, {"resource": "s-Payments", "key": "ID=p"}]
    one = call("dynamodb", "TransactWriteItems", resource="s-Wallets", key="UserID=a", targets=targets)
    trace = recorded_trace(iter([one]), design(tmp_path))

    ((kind, ids),) = trace.seconds[next(iter(trace.seconds))]
    assert ids == (0, 1)
    assert [charge.write_units for charge in kind.charges] == [2.0, 2.0, 1.0]
    assert set(trace.spaces()) == {"recorded 1", "recorded 2"}


def test_trace_without_the_designs_tables_and_sharded_designs_are_refused(tmp_path: Path) -> None:
    told = design(tmp_path)
    file = written(tmp_path, [call("dynamodb", "PutItem", resource="Other", key="A=1")])
    with pytest.raises(SettingInvalid, match="holds no call of DynamoDB about Wallets, Payments"):
        run_recorded(file, Variant("as designed", told), 1, Prices.load(), Settings())
    sharded = Variant("shards", changed(told, read_changes("shards=3")))
    with pytest.raises(SettingInvalid, match="can't be sharded"):
        run_recorded(file, sharded, 1, Prices.load(), Settings())


def test_calls_of_apis_beside_the_trace_do_not_divide_by_nothing(tmp_path: Path) -> None:
    file = written(tmp_path, [api("/pay", at_s=30), put("u", 2.0), put("u", 3.0)])
    result = run_recorded(file, Variant("as designed", design(tmp_path)), 1, Prices.load(), Settings())

    assert result.verdict.holds
    assert result.bill.usd == 0.0
