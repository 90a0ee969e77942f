"""ARNs that are known before there is what they name: of functions and roles, from their names.

A user pool may call a function of the stack while other functions need the pool's id. Within one stack that is no
circle; between two it is, unless the function's ARN is written down beforehand. A name that the template leaves open is
given here, as CloudFormation would begin it. Source: Service Authorization Reference, resource types (documented).
"""

import hashlib
from collections.abc import Iterable
from typing import Any

from harness.deploy.crossings import rewritten

# type → property with its name, the length that a name may have, and its ARN but for the name.
_NAMED = {
    "AWS::Lambda::Function": (
        "FunctionName", 64, "arn:${AWS::Partition}:lambda:${AWS::Region}:${AWS::AccountId}:function:",
    ),
    "AWS::IAM::Role": ("RoleName", 64, "arn:${AWS::Partition}:iam::${AWS::AccountId}:role/"),
}  # fmt: skip


def with_known_arns(resources: dict[str, Any], users: Iterable[str], stack_name: str) -> list[str]:
    """Write the ARNs of functions and roles into the resources `users` of a template, in place of references.

    Changes `resources`; returns the logical ids of those that were given a name for it.
    """
    named: list[str] = []

    def known(logical_id: str, attribute: str) -> str | None:
        resource = resources.get(logical_id)
        kind = _NAMED.get(str(resource.get("Type"))) if isinstance(resource, dict) else None
        if kind is None or attribute not in ("", "Arn"):
            return None
        name, given = _name(resource, logical_id, kind, stack_name)
        if given and logical_id not in named:
            named.append(logical_id)
        return None if name is None else f"{kind[2] if attribute else ''}{name}"

    for user in users:
        resources[user] = rewritten(resources[user], known)
    return named


def _name(resource: Any, logical_id: str, kind: tuple[str, int, str], stack_name: str) -> tuple[str | None, bool]:
    """Return a resource's name as a text for Fn::Sub, None when it can't be one, and whether it was given here."""
    prop, characters_max, _ = kind
    properties = resource.setdefault("Properties", {})
    given = prop not in properties
    if given:
        properties[prop] = _shortened(f"{stack_name}-{logical_id}", characters_max)
    value = properties[prop]
    if isinstance(value, dict) and isinstance(value.get("Ref"), str):
        return f"${{{value['Ref']}}}", given
    text = value.get("Fn::Sub") if isinstance(value, dict) else value
    return (text if isinstance(text, str) else None), given


def _shortened(name: str, characters_max: int) -> str:
    """Return a name that is not too long, and still no other's."""
    if len(name) <= characters_max:
        return name
    return f"{name[: characters_max - 9]}-{hashlib.sha256(name.encode()).hexdigest()[:8]}"
