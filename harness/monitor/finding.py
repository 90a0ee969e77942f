"""Finds executions of the system's state machines: by name, by ARN, the recent ones, the next that anybody starts."""

import re
from collections.abc import Mapping
from typing import Any

from harness.clients.executions import Executions
from harness.clock import SYSTEM_CLOCK, Clock
from harness.errors import WaitTimeout
from harness.monitor.subject import PAYMENT, REFUND, Subject
from harness.monitor.trouble import ExecutionMissing, step_functions_answers
from harness.waiting import wait_until

# Step Functions' limits for one page of a list, and what its names are made of (API reference, documented).
LIST_MAX = 1000
NAME = re.compile(r"[A-Za-z0-9_.-]{1,80}")
# How many of the newest executions are looked at for one that is new.
NEWEST = 20
MACHINE_OUTPUTS = {PAYMENT: "StateMachineArn", REFUND: "RefundStateMachineArn"}


class Machines:
    """The state machines of a deployed payments system, by the flow that each runs."""

    def __init__(self, client: Any, outputs: Mapping[str, str], clock: Clock = SYSTEM_CLOCK) -> None:
        self._client = client
        self._clock = clock
        self._arns = {flow: outputs[name] for flow, name in MACHINE_OUTPUTS.items() if name in outputs}
        self._executions = {flow: Executions(client, arn) for flow, arn in self._arns.items()}

    def find(self, wanted: str) -> Subject:
        """Return the execution of a payment's or refund's id, or of an execution's ARN; raises ExecutionMissing."""
        with step_functions_answers(f"looking for execution {wanted}"):
            for flow, arn in self._candidates(wanted):
                try:
                    return Subject.of(self._client.describe_execution(executionArn=arn), flow)
                except self._client.exceptions.ExecutionDoesNotExist:
                    continue
        raise self._missing(wanted)

    def payment_arn(self, payment_id: str) -> str:
        """Return the ARN of a payment's execution, whether it was started or not; raises ExecutionMissing."""
        if PAYMENT not in self._executions:
            raise ExecutionMissing("the payments stack names no state machine", remedy="rehearse deploy")
        return self._executions[PAYMENT].arn(payment_id)

    def recent(self, last: int) -> list[Subject]:
        """Return the `last` executions of all machines, the oldest first."""
        with step_functions_answers("listing executions"):
            listed = [
                Subject.of(self._client.describe_execution(executionArn=arn), flow)
                for flow, executions in self._executions.items()
                for arn in executions.recent(min(last, LIST_MAX))
            ]
        return sorted(listed, key=lambda one: one.started_at)[-last:]

    def newest(self) -> set[str]:
        """Return the ARNs of the newest executions, for `next_after`."""
        with step_functions_answers("listing executions"):
            return {arn for executions in self._executions.values() for arn in executions.recent(NEWEST)}

    def next_after(self, seen: set[str], *, within_s: float) -> Subject:
        """Wait for an execution that is not among `seen`; of several the one that began first. Raises WaitTimeout."""

        def probe() -> Subject | None:
            fresh = self.newest() - seen
            found = [self.find(arn) for arn in sorted(fresh)]
            return min(found, key=lambda one: one.started_at, default=None)

        try:
            return wait_until(
                "an execution", probe, within_s=within_s, every_s=0.05, every_max_s=0.25, clock=self._clock
            )
        except WaitTimeout:
            raise WaitTimeout(
                f"no execution began within {within_s:.0f} s",
                evidence={"watched": ", ".join(sorted(self._arns.values()))},
                remedy="start one: rehearse pay user_test_001 50.00",
            ) from None

    def _candidates(self, wanted: str) -> list[tuple[str, str]]:
        prefixes = {flow: executions.arn("") for flow, executions in self._executions.items()}
        if wanted.startswith("arn:"):
            return [(flow, wanted) for flow, prefix in prefixes.items() if wanted.startswith(prefix)]
        if not NAME.fullmatch(wanted):
            return []
        return [(flow, f"{prefix}{wanted}") for flow, prefix in prefixes.items()]

    def _missing(self, wanted: str) -> ExecutionMissing:
        known = [one.name for one in self.recent(5)]
        return ExecutionMissing(
            f"there is no execution {wanted!r}",
            evidence={
                "looked in": ", ".join(arn.rpartition(":")[2] for arn in self._arns.values()) or "no state machine",
                "recent": ", ".join(reversed(known)) or "none yet",
            },
            remedy="rehearse monitor lists those that there are",
        )
