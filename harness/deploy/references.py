"""Names that a template uses and doesn't define: found before anything is created, with their lines.

CloudFormation answers the same mistake with a list of names and no place. Runs on the translated template, where the
names that SAM generates exist, and looks the place up in the source.
"""

import re
from collections.abc import Iterator, Mapping
from typing import Any

from harness.deploy.sources import Source, shown_path, strings_in
from harness.errors import TemplateInvalid

_PLACEHOLDER = re.compile(r"\$\{([^!}][^}]*)\}")


def check_references(source: Source, template: Mapping[str, Any]) -> None:
    """Raise TemplateInvalid when a Ref, GetAtt, Sub or DependsOn of `template` names nothing in it."""
    if template.get("Transform"):
        # A macro may bring the missing names.
        return
    names = {*(template.get("Parameters") or {}), *template["Resources"]}
    used = {name for part in ("Resources", "Outputs", "Conditions") for name in names_used(template.get(part) or {})}
    unknown = sorted(name for name in used - names if not name.startswith("AWS::"))
    if unknown:
        rows = [f"{_place_of(source, name)}  {name}" for name in unknown]
        raise TemplateInvalid(
            f"{shown_path(source.path)} refers to {len(rows)} name(s) that it does not define",
            evidence={"missing": "\n".join(rows)},
        )


def names_used(value: Any) -> Iterator[str]:
    """Yield the names that Ref, GetAtt, Sub and DependsOn in `value` refer to."""
    if isinstance(value, list):
        for child in value:
            yield from names_used(child)
    if not isinstance(value, dict):
        return
    for key, child in value.items():
        if key == "Ref" and len(value) == 1 and isinstance(child, str):
            yield child
        elif key == "Fn::GetAtt" and len(value) == 1:
            first = child.split(".")[0] if isinstance(child, str) else child[0]
            yield from (first,) if isinstance(first, str) else names_used(first)
        elif key == "Fn::Sub" and len(value) == 1:
            yield from _used_in_text(child)
        elif key == "DependsOn" and isinstance(value.get("Type"), str):
            yield from [child] if isinstance(child, str) else child
        else:
            yield from names_used(child)


def _used_in_text(value: Any) -> Iterator[str]:
    text, own = (value, {}) if isinstance(value, str) else (value[0], value[1])
    for name in _PLACEHOLDER.findall(text):
        if name.strip() not in own:
            yield name.strip().split(".")[0]
    yield from names_used(own)


def _place_of(source: Source, name: str) -> str:
    word = re.compile(rf"(?<![A-Za-z0-9:]){re.escape(name)}(?![A-Za-z0-9])")
    for location, text in strings_in(source.document):
        if word.search(text):
            return source.at(*location)
    return shown_path(source.path)
