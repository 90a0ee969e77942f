"""A system's template as a document, its tags as what they hold."""

from typing import Any

import yaml

from tests.systems.machine import SYSTEMS


class Template(yaml.SafeLoader):
    """Reads a template's tags as what they hold."""


Template.add_multi_constructor("!", lambda loader, tag, node: {tag: _held(loader, node)})


def _held(loader: yaml.SafeLoader, node: yaml.Node) -> object:
    if isinstance(node, yaml.ScalarNode):
        return loader.construct_scalar(node)
    if isinstance(node, yaml.SequenceNode):
        return loader.construct_sequence(node, deep=True)
    return loader.construct_mapping(node, deep=True)


def template(system: str) -> dict[str, Any]:
    """Return a system's template."""
    return yaml.load((SYSTEMS / system / "template.yaml").read_text(), Template)  # noqa: S506 - a SafeLoader


def functions_of_template(system: str) -> dict[str, dict[str, Any]]:
    """Return the properties of a template's functions by their logical ids."""
    return {
        name: one["Properties"]
        for name, one in template(system)["Resources"].items()
        if one["Type"] == "AWS::Serverless::Function"
    }
