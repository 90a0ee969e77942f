"""What is done with a payment: `POST /payments/{pspReference}/captures`, `/refunds`, `/cancels`, `/reversals`.

201 with status "received" says that the request was understood, not that money moved (source: Adyen's pages on
captures and refunds, documented); there, a webhook tells the result. Here the ledger does, at once: what can't be done
is an entry with status declined and a failure code.
"""

import sqlite3
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from flask import Blueprint, Response

from mock_gateway.answer import Answer
from mock_gateway.calls import Call
from mock_gateway.faces import fields
from mock_gateway.faces.adyen.asking import amount, merchant_account, psp_reference
from mock_gateway.faces.adyen.payments import FACE
from mock_gateway.faces.desk import Desk
from mock_gateway.money.ledger import CHARGES, DECLINED, SUCCEEDED, Entry
from mock_gateway.problems import Refused, invalid, missing
from mock_gateway.processing import Executed

_PSP_REFERENCE_LENGTH = 16
_WITH_AMOUNT = ("merchantAccount", "amount", "reference")
_WITHOUT_AMOUNT = ("merchantAccount", "reference")
_KIND_OF_REVERSAL = {"charge": "refund", "authorization": "void"}
Move = Callable[[sqlite3.Connection, Call, Entry], Entry]


@dataclass(frozen=True)
class Modifications:
    """The routes below /payments/{pspReference}."""

    desk: Desk

    def add_to(self, face: Blueprint) -> None:
        """Add the routes."""
        face.post("/payments/<psp>/captures")(self.capture_payment)
        face.post("/payments/<psp>/refunds")(self.refund_payment)
        face.post("/payments/<psp>/cancels")(self.cancel_payment)
        face.post("/payments/<psp>/reversals")(self.reverse_payment)

    def capture_payment(self, psp: str) -> Response:
        """`POST /payments/{psp}/captures`: take what is held, or less."""

        def move(connection: sqlite3.Connection, call: Call, charge: Entry) -> Entry:
            entry = self.desk.acquirer.capture(connection, call, charge, call.amount_minor)
            self.desk.acquirer.dispute_at_once(connection, charge)
            return entry

        return self._modify(psp, lambda _: "capture", _WITH_AMOUNT, move)

    def refund_payment(self, psp: str) -> Response:
        """`POST /payments/{psp}/refunds`: give back what was captured, or less."""

        def move(connection: sqlite3.Connection, call: Call, charge: Entry) -> Entry:
            return self.desk.acquirer.refund(connection, call, charge, call.amount_minor)

        return self._modify(psp, lambda _: "refund", _WITH_AMOUNT, move)

    def cancel_payment(self, psp: str) -> Response:
        """`POST /payments/{psp}/cancels`: release what is held and not captured."""
        return self._modify(psp, lambda _: "void", _WITHOUT_AMOUNT, self.desk.acquirer.void)

    def reverse_payment(self, psp: str) -> Response:
        """`POST /payments/{psp}/reversals`: release what is held, or give back what was captured."""

        def move(connection: sqlite3.Connection, call: Call, charge: Entry) -> Entry:
            is_open = self.desk.acquirer.state(connection, charge).is_open
            return (self.desk.acquirer.void if is_open else self.desk.acquirer.refund)(connection, call, charge)

        # What a key belongs to must not depend on what became of the payment since.
        return self._modify(psp, lambda charge: _KIND_OF_REVERSAL[charge.kind], _WITHOUT_AMOUNT, move)

    def _modify(self, psp: str, kind_of: Callable[[Entry], str], names: tuple[str, ...], move: Move) -> Response:
        self.desk.exchanges.arrived("prepare")
        body = fields.json_object(names, required=tuple(name for name in names if name == "amount"))
        charge = self._payment(psp, merchant_account(body))
        kind = kind_of(charge)
        amount_minor, currency = amount(body) if "amount" in names else (None, charge.currency)
        call = self.desk.call(
            kind,
            FACE,
            key=fields.idempotency_key(),
            amount_minor=amount_minor,
            currency=charge.currency,
            merchant=charge.merchant,
            customer=charge.customer,
            reference=charge.reference,
            card_last4=charge.card_last4,
        )
        told: dict[str, Any] = {"amount": {"currency": currency, "value": amount_minor}} if amount_minor else {}
        told |= {"merchantAccount": charge.merchant, "paymentPspReference": psp, "status": "received"}
        if reference := fields.text(body, "reference"):
            told["reference"] = reference

        def execute(connection: sqlite3.Connection) -> Executed:
            try:
                if currency != charge.currency:
                    raise invalid("the payment has another currency", code="currency_differs")
                entry = move(connection, call, charge)
                outcome = SUCCEEDED
            except Refused as failure:
                entry = self.desk.acquirer.record_failure(connection, call, charge, kind, failure)
                outcome = DECLINED
            return Executed(outcome, Answer.of(201, {**told, "pspReference": psp_reference(entry.id)}))

        return self.desk.submit(call, body, execute)

    def _payment(self, psp: str, merchant: str) -> Entry:
        with self.desk.database.read() as connection:
            entry = self._find(connection, psp)
        if entry is None or entry.merchant != merchant:
            raise missing("the payment")
        return entry

    def _find(self, connection: sqlite3.Connection, psp: str) -> Entry | None:
        if len(psp) != _PSP_REFERENCE_LENGTH or not psp.isalnum():
            return None
        start = f"ch_{psp.lower()}"
        found = self.desk.ledger.select(connection, "id >= ? AND id < ?", (start, f"{start}~"))
        return next((entry for entry in found if entry.kind in CHARGES), None)
