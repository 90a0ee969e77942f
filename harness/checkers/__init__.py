"""Was it allowed? Pure functions from a history to a verdict, one for each invariant in docs/invariants.md.

A verdict is VALID, INVALID with the first counterexample, or UNKNOWN; only VALID passes. A checker that crashes, or
whose evidence is missing, answers UNKNOWN. No AWS, HTTP, clock or random numbers in here.
"""

from harness.checkers.checker import Checker, Undecided, checker
from harness.checkers.checking import check, must_be_valid
from harness.checkers.payments.balances import ledger_balances
from harness.checkers.payments.charges import one_charge_per_payment
from harness.checkers.payments.idempotency import idempotent_answers
from harness.checkers.payments.overdraft import no_overdraft
from harness.checkers.payments.refunds import refunds_never_exceed_payments
from harness.checkers.payments.replay import events_rebuild_state
from harness.checkers.payments.statuses import statuses_only_advance
from harness.checkers.payments.stuck_money import no_stuck_money
from harness.checkers.verdict import INVALID, UNKNOWN, VALID, Counterexample, Verdict

CHECKERS: tuple[Checker, ...] = (
    one_charge_per_payment,
    no_overdraft,
    ledger_balances,
    no_stuck_money,
    statuses_only_advance,
    events_rebuild_state,
    refunds_never_exceed_payments,
    idempotent_answers,
)

__all__ = [
    "CHECKERS",
    "INVALID",
    "UNKNOWN",
    "VALID",
    "Checker",
    "Counterexample",
    "Undecided",
    "Verdict",
    "check",
    "checker",
    "events_rebuild_state",
    "idempotent_answers",
    "ledger_balances",
    "must_be_valid",
    "no_overdraft",
    "no_stuck_money",
    "one_charge_per_payment",
    "refunds_never_exceed_payments",
    "statuses_only_advance",
]
