"""What a plan takes from a SAM or CloudFormation template: shapes of tables, memory and architecture of functions.

Intrinsic functions are resolved as far as they are plain: parameters by their defaults, the stack by a name that is
given. Leaves out conditions, transforms and everything else that a template says.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from harness.capacity.shape import TableShape, shape_of
from harness.deploy.sources import Source, read_template
from harness.errors import TemplateInvalid

_SUBSTITUTED = re.compile(r"\$\{([^!}][^}]*)\}")
TABLE_TYPES = ("AWS::DynamoDB::Table", "AWS::Serverless::SimpleTable")
MEMORY_DEFAULT_MB = 128  # documented: Lambda's, where a template says nothing


@dataclass(frozen=True, slots=True)
class TemplateTable:
    """A table of a template; `short` is its name without the stack's."""

    short: str
    shape: TableShape
    recoverable: bool


@dataclass(frozen=True, slots=True)
class TemplateRead:
    """What was found in a template, by short names."""

    tables: Mapping[str, TemplateTable]
    memory_mb: Mapping[str, int]
    architecture: str


def read_tables(path: Path, stack: str) -> TemplateRead:
    """Return the tables and functions of a template, deployed as a stack of this name; raises TemplateInvalid."""
    source = read_template(path)
    known = {"AWS::StackName": stack, **_defaults(source)}
    tables, memory = {}, {}
    settings = (source.section("Globals").get("Function") or {}) if source.section("Globals") else {}
    for logical_id, resource in source.section("Resources").items():
        properties = resolved(resource.get("Properties") or {}, known)
        if resource["Type"] in TABLE_TYPES:
            table = _table(source, logical_id, resource["Type"], properties, stack)
            tables[table.short] = table
        elif resource["Type"] in ("AWS::Serverless::Function", "AWS::Lambda::Function"):
            name = _short(str(properties.get("FunctionName", logical_id)), stack)
            memory[name] = int(properties.get("MemorySize") or settings.get("MemorySize") or MEMORY_DEFAULT_MB)
    architectures = settings.get("Architectures") or ["x86_64"]
    return TemplateRead(tables, memory, str(architectures[0]))


def resolved(value: Any, known: Mapping[str, str]) -> Any:
    """Return a value with Ref and Sub of known names replaced; other intrinsics stay as they are."""
    if isinstance(value, list):
        return [resolved(one, known) for one in value]
    if not isinstance(value, Mapping):
        return value
    if set(value) == {"Ref"} and value["Ref"] in known:
        return known[value["Ref"]]
    if set(value) == {"Fn::Sub"} and isinstance(value["Fn::Sub"], str):
        return _SUBSTITUTED.sub(lambda found: known.get(found[1], found[0]), value["Fn::Sub"])
    return {name: resolved(one, known) for name, one in value.items()}


def _table(source: Source, logical_id: str, kind: str, properties: dict[str, Any], stack: str) -> TemplateTable:
    if kind == TABLE_TYPES[1]:
        key = properties.get("PrimaryKey") or {"Name": "id", "Type": "String"}
        properties = {
            **properties,
            "KeySchema": [{"AttributeName": key["Name"], "KeyType": "HASH"}],
            "BillingMode": "PROVISIONED" if "ProvisionedThroughput" in properties else "PAY_PER_REQUEST",
        }
    name = str(properties.get("TableName") or f"{stack}-{logical_id}")
    recovery = properties.get("PointInTimeRecoverySpecification") or {}
    try:
        shape = shape_of({**properties, "TableName": name})
    except (KeyError, TypeError, ValueError) as problem:
        at = source.at("Resources", logical_id)
        raise TemplateInvalid(f"{at} table {logical_id} can't be understood: {problem!r}") from problem
    return TemplateTable(_short(name, stack), shape, str(recovery.get("PointInTimeRecoveryEnabled")).lower() == "true")


def _short(name: str, stack: str) -> str:
    return name.removeprefix(f"{stack}-")


def _defaults(source: Source) -> dict[str, str]:
    declared = source.section("Parameters").items()
    return {name: str(one["Default"]) for name, one in declared if isinstance(one, Mapping) and "Default" in one}
