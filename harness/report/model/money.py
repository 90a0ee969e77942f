"""Every payment of the table beside what the gateway's ledger holds of it, and whether the two agree.

Knows the kinds of entries that move money. An entry of another kind is shown and its payment is not judged: what it
means for the balance is the checkers' to say.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from harness.history import History, LedgerEntry, PaymentRecord
from harness.history.value import UNSETTLED
from harness.units import EXPONENT_BY_CURRENCY, Money

# What an entry that succeeded adds to the money that the gateway keeps.
SIGN_BY_KIND: Mapping[str, int] = {"charge": 1, "capture": 1, "refund": -1, "authorization": 0, "void": 0}
KEPT_IN_FULL = frozenset({"COMPLETED", "REFUNDED"})


@dataclass(frozen=True, slots=True)
class MoneyRow:
    """One payment, or one reference that only the ledger knows; `mismatch` is "" when the two sides agree."""

    payment_id: str
    payment: PaymentRecord | None
    entries: tuple[LedgerEntry, ...]
    mismatch: str = ""


def money_rows(history: History) -> list[MoneyRow]:
    """Return the rows, the mismatches first; none when payments or ledger were not read."""
    if history.finals.payments is None or history.finals.ledger is None:
        return []
    entries: dict[str, list[LedgerEntry]] = {payment_id: [] for payment_id in history.payments}
    for entry in history.finals.ledger:
        entries.setdefault(entry.reference, []).append(entry)
    rows = []
    for payment_id, several in entries.items():
        payment = history.payments.get(payment_id)
        rows.append(MoneyRow(payment_id, payment, tuple(several), _mismatch(payment, several)))
    return sorted(rows, key=lambda row: not row.mismatch)


def told_amount(amount_minor: int, currency: str) -> str:
    """Return an amount in words; of a currency whose decimals nobody told, in minor units."""
    if currency in EXPONENT_BY_CURRENCY:
        return str(Money(amount_minor, currency))
    return f"{amount_minor} minor units of {currency}"


def _mismatch(payment: PaymentRecord | None, entries: Iterable[LedgerEntry]) -> str:
    moved = [entry for entry in entries if entry.succeeded]
    if any(entry.kind not in SIGN_BY_KIND for entry in moved):
        return ""
    kept = sum(SIGN_BY_KIND[entry.kind] * entry.amount_minor for entry in moved)
    if payment is None:
        return f"the gateway keeps {told_amount(kept, moved[0].currency)} for no payment" if kept else ""
    if any(entry.currency != payment.currency for entry in moved):
        return f"the gateway moved another currency than {payment.currency}"
    if payment.status in UNSETTLED:
        return f"the payment is still {payment.status}"
    expected = payment.amount_minor - payment.refunded_minor if payment.status in KEPT_IN_FULL else 0
    if kept != expected:
        seen, wanted = told_amount(kept, payment.currency), told_amount(expected, payment.currency)
        return f"the gateway keeps {seen}, expected {wanted}"
    return _reference_mismatch(payment, moved)


def _reference_mismatch(payment: PaymentRecord, moved: list[LedgerEntry]) -> str:
    if payment.gateway_ref and payment.gateway_ref not in {entry.entry_id for entry in moved}:
        return f"the ledger has no entry {payment.gateway_ref}, which the payment refers to"
    return ""
