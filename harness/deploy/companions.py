"""One template becomes a main stack and its companions, where one engine can't make all of it.

LocalStack's community edition makes no HTTP APIs and no user pools; Rehearsal's own parts do, each engine by its own
CloudFormation. So the resources of those types leave the template for two stacks around it: `<stack>-parts-before`
needs nothing of the main stack, `<stack>-parts-after` needs its values. A reference that crosses a border becomes a
parameter here and an output there. Leaves out nested stacks and values that are lists.
Source: AWS CloudFormation user guide, "Template anatomy" (documented).
"""

import copy
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from harness.deploy.crossings import CROSSING, Crossing, crossings, with_crossings, with_stack_name
from harness.deploy.known_arns import with_known_arns
from harness.deploy.progress import OnProgress, Progress
from harness.deploy.references import names_used
from harness.deploy.sources import Source, shown_path
from harness.errors import TemplateInvalid

BEFORE, MAIN, AFTER = "before", "main", "after"
# Made by Rehearsal's own parts.
_COMPANION_TYPES = ("AWS::ApiGatewayV2::", "AWS::Cognito::")
_PERMISSION = "AWS::Lambda::Permission"
_COPIED = ("AWSTemplateFormatVersion", "Parameters", "Mappings", "Conditions")


@dataclass(frozen=True)
class Split:
    """A template's stacks by place (`before`, `main`, `after`), in the order in which they are made."""

    templates: dict[str, dict[str, Any]] = field(default_factory=dict)

    @property
    def main(self) -> dict[str, Any]:
        """The template of the main stack."""
        return self.templates[MAIN]


def stack_of(place: str, name: str) -> str:
    """Return the name of the stack at `place` of the deployment `name`."""
    return name if place == MAIN else f"{name}-parts-{place}"


def split_template(source: Source, template: Mapping[str, Any], name: str, on_progress: OnProgress) -> Split:
    """Split the plain CloudFormation `template` of the stack `name`; whole when nothing of it needs a companion.

    Raises TemplateInvalid when the main stack needs what needs the main stack, with the lines.
    """
    companions = {one for one, resource in template["Resources"].items() if _is_companion(resource)}
    if not companions:
        return Split({MAIN: dict(template)})
    whole = copy.deepcopy(dict(template))
    _drop_permissions(whole["Resources"], companions)
    places = _places(whole["Resources"], companions)
    if late := _late(whole["Resources"], places):
        _untangle(source, whole["Resources"], companions & _reached_from(late, whole["Resources"]), name, on_progress)
        places = _places(whole["Resources"], companions)
    _refuse_circles(source, whole["Resources"], companions, places)
    parts = {place: _part(whole, place, places) for place in (BEFORE, MAIN, AFTER)}
    for place, part in parts.items():
        _forget_order(source, part["Resources"], place, places, on_progress)
    across = crossings(parts, places)
    return Split(
        {
            place: _finished(part, place, name, across, whole)
            for place, part in parts.items()
            if part["Resources"] or place == MAIN
        }
    )


def _is_companion(resource: Any) -> bool:
    return isinstance(resource, dict) and str(resource.get("Type")).startswith(_COMPANION_TYPES)


def _drop_permissions(resources: dict[str, Any], companions: set[str]) -> None:
    """Drop the permissions that companions have on functions: their engine asks none, and they would make circles."""
    for name, resource in list(resources.items()):
        if isinstance(resource, dict) and resource.get("Type") == _PERMISSION and companions & _needs(resource):
            del resources[name]
    for resource in resources.values():
        _keep_order(resource, resources.keys())


def _needs(resource: Any) -> set[str]:
    """Return the names whose values a resource needs; the order that DependsOn asks for is not among them."""
    values = resource.items() if isinstance(resource, dict) else ()
    return set(names_used([value for key, value in values if key != "DependsOn"]))


def _places(resources: Mapping[str, Any], companions: set[str]) -> dict[str, str]:
    places = dict.fromkeys(resources, MAIN)
    for name in companions:
        late = any(one not in companions for one in _reached_from({name}, resources))
        places[name] = AFTER if late else BEFORE
    return places


def _reached_from(names: set[str], resources: Mapping[str, Any]) -> set[str]:
    """Return `names` and all resources whose values they need, at whatever remove."""
    reached, ahead = set(names), list(names)
    while ahead:
        new = (_needs(resources[ahead.pop()]) & resources.keys()) - reached
        reached |= new
        ahead.extend(new)
    return reached


def _late(resources: Mapping[str, Any], places: Mapping[str, str]) -> set[str]:
    """Return what the main stack needs and what can only be made after it."""
    needed = {one for name, place in places.items() if place == MAIN for one in _needs(resources[name])}
    return {one for one in needed if places.get(one) == AFTER}


def _untangle(source: Source, resources: dict[str, Any], users: set[str], name: str, on_progress: OnProgress) -> None:
    for one in with_known_arns(resources, sorted(users), name):
        words = "is given a name: what it needs has to know its ARN beforehand"
        on_progress(Progress("note", f"{source.at_resource(one)}  {one}", words))


def _refuse_circles(
    source: Source, resources: Mapping[str, Any], companions: set[str], places: Mapping[str, str]
) -> None:
    late = _late(resources, places)
    if not late:
        return
    rows = []
    for name in resources:
        wanted = _needs(resources[name]) & (late if places[name] == MAIN else resources.keys() - companions)
        if wanted and places[name] in (MAIN, AFTER):
            rows.append(f"{source.at_resource(name)}  {name} needs {', '.join(sorted(wanted))}")
    raise TemplateInvalid(
        f"{shown_path(source.path)} can't be split into stacks: one has to be before and after the other",
        evidence={"circle": "\n".join(rows)},
        remedy="break the circle: let one side find the other by a name that the template gives",
    )


def _part(whole: Mapping[str, Any], place: str, places: Mapping[str, str]) -> dict[str, Any]:
    sections = dict(whole) if place == MAIN else {key: whole[key] for key in _COPIED if key in whole}
    return {
        **copy.deepcopy(sections),
        "Resources": {name: one for name, one in whole["Resources"].items() if places[name] == place},
        "Outputs": {
            name: one
            for name, one in (whole.get("Outputs") or {}).items()
            if place == (AFTER if AFTER in {places.get(used) for used in names_used(one)} else MAIN)
        },
    }


def _forget_order(
    source: Source, resources: Mapping[str, Any], place: str, places: Mapping[str, str], on_progress: OnProgress
) -> None:
    for name, resource in resources.items():
        late = [one for one in _depends_on(resource) if place != AFTER and places.get(one) == AFTER]
        if late:
            words = f"does not wait for {', '.join(late)}, which this target makes later"
            on_progress(Progress("note", f"{source.at_resource(name)}  {name}", words))
        _keep_order(resource, resources.keys())


def _depends_on(resource: Any) -> list[str]:
    wanted = resource.get("DependsOn") if isinstance(resource, dict) else None
    return [wanted] if isinstance(wanted, str) else list(wanted or ())


def _keep_order(resource: Any, known: Any) -> None:
    """Keep of DependsOn what names one of `known`."""
    kept = [one for one in _depends_on(resource) if one in known]
    if kept:
        resource["DependsOn"] = kept
    elif isinstance(resource, dict):
        resource.pop("DependsOn", None)


def _finished(
    part: dict[str, Any], place: str, name: str, across: Mapping[str, list[Crossing]], whole: Mapping[str, Any]
) -> dict[str, Any]:
    made = with_crossings(part, place, across, whole["Resources"])
    if place != MAIN:
        made = with_stack_name(made, name)
        used = {one for key in ("Resources", "Outputs", "Conditions") for one in names_used(made.get(key) or {})}
        made["Parameters"] = {one: value for one, value in made["Parameters"].items() if one in used}
    if not made["Resources"]:
        # A stack needs a resource; this one is there for its name and its outputs.
        made["Resources"] = {f"{CROSSING}Nothing": {"Type": "AWS::CloudFormation::WaitConditionHandle"}}
    return {key: value for key, value in made.items() if value}


def is_internal(name: str) -> bool:
    """Return whether a parameter or output is one that a split has made, which nobody asked for."""
    return name.startswith(CROSSING)
