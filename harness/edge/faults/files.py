"""Fault rules in YAML (or JSON) files: `{"faults": [rules]}`, or a list of rules."""

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from harness.edge.documents import RuleInvalid
from harness.edge.faults.document import rule_of
from harness.edge.faults.rule import Rule


@dataclass(frozen=True, slots=True)
class RuleFile:
    """The rules of one file, whose documents are known to be right."""

    path: Path
    documents: tuple[dict[str, Any], ...]

    def rules(self) -> list[Rule]:
        """Return the rules anew, as if they had never been set."""
        return [rule_of(document, str(self.path)) for document in self.documents]


def load_rules(path: Path) -> RuleFile:
    """Read and check a file of rules. Raises RuleInvalid that names file, line and rule."""
    try:
        root = yaml.compose(path.read_text(encoding="utf-8"), Loader=yaml.SafeLoader)
    except (OSError, UnicodeDecodeError) as problem:
        raise RuleInvalid(f"{path} can't be read: {problem}") from problem
    except yaml.YAMLError as problem:
        raise RuleInvalid(f"{path}{_line_of(problem)} is no YAML: {' '.join(str(problem).split())}") from problem
    documents = []
    for number, node in enumerate(_rule_nodes(path, root), start=1):
        document = _constructed(node)
        try:
            rule_of(document)
        except RuleInvalid as problem:
            where = f"{path}:{node.start_mark.line + 1}: rule {number}: "
            raise RuleInvalid(where + problem.headline) from problem
        documents.append(document)
    return RuleFile(path, tuple(documents))


def _rule_nodes(path: Path, root: Any) -> list[Any]:
    node = root
    if isinstance(root, yaml.MappingNode):
        node = next((value for key, value in root.value if key.value == "faults"), None)
    if not isinstance(node, yaml.SequenceNode) or (isinstance(root, yaml.MappingNode) and len(root.value) != 1):
        raise RuleInvalid(f"{path} has no list of rules, expected `faults:` with a list and nothing else")
    return list(node.value)


def _constructed(node: Any) -> Any:
    loader = yaml.SafeLoader("")
    try:
        return loader.construct_document(node)
    finally:
        loader.dispose()


def _line_of(problem: yaml.YAMLError) -> str:
    mark = getattr(problem, "problem_mark", None)
    return f":{mark.line + 1}" if mark is not None else ""
