"""References from one stack to another: a parameter where the value is used, an output where it is known.

Works on the intrinsic functions that name resources: Ref, Fn::GetAtt and the placeholders of Fn::Sub. What they were
inside of stays as it was.
"""

import copy
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

# Begins the names of the parameters and outputs that are made here.
CROSSING = "RehearsalPart"
_PLACEHOLDER = re.compile(r"\$\{([^!}][^}]*)\}")
_STACK_NAME = "AWS::StackName"


@dataclass(frozen=True, slots=True)
class Crossing:
    """One value of another stack: of the resource `name` its `attribute`, or what Ref gives when that is ""."""

    name: str
    attribute: str
    made_at: str

    @property
    def parameter(self) -> str:
        """The name of the parameter and of the output."""
        attribute = re.sub(r"[^A-Za-z0-9]", "", self.attribute)
        return f"{CROSSING}{self.name}{attribute or 'Ref'}"

    @property
    def value(self) -> dict[str, Any]:
        """What tells the value where the resource is."""
        return {"Fn::GetAtt": [self.name, self.attribute]} if self.attribute else {"Ref": self.name}


def crossings(parts: Mapping[str, Mapping[str, Any]], places: Mapping[str, str]) -> dict[str, list[Crossing]]:
    """Return what each part uses of the others, by its place; `places` says where every resource is."""
    found: dict[str, dict[Crossing, None]] = {place: {} for place in parts}
    for place, part in parts.items():

        def note(name: str, attribute: str, used: dict[Crossing, None] = found[place], here: str = place) -> None:
            if places.get(name, here) != here:
                used[Crossing(name, attribute, places[name])] = None

        rewritten({"Resources": part["Resources"], "Outputs": part["Outputs"]}, note)
    return {place: list(used) for place, used in found.items()}


def with_crossings(
    part: Mapping[str, Any], place: str, across: Mapping[str, list[Crossing]], resources: Mapping[str, Any]
) -> dict[str, Any]:
    """Return a part that takes what it uses of others by parameters, and gives what others use by outputs."""
    used = {(one.name, one.attribute): one for one in across[place]}
    given = {one.parameter: one for users in across.values() for one in users if one.made_at == place}

    def parameter(name: str, attribute: str) -> str | None:
        one = used.get((name, attribute))
        return f"${{{one.parameter}}}" if one else None

    changed = dict(part)
    for section in ("Resources", "Outputs"):
        changed[section] = rewritten(part[section], parameter)
    changed["Parameters"] = {
        **(part.get("Parameters") or {}),
        **{one.parameter: _declaration(resources[one.name]) for one in used.values()},
    }
    changed["Outputs"] |= {name: _output(one, resources[one.name]) for name, one in sorted(given.items())}
    return changed


def _declaration(resource: Mapping[str, Any]) -> dict[str, str]:
    # What a condition may leave out is not there to be told; only what the same condition leaves out asks for it.
    return {"Type": "String", **({"Default": ""} if resource.get("Condition") else {})}


def _output(crossing: Crossing, resource: Mapping[str, Any]) -> dict[str, Any]:
    condition = resource.get("Condition")
    return {"Value": crossing.value, **({"Condition": condition} if condition else {})}


def rewritten(value: Any, replacement: Callable[[str, str], str | None]) -> Any:
    """Return `value` with references replaced by what `replacement(name, attribute)` gives.

    That is a text as Fn::Sub takes it, None to keep the reference; what Ref refers to has the attribute "".
    """
    if isinstance(value, list):
        return [rewritten(child, replacement) for child in value]
    if not isinstance(value, dict):
        return value
    if len(value) == 1:
        ((key, child),) = value.items()
        if key == "Ref" and isinstance(child, str):
            return _reference(value, replacement(child, ""))
        if key == "Fn::GetAtt" and (target := _attribute(child)):
            return _reference(value, replacement(*target))
        if key == "Fn::Sub":
            return {key: _substituted(child, replacement)}
    return {key: rewritten(child, replacement) for key, child in value.items()}


def _reference(value: dict[str, Any], replaced: str | None) -> dict[str, Any]:
    if replaced is None:
        return value
    whole = _PLACEHOLDER.fullmatch(replaced)
    return {"Ref": whole[1]} if whole else {"Fn::Sub": replaced}


def _attribute(child: Any) -> tuple[str, str] | None:
    if isinstance(child, str):
        name, _, attribute = child.partition(".")
        return name, attribute
    return (child[0], ".".join(child[1:])) if all(isinstance(one, str) for one in child) else None


def _substituted(child: Any, replacement: Callable[[str, str], str | None]) -> Any:
    text, own = (child, None) if isinstance(child, str) else (child[0], child[1])

    def placeholder(match: re.Match[str]) -> str:
        name, _, attribute = match[1].strip().partition(".")
        if own and match[1].strip() in own:
            return match[0]
        replaced = replacement(name, attribute)
        return match[0] if replaced is None else replaced

    changed = _PLACEHOLDER.sub(placeholder, text)
    return changed if own is None else [changed, rewritten(own, replacement)]


def with_stack_name(value: Any, name: str) -> Any:
    """Return `value` where the pseudo parameter AWS::StackName is the text `name`."""
    if isinstance(value, list):
        return [with_stack_name(child, name) for child in value]
    if not isinstance(value, dict):
        return copy.copy(value)
    if value == {"Ref": _STACK_NAME}:
        return name
    if len(value) == 1 and "Fn::Sub" in value:
        child = value["Fn::Sub"]
        text, own = (child, None) if isinstance(child, str) else (child[0], child[1])
        named = text.replace(f"${{{_STACK_NAME}}}", name)
        return {"Fn::Sub": named if own is None else [named, with_stack_name(own, name)]}
    return {key: with_stack_name(child, name) for key, child in value.items()}
