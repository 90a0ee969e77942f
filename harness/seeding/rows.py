"""Items as DynamoDB takes them, made once: no serializer between the generator and the wire.

Binary floats are refused, as the systems refuse them: money never is one.
"""

from collections.abc import Mapping
from typing import Any, NamedTuple

Item = dict[str, Any]


class Row(NamedTuple):
    """One item on its way; `table` is the output of the stack that names its table, e.g. BookingsTable."""

    table: str
    item: Item


def wire_value(value: object) -> dict[str, Any]:
    """Return a Python value as an attribute value; raises TypeError for a type that no table holds."""
    match value:
        case str():
            return {"S": value}
        case bool():
            return {"BOOL": value}
        case int():
            return {"N": str(value)}
        case None:
            return {"NULL": True}
        case Mapping():
            return {"M": {name: wire_value(one) for name, one in value.items()}}
        case list() | tuple():
            return {"L": [wire_value(one) for one in value]}
        case _:
            raise TypeError(f"a {type(value).__name__} has no place in an item")


def wire_item(values: Mapping[str, object]) -> Item:
    """Return named values as an item, without those that are None."""
    return {name: wire_value(value) for name, value in values.items() if value is not None}


def plain_value(value: Mapping[str, Any]) -> Any:
    """Return an attribute value as a Python value; numbers are integers."""
    ((kind, content),) = value.items()
    match kind:
        case "N":
            return int(content)
        case "M":
            return {name: plain_value(one) for name, one in content.items()}
        case "L":
            return [plain_value(one) for one in content]
        case "NULL":
            return None
        case _:
            return content
