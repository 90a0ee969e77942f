"""A table tells CloudWatch the metrics that DynamoDB does, by the names and dimensions that alarms are written for."""

import pytest

from harness.capacity.charge import Cause, Charge, Place, Refusal
from harness.capacity.shape import Throughput
from harness.edge.cloudwatch import TableMetrics
from harness.edge.cloudwatch.figures import Datum

NOW_S = 1_000.0
HERE = Place(1, "", "ID=a", "ID=a")
TABLE = (("TableName", "Wallets"),)
INDEX = (*TABLE, ("GlobalSecondaryIndexName", "ByTenant"))


def told(metrics: TableMetrics) -> dict[tuple[str, tuple[tuple[str, str], ...]], Datum]:
    return {(datum.metric, datum.dimensions): datum for datum in metrics.tell()}


def sums(metrics: TableMetrics) -> dict[str, float]:
    return {metric: datum.figure.total for (metric, _), datum in told(metrics).items()}


def test_consumed_units_are_told_by_resource_with_a_sample_a_charge() -> None:
    metrics = TableMetrics("Wallets")
    for units in (1.0, 3.0):
        metrics.took(NOW_S, Charge("", HERE, write_units=units), 0)
    metrics.took(NOW_S, Charge("ByTenant", HERE, read_units=0.5), 0)

    data = told(metrics)

    written = data["ConsumedWriteCapacityUnits", TABLE].figure
    assert (written.count, written.total, written.least, written.greatest) == (2, 4.0, 1.0, 3.0)
    assert data["ConsumedReadCapacityUnits", INDEX].figure.total == 0.5
    assert len(data) == 2


@pytest.mark.parametrize(
    ("cause", "metric"),
    [
        (Cause.KEY_RANGE, "WriteKeyRangeThroughputThrottleEvents"),
        (Cause.PROVISIONED, "WriteProvisionedThroughputThrottleEvents"),
        (Cause.ACCOUNT, "WriteAccountLimitThrottleEvents"),
        (Cause.MAXIMUM, "WriteMaxOnDemandThroughputThrottleEvents"),
        (Cause.SCALING, "WriteKeyRangeThroughputThrottleEvents"),
    ],
)
def test_refusals_are_told_as_events_and_by_reason(cause: Cause, metric: str) -> None:
    metrics = TableMetrics("Wallets")
    charge = Charge("", HERE, write_units=1.0)
    metrics.refused(NOW_S, charge, Refusal("", "Write", cause, 0, HERE))

    assert sums(metrics) == {"WriteThrottleEvents": 1.0, metric: 1.0}


def test_refusal_by_an_index_is_told_of_the_index_only() -> None:
    metrics = TableMetrics("Wallets")
    refusal = Refusal("ByTenant", "Write", Cause.PROVISIONED)
    for resource in ("", "ByTenant"):
        metrics.refused(NOW_S, Charge(resource, HERE, write_units=1.0), refusal)

    assert {dimensions for _, dimensions in told(metrics)} == {INDEX}


@pytest.mark.parametrize(
    ("status", "code", "throttled", "expected"),
    [
        (400, "ThrottlingException", True, ("ThrottledRequests", "PutItem")),
        (500, "InternalServerError", False, ("SystemErrors", "PutItem")),
        (400, "ConditionalCheckFailedException", False, ("ConditionalCheckFailedRequests", "")),
        (400, "TransactionConflictException", False, ("TransactionConflict", "")),
    ],
)
def test_request_is_told_by_what_became_of_it(
    status: int, code: str, expected: tuple[str, str], *, throttled: bool
) -> None:
    metrics = TableMetrics("Wallets")
    metrics.request("PutItem", status, code, throttled=throttled)
    metric, operation = expected

    dimensions = (*TABLE, ("Operation", operation)) if operation else TABLE
    assert list(told(metrics)) == [(metric, dimensions)]


def test_user_error_is_left_to_the_account() -> None:
    metrics = TableMetrics("Wallets")
    metrics.request("PutItem", 400, "ValidationException")

    assert (list(metrics.tell()), metrics.user_errors) == ([], 1)


def test_latencies_are_told_by_value_so_that_percentiles_can_be_had() -> None:
    metrics = TableMetrics("Wallets")
    for latency_ms in (1.04, 1.01, 12.3, 1234.0):
        metrics.request("GetItem", 200, latency_ms=latency_ms)

    datum = told(metrics)["SuccessfulRequestLatency", (*TABLE, ("Operation", "GetItem"))]

    assert datum.values == {1.0: 2, 12.0: 1, 1200.0: 1}
    assert datum.form("M")["M.Counts.member.1"] == "2.0"


def test_nothing_is_told_twice_and_nothing_when_nothing_happened() -> None:
    metrics = TableMetrics("Wallets")
    metrics.provision("", Throughput(5.0, 5.0))
    metrics.took(NOW_S, Charge("", HERE, write_units=1.0), 0)

    assert sums(metrics) == {
        "ConsumedWriteCapacityUnits": 1.0,
        "ProvisionedReadCapacityUnits": 5.0,
        "ProvisionedWriteCapacityUnits": 5.0,
    }
    assert sums(metrics) == {}


def test_units_given_back_wait_for_takings_when_they_are_more() -> None:
    metrics = TableMetrics("Wallets")
    metrics.took(NOW_S, Charge("", HERE, write_units=1.0), 0)
    metrics.took(NOW_S, Charge("", HERE, write_units=-3.0), 0)
    assert sums(metrics) == {}

    metrics.took(NOW_S, Charge("", HERE, write_units=5.0), 0)

    assert sums(metrics) == {"ConsumedWriteCapacityUnits": 3.0}
