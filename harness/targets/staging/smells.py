"""Signs that an account is a production one: each is told with where it was seen, and refuses the account.

A finding that is meant is named in the allow list (`expected`), one by one. Reads only. What an account may forbid to
read without being suspicious (its alias, its name in Organizations) is told as unread; stacks, tables, functions and
tags have to be readable.
"""

import re
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from typing import Any

from harness.targets.staging.refusal import StagingRefused
from harness.targets.staging.run import TAG_RUN

Client = Callable[[str], Any]
# Words, not letters: a "product" is none, a "deliver-live-1" is one.
_WORD = re.compile(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+|\d+")
_PRODUCTION = frozenset({"prod", "prods", "production", "productive", "prd", "live"})
_TAG_KEYS = ("env", "environment", "stage", "tier", "Env", "Environment", "Stage", "Tier")
_FOUND_SHOWN_MAX = 20


@dataclass(frozen=True, slots=True)
class Finding:
    """One sign: what kind of thing, its name, and in words why it is one."""

    kind: str
    name: str
    why: str

    @property
    def id(self) -> str:
        """How the allow list names it."""
        return f"{self.kind}:{self.name}"


@dataclass(slots=True)
class Look:
    """What was seen of an account: findings, and what could not be read, by place."""

    findings: list[Finding] = field(default_factory=list)
    unread: dict[str, str] = field(default_factory=dict)


def smells_of_production(name: str) -> bool:
    """Return whether one of a name's words says production: `acme-prod`, `LiveOrders`, `prod2`; not `products`."""
    return any(word.lower() in _PRODUCTION for word in _WORD.findall(name))


def look(client: Client, account: str) -> Look:
    """Read everything that may tell; raises StagingRefused when stacks, tables, functions or tags can't be read."""
    seen = Look()
    for place, optional, read in _PLACES:
        try:
            seen.findings.extend(read(client, account))
        except Exception as problem:  # every service has its own refusals, and SDKs more
            words = _unreadable(problem)
            if not optional or not words:
                raise StagingRefused(
                    f"{place} of account {account} can't be read, so nothing says that it is no production account",
                    evidence={"seen": f"{type(problem).__name__}: {problem}"},
                    remedy="allow what docs/staging.md lists",
                ) from problem
            seen.unread[place] = words
    return seen


def refuse_production(seen: Look, account: str, expected: Iterable[str]) -> list[str]:
    """Raise StagingRefused for findings that nobody expected; return the ids of those that were."""
    meant = set(expected)
    unmeant = [one for one in seen.findings if one.id not in meant]
    if unmeant:
        raise StagingRefused(
            f"account {account} smells of production: {len(unmeant)} {'sign' if len(unmeant) == 1 else 'signs'}",
            evidence={
                f"seen {number}": f"{one.id}  {one.why}" for number, one in enumerate(unmeant[:_FOUND_SHOWN_MAX], 1)
            },
            remedy="use another account; or, if each of them is meant, list it under `expected` of the account",
        )
    return sorted({one.id for one in seen.findings})


def _aliases(client: Client, _: str) -> Iterator[Finding]:
    for alias in client("iam").list_account_aliases()["AccountAliases"]:
        if smells_of_production(alias):
            yield Finding("alias", alias, "the account's alias in IAM")


def _organization(client: Client, account: str) -> Iterator[Finding]:
    organizations = client("organizations")
    name = organizations.describe_account(AccountId=account)["Account"].get("Name", "")
    if smells_of_production(name):
        yield Finding("account-name", name, "the account's name in Organizations")
    for page in organizations.get_paginator("list_tags_for_resource").paginate(ResourceId=account):
        for tag in page["Tags"]:
            if tag["Key"] in _TAG_KEYS and smells_of_production(tag["Value"]):
                yield Finding("account-tag", f"{tag['Key']}={tag['Value']}", "a tag of the account in Organizations")


def _stacks(client: Client, _: str) -> Iterator[Finding]:
    for page in client("cloudformation").get_paginator("describe_stacks").paginate():
        for stack in page["Stacks"]:
            tags = {tag["Key"]: tag["Value"] for tag in stack.get("Tags", [])}
            if stack["StackStatus"] == "DELETE_COMPLETE" or TAG_RUN in tags:
                continue
            why = _why_of_stack(stack, tags)
            if why:
                yield Finding("stack", stack["StackName"], why)


def _why_of_stack(stack: dict[str, Any], tags: dict[str, str]) -> str:
    if smells_of_production(stack["StackName"]):
        return "a stack's name"
    if stack.get("EnableTerminationProtection"):
        return "a stack with termination protection"
    said = [f"{key}={tags[key]}" for key in _TAG_KEYS if smells_of_production(tags.get(key, ""))]
    return f"a stack's tag {said[0]}" if said else ""


def _tables(client: Client, _: str) -> Iterator[Finding]:
    for page in client("dynamodb").get_paginator("list_tables").paginate():
        yield from (
            Finding("table", name, "a table's name") for name in page["TableNames"] if smells_of_production(name)
        )


def _functions(client: Client, _: str) -> Iterator[Finding]:
    for page in client("lambda").get_paginator("list_functions").paginate():
        for function in page["Functions"]:
            if smells_of_production(function["FunctionName"]):
                yield Finding("function", function["FunctionName"], "a function's name")


def _tags(client: Client, _: str) -> Iterator[Finding]:
    pages = client("resourcegroupstaggingapi").get_paginator("get_resources")
    for key in _TAG_KEYS:
        for page in pages.paginate(TagFilters=[{"Key": key}]):
            for resource in page["ResourceTagMappingList"]:
                value = next((tag["Value"] for tag in resource["Tags"] if tag["Key"] == key), "")
                if smells_of_production(value):
                    yield Finding("tag", resource["ResourceARN"], f"has the tag {key}={value}")


_PLACES: tuple[tuple[str, bool, Callable[[Client, str], Iterator[Finding]]], ...] = (
    ("the alias", True, _aliases),
    ("the name in Organizations", True, _organization),
    ("stacks", False, _stacks),
    ("tables", False, _tables),
    ("functions", False, _functions),
    ("tags", False, _tags),
)


def _unreadable(problem: Exception) -> str:
    """Return the service's words when it says that this may not be read or is not used, "" for any other problem."""
    code = str(getattr(problem, "response", {}).get("Error", {}).get("Code", ""))
    known = ("AccessDenied", "AccessDeniedException", "UnauthorizedOperation", "AWSOrganizationsNotInUseException")
    return code if code in known else ""
