"""What is gathered at a test's end: its faults and kills, its executions within a bound, and what could not be read."""

from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import httpx
import pytest

from harness.clients import DeployedSystem, Deployment, EdgeClient, GatewayClient
from harness.clients.api import http_client
from harness.history import ExecutionRecord, FinalReads, History, Operation, PaymentRecord, SagaRecord
from harness.report.kept import Evidence
from harness.report.kept.gathering import EXECUTIONS_MAX, Gatherer, read_machines
from harness.targets import Environment

ARN = "arn:aws:states:us-east-1:000000000000:stateMachine"
OUTPUTS = {"StateMachineArn": f"{ARN}:pay-flow", "RefundStateMachineArn": f"{ARN}:refund-flow"}
MACHINES = ("Deposit", "Cancellation")
BOOKING = {f"{name}StateMachineArn": f"{ARN}:{name.lower()}-flow" for name in MACHINES}
NOTHING = FinalReads()
BEGUN = datetime(2026, 1, 2, 8, tzinfo=UTC)


class States:
    """A Step Functions client that knows every execution as done at once; `broken` from the n-th one on."""

    class exceptions:  # noqa: N801 - boto3's name
        class ExecutionDoesNotExist(Exception):
            pass

        class InvalidArn(Exception):
            pass

    def __init__(self) -> None:
        self.broken_after: int | None = None
        self.described: list[str] = []

    def describe_execution(self, executionArn: str) -> dict[str, Any]:  # noqa: N803 - boto3's name
        if self.broken_after is not None and len(self.described) >= self.broken_after:
            raise ConnectionError("the cloud is gone")
        self.described.append(executionArn)
        return {"status": "SUCCEEDED", "startDate": BEGUN, "stopDate": BEGUN}

    def describe_state_machine(self, stateMachineArn: str) -> dict[str, Any]:  # noqa: N803 - boto3's name
        return {"definition": f'{{"Comment": "{stateMachineArn}"}}'}

    def get_paginator(self, _: str) -> "States":
        return self

    def paginate(self, **_: Any) -> list[dict[str, Any]]:
        entered = {"type": "TaskStateEntered", "timestamp": BEGUN, "id": 1, "stateEnteredEventDetails": {"name": "Pay"}}
        return [{"events": [entered]}]

    def close(self) -> None:
        return


@pytest.fixture
def states(monkeypatch: pytest.MonkeyPatch) -> States:
    fake = States()
    monkeypatch.setattr(Environment, "client", lambda self, service: fake)
    return fake


@pytest.fixture
def deployment(states: States) -> Deployment:
    environment = Environment("embedded", "test", *["http://127.0.0.1:9"] * 2, Path())
    outputs = {"payments": OUTPUTS, "booking": BOOKING}
    deployment = Deployment(environment, lambda name: DeployedSystem(name, outputs[name]))
    deployment.system("payments")
    deployment.system("booking")
    return deployment


ANSWERS: dict[str, tuple[int, dict[str, object]]] = {
    "/_admin/faults": (201, {"id": "fault-1"}),
    "/_admin/fired": (
        200,
        {
            "counts": {"fault-1": 1, "other": 1},
            "fired": [
                {"fault": "fault-1", "at": "2026-01-02T08:00:01Z"},
                {"fault": "other", "at": "2026-01-02T08:00:02Z"},
            ],
        },
    ),
    "/_rehearsal/functions": (200, {"workers": [{"function": "adapter"}]}),
    "/_rehearsal/faults": (201, {"faults": [{"id": "f-1"}]}),
    "/_rehearsal/faults/f-1": (200, {"id": "f-1", "seen": 3, "fired": 2}),
    "/_rehearsal/fired": (200, {"fired": [{"fault": "f-1", "at": "2026-01-02T08:00:03Z"}]}),
}


def answered(request: httpx.Request) -> httpx.Response:
    """Answer as the gateway and the edge do: faults that fired, one worker killed."""
    status, document = ANSWERS.get(request.url.path, (200, {"killed": 1}))
    return httpx.Response(status, json=document)


def gathered(deployment: Deployment, *operations: Operation, finals: FinalReads = NOTHING) -> Evidence:
    http = http_client("http://test", httpx.MockTransport(answered))
    gateway, edge = GatewayClient(http).again(), EdgeClient(http).again()
    gateway.fault("never set", match={})
    with gateway.fault("reset", match={"reference": "pay-1"}, times=1):
        edge.kill_busy_workers("adapter", within_s=1)
    edge.fault("never set", match={})
    with edge.fault("reset", match={"operation": "PutItem", "key": "user-1"}, phase="after"):
        pass
    return Gatherer(deployment).evidence(
        History(operations, finals, name="a.py::test_a"),
        (),
        gateway,
        edge,
        started_at=BEGUN,
        ended_at=BEGUN,
        unchecked=0,
    )


def asked(number: int, action: str = "pay", **value: str) -> Operation:
    return Operation(number, 0, action, "pay-1", 0.0, value)


def test_faults_and_kills_are_kept_when_they_were_set(deployment: Deployment) -> None:
    reset, lost, kill = gathered(deployment).faults

    assert (reset.kind, reset.matched, reset.rule) == ("reset", {"reference": "pay-1"}, {"times": "1"})
    assert (reset.fired, reset.fired_at) == (1, ("2026-01-02T08:00:01Z",))
    assert reset.set_at <= kill.set_at <= reset.healed_at
    assert (lost.kind, lost.rule) == ("reset", {"phase": "after"})
    assert lost.matched == {"operation": "PutItem", "key": "user-1"}
    assert (lost.fired, lost.fired_at) == (2, ("2026-01-02T08:00:03Z",))
    assert (kill.kind, kill.matched, kill.fired) == ("killed worker", {"function": "adapter"}, 1)
    assert [one.place for one in (reset, lost, kill)] == ["gateway", "aws", "lambda"]
    assert [one.label for one in (reset, lost, kill)] == ["reset", "reset of PutItem", "killed worker"]


def test_executions_are_read_once_each_when_payments_and_refunds_were_asked_for(deployment: Deployment) -> None:
    operations = (asked(0, payment_id="pay-1"), asked(1, payment_id="pay-1"), asked(2, "refund", refund_id="refund-1"))

    kept = gathered(deployment, *operations).executions

    assert [(one.machine, one.name, one.steps[0].state) for one in kept] == [
        ("pay-flow", "pay-1", "Pay"),
        ("refund-flow", "refund-1", "Pay"),
    ]


def test_executions_of_deposits_are_kept_when_no_client_asked_for_their_payments(deployment: Deployment) -> None:
    finals = FinalReads(
        sagas=(SagaRecord("deposit", "b-1", "SUCCEEDED"), SagaRecord("cancellation", "cancel-b-1", "SUCCEEDED")),
        executions=(ExecutionRecord("dep-b-1", "SUCCEEDED"),),
        payments=(PaymentRecord("dep-b-1", "alice", 500, "USD", "COMPLETED", refunded_minor=500),),
    )

    kept = gathered(deployment, finals=finals).executions

    assert [(one.machine, one.name) for one in kept] == [
        ("deposit-flow", "b-1"),
        ("cancellation-flow", "cancel-b-1"),
        ("pay-flow", "dep-b-1"),
        ("refund-flow", "dep-refund-b-1"),
    ]


def test_executions_are_cut_when_a_test_made_very_many(deployment: Deployment, states: States) -> None:
    operations = [asked(number, payment_id=f"pay-{number}") for number in range(EXECUTIONS_MAX + 7)]

    kept = gathered(deployment, *operations)

    assert (len(kept.executions), kept.executions_left_out) == (EXECUTIONS_MAX, 7)
    assert len(states.described) == EXECUTIONS_MAX


def test_rest_is_kept_when_the_cloud_is_gone_halfway(deployment: Deployment, states: States) -> None:
    states.broken_after = 1

    kept = gathered(deployment, asked(0, payment_id="pay-1"), asked(1, payment_id="pay-2"))

    assert [one.name for one in kept.executions] == ["pay-1"]
    assert kept.problem == "executions could not be read: ConnectionError: the cloud is gone"
    assert len(kept.faults) == 3


def test_definitions_are_read_as_they_are_deployed(deployment: Deployment) -> None:
    machines = read_machines(deployment).machines

    assert [one.name for one in machines] == ["pay-flow", "refund-flow", "deposit-flow", "cancellation-flow"]
    assert machines[0].definition == f'{{"Comment": "{ARN}:pay-flow"}}'
