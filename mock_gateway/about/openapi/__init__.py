"""The gateway's OpenAPI documents: the plain, admin and Adyen faces from YAML beside this file, Stripe's by its routes.

What the code enumerates (currencies, kinds of faults, their arguments) is filled in from the code. Tests compare every
route and field with the application, so that a route is described if and only if it is there. The Stripe face is told
as its routes alone: its fields are Stripe's, and Stripe publishes them.
"""

from functools import cache
from importlib import resources
from typing import Any

import yaml

from mock_gateway import __version__
from mock_gateway.faults.kinds import kind_documents
from mock_gateway.idempotency import POLICIES
from mock_gateway.money.acquirer import DISPUTE_REASONS
from mock_gateway.money.amounts import EXPONENT_BY_CURRENCY
from mock_gateway.money.cards import CARDS
from mock_gateway.money.ledger import PREFIX_BY_KIND
from mock_gateway.webhooks.outbox import STATUSES

PARTS = ("plain.yaml", "admin.yaml", "adyen.yaml")
_ABOUT = (
    "A card gateway for tests: it moves no money and takes public test cards alone. Any request may meet a fault that "
    "was set at /_admin/faults, or that its X-Gateway-Fault header asks for, and is then answered in ways that are not "
    "described here."
)


@cache
def description() -> dict[str, Any]:
    """Return the document of the plain, the admin and the Adyen face."""
    document: dict[str, Any] = {
        "openapi": "3.1.0",
        "info": {"title": "Card gateway", "version": __version__, "description": _ABOUT},
        "paths": {},
        "components": {},
    }
    for name in PARTS:
        part = yaml.safe_load((resources.files(__package__) / name).read_text(encoding="utf-8"))
        document["paths"] |= part.pop("paths")
        for kind, components in part.items():
            document["components"].setdefault(kind, {}).update(components)
    _fill(document["components"]["schemas"])
    return document


def _fill(schemas: dict[str, Any]) -> None:
    enumerated = {
        "TestToken": [card.token for card in CARDS],
        "Currency": EXPONENT_BY_CURRENCY,
        "DisputeReason": DISPUTE_REASONS,
        "EntryKind": PREFIX_BY_KIND,
        "PolicyName": POLICIES,
        "DeliveryStatus": STATUSES,
    }
    for name, values in enumerated.items():
        schemas[name]["enum"] = list(values)
    rule = schemas["FaultRule"]["properties"]
    rule["kind"] = {"enum": [kind["kind"] for kind in kind_documents()]}
    for kind in kind_documents():
        for argument in kind["arguments"]:
            # Kinds share names, each with bounds of its own; the widest are the ones that are told.
            rule.setdefault(argument["name"], {"type": argument["type"]})
