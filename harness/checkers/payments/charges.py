"""INV-1: the gateway and the wallet are asked for the money of a payment once."""

from collections.abc import Iterator

from harness.checkers.checker import Undecided, checker
from harness.checkers.verdict import Counterexample
from harness.checkers.words import DONE, told_entries, told_events
from harness.history import History


@checker("INV-1", reads=("payments", "events", "ledger"), actions=("pay", "book"))
def one_charge_per_payment(history: History) -> Iterator[Counterexample]:
    """Every payment is charged and debited at most once, and exactly once when it completed."""
    asked = {operation.subject for operation in history.of("pay")}
    charged = {entry.reference for entry in history.finals.ledger or ()}
    known = asked | charged | set(history.payments)
    if not known:
        raise Undecided("nothing was paid, neither by a client nor as a booking's deposit")
    for payment_id in sorted(known):
        payment = history.payments.get(payment_id)
        least = 1 if payment is not None and payment.status in DONE else 0
        charges = history.ledger_of(payment_id, "charge")
        debits = history.events_of(payment_id, "WalletDebitEvent")
        evidence = {
            "status": payment.status if payment else "no such payment",
            "gateway": told_entries(charges),
            "debits": told_events(debits),
        }
        for verb, count in (("charged", len(charges)), ("debited", len(debits))):
            if not least <= count <= 1:
                wanted = "once" if least else "at most once"
                yield Counterexample(f"payment {payment_id}", f"was {verb} {count} times, expected {wanted}", evidence)
