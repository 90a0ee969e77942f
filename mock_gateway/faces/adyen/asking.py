"""Reads what Adyen's requests have in common: an amount, a merchant account, a reference."""

from collections.abc import Mapping
from typing import Any

from mock_gateway.faces import fields
from mock_gateway.money.amounts import checked_amount, checked_currency
from mock_gateway.problems import Refused, invalid


def part(body: Mapping[str, Any], name: str) -> dict[str, Any]:
    """Return an object in a body, {} when it is not there; raises Refused (400)."""
    value = body.get(name)
    if value is None:
        return {}
    if not isinstance(value, dict):
        raise invalid(f"{name} must be an object", param=name)
    return value


def amount(body: Mapping[str, Any]) -> tuple[int, str]:
    """Return the amount in minor units and its currency; raises Refused (400)."""
    told = part(body, "amount")
    value, currency = told.get("value"), told.get("currency")
    return checked_amount(value, "amount.value"), checked_currency(currency, "amount.currency")


def merchant_account(body: Mapping[str, Any]) -> str:
    """Return the merchant account; raises Refused (403) when there is none."""
    merchant = fields.text(body, "merchantAccount")
    if not merchant:
        raise Refused(403, "invalid_request_error", "merchant_missing", "merchantAccount is missing")
    return merchant


def psp_reference(entry_id: str) -> str:
    """Return the pspReference of a movement: the first sixteen digits of its ledger id, in capitals."""
    return entry_id.partition("_")[2][:16].upper()
