"""Reads design files (YAML): see docs/plan.md for their fields. Every mistake is told with its place."""

from collections.abc import Mapping
from dataclasses import fields, replace
from pathlib import Path
from typing import Any, get_args

import yaml

from harness.capacity.auto_scaling import ScalingRule
from harness.capacity.shape import TableShape, shape_of
from harness.errors import SettingInvalid, did_you_mean
from harness.plan.cost import Architecture
from harness.plan.design import AMOUNTS, Design, FunctionUse, PlannedTable, Request
from harness.plan.draws import COUNT_DEFAULT, Keys, read_draw
from harness.plan.operations import read_step
from harness.plan.quotas import Quotas
from harness.plan.section import Section
from harness.plan.templates_read import TemplateRead, read_tables

# A day of card payments as many describe it: little at night, a hump at noon, most in the evening (assumed).
DAY = (
    *(2.0, 1.2, 0.8, 0.6, 0.6, 0.9, 1.8, 3.0, 4.0, 4.6, 5.0, 5.6),
    *(6.2, 5.8, 5.2, 5.0, 5.4, 6.2, 7.2, 7.8, 7.4, 6.2, 4.6, 3.0),
)
_FIELDS = ("design", "template", "stack", "tables", "keys", "requests", "day", "counts", "quotas", "architecture")
_TABLE_FIELDS = ("properties", "key", "indexes", "shards", "stored", "keep_days", "scaling")


def load_design(file: Path) -> Design:
    """Return the design in a file; raises SettingInvalid or TemplateInvalid with the place of what is wrong."""
    top = Section.of(_document(file), file.name).only(*_FIELDS)
    template = _template(top, file)
    keys = {name: _keys(name, one) for name, one in top.section("keys").sections()}
    if not keys:
        raise SettingInvalid(f"{file.name} has no keys, expected at least one kind: keys: {{user: {{count: 100000}}}}")
    tables = {name: _table(name, one, template, keys) for name, one in top.section("tables").sections()}
    if not tables:
        raise SettingInvalid(f"{file.name} has no tables, expected those that requests name, with their keys")
    requests = tuple(_request(name, one, tables, keys, template) for name, one in top.section("requests").sections())
    if not sum(request.share for request in requests) > 0:
        raise SettingInvalid(f"{file.name} has no requests with a share above 0")
    architecture: Any = top.choice(
        "architecture", get_args(Architecture), template.architecture if template else "arm64"
    )
    return Design(
        name=top.text("design", file.stem),
        tables=tables,
        keys=keys,
        requests=requests,
        day=_day(top),
        counts=top.choice("counts", [request.name for request in requests], requests[0].name),
        quotas=_quotas(top.section("quotas")),
        architecture=architecture,
        file=file,
    )


def _document(file: Path) -> object:
    try:
        return yaml.safe_load(file.read_text(encoding="utf-8"))
    except OSError as problem:
        raise SettingInvalid(
            f"design file {file} can't be read: {problem.strerror}",
            remedy="name one: rehearse plan FILE; docs/plan.md says what stands in it",
        ) from problem
    except (yaml.YAMLError, UnicodeDecodeError) as problem:
        raise SettingInvalid(f"design file {file} is no YAML", evidence={"seen": problem}) from problem


def _template(top: Section, file: Path) -> TemplateRead | None:
    if "template" not in top.content:
        return None
    return read_tables(file.parent / top.text("template"), top.text("stack", file.resolve().parent.name))


def _keys(name: str, told: Section) -> Keys:
    told.only("count", "draw", "each", "main", "tenants")
    return Keys(
        name,
        read_draw(told.text("draw", "uniform")),
        told.whole("count", COUNT_DEFAULT, least=1),
        told.choice("each", ("request", "operation"), "request") == "operation",
        told.yes("main", default=False),
        told.whole("tenants", 100, least=1),
    )


def _table(name: str, told: Section, template: TemplateRead | None, keys: Mapping[str, Keys]) -> PlannedTable:
    told.only(*_TABLE_FIELDS)
    shape, recoverable = _shape(name, told, template)
    key = told.choice("key", keys)
    indexes = told.section("indexes").only(*(index.name for index in shape.indexes))
    missing = [index.name for index in shape.global_indexes if index.name not in indexes.content]
    if missing:
        raise SettingInvalid(
            f"{told.where}.indexes lacks {', '.join(missing)}, expected the kind of keys that each index has"
        )
    stored = told.section("stored").only("items", "bytes")
    return PlannedTable(
        shape,
        key,
        {index: indexes.choice(index, keys) for index in indexes.content},
        told.whole("shards", 1, least=1),
        recoverable,
        stored.number("items", 0),
        stored.whole("bytes", 0),
        told.number("keep_days", 30),
        _scaling(told.section("scaling"), shape),
    )


def _shape(name: str, told: Section, template: TemplateRead | None) -> tuple[TableShape, bool]:
    if "properties" in told.content:
        properties = told.section("properties")
        try:
            return shape_of({"TableName": name, **properties.content}), False
        except (KeyError, TypeError, ValueError) as problem:
            raise SettingInvalid(f"{properties.where} describes no table: {problem!r}") from problem
    if template is None:
        raise SettingInvalid(f"{told.where} has no properties, and the design names no template to find it in")
    found = template.tables.get(name)
    if found is None:
        meant = did_you_mean(name, template.tables)
        raise SettingInvalid(f"{told.where} is no table of the template{meant}, it has {', '.join(template.tables)}")
    return replace(found.shape, name=name), found.recoverable


def _scaling(told: Section, shape: TableShape) -> dict[tuple[str, str], ScalingRule]:
    scaling = {}
    for place, target in told.sections():
        index, _, access = place.rpartition(".")
        if access not in ("read", "write") or (index and shape.index(index) is None):
            raise SettingInvalid(f"{target.where} is no place to scale, expected read, write, or INDEX.read and .write")
        target.only("min", "max", "target")
        least = target.number("min", 1, least=1)
        scaling[index, access] = ScalingRule(
            least, target.number("max", least=least), target.number("target", 0.7, least=0.2, most=0.9)
        )
    return scaling


def _request(
    name: str,
    told: Section,
    tables: Mapping[str, PlannedTable],
    keys: Mapping[str, Keys],
    template: TemplateRead | None,
) -> Request:
    told.only("share", "operations", "functions", *AMOUNTS)
    steps = tuple(
        read_step(Section.of(one, f"{told.where}.operations[{number}]"), tables, keys)
        for number, one in enumerate(told.items("operations"))
    )
    functions = tuple(_function(one, use, template) for one, use in told.section("functions").sections())
    amounts = {amount: told.number(amount) for amount in AMOUNTS if amount in told.content}
    return Request(name, told.number("share", 1), steps, functions, amounts)


def _function(name: str, told: Section, template: TemplateRead | None) -> FunctionUse:
    told.only("duration_ms", "memory_mb", "times")
    known = template.memory_mb if template else {}
    if "memory_mb" not in told.content and name not in known:
        words = f"{did_you_mean(name, known)}: it is no function of the template" if template else ""
        raise SettingInvalid(f"{told.where} has no memory_mb{words}")
    memory_mb = told.whole("memory_mb", known.get(name), least=128)
    return FunctionUse(name, told.number("duration_ms"), memory_mb, told.number("times", 1))


def _day(top: Section) -> tuple[float, ...]:
    weights = top.items("day") or list(DAY)
    numbers = all(isinstance(one, int | float) and one >= 0 for one in weights)
    if len(weights) != 24 or not numbers or not sum(weights) > 0:
        raise SettingInvalid(f"{top.where}.day holds {len(weights)} weights, expected 24 numbers, one an hour")
    return tuple(float(one) for one in weights)


def _quotas(told: Section) -> Quotas:
    names = [one.name for one in fields(Quotas)]
    told.only(*names)
    return Quotas(**{name: told.number(name, least=1) for name in told.content})
