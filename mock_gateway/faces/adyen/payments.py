"""`POST /adyen/v71/payments`: authorised or refused, HTTP 200 either way.

A card is named as `paymentMethod.encryptedCardNumber` in the test form, `test_4242424242424242`, by a token, or by
`storedPaymentMethodId`. It is captured at once; `additionalData.manualCapture` "true" only holds the money, for as long
as the other faces do. Leaves out other payment methods than cards, 3-D Secure, delayed capture and webhooks.
"""

import sqlite3
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from flask import Blueprint, Response

from mock_gateway.answer import Answer
from mock_gateway.calls import Call
from mock_gateway.faces import fields
from mock_gateway.faces.adyen.asking import amount, merchant_account, part, psp_reference
from mock_gateway.faces.adyen.refusals import REFUSAL_BY_HOLDER, Refusal, refusal_of
from mock_gateway.faces.desk import Desk
from mock_gateway.money.cards import Card, card_of
from mock_gateway.money.customers import SavedCard
from mock_gateway.money.ledger import DECLINED, SUCCEEDED, Entry
from mock_gateway.problems import invalid
from mock_gateway.processing import Executed

FACE = "adyen"
_READ = ("amount", "reference", "merchantAccount", "paymentMethod", "shopperReference", "additionalData", "metadata",
         "captureDelayHours", "storePaymentMethod")  # fmt: skip
# Taken and without effect here.
_IGNORED = ("returnUrl", "shopperInteraction", "recurringProcessingModel", "channel", "origin", "browserInfo",
            "countryCode", "shopperLocale", "shopperEmail", "shopperIP", "shopperName", "shopperStatement",
            "telephoneNumber", "dateOfBirth", "billingAddress", "deliveryAddress", "lineItems", "applicationInfo",
            "merchantOrderReference", "authenticationData", "sdkVersion", "riskData")  # fmt: skip
_TEST_PREFIX = "test_"


@dataclass(frozen=True)
class Asked:
    """What a payment request asks for; `refusal` is what its card or its holder's name leads to."""

    call: Call
    card: Card
    refusal: Refusal | None
    metadata: dict[str, str]
    saved: SavedCard | None
    saves_card: bool


@dataclass(frozen=True)
class Payments:
    """`POST /payments`."""

    desk: Desk

    def add_to(self, face: Blueprint) -> None:
        """Add the routes."""
        face.post("/payments")(self.create_payment)

    def create_payment(self) -> Response:
        """`POST /payments`: HTTP 200 whether or not there is money; `resultCode` tells."""
        self.desk.exchanges.arrived("charge")
        body = fields.json_object((*_READ, *_IGNORED), required=("amount", "paymentMethod", "reference"))
        merchant = merchant_account(body)
        method = part(body, "paymentMethod")
        saved = self._saved(merchant, method)
        card, refusal = _card(method, saved)
        value_minor, currency = amount(body)
        call = self.desk.call(
            "authorize" if _is_manual(body) else "charge",
            FACE,
            key=fields.idempotency_key(),
            amount_minor=value_minor,
            currency=currency,
            merchant=merchant,
            customer=fields.text(body, "shopperReference", saved.customer if saved else ""),
            reference=fields.text(body, "reference"),
            card_last4=card.last4,
        )
        asked = Asked(call, card, refusal, fields.metadata(body), saved, _saves_card(body, call))
        # The number itself is no parameter: it is forgotten.
        named = {name: value for name, value in method.items() if name not in ("encryptedCardNumber", "number")}
        parameters = {**body, "paymentMethod": {**named, "card": saved.id if saved else card.token}}
        return self.desk.submit(call, parameters, lambda connection: self._pay(connection, asked))

    def _saved(self, merchant: str, method: Mapping[str, Any]) -> SavedCard | None:
        card_id = fields.text(method, "storedPaymentMethodId")
        if not card_id:
            return None
        with self.desk.database.read() as connection:
            return self.desk.customers.find_card(connection, merchant, card_id)

    def _pay(self, connection: sqlite3.Connection, asked: Asked) -> Executed:
        call, acquirer = asked.call, self.desk.acquirer
        if asked.saved:
            call = replace(call, customer=self.desk.customers.owner_of(connection, asked.saved, call.customer))
        entry = acquirer.charge(connection, call, asked.card, asked.metadata, hold=call.operation == "authorize")
        if asked.refusal:
            return Executed(DECLINED, Answer.of(200, _payment_document(entry, asked.refusal)))
        if call.operation == "charge":
            acquirer.dispute_at_once(connection, entry)
        document = _payment_document(entry)
        if asked.saves_card:
            saved = self.desk.customers.save_card(connection, call.merchant, asked.card.token, customer=call.customer)
            document["additionalData"] = {"tokenization.storedPaymentMethodId": saved.id}
        return Executed(SUCCEEDED, Answer.of(200, document))


def _payment_document(entry: Entry, refusal: Refusal | None = None) -> dict[str, Any]:
    document: dict[str, Any] = {"pspReference": psp_reference(entry.id)}
    if refusal:
        document |= {"refusalReason": refusal.reason, "refusalReasonCode": refusal.code}
    return document | {
        "resultCode": refusal.result if refusal else "Authorised",
        "amount": {"currency": entry.currency, "value": entry.amount_minor},
        "merchantReference": entry.reference,
        "paymentMethod": {"type": "scheme"},
    }


def _card(method: Mapping[str, Any], saved: SavedCard | None) -> tuple[Card, Refusal | None]:
    if method.get("type", "scheme") != "scheme":
        raise invalid("paymentMethod.type must be scheme: nothing but cards is taken here", param="paymentMethod.type")
    number = method.get("encryptedCardNumber", method.get("number"))
    if isinstance(number, str):
        number = number.removeprefix(_TEST_PREFIX)
    card = card_of(saved.token if saved else number, "paymentMethod.encryptedCardNumber")
    refusal = REFUSAL_BY_HOLDER.get(fields.text(method, "holderName"))
    if refusal:
        return replace(card, decline=refusal.decline), refusal
    return card, refusal_of(card.decline) if card.decline else None


def _is_manual(body: Mapping[str, Any]) -> bool:
    if body.get("captureDelayHours") not in (None, 0):
        raise invalid("captureDelayHours is not offered: use additionalData.manualCapture", param="captureDelayHours")
    value = part(body, "additionalData").get("manualCapture", "false")
    if value not in ("true", "false"):
        raise invalid('additionalData.manualCapture must be "true" or "false"', param="additionalData")
    return bool(value == "true")


def _saves_card(body: Mapping[str, Any], call: Call) -> bool:
    value = body.get("storePaymentMethod", False)
    if not isinstance(value, bool) or (value and not call.customer):
        raise invalid(
            "storePaymentMethod must be true or false, and needs a shopperReference", param="shopperReference"
        )
    return value
