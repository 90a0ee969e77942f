"""Values of an error's members, written as each protocol has them.

Values come as JSON has them (text, numbers, lists, objects), by the names of the model's members. A value of another
type than the model's is written as it is; `faults` refuses such values before they get here.
"""

import base64
from collections.abc import Mapping
from typing import Any
from xml.sax.saxutils import escape

Shapes = Mapping[str, Any]
_STRUCTURES = frozenset({"structure", "union"})


def json_value(shapes: Shapes, shape: str, value: object, *, renamed: bool) -> Any:
    """Return `value` for a JSON body; `renamed` lets members go by their locationName (REST-JSON)."""
    spec = shapes[shape]
    if spec["type"] in _STRUCTURES and isinstance(value, Mapping):
        return {
            (reference.get("locationName", name) if renamed else name): json_value(
                shapes, reference["shape"], value[name], renamed=renamed
            )
            for name, reference in spec["members"].items()
            if name in value
        }
    if spec["type"] == "list" and isinstance(value, list | tuple):
        return [json_value(shapes, spec["member"]["shape"], entry, renamed=renamed) for entry in value]
    if spec["type"] == "map" and isinstance(value, Mapping):
        inner = spec["value"]["shape"]
        return {key: json_value(shapes, inner, entry, renamed=renamed) for key, entry in value.items()}
    if isinstance(value, bytes):
        return base64.b64encode(value).decode()
    return value


def cbor_value(shapes: Shapes, shape: str, value: object) -> Any:
    """Return `value` for a CBOR body: as in JSON, but blobs are bytes."""
    spec = shapes[shape]
    if spec["type"] == "blob" and isinstance(value, str):
        return base64.b64decode(value)
    if spec["type"] in _STRUCTURES and isinstance(value, Mapping):
        members = spec["members"]
        return {name: cbor_value(shapes, members[name]["shape"], value[name]) for name in members if name in value}
    if spec["type"] == "list" and isinstance(value, list | tuple):
        return [cbor_value(shapes, spec["member"]["shape"], entry) for entry in value]
    if spec["type"] == "map" and isinstance(value, Mapping):
        return {key: cbor_value(shapes, spec["value"]["shape"], entry) for key, entry in value.items()}
    return value


def xml_elements(shapes: Shapes, name: str, reference: Mapping[str, Any], value: object) -> str:
    """Return one member as XML elements; `name` is the member's, `reference` tells its shape and how it is called."""
    spec = shapes[reference["shape"]]
    tag = reference.get("locationName", name)
    if spec["type"] == "list" and isinstance(value, list | tuple):
        member = spec["member"]
        if spec.get("flattened") or reference.get("flattened"):
            flat = {**member, "locationName": member.get("locationName", tag)}
            return "".join(xml_elements(shapes, tag, flat, entry) for entry in value)
        return element(tag, "".join(xml_elements(shapes, "member", member, entry) for entry in value))
    if spec["type"] in _STRUCTURES and isinstance(value, Mapping):
        members = spec["members"]
        return element(
            tag, "".join(xml_elements(shapes, key, members[key], value[key]) for key in members if key in value)
        )
    if spec["type"] == "map" and isinstance(value, Mapping):
        pairs = "".join(
            element(
                "entry",
                xml_elements(shapes, "key", spec["key"], key) + xml_elements(shapes, "value", spec["value"], entry),
            )
            for key, entry in value.items()
        )
        return element(tag, pairs)
    return element(tag, escape(scalar_text(value)))


def element(tag: str, content: str) -> str:
    """Return an XML element around content that is escaped already."""
    return f"<{tag}>{content}</{tag}>"


def scalar_text(value: object) -> str:
    """Return a scalar as XML and headers have it."""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, bytes):
        return base64.b64encode(value).decode()
    return str(value)
