"""What users need deployed: the load stack (tables, alarm, topic, queue), or a system of the project.

The load stack goes with the run; a system that was there stays. On staging a system must be there: it is never
deployed by a load run.
"""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from harness.deploy import delete_stack, deploy_system, deploy_template, describe_stack, stack_outputs, system_template
from harness.deploy.front_doors import api_keys
from harness.errors import SettingInvalid, StackMissing
from harness.ids import new_token
from loadtests.briefing import API_KEY_VARIABLE
from loadtests.cloud import Cloud
from loadtests.settings import Settings
from loadtests.stories import PLAYERS, Story, systems_of

TEMPLATE = Path(__file__).with_name("template.yaml")
LOAD = "load"


class Deployed:
    """What is deployed for a run: outputs of all stacks, and the variables (API keys) that its users need."""

    def __init__(self) -> None:
        self.outputs: dict[str, str] = {}
        self.environ: dict[str, str] = {}


@contextmanager
def deployed(cloud: Cloud, settings: Settings, story: Story) -> Iterator[Deployed]:
    """Give what a story's users need; raises SettingInvalid or StackMissing, naming what is not there."""
    check_present(story)
    found = Deployed()
    stack_name = ""
    try:
        for system in systems_of(story):
            if system == LOAD:
                stack_name = f"load-{new_token(6)}"
                found.outputs |= deploy_load_stack(cloud, settings, stack_name)
            else:
                outputs = system_outputs(system, cloud)
                found.outputs |= outputs
                found.environ |= _key(system, cloud)
        yield found
    finally:
        if stack_name:
            delete_stack(stack_name, cloud)


def check_present(story: Story) -> None:
    """Raise SettingInvalid when the project lacks what a story plays against."""
    for name in story.players:
        player = PLAYERS[name]
        if not player.module:
            raise SettingInvalid(
                f"users {name!r} need a system {player.system!r}, which this project does not have",
                evidence={"users": ", ".join(sorted(known for known, one in PLAYERS.items() if one.module))},
            )
        if player.system != LOAD:
            system_template(player.system)


def deploy_load_stack(cloud: Cloud, settings: Settings, stack_name: str) -> dict[str, str]:
    """Deploy the load stack as the settings want it, and return its outputs."""
    parameters = {
        "Billing": settings.billing,
        "ReadUnits": settings.provisioned_read_units,
        "WriteUnits": settings.provisioned_write_units,
    }
    return dict(deploy_template(TEMPLATE, cloud, stack_name=stack_name, parameters=parameters))


def system_outputs(system: str, cloud: Cloud) -> dict[str, str]:
    """Return the outputs of a system, which is deployed first where that is this machine's affair."""
    if describe_stack(system, cloud) is None:
        if cloud.target == "staging":
            raise StackMissing(
                f"stack {system} is not deployed in account {cloud.account_id}, {cloud.region}",
                remedy=f"sam deploy systems/{system}",
            )
        return dict(deploy_system(system, cloud))
    return dict(stack_outputs(system, cloud))


def _key(system: str, cloud: Cloud) -> dict[str, str]:
    given = os.environ.get(API_KEY_VARIABLE)
    if cloud.target == "staging" and given:
        return {API_KEY_VARIABLE: given}
    found: Any = stack_outputs(system, cloud)
    return api_keys(system, cloud, found)
