"""A deployment of one or several stacks, handled as the one stack that its user knows.

Companions are made before and after the main stack and told each other's values; their outputs are merged, and what
only passes between them is not shown. A deployment without companions is the main stack alone.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from harness.deploy import stacks
from harness.deploy.companions import AFTER, BEFORE, MAIN, is_internal, stack_of
from harness.deploy.outputs import StackDescription, StackOutputs
from harness.deploy.recovery import Recovery
from harness.deploy.stacks import StackWatch, Template
from harness.errors import StackMissing

if TYPE_CHECKING:
    from mypy_boto3_cloudformation import CloudFormationClient

_IN_ORDER = (BEFORE, MAIN, AFTER)


@dataclass(frozen=True)
class Whole:
    """The templates of a deployment by place, the parameters that each declares, and what is to be set after them."""

    templates: Mapping[str, Template]
    declared: Mapping[str, frozenset[str]]
    recoveries: tuple[Recovery, ...] = ()

    @property
    def main(self) -> Template:
        """The template of the main stack."""
        return self.templates[MAIN]


def put_whole(watch: StackWatch, name: str, whole: Whole, values: Mapping[str, str]) -> StackOutputs:
    """Create or update all stacks of a deployment; raises what `stacks.put_stack` raises.

    A companion that the template no longer needs goes last, when nothing uses it.
    """
    known: dict[str, str] = {}
    made: dict[str, StackOutputs] = {}
    for place in _IN_ORDER:
        if place in whole.templates:
            told = {one: value for one, value in {**values, **known}.items() if one in whole.declared[place]}
            made[place] = stacks.put_stack(watch, stack_of(place, name), whole.templates[place], told)
            known |= {one: value for one, value in made[place].items() if is_internal(one)}
    gone = [
        stacks.delete_stack(watch, stack_of(place, name)) for place in (AFTER, BEFORE) if place not in whole.templates
    ]
    changed = any(gone) or any(outputs.changed for outputs in made.values())
    return replace(_merged(name, made), changed=changed)


def delete_whole(watch: StackWatch, name: str) -> bool:
    """Delete all stacks of a deployment, the last made first; False when there was none."""
    deleted = [stacks.delete_stack(watch, stack_of(place, name)) for place in reversed(_IN_ORDER)]
    return any(deleted)


def describe_whole(client: "CloudFormationClient", name: str) -> StackDescription | None:
    """Return what CloudFormation says of all stacks of a deployment, None when there is none."""
    found = {place: stacks.describe_stack(client, stack_of(place, name)) for place in _IN_ORDER}
    there = {place: one for place, one in found.items() if one is not None}
    main = there.get(MAIN)
    if main is None:
        return None
    troubled = [one for one in there.values() if not one.outputs.status.endswith("_COMPLETE")]
    first = (troubled or [main])[0]
    outputs = _merged(name, {place: one.outputs for place, one in there.items()})
    return StackDescription(
        outputs=replace(outputs, status=first.outputs.status),
        status_reason=first.status_reason,
        parameters={key: value for key, value in main.parameters.items() if not is_internal(key)},
        resources=tuple(resource for one in there.values() for resource in one.resources),
    )


def outputs_of_whole(client: "CloudFormationClient", name: str) -> StackOutputs:
    """Return the merged outputs of a deployment; raises StackMissing when one of its stacks is not there."""
    made = {MAIN: stacks.stack_outputs(client, name)}
    for place in (BEFORE, AFTER):
        try:
            made[place] = stacks.stack_outputs(client, stack_of(place, name))
        except StackMissing:
            # Only an `after` stack takes values from the main one.
            if place == AFTER and any(is_internal(one) for one in made[MAIN]):
                raise StackMissing(
                    f"stack {name} is not deployed wholly: {stack_of(place, name)} is missing",
                    remedy=f"rehearse deploy {name}",
                ) from None
    return replace(_merged(name, made), changed=False)


def _merged(name: str, made: Mapping[str, StackOutputs]) -> StackOutputs:
    values = {key: value for outputs in made.values() for key, value in outputs.items() if not is_internal(key)}
    return StackOutputs(name, made[MAIN].status, values)
