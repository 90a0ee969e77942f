"""The alarm's way, watched while the load runs: from throttled writes to a message in the queue, and when it came."""

import json
import time
from dataclasses import dataclass, field
from typing import Any

from harness.errors import WaitTimeout
from harness.waiting import wait_until
from loadtests.cloud import Cloud

# CloudWatch sees a period's data when the period is over, and tells a little later.
ARRIVES_WITHIN_S = 90.0
LOOK_EVERY_S = 1.0


@dataclass(slots=True)
class Heard:
    """A message that an alarm sent: which alarm, its new state, the reason, seconds after the load began."""

    alarm: str
    state: str
    reason: str
    after_s: float


@dataclass(slots=True)
class AlarmWatch:
    """Reads the queue that hears of the stack's alarms."""

    sqs: Any
    cloudwatch: Any
    queue_url: str
    alarms: tuple[str, ...]
    heard: list[Heard] = field(default_factory=list)
    _began_s: float = field(default_factory=time.monotonic)
    _looked_s: float = 0.0

    def begins(self) -> None:
        """The load begins now."""
        self._began_s = time.monotonic()

    def look(self) -> None:
        """Take what has come into the queue, at most once a second."""
        now_s = time.monotonic()
        if now_s - self._looked_s < LOOK_EVERY_S:
            return
        self._looked_s = now_s
        answer = self.sqs.receive_message(QueueUrl=self.queue_url, MaxNumberOfMessages=10, WaitTimeSeconds=0)
        for message in answer.get("Messages", ()):
            self.heard.append(_heard(message["Body"], now_s - self._began_s))
            self.sqs.delete_message(QueueUrl=self.queue_url, ReceiptHandle=message["ReceiptHandle"])

    def first_alarm(self) -> Heard | None:
        """Return the first message that told of an alarm."""
        return next((one for one in self.heard if one.state == "ALARM"), None)

    def await_alarm(self, within_s: float = ARRIVES_WITHIN_S) -> Heard | None:
        """Return the first message of an alarm, waiting for it; None when none came in time."""

        def told() -> Heard | None:
            self.look()
            return self.first_alarm()

        try:
            return wait_until("an alarm's message", told, within_s=within_s, every_s=0.5)
        except WaitTimeout:
            return None

    def states(self) -> dict[str, str]:
        """Return the alarms' present states by name."""
        answer = self.cloudwatch.describe_alarms(AlarmNames=list(self.alarms))
        return {one["AlarmName"]: one["StateValue"] for one in answer["MetricAlarms"]}


def alarm_watch(cloud: Cloud, outputs: dict[str, str]) -> AlarmWatch | None:
    """Return a watch on the load stack's alarms, None when that stack is not part of the run."""
    if "AlarmsQueueUrl" not in outputs:
        return None
    names = tuple(outputs[name] for name in ("WalletThrottlesAlarm", "EventThrottlesAlarm"))
    return AlarmWatch(cloud.client("sqs"), cloud.client("cloudwatch"), outputs["AlarmsQueueUrl"], names)


def _heard(body: str, after_s: float) -> Heard:
    """Read what SNS put into the queue: an envelope whose Message is the alarm's JSON."""
    envelope = json.loads(body)
    told = json.loads(envelope["Message"]) if "Message" in envelope else envelope
    return Heard(
        str(told.get("AlarmName", "")),
        str(told.get("NewStateValue", "")),
        str(told.get("NewStateReason", "")),
        round(after_s, 1),
    )
