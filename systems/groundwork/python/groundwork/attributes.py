"""DynamoDB's attribute values to Python and back, for the types that these tables hold.

Written out because the SDK's own serializer turns every number into a Decimal and costs more than the rest of a step.
Binary floats are refused: money never is one.
"""

from collections.abc import Mapping
from typing import Any

AttributeValue = Mapping[str, Any]


def attribute(value: object) -> dict[str, Any]:
    """Return a Python value as an attribute value; raises TypeError for a type that has no place in the tables."""
    match value:
        case None:
            return {"NULL": True}
        case bool():
            return {"BOOL": value}
        case str():
            return {"S": str(value)}
        case int():
            return {"N": str(value)}
        case Mapping():
            return {"M": {name: attribute(one) for name, one in value.items()}}
        case list() | tuple():
            return {"L": [attribute(one) for one in value]}
        case _:
            raise TypeError(f"a {type(value).__name__} has no place in the tables")


def plain(value: AttributeValue) -> Any:
    """Return an attribute value as a Python value; numbers are integers."""
    ((kind, content),) = value.items()
    match kind:
        case "S" | "BOOL":
            return content
        case "N":
            return int(content)
        case "NULL":
            return None
        case "M":
            return {name: plain(one) for name, one in content.items()}
        case "L":
            return [plain(one) for one in content]
        case _:
            raise TypeError(f"attribute type {kind} has no place in the tables")


def item_of(values: Mapping[str, object]) -> dict[str, Any]:
    """Return named values as an item, without those that are None."""
    return {name: attribute(value) for name, value in values.items() if value is not None}


def values_of(item: Mapping[str, AttributeValue]) -> dict[str, Any]:
    """Return an item as named values."""
    return {name: plain(value) for name, value in item.items()}
