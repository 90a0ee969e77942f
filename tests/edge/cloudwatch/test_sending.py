"""Metrics go to CloudWatch in their account and region; an engine without it is told of once, and holds up nobody."""

import asyncio
import logging
from urllib.parse import parse_qsl

import pytest

from harness.capacity.charge import Charge, Place
from harness.edge.call import Answer, Call, Namespace
from harness.edge.cloudwatch import Metrics

HERE = Namespace("111111111111", "eu-central-1", "111111111111")
THERE = Namespace("222222222222", "us-east-1")
CHARGE = Charge("", Place(1), write_units=1.0)


class CloudWatch:
    """Takes calls, and answers with `status`."""

    def __init__(self, status: int = 200) -> None:
        self.status = status
        self.calls: list[Call] = []
        self.was_called = asyncio.Event()

    async def __call__(self, call: Call) -> Answer:
        self.calls.append(call)
        self.was_called.set()
        if self.status == 0:
            raise ConnectionError("nobody there")
        return Answer(self.status, [], b"")

    def forms(self) -> list[dict[str, str]]:
        return [dict(parse_qsl((call.body or b"").decode())) for call in self.calls]


def test_metrics_are_sent_in_the_namespace_of_their_table() -> None:
    cloudwatch = CloudWatch()
    metrics = Metrics(cloudwatch)
    metrics.of(HERE, "Wallets").took(0.0, CHARGE, 0)
    metrics.of(THERE, "Orders").took(0.0, CHARGE, 0)

    taken = asyncio.run(metrics.flush())

    assert taken == 2
    here, there = cloudwatch.calls
    assert (here.namespace, here.service, here.operation) == (HERE, "monitoring", "PutMetricData")
    assert b"111111111111/20260101/eu-central-1/monitoring/" in here.header(b"authorization")
    assert there.namespace == THERE
    form = cloudwatch.forms()[0]
    assert form["Namespace"] == "AWS/DynamoDB"
    assert form["MetricData.member.1.MetricName"] == "ConsumedWriteCapacityUnits"
    assert form["MetricData.member.1.Dimensions.member.1.Value"] == "Wallets"
    assert form["MetricData.member.1.StatisticValues.Sum"] == "1.0"


def test_nothing_is_sent_when_there_is_nothing_to_tell() -> None:
    cloudwatch = CloudWatch()
    metrics = Metrics(cloudwatch)
    metrics.of(HERE, "Wallets")

    assert asyncio.run(metrics.flush()) == 0
    assert cloudwatch.calls == []


def test_user_errors_are_told_once_an_account_without_dimensions() -> None:
    cloudwatch = CloudWatch()
    metrics = Metrics(cloudwatch)
    for table in ("Wallets", "Orders"):
        metrics.of(HERE, table).request("PutItem", 400, "ValidationException")

    asyncio.run(metrics.flush())

    (form,) = cloudwatch.forms()
    assert (form["MetricData.member.1.MetricName"], form["MetricData.member.1.StatisticValues.Sum"]) == (
        "UserErrors",
        "2.0",
    )
    assert not any("Dimensions" in name for name in form)


@pytest.mark.parametrize("status", [0, 501])
def test_failure_is_logged_once_until_it_works_again(status: int, caplog: pytest.LogCaptureFixture) -> None:
    cloudwatch = CloudWatch(status)
    metrics = Metrics(cloudwatch)

    def flushed() -> int:
        metrics.of(HERE, "Wallets").took(0.0, CHARGE, 0)
        return asyncio.run(metrics.flush())

    with caplog.at_level(logging.WARNING):
        assert [flushed(), flushed()] == [0, 0]
        assert len(caplog.records) == 1
        cloudwatch.status = 200
        assert flushed() == 1
        cloudwatch.status = status
        flushed()

    assert len(caplog.records) == 2


def test_metrics_are_sent_by_themselves_between_start_and_stop() -> None:
    cloudwatch = CloudWatch()

    async def run() -> None:
        metrics = Metrics(cloudwatch, interval_s=0.01)
        metrics.start()
        metrics.of(HERE, "Wallets").took(0.0, CHARGE, 0)
        async with asyncio.timeout(5):
            await cloudwatch.was_called.wait()
        await metrics.stop()
        assert asyncio.all_tasks() == {asyncio.current_task()}

    asyncio.run(run())

    assert len(cloudwatch.calls) == 1


def test_figures_are_gone_when_their_namespace_is_forgotten() -> None:
    cloudwatch = CloudWatch()
    metrics = Metrics(cloudwatch)
    metrics.of(HERE, "Wallets").took(0.0, CHARGE, 0)
    metrics.of(THERE, "Orders").took(0.0, CHARGE, 0)

    metrics.forget(HERE)
    asyncio.run(metrics.flush())

    assert [call.namespace for call in cloudwatch.calls] == [THERE]
