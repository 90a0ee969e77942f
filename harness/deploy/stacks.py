"""Stacks through the CloudFormation API: made, updated, deleted, watched resource by resource.

A direct create or update rather than a change set: one call instead of four, and nobody reviews a rehearsal. States
that a stack can't be updated from are handled as the SAM CLI's user would by hand, and told.
Source: AWS CloudFormation user guide, "Stack status codes" (documented).
"""

import itertools
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from harness.deploy.outputs import StackDescription, StackOutputs, StackResource
from harness.deploy.progress import OnProgress, Progress
from harness.deploy.sources import Source
from harness.errors import StackFailed, StackMissing, TemplateInvalid, WaitTimeout
from harness.ids import new_token
from harness.waiting import wait_until

if TYPE_CHECKING:
    from mypy_boto3_cloudformation import CloudFormationClient
    from mypy_boto3_cloudformation.type_defs import StackEventTypeDef, StackTypeDef

# Nothing of such a stack is in use: it was never made, or is being thrown away.
_MADE_ANEW = frozenset({"ROLLBACK_COMPLETE", "ROLLBACK_FAILED", "CREATE_FAILED", "REVIEW_IN_PROGRESS", "DELETE_FAILED"})
_CAPABILITIES: Any = ["CAPABILITY_IAM", "CAPABILITY_NAMED_IAM", "CAPABILITY_AUTO_EXPAND"]
# A failure that follows from another one and explains nothing.
_CONSEQUENCES = ("Resource creation cancelled", "Resource update cancelled", "Resource creation Initiated")
_FAILURES_SHOWN_MAX = 10


@dataclass(frozen=True)
class Template:
    """A template for CloudFormation: its text, or its address in S3 when it is too long to be sent, and its source."""

    source: Source
    body: str = ""
    url: str = ""

    def arguments(self) -> dict[str, Any]:
        """Return the API's arguments."""
        return {"TemplateURL": self.url} if self.url else {"TemplateBody": self.body}


@dataclass(frozen=True)
class StackWatch:
    """How a stack is waited for: through which client, for how many seconds, and who hears of it."""

    client: "CloudFormationClient"
    on_progress: OnProgress
    within_s: float


def put_stack(
    watch: StackWatch,
    name: str,
    template: Template,
    parameters: Mapping[str, str],
    tags: Mapping[str, str] | None = None,
) -> StackOutputs:
    """Create or update a stack and wait for it; CloudFormation hands its tags on to what it makes.

    Raises StackFailed, TemplateInvalid or WaitTimeout.
    """
    status = _settled_status(watch, name)
    if status in _MADE_ANEW:
        watch.on_progress(Progress("note", f"stack {name}", f"is {status}: it is deleted and made anew"))
        delete_stack(watch, name)
        status = None
    if status is not None and status.endswith("_FAILED"):
        raise StackFailed(
            f"stack {name} is {status}, expected a state that it can be updated from",
            remedy="continue or cancel the rollback in CloudFormation, or delete the stack",
        )
    seen = _event_ids(watch, name) if status else set[str]()
    changed = _start(watch, name, template, _arguments(parameters, tags or {}), exists=status is not None)
    if changed:
        _follow(watch, name, template.source, seen)
    described = describe_stack(watch.client, name)
    assert described is not None  # noqa: S101 - it was described a moment ago
    values = described.outputs
    return StackOutputs(name, values.status, values.values_by_name, changed)


def delete_stack(watch: StackWatch, name: str) -> bool:
    """Delete a stack and wait until it is gone; False when there was none. Raises StackFailed with the reasons."""
    found = _find(watch.client, name)
    if found is None:
        return False
    # Once deleted, a stack answers to its id only.
    stack_id = found.get("StackId", name)
    before = _event_ids(watch, stack_id)
    watch.client.delete_stack(StackName=name)
    status = _watch_until_settled(watch, stack_id, set(before))
    if status not in (None, "DELETE_COMPLETE"):
        raise StackFailed(
            f"stack {name} was not deleted: {status}, expected DELETE_COMPLETE",
            evidence={"failed": _failures(watch, stack_id, None, before)},
            remedy="empty or keep what it names, then delete it again",
        )
    return True


def describe_stack(client: "CloudFormationClient", name: str) -> StackDescription | None:
    """Return what CloudFormation says of a stack, None when there is none."""
    found = _find(client, name)
    if found is None:
        return None
    values = {row.get("OutputKey", ""): row.get("OutputValue", "") for row in found.get("Outputs", [])}
    return StackDescription(
        outputs=StackOutputs(name, found["StackStatus"], values),
        status_reason=found.get("StackStatusReason", ""),
        parameters={row.get("ParameterKey", ""): row.get("ParameterValue", "") for row in found.get("Parameters", [])},
        resources=resources_of(client, name),
    )


def resources_of(client: "CloudFormationClient", name: str) -> tuple[StackResource, ...]:
    """Return the resources of a stack that is there."""
    return tuple(
        StackResource(
            row.get("LogicalResourceId", ""), row.get("PhysicalResourceId", ""),
            row["ResourceType"], row["ResourceStatus"],
        )
        for row in client.describe_stack_resources(StackName=name)["StackResources"]
    )  # fmt: skip


def stack_outputs(client: "CloudFormationClient", name: str) -> StackOutputs:
    """Return the outputs of a deployed stack; raises StackMissing when it is not there or never came up."""
    found = _find(client, name)
    if found is None or found["StackStatus"] in _MADE_ANEW:
        state = "there is none" if found is None else f"it is {found['StackStatus']}"
        raise StackMissing(f"stack {name} is not deployed: {state}", remedy=f"rehearse deploy {name}")
    values = {row.get("OutputKey", ""): row.get("OutputValue", "") for row in found.get("Outputs", [])}
    return StackOutputs(name, found["StackStatus"], values, changed=False)


def _arguments(parameters: Mapping[str, str], tags: Mapping[str, str]) -> dict[str, Any]:
    told: dict[str, Any] = {
        "Parameters": [{"ParameterKey": key, "ParameterValue": value} for key, value in parameters.items()]
    }
    return {**told, **({"Tags": [{"Key": key, "Value": value} for key, value in tags.items()]} if tags else {})}


def _start(watch: StackWatch, name: str, template: Template, told: Mapping[str, Any], *, exists: bool) -> bool:
    from botocore.exceptions import ClientError

    arguments: dict[str, Any] = {
        "StackName": name,
        **template.arguments(),
        **told,
        "Capabilities": _CAPABILITIES,
        "ClientRequestToken": f"rehearsal-{new_token(16)}",
    }
    try:
        if exists:
            watch.client.update_stack(**arguments)
        else:
            watch.client.create_stack(**arguments)
    except ClientError as error:
        words = error.response["Error"].get("Message", str(error))
        if "No updates are to be performed" in words:
            watch.on_progress(Progress("stack", name, "unchanged"))
            return False
        raise _refused(name, template.source, error.response["Error"].get("Code", ""), words) from None
    return True


def _refused(name: str, source: Source, code: str, words: str) -> TemplateInvalid | StackFailed:
    evidence = {"said": f"{code}: {words}"}
    if places := source.mentioned_in(words):
        evidence["at"] = "\n".join(places)
    if code == "ValidationError":
        return TemplateInvalid(f"{source.path.name} of stack {name} was refused: {words}", evidence=evidence)
    return StackFailed(f"stack {name} was refused: {words}", evidence=evidence)


def _follow(watch: StackWatch, name: str, source: Source, before: set[str]) -> None:
    status = _watch_until_settled(watch, name, set(before))
    if status in ("CREATE_COMPLETE", "UPDATE_COMPLETE"):
        return
    expected = "UPDATE_COMPLETE" if status and status.startswith("UPDATE") else "CREATE_COMPLETE"
    again = "deploy again" if expected == "UPDATE_COMPLETE" else "deploy again: the stack will be made anew"
    raise StackFailed(
        f"stack {name} is {status or 'gone'}, expected {expected}",
        evidence={"failed": _failures(watch, name, source, before)},
        remedy=f"correct what failed first and {again}",
    )


def _settled_status(watch: StackWatch, name: str) -> str | None:
    """Return a stack's status once no operation runs on it, None when there is none."""
    found = _find(watch.client, name)
    if found is None:
        return None
    status: str = found["StackStatus"]
    if not status.endswith("_IN_PROGRESS") or status == "REVIEW_IN_PROGRESS":
        return status
    watch.on_progress(Progress("note", f"stack {name}", f"is {status}: waiting until that ends"))
    status_after = _watch_until_settled(watch, found.get("StackId", name), _event_ids(watch, name))
    return None if status_after == "DELETE_COMPLETE" else status_after


def _watch_until_settled(watch: StackWatch, name: str, seen: set[str]) -> str | None:
    """Tell of every new event until no operation runs on the stack; return its status, None when it is gone."""

    def settled() -> tuple[str | None] | None:
        # Read before the events, so that the last events are told before the end.
        found = _find(watch.client, name)
        for event in _new_events(watch, name, seen):
            watch.on_progress(
                Progress(
                    "stack" if event.get("PhysicalResourceId") == event["StackId"] else "resource",
                    event.get("LogicalResourceId", ""), event.get("ResourceStatus", ""),
                    event.get("ResourceStatusReason", ""),
                )
            )  # fmt: skip
        if found is None:
            return (None,)
        running = found["StackStatus"].endswith("_IN_PROGRESS")
        return None if running else (found["StackStatus"],)

    try:
        (status,) = wait_until(f"end of operation on stack {name}", settled, within_s=watch.within_s, every_max_s=1)
    except WaitTimeout as timeout:
        raise WaitTimeout(
            f"stack {name} did not settle within {watch.within_s:.0f} s", evidence=timeout.evidence
        ) from None
    return status


def _find(client: "CloudFormationClient", name: str) -> "StackTypeDef | None":
    from botocore.exceptions import ClientError

    try:
        return client.describe_stacks(StackName=name)["Stacks"][0]
    except ClientError as error:
        # The API has no error code of its own for a stack that isn't there (documented).
        if "does not exist" in error.response["Error"].get("Message", ""):
            return None
        raise


def _event_ids(watch: StackWatch, name: str) -> set[str]:
    return {event["EventId"] for event in _events(watch, name)}


def _new_events(watch: StackWatch, name: str, seen: set[str]) -> list["StackEventTypeDef"]:
    # Newest first, page after page: what follows the first known event is known.
    new = list(itertools.takewhile(lambda event: event["EventId"] not in seen, _events(watch, name)))
    seen.update(event["EventId"] for event in new)
    return list(reversed(new))


def _events(watch: StackWatch, name: str) -> Iterator["StackEventTypeDef"]:
    from botocore.exceptions import ClientError

    try:
        for page in watch.client.get_paginator("describe_stack_events").paginate(StackName=name):
            yield from page["StackEvents"]
    except ClientError as error:
        if "does not exist" not in error.response["Error"].get("Message", ""):
            raise


def _failures(watch: StackWatch, name: str, source: Source | None, before: set[str]) -> str:
    """Return one line per resource that failed, first failure first, in the service's own words."""
    new = list(itertools.takewhile(lambda event: event["EventId"] not in before, _events(watch, name)))
    failed = [event for event in reversed(new) if event.get("ResourceStatus", "").endswith("_FAILED")]
    causes = [event for event in failed if not event.get("ResourceStatusReason", "").startswith(_CONSEQUENCES)]
    own = [event for event in causes if event.get("PhysicalResourceId") != event["StackId"]]
    rows = []
    for event in (own or causes or failed)[:_FAILURES_SHOWN_MAX]:
        logical_id = event.get("LogicalResourceId", "")
        place = f"{source.at_resource(logical_id)}  " if source else ""
        rows.append(f"{place}{logical_id}  {event.get('ResourceStatus')}  {event.get('ResourceStatusReason', '')}")
    return "\n".join(rows) or "CloudFormation names no resource"
