"""Expands ids to the objects they name, as `expand[]` asks for: up to four levels deep, through lists and objects.

Source: Stripe's guide on expanding responses (documented; the wording of its refusals is assumed).
"""

import sqlite3
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from mock_gateway.problems import Refused, invalid

LEVELS_MAX = 4
# What may be expanded where; below the other fields nothing may be.
PROPERTIES = {
    "payment_intent": ("customer", "latest_charge", "payment_method"),
    "charge": ("balance_transaction", "customer", "payment_intent"),
    "refund": ("balance_transaction", "charge", "payment_intent"),
    "dispute": ("charge", "payment_intent"),
    "payment_method": ("customer",),
    "balance_transaction": ("source",),
    "customer": ("default_source", "invoice_settings"),
    "": ("default_payment_method",),
}
# Returns the object with an id as of an instant; raises Refused when there is none.
Load = Callable[[sqlite3.Connection, str, str, str], Mapping[str, Any]]


@dataclass(frozen=True)
class Expanding:
    """Finds objects by the beginnings of their ids; each part of the face adds its own."""

    loads: dict[str, Load] = field(default_factory=dict)

    def expanded(
        self,
        connection: sqlite3.Connection,
        merchant: str,
        document: Mapping[str, Any],
        paths: Sequence[str],
        *,
        until: str = "~",
    ) -> Mapping[str, Any]:
        """Return a document with the properties at `paths` expanded; raises Refused (400) for one that can't be."""

        def load(object_id: str) -> Mapping[str, Any]:
            return self.loads[object_id.partition("_")[0]](connection, merchant, object_id, until)

        for path in paths:
            names = path.split(".")
            if len(names) > LEVELS_MAX:
                raise invalid(f"a property can't be expanded more than {LEVELS_MAX} levels deep", param="expand")
            document = _expanded(document, names, load)
        return document


def _expanded(
    document: Mapping[str, Any], names: Sequence[str], load: Callable[[str], Mapping[str, Any]]
) -> Mapping[str, Any]:
    if not names or document.get("deleted"):
        return document
    name, rest = names[0], names[1:]
    kind = document.get("object", "")
    if kind == "list" and name == "data":
        return {**document, "data": [_expanded(one, rest, load) for one in document["data"]]}
    if name not in PROPERTIES.get(kind, ()):
        raise _not_expandable()
    value = document.get(name)
    if value is None:
        return document
    return {**document, name: _expanded(load(value) if isinstance(value, str) else value, rest, load)}


def _not_expandable() -> Refused:
    return invalid("this property cannot be expanded", param="expand")
