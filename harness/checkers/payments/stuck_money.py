"""INV-4: once everything has settled, no money is under way and a failed payment took none."""

from collections.abc import Iterator

from harness.checkers.checker import Undecided, checker
from harness.checkers.payments.movements import Movement, movements_by_user
from harness.checkers.verdict import Counterexample
from harness.checkers.words import money, told_entries
from harness.history import History, PaymentRecord, open_refunds
from harness.history.value import UNSETTLED


@checker("INV-4", reads=("payments", "events", "ledger", "executions"), actions=("pay", "book"))
def no_stuck_money(history: History) -> Iterator[Counterexample]:
    """After settling nothing is pending, no execution runs, and a FAILED payment holds no debit and no charge."""
    movements: dict[str, list[Movement]] = {}
    for movement in (one for several in movements_by_user(history).values() for one in several):
        movements.setdefault(movement.payment_id, []).append(movement)
    for payment in history.payments.values():
        if payment.status in UNSETTLED:
            yield _stuck(history, payment)
        elif payment.status == "FAILED":
            yield from _kept(history, payment, movements.get(payment.payment_id, []))
        for refund_id in sorted(open_refunds(history.events_of(payment.payment_id))):
            yield Counterexample(
                f"refund {refund_id}", "was claimed and has come to no end, expected it done or refused"
            )
    for execution in history.executions.values():
        if execution.status == "RUNNING":
            yield Counterexample(f"execution {execution.name}", "is still RUNNING, expected it to have ended")
    if not history.payments and not any(history.of("pay")):
        raise Undecided("nothing was paid, neither by a client nor as a booking's deposit")


def _stuck(history: History, payment: PaymentRecord) -> Counterexample:
    execution = history.executions.get(payment.payment_id)
    return Counterexample(
        f"payment {payment.payment_id}",
        f"is still {payment.status}, expected COMPLETED, FAILED or REFUNDED",
        {
            "execution": f"{execution.status} {execution.error}".strip() if execution else "none",
            "gateway": told_entries(history.ledger_of(payment.payment_id, "charge")),
        },
    )


def _kept(history: History, payment: PaymentRecord, movements: list[Movement]) -> Iterator[Counterexample]:
    net_minor = sum(movement.signed_minor for movement in movements)
    if net_minor:
        what = f"is FAILED and its wallet is {money(net_minor, payment.currency)} from where it was, expected no change"
        evidence = {"wallet": "\n".join(str(movement) for movement in movements)}
        yield Counterexample(f"payment {payment.payment_id}", what, evidence)
    charges = history.ledger_of(payment.payment_id, "charge")
    refunds = history.ledger_of(payment.payment_id, "refund")
    kept_minor = sum(entry.amount_minor for entry in charges) - sum(entry.amount_minor for entry in refunds)
    if kept_minor:
        what = f"is FAILED and the gateway kept {money(kept_minor, payment.currency)}, expected nothing"
        yield Counterexample(f"payment {payment.payment_id}", what, {"gateway": told_entries([*charges, *refunds])})
