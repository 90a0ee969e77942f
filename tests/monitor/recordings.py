"""Executions recorded on the real engine, and a Step Functions that plays them back, a few events at a time."""

import json
from collections.abc import Mapping
from datetime import datetime
from pathlib import Path
from typing import Any

from harness.clients.flow import Flow
from harness.monitor import Account, Machines, Subject, Witnesses
from harness.monitor.witnesses import GatewayCalls
from tests.clients.fakes import FakeGateway

RECORDED = Path(__file__).parent / "recorded"
MACHINES = {
    "StateMachineArn": "arn:aws:states:us-east-1:000000000000:stateMachine:payments-payment-flow",
    "RefundStateMachineArn": "arn:aws:states:us-east-1:000000000000:stateMachine:payments-refund-flow",
}


class Recording:
    """One execution: its description, its events, and how many of them have happened."""

    def __init__(self, name: str) -> None:
        document = json.loads((RECORDED / f"{name}.json").read_text())
        self.description = {key: _instant(key, value) for key, value in document["description"].items()}
        self.events = [{**one, "timestamp": datetime.fromisoformat(one["timestamp"])} for one in document["events"]]
        self.happened = len(self.events)

    @property
    def arn(self) -> str:
        return str(self.description["executionArn"])

    @property
    def subject(self) -> Subject:
        return Subject.of(self.description, "refund" if "refund" in self.arn else "payment")

    @property
    def flow(self) -> Flow:
        flow = Flow()
        flow.feed(self.events)
        return flow

    def account(self, payment: Mapping[str, Any] | None = None, gateway: GatewayCalls | None = None) -> Account:
        return Account(self.subject, self.flow, payment or {}, "1000.00 USD", "950.00 USD", gateway or GatewayCalls())


class FakeStepFunctions:
    """Answers about recordings. With `events_per_read`, more of an execution has happened each time it is read."""

    class exceptions:  # noqa: N801 - boto3's own name
        class ExecutionDoesNotExist(Exception):
            pass

    def __init__(self, *recordings: Recording, events_per_read: int = 0) -> None:
        self.recordings = {one.arn: one for one in recordings}
        self.events_per_read = events_per_read
        self.reads: list[int] = []
        for one in recordings if events_per_read else ():
            one.happened = 0

    def describe_execution(self, executionArn: str) -> dict[str, Any]:  # noqa: N803
        return self._recording(executionArn).description

    def list_executions(self, stateMachineArn: str, maxResults: int) -> dict[str, Any]:  # noqa: N803
        listed = [one.description for one in self.recordings.values()]
        mine = [one for one in listed if one["stateMachineArn"] == stateMachineArn]
        return {"executions": sorted(mine, key=lambda one: str(one["startDate"]), reverse=True)[:maxResults]}

    def get_execution_history(
        self,
        executionArn: str,  # noqa: N803
        reverseOrder: bool,  # noqa: N803
        maxResults: int,  # noqa: N803
        nextToken: str = "0",  # noqa: N803
        **_: object,
    ) -> dict[str, Any]:
        recording = self._recording(executionArn)
        if nextToken == "0":
            recording.happened = min(recording.happened + self.events_per_read, len(recording.events))
        events = recording.events[: recording.happened]
        ordered = events[::-1] if reverseOrder else events
        start, end = int(nextToken), int(nextToken) + maxResults
        self.reads.append(len(ordered[start:end]))
        return {"events": ordered[start:end]} | ({"nextToken": str(end)} if end < len(ordered) else {})

    def _recording(self, arn: str) -> Recording:
        try:
            return self.recordings[arn]
        except KeyError:
            raise self.exceptions.ExecutionDoesNotExist from None


class FakeApi:
    """The payments API: payments, their events and wallets; 404 for everything else."""

    def __init__(self, **documents: Mapping[str, Any]) -> None:
        self.documents = {path.replace("__", "/"): document for path, document in documents.items()}

    def ask(self, method: str, path: str, *, expect: tuple[int, ...], **_: Any) -> tuple[int, dict[str, Any]]:
        assert method == "GET"
        document = self.documents.get(path.strip("/"))
        assert (404 if document is None else 200) in expect
        return (404, {}) if document is None else (200, dict(document))


def machines(*recordings: Recording) -> Machines:
    return Machines(FakeStepFunctions(*recordings), MACHINES)


def witnesses(gateway: FakeGateway | None = None, **documents: Mapping[str, Any]) -> Witnesses:
    return Witnesses(FakeApi(**documents), (gateway or FakeGateway()).client)


def _instant(key: str, value: str) -> object:
    return datetime.fromisoformat(value) if key.endswith("Date") else value
