"""Builds histories as a flawless system would have left them; tests then break one thing in them.

story = Story()
story.credit("alice", "100.00")
story.pay("alice", "pay-1", "40.00")
assert one_charge_per_payment(story.history()).is_valid
"""

from collections.abc import Mapping
from typing import Any

from harness.history import (
    EventRecord,
    ExecutionRecord,
    FinalReads,
    History,
    LedgerEntry,
    Operation,
    PaymentRecord,
    WalletRecord,
)
from harness.history.operation import FAIL, INFO, OK, Outcome
from harness.units import Money


class Story:
    """A flawless payments system in a few dictionaries. Operations happen one after the other, one a second."""

    def __init__(self) -> None:
        self.operations: list[Operation] = []
        self.payments: dict[str, PaymentRecord] = {}
        self.wallets: dict[str, WalletRecord] = {}
        self.events: list[EventRecord] = []
        self.ledger: list[LedgerEntry] = []
        self.executions: list[ExecutionRecord] = []
        self.clock_s = 0

    def history(self, name: str = "story") -> History:
        finals = FinalReads(
            tuple(self.payments.values()),
            tuple(self.wallets.values()),
            tuple(self.events),
            tuple(self.ledger),
            tuple(self.executions),
        )
        return History(tuple(self.operations), finals, seed=7, name=name)

    def credit(
        self, user: str, amount: str, currency: str = "USD", *, outcome: Outcome = OK, lost: bool = False
    ) -> None:
        """Top up; `lost`: it did not happen, with `outcome` info nobody knows."""
        credit_id = f"credit-{len(self.operations)}"
        if not lost:
            self._move(user, Money.parse(amount, currency), 1, "topup", "", f"{credit_id}#credit")
        body = {"credit_id": credit_id, "amount": amount, "currency": currency}
        balance = Money(self.wallets[user].balance_minor, currency).decimal if user in self.wallets else "0"
        answer = {"user_id": user, "balance": balance, "currency": currency, "credit_id": credit_id}
        self.operate("credit", user, body, outcome, 200, answer)

    def pay(self, user: str, payment_id: str, amount: str, currency: str = "USD", *, answered: bool = True) -> None:
        """Pay successfully; without `answered` the client never heard of it."""
        money = Money.parse(amount, currency)
        self._request(user, payment_id, money)
        self._move(user, money, -1, "", payment_id, f"{payment_id}#debit")
        self._status(payment_id, "PENDING", "PROCESSING")
        charge = f"ch_{payment_id}"
        self._ledger("charge", charge, "succeeded", money, user, payment_id, f"{payment_id}:charge")
        self.event("ChargeSucceededEvent", payment_id, "charge", gateway_ref=charge)
        self._status(payment_id, "PROCESSING", "COMPLETED", gateway_ref=charge)
        self.executions.append(ExecutionRecord(payment_id, "SUCCEEDED"))
        self._answer(user, payment_id, amount, currency, 200 if answered else None)

    def decline(self, user: str, payment_id: str, amount: str, currency: str = "USD") -> None:
        """Pay with a card that is declined: debit, refusal, compensation."""
        money = Money.parse(amount, currency)
        self._request(user, payment_id, money)
        self._move(user, money, -1, "", payment_id, f"{payment_id}#debit")
        self._status(payment_id, "PENDING", "PROCESSING")
        self._ledger("charge", f"ch_{payment_id}", "declined", money, user, payment_id, f"{payment_id}:charge")
        self._move(user, money, 1, "compensation", payment_id, f"{payment_id}#compensation")
        self._status(payment_id, "PROCESSING", "FAILED", failure_code="card_declined")
        self.executions.append(ExecutionRecord(payment_id, "FAILED", error="PaymentDeclined"))
        self._answer(user, payment_id, amount, currency, 402)

    def refund(self, payment_id: str, amount: str, refund_id: str) -> None:
        """Refund a part or all of a payment."""
        payment = self.payments[payment_id]
        money = Money.parse(amount, payment.currency)
        reference = f"re_{refund_id}"
        self._ledger("refund", reference, "succeeded", money, payment.user_id, payment_id, f"{refund_id}:refund")
        self._move(payment.user_id, money, 1, "refund", payment_id, f"{refund_id}#credit")
        self.event("RefundEvent", payment_id, refund_id, refund_id=refund_id, amount=money.amount_minor)
        self._change(payment_id, refunded_minor=payment.refunded_minor + money.amount_minor)
        if self.payments[payment_id].refunded_minor == payment.amount_minor:
            self._status(payment_id, "COMPLETED", "REFUNDED")
        after = self.payments[payment_id]
        answer = {
            "refund_id": refund_id,
            "payment_id": payment_id,
            "amount": amount,
            "currency": payment.currency,
            "status": "COMPLETED",
            "payment_status": after.status,
        }
        self.operate("refund", payment_id, {"refund_id": refund_id, "amount": amount}, OK, 200, answer)

    def repeat(self, operation: int = -1, **changed: Any) -> None:
        """Do an operation again: the same request, the same answer, no effect; `changed` replaces parts of it."""
        former = self.operations[operation]
        parts = {
            "action": former.action,
            "subject": former.subject,
            "value": former.value,
            "outcome": former.outcome,
            "status_code": former.status_code,
            "result": former.result,
            **changed,
        }
        self.operate(**parts)

    def read(self, payment_id: str, status: str = "") -> None:
        """Read a payment, as it is or with the `status` that is told."""
        payment = self.payments[payment_id]
        self.operate("read_payment", payment_id, {}, OK, 200, _document(payment) | {"status": status or payment.status})

    def operate(
        self,
        action: str,
        subject: str,
        value: Mapping[str, Any],
        outcome: Outcome,
        status_code: int | None,
        result: Mapping[str, Any],
    ) -> None:
        self.clock_s += 1
        index, at_s = len(self.operations), float(self.clock_s)
        self.operations.append(
            Operation(index, 0, action, subject, at_s, value, at_s + 0.5, outcome, status_code, result)
        )

    def event(self, event_type: str, payment_id: str, suffix: str, **data: Any) -> None:
        number = len(self.events)
        self.events.append(
            EventRecord(
                f"{payment_id}#{suffix}",
                event_type,
                f"2026-01-01T00:{number // 60:02}:{number % 60:02}Z",
                payment_id,
                "payments",
                {"payment_id": payment_id, **data},
            )
        )

    def _request(self, user: str, payment_id: str, money: Money) -> None:
        amount = {"amount": money.amount_minor, "currency": money.currency}
        self.event("PaymentRequestEvent", payment_id, "request", user_id=user, merchant="default", **amount)
        self.payments[payment_id] = PaymentRecord(payment_id, user, money.amount_minor, money.currency, "PENDING")

    def _status(self, payment_id: str, old: str, new: str, **changes: Any) -> None:
        self.event("PaymentStatusEvent", payment_id, f"status-{new}", **{"from": old, "to": new})
        self._change(payment_id, status=new, **changes)

    def _change(self, payment_id: str, **changes: Any) -> None:
        from dataclasses import replace

        self.payments[payment_id] = replace(self.payments[payment_id], **changes)

    def _move(self, user: str, money: Money, sign: int, reason: str, payment_id: str, event_id: str) -> None:
        before = self.wallets.get(user, WalletRecord(user, 0, money.currency, 0))
        after_minor = before.balance_minor + sign * money.amount_minor
        self.wallets[user] = WalletRecord(user, after_minor, money.currency, before.version + 1)
        data = {
            "user_id": user,
            "amount": money.amount_minor,
            "previous_balance": before.balance_minor,
            "new_balance": after_minor,
            "version": before.version + 1,
        } | ({"reason": reason} if reason else {})
        kind = "WalletCreditEvent" if sign > 0 else "WalletDebitEvent"
        self.event(kind, payment_id, event_id.partition("#")[2], **data)

    def _ledger(
        self, kind: str, entry_id: str, status: str, money: Money, user: str, payment_id: str, key: str
    ) -> None:
        charge = f"ch_{payment_id}" if kind == "refund" else ""
        self.ledger.append(
            LedgerEntry(
                len(self.ledger) + 1,
                entry_id,
                kind,
                status,
                money.amount_minor,
                money.currency,
                payment_id,
                user,
                charge=charge,
                idempotency_key=key,
            )
        )

    def _answer(self, user: str, payment_id: str, amount: str, currency: str, status_code: int | None) -> None:
        body = {"payment_id": payment_id, "user_id": user, "amount": amount, "currency": currency}
        outcome = INFO if status_code is None else OK if status_code == 200 else FAIL
        result = _document(self.payments[payment_id]) if status_code else {}
        self.operate("pay", payment_id, body, outcome, status_code, result)


def _document(payment: PaymentRecord) -> dict[str, Any]:
    failure = {"failure": {"code": payment.failure_code}} if payment.failure_code else {}
    return {
        "payment_id": payment.payment_id,
        "user_id": payment.user_id,
        "amount": Money(payment.amount_minor, payment.currency).decimal,
        "currency": payment.currency,
        "status": payment.status,
        "merchant": payment.merchant,
        "created_at": "2026-01-01T00:00:00Z",
        "gateway_ref": payment.gateway_ref,
        **failure,
    }


def whole_story() -> Story:
    """Return a story with something of everything: success, decline, refunds, a repeat, currencies, a lost answer."""
    story = Story()
    story.credit("alice", "100.00")
    story.credit("akira", "5000", "JPY")
    story.pay("alice", "pay-1", "40.00")
    story.repeat()
    story.read("pay-1")
    story.decline("alice", "pay-2", "10.00")
    story.pay("akira", "pay-3", "1200", "JPY")
    story.refund("pay-1", "15.00", "refund-1")
    story.repeat()
    story.refund("pay-3", "1200", "refund-2")
    story.pay("alice", "pay-4", "5.00", answered=False)
    story.operate("read_wallet", "alice", {}, OK, 200, {"user_id": "alice", "balance": "70.00", "currency": "USD"})
    return story
