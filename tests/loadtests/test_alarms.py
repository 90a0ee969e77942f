"""The alarm's message: read out of what SNS put into the queue, waited for, and never waited for too long."""

import json
from typing import Any

from loadtests.alarms import AlarmWatch, alarm_watch


def message(state: str, name: str = "load-Alarm") -> dict[str, str]:
    alarm = {"AlarmName": name, "NewStateValue": state, "NewStateReason": "Threshold Crossed"}
    return {"Body": json.dumps({"Type": "Notification", "Message": json.dumps(alarm)}), "ReceiptHandle": state}


class Queue:
    """A queue that gives its messages one by one."""

    def __init__(self, *messages: dict[str, str]) -> None:
        self.messages = list(messages)
        self.deleted: list[str] = []

    def receive_message(self, **_: Any) -> dict[str, Any]:
        return {"Messages": [self.messages.pop(0)]} if self.messages else {}

    def delete_message(self, *, ReceiptHandle: str, **_: Any) -> None:  # noqa: N803 - boto3's name
        self.deleted.append(ReceiptHandle)


class CloudWatch:
    def describe_alarms(self, **_: Any) -> dict[str, Any]:
        return {"MetricAlarms": [{"AlarmName": "load-Alarm", "StateValue": "ALARM"}]}


def watch_of(queue: Queue) -> AlarmWatch:
    return AlarmWatch(queue, CloudWatch(), "http://queue", ("load-Alarm",))


def test_first_alarm_is_told_when_its_message_comes() -> None:
    queue = Queue(message("ALARM"))

    heard = watch_of(queue).await_alarm(within_s=1.0)

    assert heard is not None
    assert (heard.alarm, heard.state, heard.reason) == ("load-Alarm", "ALARM", "Threshold Crossed")
    assert 0 <= heard.after_s < 60
    assert queue.deleted == ["ALARM"]


def test_nothing_is_told_when_only_recovery_is_heard_of() -> None:
    watch = watch_of(Queue(message("OK")))

    assert watch.await_alarm(within_s=0.05) is None
    assert [one.state for one in watch.heard] == ["OK"]


def test_queue_is_asked_once_a_second_at_most_when_looked_at_often() -> None:
    queue = Queue(message("OK"), message("ALARM"))
    watch = watch_of(queue)

    watch.look()
    watch.look()

    assert len(queue.messages) == 1
    assert watch.states() == {"load-Alarm": "ALARM"}


def test_there_is_nothing_to_watch_when_the_load_stack_is_not_there() -> None:
    assert alarm_watch(None, {"ApiUrl": "http://api"}) is None  # type: ignore[arg-type]
