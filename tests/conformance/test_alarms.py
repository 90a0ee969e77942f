"""Alarms heed their dimensions, periods, M out of N and missing data, and change by themselves when data stop."""

import json
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from harness.waiting import wait_until
from tests.conformance.cloud import Cloud

EVALUATED_WITHIN_S = 90.0  # AWS evaluates once a minute
STOCK_WITHIN_S = 3.0  # the engine as it comes: when data are put, or never
NAMESPACE = "Shop"


def make_alarm(cloud: Cloud, metric: str, shop: str, **settings: Any) -> str:
    name = cloud.name("alarm")
    rule = {
        "Statistic": "Sum",
        "Period": 60,
        "EvaluationPeriods": 1,
        "Threshold": 0,
        "ComparisonOperator": "GreaterThanThreshold",
    }
    cloud.client("cloudwatch").put_metric_alarm(
        AlarmName=name, Namespace=NAMESPACE, MetricName=metric, Dimensions=dimensions(shop), **(rule | settings)
    )
    return name


def dimensions(shop: str) -> list[dict[str, str]]:
    return [{"Name": "Shop", "Value": shop}]


def put(cloud: Cloud, metric: str, shop: str, *values: tuple[float, datetime]) -> None:
    data = [
        {"MetricName": metric, "Dimensions": dimensions(shop), "Value": value, "Timestamp": at} for value, at in values
    ]
    cloud.client("cloudwatch").put_metric_data(Namespace=NAMESPACE, MetricData=data)


def state(cloud: Cloud, name: str) -> str:
    (alarm,) = cloud.client("cloudwatch").describe_alarms(AlarmNames=[name])["MetricAlarms"]
    return str(alarm["StateValue"])


def becomes(cloud: Cloud, name: str, expected: str) -> None:
    within_s = STOCK_WITHIN_S if cloud.is_stock else EVALUATED_WITHIN_S
    wait_until(f"alarm {name} is {expected}", lambda: state(cloud, name) == expected, within_s=within_s)


@pytest.mark.mended("alarms")
def test_alarm_stays_when_the_metric_of_another_dimension_breaches(cloud: Cloud) -> None:
    metric = cloud.name("Errors")
    berlin = make_alarm(cloud, metric, "berlin")
    paris = make_alarm(cloud, metric, "paris")

    put(cloud, metric, "berlin", (1.0, datetime.now(UTC)))

    becomes(cloud, berlin, "ALARM")
    assert state(cloud, paris) == "INSUFFICIENT_DATA"


@pytest.mark.mended("alarms")
def test_alarm_fires_only_when_enough_periods_breach(cloud: Cloud) -> None:
    metric, now = cloud.name("Errors"), datetime.now(UTC)
    alarm = make_alarm(cloud, metric, "berlin", EvaluationPeriods=3, DatapointsToAlarm=2, Threshold=10)
    minutes = [now - timedelta(minutes=back) for back in (3, 2, 1)]

    put(cloud, metric, "berlin", *zip((0.0, 0.0, 20.0), minutes, strict=True))
    becomes(cloud, alarm, "OK")
    put(cloud, metric, "berlin", (20.0, minutes[1]))

    becomes(cloud, alarm, "ALARM")


@pytest.mark.mended("alarms")
def test_alarm_is_ok_by_itself_when_missing_data_are_no_breach(cloud: Cloud) -> None:
    alarm = make_alarm(cloud, cloud.name("Errors"), "berlin", TreatMissingData="notBreaching")

    becomes(cloud, alarm, "OK")


@pytest.mark.mended("alarms")
def test_alarm_leaves_by_itself_when_its_metric_goes_quiet(cloud: Cloud) -> None:
    metric = cloud.name("Errors")
    lost = make_alarm(cloud, metric, "berlin", Period=10)
    good = make_alarm(cloud, metric, "berlin", Period=10, TreatMissingData="notBreaching")

    put(cloud, metric, "berlin", (1.0, datetime.now(UTC) - timedelta(seconds=20)))
    becomes(cloud, lost, "ALARM")
    becomes(cloud, good, "ALARM")

    becomes(cloud, good, "OK")
    becomes(cloud, lost, "INSUFFICIENT_DATA")


def test_topic_is_told_when_an_alarm_fires(cloud: Cloud) -> None:
    metric, sns = cloud.name("Errors"), cloud.client("sns")
    topic = sns.create_topic(Name=cloud.name("topic"))["TopicArn"]
    queue_url = cloud.sqs.create_queue(QueueName=cloud.name("queue"))["QueueUrl"]
    attributes = cloud.sqs.get_queue_attributes(QueueUrl=queue_url, AttributeNames=["QueueArn"])["Attributes"]
    sns.subscribe(TopicArn=topic, Protocol="sqs", Endpoint=attributes["QueueArn"])
    alarm = make_alarm(cloud, metric, "berlin", AlarmActions=[topic])

    put(cloud, metric, "berlin", (1.0, datetime.now(UTC)))

    becomes(cloud, alarm, "ALARM")
    (message,) = cloud.sqs.receive_message(QueueUrl=queue_url, WaitTimeSeconds=5)["Messages"]
    told = json.loads(json.loads(message["Body"])["Message"])
    assert (told["AlarmName"], told["NewStateValue"]) == (alarm, "ALARM")


def test_state_that_was_set_lasts_when_nobody_puts_data(cloud: Cloud) -> None:
    alarm = make_alarm(cloud, cloud.name("Errors"), "berlin", TreatMissingData="ignore")

    cloud.client("cloudwatch").set_alarm_state(AlarmName=alarm, StateValue="ALARM", StateReason="a rehearsal")

    assert state(cloud, alarm) == "ALARM"
