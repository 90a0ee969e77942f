"""A deployment deploys a system when it is asked for, once, and knows the keys that no file may hold."""

from pathlib import Path

import pytest

from harness.clients import DeployedSystem, Deployment
from harness.errors import StackMissing
from harness.targets import Environment

NOWHERE = Environment("embedded", "x", "http://a", "http://g", Path())


def test_system_is_deployed_once_when_it_is_asked_for_twice() -> None:
    deployed: list[str] = []

    def deploy(name: str) -> DeployedSystem:
        deployed.append(name)
        return DeployedSystem(name, {"Table": f"{name}-table"}, {"API_KEY": f"{name}-key", "TRIAL_API_KEY": ""})

    deployment = Deployment(NOWHERE, deploy)

    assert deployment.systems == ()
    assert deployment.system("shop").output("Table") == deployment.system("shop").output("Table") == "shop-table"
    assert deployed == ["shop"]
    assert [one.name for one in deployment.systems] == ["shop"]
    assert deployment.secrets == ("shop-key",)


def test_missing_output_is_told_with_those_that_are_there() -> None:
    with pytest.raises(StackMissing, match="the shop stack has no output Queue") as missing:
        DeployedSystem("shop", {"Table": "t"}).output("Queue")

    assert "Table" in str(missing.value)


def test_system_is_the_same_after_it_was_handed_to_another_process() -> None:
    system = DeployedSystem("shop", {"Table": "t"}, {"API_KEY": "k"})

    assert DeployedSystem.from_json(system.to_json()) == system
    assert "API_KEY" not in repr(system)
