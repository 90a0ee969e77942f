"""The executions of a state machine: which there are, how one ended, and the way it took state by state."""

from collections.abc import Iterator, Mapping
from contextlib import suppress
from typing import Any

from harness.clients.flow import Flow, Step
from harness.history import ExecutionRecord

EVENTS_MAX = 1000
# Step Functions' limit for one page of a history, and how much is asked for when only news are wanted.
PAGE_MAX = 1000
NEWS_PAGE = 40


class Executions:
    """Reads executions of one state machine by name, with a Step Functions client of boto3."""

    def __init__(self, client: Any, state_machine_arn: str) -> None:
        self._client = client
        self._machine_arn = state_machine_arn
        self._prefix = state_machine_arn.replace(":stateMachine:", ":execution:")

    def arn(self, name: str) -> str:
        """Return the ARN of the execution of this name, whether there is one or not."""
        return f"{self._prefix}:{name}"

    def recent(self, last: int) -> list[str]:
        """Return the ARNs of the `last` executions, the newest first; at most 1000."""
        listed = self._client.list_executions(stateMachineArn=self._machine_arn, maxResults=last)
        return [str(one["executionArn"]) for one in listed["executions"]]

    def find(self, name: str) -> ExecutionRecord | None:
        """Return an execution, None when there is none of that name."""
        try:
            found = self._client.describe_execution(executionArn=self.arn(name))
        except (self._client.exceptions.ExecutionDoesNotExist, self._client.exceptions.InvalidArn):
            return None  # InvalidArn: nothing can have such a name
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
            executionArn=self.arn(name), PaginationConfig={"MaxItems": EVENTS_MAX}
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


def events_after(client: Any, execution_arn: str, event_id: int) -> list[Mapping[str, Any]]:
    """Return the events of an execution that came after `event_id` (0: all of them), in order, without their data.

    Events are numbered without gaps (source: Step Functions API reference, HistoryEvent, documented), so news are read
    from the end of the history backwards: the cost of asking again does not grow with the history.
    """
    fresh: dict[int, Mapping[str, Any]] = {}
    for page in _pages(client, execution_arn, backwards=event_id > 0):
        fresh.update({int(event["id"]): event for event in page if int(event["id"]) > event_id})
        if event_id and min((int(event["id"]) for event in page), default=0) <= event_id + 1:
            break
    return [fresh[number] for number in sorted(fresh)]


def _pages(client: Any, execution_arn: str, *, backwards: bool) -> Iterator[list[Mapping[str, Any]]]:
    wanted = {
        "executionArn": execution_arn,
        "includeExecutionData": False,
        "reverseOrder": backwards,
        "maxResults": NEWS_PAGE if backwards else PAGE_MAX,
    }
    token: dict[str, str] = {}
    while True:
        page = client.get_execution_history(**wanted, **token)
        yield page["events"]
        if not page.get("nextToken"):
            return
        token = {"nextToken": page["nextToken"]}
