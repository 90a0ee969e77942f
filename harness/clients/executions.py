"""The executions of the payment flow: how one ended, and the way it took state by state."""

from contextlib import suppress
from typing import Any

from harness.clients.flow import Flow, Step
from harness.history import ExecutionRecord

EVENTS_MAX = 1000


class Executions:
    """Reads executions of one state machine by name, with a Step Functions client of boto3."""

    def __init__(self, client: Any, state_machine_arn: str) -> None:
        self._client = client
        self._prefix = state_machine_arn.replace(":stateMachine:", ":execution:")

    def find(self, name: str) -> ExecutionRecord | None:
        """Return an execution, None when there is none of that name."""
        try:
            found = self._client.describe_execution(executionArn=f"{self._prefix}:{name}")
        except self._client.exceptions.ExecutionDoesNotExist:
            return None
        return ExecutionRecord(
            name=name,
            status=str(found["status"]),
            error=str(found.get("error", "")),
            started_at=found["startDate"].isoformat(),
            stopped_at=found["stopDate"].isoformat() if found.get("stopDate") else "",
        )

    def steps(self, name: str) -> list[Step]:
        """Return the states that an execution went through, in order; none when there is no such execution.

        At most 1000 events are read.
        """
        pages = self._client.get_paginator("get_execution_history").paginate(
            executionArn=f"{self._prefix}:{name}", PaginationConfig={"MaxItems": EVENTS_MAX}
        )
        flow = Flow()
        with suppress(self._client.exceptions.ExecutionDoesNotExist):
            flow.feed(event for page in pages for event in page["events"])
        return flow.steps

    def told(self, name: str) -> str:
        """Return where an execution is, in one line: `RUNNING in ProcessPayment, attempt 3`."""
        found = self.find(name)
        if found is None:
            return "none"
        steps = self.steps(name)
        where = f" in {steps[-1].state}, attempt {steps[-1].attempts}" if steps else ""
        return f"{found.status}{where}" + (f", error {found.error}" if found.error else "")
