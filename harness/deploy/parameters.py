"""Template parameters: declared in the template, set by the caller, by samconfig.toml, or by the environment.

The caller wins over samconfig.toml, which wins over what the environment knows (`GatewayUrl`), which wins over the
template's default. `samconfig.toml` is SAM CLI's own file; the section is `[<target>.deploy.parameters]`, else
`[default.deploy.parameters]`. Source: AWS SAM developer guide, "AWS SAM CLI configuration file" (documented).
"""

import re
import shlex
import tomllib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from harness.deploy.sources import Source, shown_path
from harness.errors import SettingInvalid, TemplateInvalid

_LEGACY = re.compile(r"ParameterKey=(?P<key>[^,]+),ParameterValue=(?P<value>.*)", re.DOTALL)


@dataclass(frozen=True, slots=True)
class SamConfig:
    """What a samconfig.toml says for one target; `section` names where, e.g. `samconfig.toml [embedded]`."""

    stack_name: str | None = None
    overrides: Mapping[str, str] = field(default_factory=dict)
    section: str = "samconfig.toml"


def read_samconfig(path: Path, target: str) -> SamConfig:
    """Read the deploy parameters for `target`; empty when there is no file or no section; raises SettingInvalid."""
    try:
        document = tomllib.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        return SamConfig()
    except (tomllib.TOMLDecodeError, UnicodeDecodeError, OSError) as error:
        raise SettingInvalid(f"{shown_path(path)} can't be read: {error}") from None
    name = target if target in document else "default"
    values = document.get(name, {}).get("deploy", {}).get("parameters", {})
    section = f"{shown_path(path)} [{name}.deploy.parameters]"
    return SamConfig(values.get("stack_name"), parse_overrides(values.get("parameter_overrides", []), section), section)


def parse_overrides(value: object, where: str) -> dict[str, str]:
    """Read `parameter_overrides` as SAM CLI takes it: a string or a list of `Key=Value`, or a table."""
    if isinstance(value, Mapping):
        return {str(key): _text(item) for key, item in value.items()}
    words = shlex.split(value) if isinstance(value, str) else value
    if not isinstance(words, list) or not all(isinstance(word, str) for word in words):
        raise SettingInvalid(f"{where} parameter_overrides is {value!r}, expected a string or list of Key=Value")
    overrides: dict[str, str] = {}
    for word in words:
        legacy = _LEGACY.fullmatch(word)
        key, equals, text = (legacy["key"], "=", legacy["value"]) if legacy else word.partition("=")
        if not equals or not key:
            raise SettingInvalid(f"{where} parameter_overrides has {word!r}, expected Key=Value")
        # In a list, SAM CLI takes the value's own quotes off too.
        quoted = isinstance(value, list) and len(text) > 1 and text[0] == text[-1] and text[0] in "\"'"
        overrides[key] = text[1:-1] if quoted else text
    return overrides


def resolve_parameters(
    source: Source, *, given: Mapping[str, object], config: SamConfig, known: Mapping[str, str]
) -> dict[str, str]:
    """Return the values of all declared parameters that aren't left to their default.

    Raises TemplateInvalid, naming the parameter, its line and how to set it, when one has no value, and when `given`
    names one that the template lacks.
    """
    declared = source.section("Parameters")
    check_declared(source, given)
    values = {name: str(value) for name, value in {**known, **config.overrides}.items() if name in declared}
    values |= {name: _text(value) for name, value in given.items()}
    missing = [name for name, one in declared.items() if name not in values and "Default" not in (one or {})]
    if missing:
        first = missing[0]
        raise TemplateInvalid(
            f"parameter {first} has no value and no default, expected one at deployment",
            evidence={"declared": "\n".join(f"{source.at('Parameters', name)}  {name}" for name in missing)},
            remedy=f'give `--parameter {first}=…`, or add parameter_overrides = ["{first}=…"] to {config.section}',
        )
    for name, value in values.items():
        _check(source, name, declared[name] or {}, value)
    return values


def check_declared(source: Source, given: Iterable[str]) -> None:
    """Raise TemplateInvalid when a template declares not all of these parameters."""
    declared = source.section("Parameters")
    if unknown := sorted(set(given) - declared.keys()):
        raise TemplateInvalid(
            f"{source.at('Parameters')} declares no parameter {', '.join(unknown)}",
            evidence={"declared": ", ".join(declared) or "none"},
        )


def unused_overrides(source: Source, config: SamConfig) -> list[str]:
    """Return the parameters that samconfig.toml sets and the template doesn't declare, which SAM CLI ignores."""
    return sorted(config.overrides.keys() - source.section("Parameters").keys())


def _check(source: Source, name: str, declaration: Mapping[str, Any], value: str) -> None:
    where = source.at("Parameters", name)
    # A hidden parameter's value appears in no message.
    shown = "its hidden value" if _text(declaration.get("NoEcho", "")) == "true" else repr(value)
    allowed = [_text(one) for one in declaration.get("AllowedValues", [])]
    if allowed and value not in allowed:
        raise TemplateInvalid(f"{where} parameter {name} is {shown}, expected one of {', '.join(allowed)}")
    pattern = declaration.get("AllowedPattern")
    if pattern and not re.fullmatch(pattern, value):
        raise TemplateInvalid(f"{where} parameter {name} is {shown}, expected text that matches {pattern}")
    if declaration.get("Type") == "Number" and not re.fullmatch(r"[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?", value):
        raise TemplateInvalid(f"{where} parameter {name} is {shown}, expected a number")


def _text(value: object) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)
