"""INV-7: nobody gets back more than was paid."""

from collections.abc import Iterator

from harness.checkers.checker import checker
from harness.checkers.payments.movements import movements_by_user
from harness.checkers.verdict import Counterexample
from harness.checkers.words import DONE, money
from harness.history import OK, History, PaymentRecord
from harness.units import Money


@checker("INV-7", reads=("payments", "events", "ledger"), actions=("refund",))
def refunds_never_exceed_payments(history: History) -> Iterator[Counterexample]:
    """What is refunded of a payment, by whoever is asked, is at most what was paid, and nothing if it failed."""
    wallet_minor: dict[str, int] = {}
    for movements in movements_by_user(history).values():
        for movement in movements:
            if movement.reason == "refund":
                wallet_minor[movement.payment_id] = wallet_minor.get(movement.payment_id, 0) + movement.signed_minor
    for payment in history.payments.values():
        paid_minor = payment.amount_minor if payment.status in DONE else 0
        refunded_minor_by_witness = {
            "the payment": payment.refunded_minor,
            "the gateway": sum(entry.amount_minor for entry in history.ledger_of(payment.payment_id, "refund")),
            "its events": sum(
                int(event.data["amount"]) for event in history.events_of(payment.payment_id, "RefundEvent")
            ),
            "the wallet": wallet_minor.get(payment.payment_id, 0),
            "the answers": _answered_minor(history, payment),
        }
        # A payment that failed may have had its charge reversed; that is a compensation, not a refund.
        if payment.status == "FAILED":
            refunded_minor_by_witness.pop("the gateway")
        yield from _excess(payment, paid_minor, refunded_minor_by_witness)


def _answered_minor(history: History, payment: PaymentRecord) -> int:
    amount_by_refund: dict[str, int] = {}
    for operation in history.of("refund"):
        if operation.subject == payment.payment_id and operation.outcome == OK and "amount" in operation.result:
            refund_id = str(operation.result.get("refund_id") or f"operation {operation.index}")
            amount = Money.parse(str(operation.result["amount"]), payment.currency)
            amount_by_refund[refund_id] = amount.amount_minor
    return sum(amount_by_refund.values())


def _excess(payment: PaymentRecord, paid_minor: int, refunded: dict[str, int]) -> Iterator[Counterexample]:
    for witness, amount_minor in refunded.items():
        if amount_minor > paid_minor:
            yield Counterexample(
                f"payment {payment.payment_id}",
                f"was refunded {money(amount_minor, payment.currency)} by what {witness} say"
                f"{'' if witness.endswith('s') else 's'}, expected at most {money(paid_minor, payment.currency)}",
                {name: money(minor, payment.currency) for name, minor in refunded.items()},
            )
            return
