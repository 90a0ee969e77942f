"""What capacity is enforced on which table: read strictly from a document, in which a typo is never silently nothing.

```yaml
enforce: true            # false: count units and heat, refuse nothing
scale: 0.05              # of every limit
parameters: {split_after_s: 30}
tables:                  # by name, by what follows a dash in it, or with *; later entries override earlier ones
  Wallets: {billing: PROVISIONED, provisioned: {read: 10, write: 5}, auto_scaling: {write: {min: 5, max: 50}}}
  "*-Ledger": {enforce: false}
```
"""

from collections.abc import Mapping
from dataclasses import dataclass, field, fields, replace
from pathlib import Path
from typing import Any

import yaml

from harness.capacity.auto_scaling import ScalingRule
from harness.capacity.heat import tenant_reader
from harness.capacity.parameters import Parameters, names
from harness.capacity.shape import Billing, IndexShape, TableShape, Throughput
from harness.edge.documents import (
    RuleInvalid,
    a_number,
    a_text,
    a_truth,
    an_integer,
    an_object,
    known,
)
from harness.edge.pattern import Texts, forms_of_name
from harness.errors import SettingInvalid, did_you_mean

SCALE_MIN, SCALE_MAX = 1e-6, 1e6
_ALL = ("enforce", "scale", "parameters", "tenant", "units", "tables")
_RESOURCE = ("provisioned", "maximum", "warm", "auto_scaling")
_TABLE = ("enforce", "scale", "parameters", "tenant", "billing", *_RESOURCE, "indexes")
_SIDES = ("read", "write")


class CapacityInvalid(SettingInvalid):
    """A capacity document says something that nothing can be done with."""


@dataclass(frozen=True, slots=True)
class ResourceSettings:
    """What stands instead of what the engine tells of a table or global index; None where nothing does."""

    provisioned: Throughput | None = None
    maximum: Throughput | None = None
    warm: Throughput | None = None
    auto_scaling: Mapping[str, ScalingRule] = field(default_factory=dict)  # by "read" and "write"


@dataclass(frozen=True, slots=True)
class TableSettings(ResourceSettings):
    """What is set for one table, or for those that a pattern means."""

    enforce: bool | None = None
    scale: float | None = None
    parameters: Mapping[str, Any] = field(default_factory=dict)
    tenant: Mapping[str, Any] | None = None
    billing: Billing | None = None
    indexes: Mapping[str, ResourceSettings] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class CapacityOptions:
    """What is enforced. `document` is what it was read from; `own_units` mistrusts what the engine says of reads."""

    enforce: bool = True
    parameters: Parameters = field(default_factory=Parameters)
    tenant: Mapping[str, Any] | None = None
    own_units: bool = False
    tables: tuple[tuple[Texts, TableSettings], ...] = ()
    document: Mapping[str, Any] = field(default_factory=dict)

    @property
    def mode(self) -> str:
        """Return "enforce" when any table may be refused anything, else "count"."""
        return "enforce" if self.enforce or any(settings.enforce for _, settings in self.tables) else "count"

    def of(self, table: str) -> TableSettings:
        """Return what is set for a table of this name."""
        settings = TableSettings(enforce=self.enforce, tenant=self.tenant)
        for meant, one in self.tables:
            if meant.mean(table):
                settings = _overridden(settings, one)
        return settings

    def parameters_of(self, settings: TableSettings) -> Parameters:
        """Return the parameters of a table."""
        own = replace(self.parameters, **settings.parameters)
        return own if settings.scale is None else replace(own, scale=settings.scale)


def options_of(document: Any) -> CapacityOptions:
    """Read a capacity document. Raises CapacityInvalid that names the field."""
    try:
        return _options(document)
    except RuleInvalid as problem:
        raise CapacityInvalid(problem.headline) from None


def load_options(path: Path) -> CapacityOptions:
    """Read a YAML or JSON file. Raises CapacityInvalid that names file and field."""
    try:
        document = yaml.safe_load(path.read_text(encoding="utf-8"))
    except OSError as problem:
        raise CapacityInvalid(f"{path} can't be read: {problem.strerror}") from problem
    except UnicodeDecodeError as problem:
        raise CapacityInvalid(f"{path} is no text: {problem}") from problem
    except yaml.YAMLError as problem:
        raise CapacityInvalid(f"{path} is no YAML: {' '.join(str(problem).split())}") from problem
    try:
        return options_of({} if document is None else document)
    except CapacityInvalid as problem:
        raise CapacityInvalid(f"{path}: {problem.headline}") from None


def check_fit(shape: TableShape, settings: TableSettings) -> None:
    """Raise SettingInvalid when settings name an index or a key attribute that a table has not."""
    indexes = [one.name for one in shape.global_indexes]
    for name in settings.indexes:
        if name not in indexes:
            raise CapacityInvalid(f"table {shape.name} has no global index {name!r}{did_you_mean(name, indexes)}")
    for resource in ("", *indexes):
        tenant_reader(settings.tenant, shape, resource)


def overridden_shape(shape: TableShape, settings: TableSettings) -> TableShape:
    """Return a table's shape as the settings will have it; indexes that it has not are left out."""
    billing = settings.billing or shape.billing
    indexes = tuple(_overridden_index(one, settings.indexes.get(one.name), billing) for one in shape.indexes)
    provisioned = settings.provisioned or shape.provisioned
    return replace(
        shape,
        billing=billing,
        provisioned=(provisioned or _NONE_PROVISIONED) if billing == "PROVISIONED" else None,
        maximum=settings.maximum or shape.maximum,
        warm=settings.warm or shape.warm,
        indexes=indexes,
    )


# A table that is made provisioned without a figure has the console's default (documented).
_NONE_PROVISIONED = Throughput(5.0, 5.0)


def _overridden_index(index: IndexShape, settings: ResourceSettings | None, billing: Billing) -> IndexShape:
    if index.kind == "local":
        return index
    own = settings or ResourceSettings()
    provisioned = own.provisioned or index.provisioned or _NONE_PROVISIONED
    return replace(
        index,
        provisioned=provisioned if billing == "PROVISIONED" else None,
        maximum=own.maximum or index.maximum,
        warm=own.warm or index.warm,
    )


def _overridden(former: TableSettings, later: TableSettings) -> TableSettings:
    given = {one.name: getattr(later, one.name) for one in fields(later) if getattr(later, one.name) not in (None, {})}
    for name in ("parameters", "auto_scaling", "indexes"):
        if name in given:
            given[name] = {**getattr(former, name), **given[name]}
    return replace(former, **given)


def _options(document: Any) -> CapacityOptions:
    given = an_object(document, "the capacity document")
    known(given, _ALL, "the capacity document")
    tables = an_object(given.get("tables") or {}, "tables")
    units = a_text(given, "units", "engine")
    if units not in ("engine", "own"):
        raise RuleInvalid(f"units is {units!r}, expected engine (what it tells of reads) or own (reckoned here)")
    scale = a_number(given, "scale", None, at_least=SCALE_MIN, at_most=SCALE_MAX)
    own = _parameters(given, "parameters")
    return CapacityOptions(
        enforce=a_truth({"enforce": True, **given}, "enforce"),
        parameters=Parameters(**{**own, **({} if scale is None else {"scale": scale})}),
        tenant=_tenant(given, "tenant"),
        own_units=units == "own",
        tables=tuple((Texts((name,), forms_of_name), _table(name, one)) for name, one in tables.items()),
        document=given,
    )


def _table(name: str, document: Any) -> TableSettings:
    where = f"tables.{name}"
    if not name:
        raise RuleInvalid("tables has an entry without a name")
    given = an_object(document, where)
    known(given, _TABLE, where)
    billing = given.get("billing")
    if billing not in (None, "PROVISIONED", "PAY_PER_REQUEST"):
        raise RuleInvalid(f"{where}.billing is {billing!r}, expected PROVISIONED or PAY_PER_REQUEST")
    indexes = an_object(given.get("indexes") or {}, f"{where}.indexes")
    scale = a_number(_prefixed(given, where), f"{where}.scale", None, at_least=SCALE_MIN, at_most=SCALE_MAX)
    return TableSettings(
        enforce=a_truth(given, "enforce") if given.get("enforce") is not None else None,
        scale=scale,
        parameters=_parameters(given, f"{where}.parameters"),
        tenant=_tenant(given, f"{where}.tenant"),
        billing=billing,
        indexes={index: _index(f"{where}.indexes.{index}", one) for index, one in indexes.items()},
        **_resource(given, where),
    )


def _index(where: str, document: Any) -> ResourceSettings:
    given = an_object(document, where)
    known(given, _RESOURCE, where)
    return ResourceSettings(**_resource(given, where))


def _resource(given: Mapping[str, Any], where: str) -> dict[str, Any]:
    scaling = an_object(given.get("auto_scaling") or {}, f"{where}.auto_scaling")
    known(scaling, _SIDES, f"{where}.auto_scaling")
    return {
        "provisioned": _throughput(given.get("provisioned"), f"{where}.provisioned"),
        "maximum": _throughput(given.get("maximum"), f"{where}.maximum", missing=float("inf")),
        "warm": _throughput(given.get("warm"), f"{where}.warm", missing=0.0),
        "auto_scaling": {side: _rule(one, f"{where}.auto_scaling.{side}") for side, one in scaling.items()},
    }


def _throughput(value: Any, where: str, missing: float | None = None) -> Throughput | None:
    if value is None:
        return None
    given = _prefixed(an_object(value, where), where)
    known(an_object(value, where), _SIDES, where)
    pair = [a_number(given, f"{where}.{side}", missing, at_least=0) for side in _SIDES]
    if None in pair:
        raise RuleInvalid(f'{where} does not say both sides, expected e.g. {{"read": 10, "write": 5}}')
    return Throughput(*map(float, pair))


def _rule(value: Any, where: str) -> ScalingRule:
    given = _prefixed(an_object(value, where), where)
    known(value, ("min", "max", "target"), where)
    low = a_number(given, f"{where}.min", None, at_least=1)
    high = a_number(given, f"{where}.max", None, at_least=1)
    if low is None or high is None or high < low:
        raise RuleInvalid(f'{where} is {value!r}, expected e.g. {{"min": 5, "max": 50, "target": 0.7}}')
    return ScalingRule(float(low), float(high), a_number(given, f"{where}.target", None, at_least=0.2, at_most=0.9))


def _parameters(given: Mapping[str, Any], where: str) -> dict[str, Any]:
    document = an_object(given.get("parameters") or {}, where)
    known(document, names(), where)
    defaults = Parameters()
    return {name: _parameter(document, name, getattr(defaults, name)) for name in document}


def _parameter(document: Mapping[str, Any], name: str, default: Any) -> Any:
    if isinstance(default, bool):
        return a_truth(document, name)
    if isinstance(default, int):
        return an_integer(document, name, default, at_least=1)
    return float(a_number(document, name, default, at_least=SCALE_MIN if name == "scale" else 0))


def _tenant(given: Mapping[str, Any], where: str) -> Mapping[str, Any] | None:
    """Return the tenant setting; what it may say of a table's key is checked when the table is known."""
    if given.get("tenant") is None:
        return None
    tenant = an_object(given["tenant"], where)
    known(tenant, ("attribute", "prefix", "part"), where)
    if ("attribute" in tenant) == ("prefix" in tenant):
        raise RuleInvalid(f'{where} is {dict(tenant)!r}, expected {{"attribute": …}} or {{"prefix": "#"}}')
    return tenant


def _prefixed(given: Mapping[str, Any], where: str) -> dict[str, Any]:
    """Return the fields by their whole paths, which is how mistakes in them are told."""
    return {f"{where}.{name}": value for name, value in given.items()}
