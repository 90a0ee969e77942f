"""Reads what a run keeps from a running environment: the executions of a test, the definitions of its machines."""

from collections.abc import Iterable, Iterator, Mapping
from datetime import datetime
from itertools import islice
from typing import Any

from harness.clients import Deployment, EdgeClient, GatewayClient
from harness.clients.executions import Executions
from harness.history import History
from harness.report.kept.evidence import Evidence, ExecutionTrace, FaultRecord, StepRecord, VerdictRecord
from harness.report.kept.outcomes import MachineRecord, Machines

EXECUTIONS_MAX = 50
PAYMENT_FLOW, REFUND_FLOW = "StateMachineArn", "RefundStateMachineArn"


class Gatherer:
    """Reads one deployment; thread-safe."""

    def __init__(self, deployment: Deployment) -> None:
        self._client = deployment.environment.client("stepfunctions")
        self._deployment = deployment

    def evidence(
        self,
        history: History,
        verdicts: Iterable[Any],
        gateway: GatewayClient,
        edge: EdgeClient,
        *,
        started_at: datetime,
        ended_at: datetime,
        unchecked: int,
    ) -> Evidence:
        """Return what a test leaves. What can't be read is told in it, because the test itself is over."""
        names = list(_execution_names(history))
        traces: list[ExecutionTrace] = []
        problem = ""
        try:
            traces.extend(islice(self._traces(names, history), EXECUTIONS_MAX))
        except Exception as failed:  # noqa: BLE001 - kept as a text; the first one ends it, the rest would wait in vain
            problem = f"executions could not be read: {type(failed).__name__}: {failed}"
        faults = [FaultRecord.of(fault) for fault in (*gateway.faults, *edge.faults) if fault.set_at]
        faults += [FaultRecord("killed worker", {"function": one.function}, {}, at, at, one.killed, (at,), "lambda")
                   for one in edge.kills for at in (one.at.isoformat(),)]  # fmt: skip
        return Evidence(
            node_id=history.name,
            started_at=started_at.isoformat(),
            ended_at=ended_at.isoformat(),
            verdicts=tuple(VerdictRecord.of(verdict) for verdict in verdicts),
            unchecked=unchecked,
            faults=tuple(faults),
            executions=tuple(traces),
            executions_left_out=max(len(names) - EXECUTIONS_MAX, 0),
            problem=problem,
        )

    def payments(self) -> Executions | None:
        """Return the executions of payments, None while no test has asked for that system."""
        arn = machine_arns(self._deployment).get(PAYMENT_FLOW)
        return Executions(self._client, arn) if arn else None

    def close(self) -> None:
        """Close the connections."""
        self._client.close()

    def _traces(self, names: Iterable[tuple[str, str]], history: History) -> Iterator[ExecutionTrace]:
        arns = machine_arns(self._deployment)
        for output, name in names:
            arn = arns.get(output)
            if arn is None:
                continue
            executions = Executions(self._client, arn)
            found = (history.executions.get(name) if output == PAYMENT_FLOW else None) or executions.find(name)
            if found is not None:
                steps = tuple(map(StepRecord.of, executions.steps(name)))
                yield ExecutionTrace(_name(arn), name, found.status, found.error, steps)


def machine_arns(deployment: Deployment) -> Mapping[str, str]:
    """Return the ARN of every state machine of the systems in use, by the name of the stack's output."""
    outputs = (one for system in deployment.systems for one in system.outputs.items())
    return {name: arn for name, arn in outputs if name.endswith("StateMachineArn")}


def read_machines(deployment: Deployment) -> Machines:
    """Return the definitions as they are deployed."""
    client = deployment.environment.client("stepfunctions")
    try:
        return Machines(
            tuple(
                MachineRecord(_name(arn), str(client.describe_state_machine(stateMachineArn=arn)["definition"]))
                for arn in machine_arns(deployment).values()
            )
        )
    finally:
        client.close()


def _execution_names(history: History) -> Iterator[tuple[str, str]]:
    """Give (output of the machine, execution's name): a payment's is its id, a refund's is its own id."""
    asked = dict.fromkeys(one for one in _asked_for(history) if _was_begun(one, history))
    yield from dict.fromkeys((*asked, *_found_in_the_end(history)))


def _asked_for(history: History) -> Iterator[tuple[str, str]]:
    for operation in history.of("pay", "refund"):
        field, output = ("payment_id", PAYMENT_FLOW) if operation.action == "pay" else ("refund_id", REFUND_FLOW)
        name = operation.result.get(field) or operation.value.get(field)
        if isinstance(name, str) and name:
            yield output, name


def _found_in_the_end(history: History) -> Iterator[tuple[str, str]]:
    """Give what one system asked of another, which no client did: deposits of bookings, and the payments behind them.

    The booking system calls a deposit's payment `dep-<booking>` and its refund `dep-refund-<booking>` (verified).
    """
    for saga in history.finals.sagas or ():
        yield f"{saga.machine.capitalize()}StateMachineArn", saga.name
    for name in history.executions:
        yield PAYMENT_FLOW, name
    for payment in history.finals.payments or ():
        if payment.refunded_minor and payment.payment_id.startswith("dep-"):
            yield REFUND_FLOW, f"dep-refund-{payment.payment_id.removeprefix('dep-')}"


def _was_begun(one: tuple[str, str], history: History) -> bool:
    """Leave out payments that the final reads know to have no execution: asking again costs a call each."""
    output, name = one
    return output != PAYMENT_FLOW or history.finals.executions is None or name in history.executions


def _name(arn: str) -> str:
    return arn.rpartition(":")[2]
