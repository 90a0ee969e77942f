"""Runs that an account still holds, whoever began them and wherever: found by names and tags of stacks and buckets.

What no machine remembers costs money until somebody looks; this is the look. Leaves out runs that left nothing but
roles or log groups: they are found when their run is ended by its name.
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from harness.targets.staging.belongings import Client
from harness.targets.staging.costs import idle_usd_per_day
from harness.targets.staging.refusal import StagingRefused
from harness.targets.staging.run import BUCKET, MARK, TAG_EXPIRES, TAG_INSTANCE, TAG_RUN, Run
from harness.targets.staging.stacks_away import all_stacks

_PREFIX = re.compile(rf"{MARK}(?P<instance>[a-z0-9][a-z0-9-]*)-(?P<id>[a-z0-9]{{6}})")


@dataclass(slots=True)
class Found:
    """One run that is still there: its stacks, its buckets, since when, and until when it was meant to be."""

    prefix: str
    stacks: list[str] = field(default_factory=list)
    buckets: list[str] = field(default_factory=list)
    since: datetime | None = None
    expires_at: str = ""
    usd_per_day: float = 0.0

    def age_s(self, now: datetime) -> float:
        """Return how long it is there."""
        return (now - self.since).total_seconds() if self.since else 0.0

    def is_expired(self, now: datetime) -> bool:
        """Return whether it was meant to be gone by now."""
        return bool(self.expires_at) and datetime.fromisoformat(self.expires_at) < now

    def run(self, account: str, region: str, endpoint_url: str) -> Run:
        """Return it as a run that can be ended."""
        parts = parts_of(self.prefix)
        assert parts is not None  # noqa: S101 - a prefix is one by being found
        return Run(
            id=parts[1], instance=parts[0], account_id=account, region=region, gateway_url="",
            started_at="", expires_at=self.expires_at, endpoint_url=endpoint_url,
        )  # fmt: skip


def parts_of(prefix: str) -> tuple[str, str] | None:
    """Return the instance and the id in a run's prefix, None when it is none."""
    match = _PREFIX.fullmatch(prefix)
    return (match["instance"], match["id"]) if match else None


def forgotten_runs(client: Client) -> list[Found]:
    """Return the runs that the account holds in this region, oldest first."""
    found: dict[str, Found] = {}
    cloudformation = client("cloudformation")
    for stack in all_stacks(cloudformation):
        tags = {tag["Key"]: tag["Value"] for tag in stack.get("Tags", [])}
        prefix = f"{MARK}{tags.get(TAG_INSTANCE, '')}-{tags.get(TAG_RUN, '')}"
        if parts_of(prefix) is not None and stack["StackName"].startswith(f"{prefix}-"):
            one = found.setdefault(prefix, Found(prefix))
            one.stacks.append(stack["StackName"])
            one.expires_at = tags.get(TAG_EXPIRES, "")
            one.usd_per_day += idle_usd_per_day(_types(cloudformation, stack["StackName"]))
            _note_age(one, stack["CreationTime"])
    for bucket in client("s3").list_buckets()["Buckets"]:
        prefix, of_a_run, _ = bucket["Name"].rpartition(BUCKET)
        if of_a_run and parts_of(prefix) is not None:
            one = found.setdefault(prefix, Found(prefix))
            one.buckets.append(bucket["Name"])
            _note_age(one, bucket["CreationDate"])
    return sorted(found.values(), key=lambda one: str(one.since))


def refuse_others(prefix: str, found: Iterable[Found]) -> None:
    """Raise StagingRefused for a prefix that other runs begin with: an instance's words may look like an id.

    `rh-my-branch` reads as run `branch` of instance `my`, and would end all runs of instance `my-branch`.
    """
    others = [one.prefix for one in found if one.prefix.startswith(f"{prefix}-")]
    if others:
        raise StagingRefused(
            f"{prefix} is what {len(others)} {'run begins' if len(others) == 1 else 'runs begin'} with, "
            "expected the whole name of one",
            evidence={f"run {number}": one for number, one in enumerate(others, 1)},
            remedy=f"rehearse staging remove {others[0]}",
        )


def _note_age(one: Found, at: datetime) -> None:
    one.since = min(one.since, at) if one.since else at


def _types(client: Any, stack: str) -> Iterable[str]:
    for page in client.get_paginator("list_stack_resources").paginate(StackName=stack):
        yield from (row["ResourceType"] for row in page["StackResourceSummaries"])
