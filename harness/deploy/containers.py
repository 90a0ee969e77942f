"""Functions made ready for a target that runs them in containers on this machine.

What an AWS client in a container can't find out by itself is told by its environment: where AWS answers there, and
which function it speaks for (SDKs send the application id in User-Agent, by which the edge knows the caller). The
architecture becomes this machine's own: emulating another one costs a factor of five to twenty.
Source: AWS SDKs reference guide, "Service-specific endpoints" and "Application ID" (documented).
"""

import copy
import os
import platform
import re
from collections.abc import Mapping
from typing import Any

from harness.errors import SettingInvalid

_FUNCTION = "AWS::Lambda::Function"
# The SDKs warn of a longer one (documented).
_APP_ID_CHARACTERS_MAX = 50
# `platform.machine()` → Lambda's name of it.
_MACHINES = {"x86_64": "x86_64", "amd64": "x86_64", "aarch64": "arm64", "arm64": "arm64"}
_PYTHON_VERSION = re.compile(r"3\.\d{1,2}")
_VARIABLE = "REHEARSAL_LAMBDA_PYTHON"


def container_machine() -> str:
    """Return Lambda's name for the architecture of this machine, `x86_64` or `arm64`; raises SettingInvalid."""
    machine = platform.machine().lower()
    if machine not in _MACHINES:
        known = ", ".join(sorted(set(_MACHINES.values())))
        raise SettingInvalid(f"this machine is {machine}, expected one that Lambda's images are made for: {known}")
    return _MACHINES[machine]


def container_python(runtime_version: str) -> str:
    """Return the Python version to package for: REHEARSAL_LAMBDA_PYTHON, else the function's own, e.g. `3.12`.

    The variable is for an executor that runs functions under a Python of its own whatever their Runtime says.
    """
    chosen = os.environ.get(_VARIABLE, "")
    if chosen and not _PYTHON_VERSION.fullmatch(chosen):
        raise SettingInvalid(f"{_VARIABLE} is {chosen!r}, expected a version such as 3.13")
    return chosen or runtime_version


def ready_for_containers(template: Mapping[str, Any], *, stack_name: str, aws_url: str, machine: str) -> dict[str, Any]:
    """Return `template` with functions that find AWS at `aws_url`, name themselves, and run on `machine`.

    A variable that the template sets itself stays as it is.
    """
    changed = copy.deepcopy(dict(template))
    for logical_id, resource in changed["Resources"].items():
        if not isinstance(resource, dict) or resource.get("Type") != _FUNCTION:
            continue
        properties = resource.setdefault("Properties", {})
        told = {
            "AWS_ENDPOINT_URL": aws_url,
            "AWS_SDK_UA_APP_ID": _app_id(properties.get("FunctionName"), stack_name, logical_id),
        }
        properties["Environment"] = _with_variables(properties.get("Environment"), told)
        if properties.get("PackageType") != "Image":
            properties["Architectures"] = [machine]
    return changed


def _app_id(name: Any, stack_name: str, logical_id: str) -> Any:
    """Return a function's name; what its generated name begins with when the template leaves the name open."""
    if name is None:
        return f"{stack_name}-{logical_id}"[:_APP_ID_CHARACTERS_MAX]
    text = name.get("Fn::Sub") if isinstance(name, dict) else name
    if not isinstance(text, str):
        return name
    known = text.replace("${AWS::StackName}", stack_name)
    return name if "${" in known and isinstance(name, dict) else known[:_APP_ID_CHARACTERS_MAX]


def _with_variables(environment: Any, told: Mapping[str, Any]) -> Any:
    """Return an Environment property with variables added, in both branches where a condition chooses."""
    return _branches(environment, lambda one: {**one, "Variables": _branches(one.get("Variables"), _merging(told))})


def _merging(told: Mapping[str, Any]) -> Any:
    return lambda variables: {**told, **variables}


def _branches(value: Any, change: Any) -> Any:
    if isinstance(value, dict) and isinstance(value.get("Fn::If"), list):
        condition, one, other = value["Fn::If"]
        return {"Fn::If": [condition, _branches(one, change), _branches(other, change)]}
    nothing = value is None or value == {"Ref": "AWS::NoValue"}
    return change({} if nothing else value)
