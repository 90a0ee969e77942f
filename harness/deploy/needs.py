"""What a system needs of another one: its parameters `<System>ApiUrl` and `<System>ApiKey` are that system's to give.

The template says so by declaring the parameters; a further system needs no word here.
"""

from collections.abc import Iterable, Mapping
from graphlib import TopologicalSorter
from typing import Any, Protocol

from harness.config import project_root
from harness.deploy.front_doors import api_keys
from harness.deploy.outputs import StackOutputs
from harness.deploy.own_run import api_url_of
from harness.deploy.sources import Source, read_template
from harness.errors import SettingInvalid

API_URL, API_KEY = "ApiUrl", "ApiKey"


class Around(Protocol):
    """What this needs to know of an environment."""

    @property
    def aws_endpoint_url(self) -> str: ...
    def seen_by_functions(self, name: str) -> str: ...
    def client(self, service: str) -> Any: ...


def known_systems() -> list[str]:
    """Return the names of the project's systems."""
    return sorted(path.parent.name for path in (project_root() / "systems").glob("*/template.yaml"))


def needed_by(source: Source) -> list[str]:
    """Return the systems whose API a template asks for by a parameter."""
    declared = source.section("Parameters")
    return [name for name in known_systems() if f"{name.capitalize()}{API_URL}" in declared]


def needed_by_system(name: str) -> list[str]:
    """Return the systems that a system of the project calls."""
    return needed_by(_template(name))


def in_order(names: Iterable[str]) -> list[str]:
    """Return systems so that what one needs stands before it, if it is among them."""
    chosen = list(dict.fromkeys(names))
    needs = {name: set(needed_by_system(name)) & set(chosen) for name in chosen}
    return list(TopologicalSorter(needs).static_order())


def declared_of(name: str, values: Mapping[str, object]) -> dict[str, object]:
    """Return those of some parameters' values that a system's template declares."""
    declared = _template(name).section("Parameters")
    return {parameter: value for parameter, value in values.items() if parameter in declared}


def parameters_from(needed: Mapping[str, StackOutputs], environment: Around) -> dict[str, str]:
    """Return what a template is told of the deployed systems that it needs; raises SettingInvalid without an API."""
    told: dict[str, str] = {}
    for name, outputs in needed.items():
        url = environment.seen_by_functions(name) or api_url_of(environment, outputs)
        if not url:
            raise SettingInvalid(f"system {name} is needed and has no API", evidence={"outputs": ", ".join(outputs)})
        told[f"{name.capitalize()}{API_URL}"] = url
        keys = api_keys(name, environment, outputs)
        told[f"{name.capitalize()}{API_KEY}"] = keys.get(f"{name.upper()}_API_KEY", "")
    return told


def _template(name: str) -> Source:
    return read_template(project_root() / "systems" / name / "template.yaml")
