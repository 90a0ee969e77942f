"""The roles of a deployed stack with their policies, as IAM's API tells them.

AWS's own managed policies that Lambda functions carry are known here by name to hold no right on a table, so that an
endpoint without them can be looked at as well (documented: AWS managed policy reference).
"""

from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING, Any

from harness.isolation.iam.policy import Policy
from harness.isolation.iam.rights import Role

if TYPE_CHECKING:
    from harness.deploy import StackDescription

_WITHOUT_TABLE_RIGHTS = frozenset({
    "arn:aws:iam::aws:policy/service-role/AWSLambdaBasicExecutionRole",
    "arn:aws:iam::aws:policy/AWSXrayWriteOnlyAccess",
    "arn:aws:iam::aws:policy/AWSXRayDaemonWriteAccess",
    "arn:aws:iam::aws:policy/service-role/AWSLambdaSQSQueueExecutionRole",
})  # fmt: skip


def roles_of(stack: "StackDescription | None", iam: Any, functions: Any) -> tuple[Role, ...]:
    """Return every role of a stack, () of none; `iam` and `functions` are boto3 clients of IAM and Lambda."""
    if stack is None:
        return ()
    by_role: dict[str, list[str]] = {}
    for name in _named(stack, "AWS::Lambda::Function"):
        arn = functions.get_function_configuration(FunctionName=name)["Role"]
        by_role.setdefault(arn.rpartition("/")[2], []).append(name)
    return tuple(_role(name, by_role.get(name, []), iam) for name in _named(stack, "AWS::IAM::Role"))


def _named(stack: "StackDescription", kind: str) -> Iterator[str]:
    return (one.physical_id for one in stack.resources if one.type == kind and one.physical_id)


def _role(name: str, functions: Iterable[str], iam: Any) -> Role:
    policies: list[Policy] = []
    unread: list[str] = []
    for inline in _pages(iam, "list_role_policies", "PolicyNames", name):
        told = iam.get_role_policy(RoleName=name, PolicyName=inline)["PolicyDocument"]
        policies.append(Policy.parse(inline, told))
    for attached in _pages(iam, "list_attached_role_policies", "AttachedPolicies", name):
        arn = attached["PolicyArn"]
        if arn in _WITHOUT_TABLE_RIGHTS:
            continue
        try:
            version = iam.get_policy(PolicyArn=arn)["Policy"]["DefaultVersionId"]
            told = iam.get_policy_version(PolicyArn=arn, VersionId=version)["PolicyVersion"]["Document"]
        except iam.exceptions.NoSuchEntityException:
            unread.append(arn)
            continue
        policies.append(Policy.parse(attached["PolicyName"], told))
    return Role(name, tuple(policies), tuple(functions), tuple(unread))


def _pages(iam: Any, operation: str, member: str, role: str) -> Iterator[Any]:
    for page in iam.get_paginator(operation).paginate(RoleName=role):
        yield from page[member]
