"""Alarms see what metrics say and tell it."""

import json
from typing import Any

from harness.doctor.examination import Examination
from harness.doctor.probe import Broken, broken_unless, probe

# AWS evaluates an alarm with a period of ten seconds every ten seconds.
ALARMED_WITHIN_S = 30.0
TOLD_WITHIN_S = 10.0


@probe(
    "cloudwatch.alarms",
    "An alarm goes off when its metric is over the threshold, and tells its topic",
    does="puts a metric over an alarm's threshold and waits for the state and for the message",
    documented="the alarm's state is ALARM, and its actions are notified of the change",
    source="https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/AlarmThatSendsEmail.html",
    bound_s=60.0,
)
def alarms(examination: Examination) -> str:
    client, space, name = examination.client("cloudwatch"), examination.name("metrics"), examination.name("alarm")
    url, topic = _listener(examination)
    client.put_metric_alarm(
        AlarmName=name,
        Namespace=space,
        MetricName="Failures",
        Statistic="Sum",
        Period=10,
        EvaluationPeriods=1,
        Threshold=5,
        ComparisonOperator="GreaterThanThreshold",
        AlarmActions=[topic],
    )
    examination.after(client.delete_alarms, AlarmNames=[name])
    client.put_metric_data(Namespace=space, MetricData=[{"MetricName": "Failures", "Value": 9, "StorageResolution": 1}])
    message = _message(examination, url)
    state = client.describe_alarms(AlarmNames=[name])["MetricAlarms"][0]["StateValue"]
    broken_unless(message or state == "ALARM", f"{ALARMED_WITHIN_S:.0f} s after the metric the state was {state}")
    if not message:
        raise Broken(f"the alarm is in ALARM and its topic was not told within {TOLD_WITHIN_S:.0f} s")
    told = message.get("AlarmName"), message.get("NewStateValue")
    broken_unless(told == (name, "ALARM"), f"the topic was told of {told}")
    return "the alarm went off and told its topic"


def _listener(examination: Examination) -> tuple[str, str]:
    """Return a queue's URL and a topic's ARN that leads to it."""
    sns = examination.client("sns")
    url, arn = examination.queue()
    topic = str(sns.create_topic(Name=examination.name("topic"))["TopicArn"])
    examination.after(sns.delete_topic, TopicArn=topic)
    sns.subscribe(TopicArn=topic, Protocol="sqs", Endpoint=arn)
    return url, topic


def _message(examination: Examination, url: str) -> dict[str, Any]:
    found = examination.messages(url, within_s=ALARMED_WITHIN_S)
    return dict(json.loads(json.loads(found[0]["Body"])["Message"])) if found else {}
