"""A card gateway's Stripe-style API behind the domain's CardGateway port, and how its answers are judged.

A charge is one call: a PaymentIntent that is created and confirmed at once. What came of one is read from the charges
of its transfer group, because idempotency keys can't be looked up there; `metadata[key]` tells which are this order's.
The reference that is kept is the charge's id, since refunds and the gateway's books name charges. Leaves out
redirects, 3-D Secure, capturing later, and more than the first 100 charges of an order or refunds of a charge.

Sources: Stripe's API reference (PaymentIntents, charges, refunds, errors, idempotent requests) and its article on the
metadata of related objects, all documented. Assumed: a list shows at once what was done before it was asked for.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from urllib.parse import urlencode

from groundwork.http_pool import Answer, AnswerLost, Http, NotSent

from payments.adapters.refusals import error_of
from payments.adapters.stripe_answers import (
    judge_charges,
    judge_intent,
    judge_refund,
    judge_refunds,
    judge_unconfirmed,
)
from payments.domain.gateway import ChargeOrder, Found, NotExecuted, Outcome, RefundOrder, Unknown

# The API is versioned by date; a newer one is tried out before this line changes.
STRIPE_VERSION = "2024-06-20"
MERCHANT_OWN = "default"
_ROWS_MAX = 100


@dataclass(frozen=True, slots=True)
class StripeGateway:
    """A gateway that speaks the Stripe-style API under `url`/v1, called with a secret key."""

    http: Http
    url: str
    api_key: str = field(repr=False)

    def charge(self, order: ChargeOrder, timeout_s: float) -> Outcome:
        """POST /payment_intents, confirmed. An answer other than yes or no would need the payer: it is refused."""
        form = {**_intent(order), **_payment_method(order.card), "confirm": "true", "error_on_requires_action": "true"}
        try:
            return judge_intent(self._post("payment_intents", form, order, timeout_s))
        except NotSent as refused:
            return NotExecuted(str(refused))
        except AnswerLost as lost:
            return Unknown(str(lost))

    def refund(self, order: RefundOrder, timeout_s: float) -> Outcome:
        """POST /refunds."""
        form = {"charge": order.charge_ref, **_metadata(order)}
        if order.amount_minor is not None:
            form["amount"] = str(order.amount_minor)
        try:
            return judge_refund(self._post("refunds", form, order, timeout_s), order)
        except NotSent as refused:
            return NotExecuted(str(refused))
        except AnswerLost as lost:
            return Unknown(str(lost))

    def find_charge(self, order: ChargeOrder, timeout_s: float, *, besides: str | None = None) -> Found:
        """GET /charges of the order's transfer group."""
        try:
            answer = self._list("charges", {"transfer_group": order.reference}, order, timeout_s)
        except (NotSent, AnswerLost) as lost:
            return Unknown(str(lost))
        return judge_charges(answer, order, besides)

    def rule_out_charge(self, order: ChargeOrder, timeout_s: float) -> Found:
        """Spend the order's key on an intent that nobody confirms: a charge that arrives later finds it taken.

        A charge that is being carried out is told by 409; one that was carried out has spent the key itself, and then
        the list has it.
        """
        try:
            answer = self._post("payment_intents", _intent(order), order, timeout_s)
        except (NotSent, AnswerLost) as lost:
            return Unknown(str(lost))
        error = error_of(answer)
        if answer.status == 400 and error and error["type"] == "idempotency_error":
            return self.find_charge(order, timeout_s)
        return judge_unconfirmed(answer)

    def find_refund(self, order: RefundOrder, timeout_s: float) -> Found:
        """GET /refunds of the charge."""
        try:
            answer = self._list("refunds", {"charge": order.charge_ref}, order, timeout_s)
        except (NotSent, AnswerLost) as lost:
            return Unknown(str(lost))
        return judge_refunds(answer, order)

    def _post(self, path: str, form: Mapping[str, str], order: ChargeOrder | RefundOrder, timeout_s: float) -> Answer:
        headers = {
            **self._headers(order.merchant),
            "Idempotency-Key": order.key,
            "Content-Type": "application/x-www-form-urlencoded",
        }
        body = urlencode(form).encode()
        return self.http.call("POST", f"{self.url}/v1/{path}", timeout_s=timeout_s, headers=headers, body=body)

    def _list(
        self, path: str, filters: Mapping[str, str], order: ChargeOrder | RefundOrder, timeout_s: float
    ) -> Answer:
        url = f"{self.url}/v1/{path}?{urlencode({**filters, 'limit': _ROWS_MAX})}"
        return self.http.call("GET", url, timeout_s=timeout_s, headers=self._headers(order.merchant))

    def _headers(self, merchant: str) -> dict[str, str]:
        account = {} if merchant == MERCHANT_OWN else {"Stripe-Account": merchant}
        return {"Authorization": f"Bearer {self.api_key}", "Stripe-Version": STRIPE_VERSION, **account}


def _intent(order: ChargeOrder) -> dict[str, str]:
    return {
        "amount": str(order.amount_minor),
        "currency": order.currency.lower(),
        "payment_method_types[]": "card",
        "transfer_group": order.reference,
        "metadata[customer]": order.customer,
        **_metadata(order),
    }


def _metadata(order: ChargeOrder | RefundOrder) -> dict[str, str]:
    return {"metadata[reference]": order.reference, "metadata[key]": order.key}


def _payment_method(card: str) -> dict[str, str]:
    """Return how a card is named: a payment method by its id, an older token as what to make one of."""
    if card.startswith("tok_"):
        return {"payment_method_data[type]": "card", "payment_method_data[card][token]": card}
    return {"payment_method": card}
