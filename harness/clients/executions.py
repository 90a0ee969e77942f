"""The executions of the payment flow: how one ended, and the way it took state by state."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from harness.history import ExecutionRecord

EVENTS_MAX = 1000


@dataclass(frozen=True, slots=True)
class Step:
    """One visit of one state. `failures` are the errors of its attempts, `left_at` None while it runs."""

    state: str
    entered_at: datetime
    left_at: datetime | None
    attempts: int
    failures: tuple[str, ...]

    def __str__(self) -> str:
        end = f"{(self.left_at - self.entered_at).total_seconds() * 1000:.0f} ms" if self.left_at else "not left"
        tries = f", {self.attempts} attempts" if self.attempts > 1 else ""
        errors = f" ({', '.join(self.failures)})" if self.failures else ""
        return f"{self.entered_at:%H:%M:%S.%f} {self.state}: {end}{tries}{errors}"


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
        try:
            return list(_steps(event for page in pages for event in page["events"]))
        except self._client.exceptions.ExecutionDoesNotExist:
            return []

    def told(self, name: str) -> str:
        """Return where an execution is, in one line: `RUNNING in ProcessPayment, attempt 3`."""
        found = self.find(name)
        if found is None:
            return "none"
        steps = self.steps(name)
        where = f" in {steps[-1].state}, attempt {steps[-1].attempts}" if steps else ""
        return f"{found.status}{where}" + (f", error {found.error}" if found.error else "")


def _steps(events: Iterator[Mapping[str, Any]]) -> Iterator[Step]:
    state, attempts = "", 0
    entered_at: datetime | None = None
    failures: list[str] = []
    for event in events:
        kind = str(event["type"])
        if kind.endswith("StateEntered"):
            if entered_at is not None:
                yield Step(state, entered_at, None, attempts, tuple(failures))
            state, entered_at = str(event["stateEnteredEventDetails"]["name"]), event["timestamp"]
            attempts, failures = 0, []
        elif kind.endswith("StateExited") and entered_at is not None:
            yield Step(state, entered_at, event["timestamp"], max(attempts, 1), tuple(failures))
            entered_at = None
        elif kind.endswith("Scheduled"):
            attempts += 1
        elif kind.endswith(("Failed", "TimedOut")):
            failures.append(_error(event))
    if entered_at is not None:
        yield Step(state, entered_at, None, max(attempts, 1), tuple(failures))


def _error(event: Mapping[str, Any]) -> str:
    for name, details in event.items():
        if name.endswith("EventDetails") and isinstance(details, Mapping):
            return str(details.get("error", "no error name"))
    return str(event["type"])
