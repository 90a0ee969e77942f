"""The stacks of a run, found by the run's prefix and deleted, newest first, with what CloudFormation says of each.

Not the deployment's own deletion, which is told a name: this has to find stacks that nobody here remembers.
"""

from collections.abc import Iterator
from typing import Any

from harness.errors import WaitTimeout
from harness.targets.lifecycle import Progress
from harness.targets.staging.run import Run
from harness.waiting import wait_until

DELETED_WITHIN_S = 1800.0
_GONE = frozenset({"DELETE_COMPLETE"})
STACK_TYPE = "AWS::CloudFormation::Stack"


def stacks_of(client: Any, run: Run) -> list[dict[str, Any]]:
    """Return the run's stacks that are not deleted, newest first."""
    return sorted(
        (stack for stack in all_stacks(client) if run.owns(stack["StackName"])),
        key=lambda stack: str(stack["CreationTime"]),
        reverse=True,
    )


def all_stacks(client: Any) -> Iterator[dict[str, Any]]:
    """Yield every stack that is not deleted."""
    for page in client.get_paginator("describe_stacks").paginate():
        yield from (stack for stack in page["Stacks"] if stack["StackStatus"] not in _GONE)


def delete_stacks(client: Any, run: Run, progress: Progress, *, within_s: float = DELETED_WITHIN_S) -> dict[str, str]:
    """Delete the run's stacks and wait until they are gone; return what CloudFormation says of those that stay."""
    stacks = stacks_of(client, run)
    for stack in stacks:  # none needs another: systems know each other by addresses alone
        progress(f"deleting stack {stack['StackName']}")
    refused = {stack["StackName"]: words for stack in stacks if (words := _refusal(client, stack["StackId"]))}
    going = [stack for stack in stacks if stack["StackName"] not in refused]
    ends = {stack["StackName"]: _end_of(client, stack["StackId"], progress, within_s=within_s) for stack in going}
    return {**refused, **{name: words for name, words in ends.items() if words}}


def _refusal(client: Any, stack_id: str) -> str:
    """Ask for a stack's deletion; return "" once it is under way, else why it may not be."""
    from botocore.exceptions import ClientError

    try:
        client.delete_stack(StackName=stack_id)
    except ClientError as problem:  # termination protection, an update under way, a missing permission
        return str(problem)
    return ""


def _end_of(client: Any, stack_id: str, progress: Progress, *, within_s: float) -> str:
    """Return "" once a stack is gone, else its last state in words."""

    def settled() -> dict[str, Any] | None:
        found = _described(client, stack_id)
        if found is None:
            return {"StackStatus": "DELETE_COMPLETE"}
        return None if found["StackStatus"] == "DELETE_IN_PROGRESS" else found

    try:
        last = wait_until(f"the end of {stack_id}", settled, within_s=within_s, every_max_s=3.0)
    except WaitTimeout:
        return f"is still being deleted after {within_s:.0f} s"
    if last["StackStatus"] in _GONE:
        progress(f"stack {stack_id.split('/')[1] if '/' in stack_id else stack_id} is gone")
        return ""
    return f"{last['StackStatus']}: {last.get('StackStatusReason', 'no reason told')}"


def _described(client: Any, stack_id: str) -> dict[str, Any] | None:
    from botocore.exceptions import ClientError

    try:
        found: dict[str, Any] = client.describe_stacks(StackName=stack_id)["Stacks"][0]
    except ClientError as error:
        if "does not exist" in error.response["Error"].get("Message", ""):
            return None
        raise
    return found
