"""Templates as they were written: the parsed document, and the line each part of it came from.

A YAML loader of our own, 40 lines over PyYAML, because the libraries at hand lose lines or weigh too much: cfn-flip
(last release 2021) and samtranslator's reader keep no lines, the latter also registers its tags on PyYAML's shared
loader; cfn-lint's decoder keeps them, but costs over a second to import and brings sympy and networkx.
Leaves out what a template means: see `parameters`, `references` and `translation`.
"""

import json
from collections.abc import Hashable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import yaml

from harness.errors import TemplateInvalid

Location = tuple[str | int, ...]

# The C parser is ten times as fast, and absent from some PyYAML builds.
_FastLoader: type = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
_UNPREFIXED_TAGS = frozenset({"Ref", "Condition"})
# A template may hold 1 MB; only nested aliases ("billion laughs") come near this many nodes.
_NODES_MAX = 200_000


class _TemplateLoader(_FastLoader):  # type: ignore[misc]
    """Safe YAML with CloudFormation's short tags, where dates stay the text that CloudFormation reads."""


_TemplateLoader.yaml_implicit_resolvers = {
    first: [(tag, pattern) for tag, pattern in resolvers if tag != "tag:yaml.org,2002:timestamp"]
    for first, resolvers in _FastLoader.yaml_implicit_resolvers.items()  # type: ignore[attr-defined]
}


def _short_tag(loader: Any, suffix: str, node: yaml.Node) -> dict[str, Any]:
    function = suffix if suffix in _UNPREFIXED_TAGS else f"Fn::{suffix}"
    if isinstance(node, yaml.ScalarNode):
        value = loader.construct_scalar(node)
        return {function: value.split(".", 1) if suffix == "GetAtt" else value}
    if isinstance(node, yaml.SequenceNode):
        return {function: loader.construct_sequence(node, deep=True)}
    return {function: loader.construct_mapping(node, deep=True)}


_TemplateLoader.add_multi_constructor("!", _short_tag)


@dataclass(frozen=True)
class Source:
    """A template file: `document` is its content with long-form intrinsics, `lines` maps places to lines from 1."""

    path: Path
    document: dict[str, Any]
    lines: Mapping[Location, int] = field(default_factory=dict, repr=False)

    @property
    def directory(self) -> Path:
        """The folder that relative paths in the template start from."""
        return self.path.parent

    def section(self, name: str) -> dict[str, Any]:
        """Return a top-level section that holds a map, empty when the template has none."""
        value = self.document.get(name)
        return value if isinstance(value, dict) else {}

    def line(self, *location: str | int) -> int:
        """Return the line of the deepest known part of `location`; 1 when nothing of it is known."""
        for end in range(len(location), 0, -1):
            if (found := self.lines.get(location[:end])) is not None:
                return found
        return 1

    def at(self, *location: str | int) -> str:
        """Return `path:line` of a place in the template, to be printed and clicked."""
        return f"{shown_path(self.path)}:{self.line(*location)}"

    def owner(self, logical_id: str) -> str | None:
        """Return the resource of this template that a translated resource came from.

        SAM names what it generates after its source (`PayRole`, `PayApiPermission` from `Pay`): the longest
        resource name that `logical_id` starts with is its owner.
        """
        names = [name for name in self.section("Resources") if logical_id.startswith(name)]
        return max(names, key=len, default=None)

    def at_resource(self, logical_id: str) -> str:
        """Return `path:line` of the resource that `logical_id` is or was generated from, else the path alone."""
        owner = self.owner(logical_id)
        return self.at("Resources", owner) if owner else shown_path(self.path)

    def mentioned_in(self, words: str) -> list[str]:
        """Return the resources whose name or type stands in a service's message, each as `path:line  name`."""
        tokens = set("".join(c if c.isalnum() or c in ":_" else " " for c in words).split())
        tokens = {token.strip(":") for token in tokens}
        return [
            f"{self.at('Resources', name)}  {name}"
            for name, resource in self.section("Resources").items()
            if name in tokens or (isinstance(resource, dict) and resource.get("Type") in tokens)
        ]


def read_template(path: Path) -> Source:
    """Read a SAM or CloudFormation template in YAML or JSON; raises TemplateInvalid, with the line, if it isn't one."""
    text = _text_of(path)
    document, lines = _parse(text, path)
    source = Source(path, document, lines)
    if not isinstance(document, dict):
        raise TemplateInvalid(f"{shown_path(path)} holds no map, expected a template with Resources")
    resources = document.get("Resources")
    if not isinstance(resources, dict) or not resources:
        raise TemplateInvalid(f"{source.at('Resources')} has no Resources, expected at least one")
    for name, resource in resources.items():
        # A loop of the AWS::LanguageExtensions transform, which CloudFormation expands.
        if str(name).startswith("Fn::ForEach::"):
            continue
        if not isinstance(resource, dict) or not isinstance(resource.get("Type"), str):
            raise TemplateInvalid(f"{source.at('Resources', name)} resource {name} has no Type")
    return source


def read_document(path: Path) -> Any:
    """Read a YAML or JSON file that a template refers to; raises TemplateInvalid, with the line, if it is neither."""
    return _parse(_text_of(path), path)[0]


def shown_path(path: Path) -> str:
    """Return `path` relative to the current directory where it lies below it, else whole."""
    try:
        return str(path.resolve().relative_to(Path.cwd()))
    except ValueError:
        return str(path)


def strings_in(value: Any, location: Location = ()) -> Iterator[tuple[Location, str]]:
    """Yield every string in a document with its place."""
    if isinstance(value, str):
        yield location, value
    elif isinstance(value, dict):
        for key, child in value.items():
            yield from strings_in(child, (*location, key))
    elif isinstance(value, list):
        for index, child in enumerate(value):
            yield from strings_in(child, (*location, index))


def _text_of(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8")
    except FileNotFoundError:
        raise TemplateInvalid(f"{shown_path(path)} does not exist, expected a template or a file it names") from None
    except (OSError, UnicodeDecodeError) as error:
        raise TemplateInvalid(f"{shown_path(path)} can't be read: {error}") from None


def _parse(text: str, path: Path) -> tuple[Any, dict[Location, int]]:
    if path.suffix == ".json":
        _check_json(text, path)
        # JSON may be indented with tabs, which YAML forbids; lines stay the same.
        text = text.replace("\t", " ")
    loader = _TemplateLoader(text)
    try:
        node = loader.get_single_node()
        if node is None:
            return None, {}
        lines: dict[Location, int] = {}
        _collect_lines(node, (), lines, path)
        return loader.construct_document(node), lines
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        line = mark.line + 1 if mark else 1
        words = " ".join(part for part in (error.context, error.problem) if part)
        raise TemplateInvalid(f"{shown_path(path)}:{line} is not valid YAML: {words}") from None
    except yaml.YAMLError as error:
        raise TemplateInvalid(f"{shown_path(path)} is not valid YAML: {error}") from None
    finally:
        loader.dispose()


def _check_json(text: str, path: Path) -> None:
    try:
        json.loads(text)
    except json.JSONDecodeError as error:
        raise TemplateInvalid(f"{shown_path(path)}:{error.lineno} is not valid JSON: {error.msg}") from None


def _collect_lines(node: yaml.Node, location: Location, lines: dict[Location, int], path: Path) -> None:
    if len(lines) > _NODES_MAX:
        raise TemplateInvalid(f"{shown_path(path)} expands to more than {_NODES_MAX} nodes, expected fewer aliases")
    lines.setdefault(location, node.start_mark.line + 1)
    if isinstance(node, yaml.SequenceNode):
        for index, child in enumerate(node.value):
            _collect_lines(child, (*location, index), lines, path)
    elif isinstance(node, yaml.MappingNode):
        _collect_mapping_lines(node, location, lines, path)


def _collect_mapping_lines(node: yaml.MappingNode, location: Location, lines: dict[Location, int], path: Path) -> None:
    first_line_by_key: dict[Hashable, int] = {}
    for key_node, value_node in node.value:
        key, line = key_node.value, key_node.start_mark.line + 1
        if isinstance(key_node, yaml.ScalarNode) and key_node.tag != "tag:yaml.org,2002:merge":
            if key in first_line_by_key:
                words = f"key {key!r} is there twice, first on line {first_line_by_key[key]}"
                raise TemplateInvalid(f"{shown_path(path)}:{line} {words}")
            first_line_by_key[key] = line
            lines[(*location, key)] = line
            _collect_lines(value_node, (*location, key), lines, path)
