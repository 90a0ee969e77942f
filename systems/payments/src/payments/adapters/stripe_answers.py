"""How the answers of a Stripe-style API are judged: only what is complete and agrees with itself is definitive.

Everything else is Unknown, also what a real gateway would never say. Amounts are integer minor units on both sides;
currencies are lower-case there and upper-case here. Sources: see `stripe_gateway`.
"""

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

from groundwork.http_pool import Answer
from groundwork.instants import instant

from payments.adapters.refusals import declined, judge_refusal
from payments.domain.gateway import (
    ChargeOrder,
    Declined,
    Found,
    NoEffect,
    Outcome,
    RefundOrder,
    Succeeded,
    Unknown,
)

Row = Mapping[str, Any]


def judge_intent(answer: Answer) -> Outcome:
    """Sort the answer to an intent that was created and confirmed."""
    if answer.status != 200:
        return judge_refusal(answer)
    match answer.document:
        case {
            "object": "payment_intent",
            "status": "succeeded",
            "amount": amount,
            "amount_received": received,
            "currency": currency,
            "latest_charge": ref,
            **rest,
        } if amount == received:
            money = _money(ref, received, currency, rest.get("created"))
            return money or Unknown("the intent in the answer can't be read")
        case {"object": "payment_intent", "status": "requires_action"}:
            # Only its client secret could carry it further, and nobody is given that.
            return declined("authentication_required")
        case {"object": "payment_intent", "status": str(status)}:
            return Unknown(f"the intent in the answer does not add up, its status is {status[:32]}")
        case _:
            return Unknown("200 with a body that can't be read")


def judge_unconfirmed(answer: Answer) -> Found:
    """Sort the answer to an intent that is not to be confirmed."""
    match answer.document:
        case {"object": "payment_intent", "status": "requires_payment_method" | "canceled"} if answer.status == 200:
            return NoEffect()
        case _:
            return Unknown(f"a later charge was not ruled out: the gateway answered {answer.status}")


def judge_charges(answer: Answer, order: ChargeOrder, besides: str | None) -> Found:
    """Sort the list of an order's charges: the oldest that succeeded, else what is open, else why it was declined."""
    listed = _rows(answer)
    if listed is None:
        return Unknown(f"the look-up was answered with {answer.status}")
    rows, whole = listed
    own = [row for row in rows if _key(row) in (order.key, None) and row.get("id") != besides]
    charged = [row for row in own if row.get("status") == "succeeded"]
    if charged:
        return _charge(charged[-1])  # the newest comes first
    if not whole or any(row.get("status") != "failed" for row in own):
        return Unknown("the gateway has not decided about a charge, or did not list all")
    return _declined(own[0]) if own else NoEffect()


def judge_refund(answer: Answer, order: RefundOrder) -> Outcome:
    """Sort the answer to a refund."""
    if answer.status != 200:
        return judge_refusal(answer)
    if answer.document is None:
        return Unknown("200 with a body that can't be read")
    return _refund(answer.document, order)


def judge_refunds(answer: Answer, order: RefundOrder) -> Found:
    """Sort the list of a charge's refunds: the one of this order decides."""
    listed = _rows(answer)
    if listed is None:
        return Unknown(f"the look-up was answered with {answer.status}")
    rows, whole = listed
    own = [row for row in rows if _key(row) == order.key]
    if own:
        return _refund(own[-1], order)
    return NoEffect() if whole else Unknown("the refund is not among those that were listed")


def _charge(row: Row) -> Found:
    if row.get("captured") is not True:
        return Unknown("the charge is only authorized")
    money = _money(row.get("id"), row.get("amount"), row.get("currency"), row.get("created"))
    return money or Unknown("the look-up's answer can't be read")


def _declined(row: Row) -> Declined:
    outcome = row.get("outcome")
    return declined(row.get("failure_code"), outcome.get("reason") if isinstance(outcome, dict) else None)


def _refund(row: Row, order: RefundOrder) -> Succeeded | Declined | Unknown:
    match row:
        case {"object": "refund", "status": "succeeded", "charge": charge, "id": ref, **rest} if (
            charge == order.charge_ref
        ):
            money = _money(ref, rest.get("amount"), rest.get("currency"), rest.get("created"))
            return money or Unknown("the refund in the answer can't be read")
        case {"object": "refund", "status": "failed" | "canceled", "charge": charge} if charge == order.charge_ref:
            return Declined("refund_failed", "the card gateway could not give the money back")
        case _:
            return Unknown("the refund is pending, or its answer can't be read")


def _rows(answer: Answer) -> tuple[Sequence[Row], bool] | None:
    """Return the rows of a list and whether they are all there are; None when the answer is no list."""
    match answer.document:
        case {"object": "list", "data": list(rows), "has_more": bool(more)} if answer.status == 200:
            return (rows, not more) if all(isinstance(row, dict) for row in rows) else None
        case _:
            return None


def _key(row: Row) -> object:
    metadata = row.get("metadata")
    return metadata.get("key") if isinstance(metadata, dict) else None


def _money(ref: object, amount_minor: object, currency: object, created: object) -> Succeeded | None:
    if not (isinstance(ref, str) and ref and isinstance(currency, str)):
        return None
    if not isinstance(amount_minor, int) or isinstance(amount_minor, bool):
        return None
    return Succeeded(ref, amount_minor, currency.upper(), _instant(created))


def _instant(created: object) -> str:
    if not isinstance(created, int) or not 0 < created < 2**33:
        return ""
    return instant(datetime.fromtimestamp(created, UTC))
