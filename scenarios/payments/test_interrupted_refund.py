"""A refund's writes are interrupted, their answers lost or their worker killed: the money goes back once, and whole.

Invariants: INV-3 ledger balances, INV-6 events rebuild state, INV-7 refunds never exceed payments,
INV-8 idempotent answers.
"""

import pytest

from harness.checkers import (
    events_rebuild_state,
    idempotent_answers,
    ledger_balances,
    refunds_never_exceed_payments,
)
from harness.clients.patience import patient_s
from harness.faults import AwsFaults
from harness.units import usd
from harness.waiting import wait_until

INTERRUPTIONS = (AwsFaults.lose_answer, AwsFaults.garble_answer, AwsFaults.kill_caller)


@pytest.mark.parametrize("interrupt", INTERRUPTIONS, ids=lambda verb: verb.__name__)
def test_money_goes_back_once_when_writes_of_a_refund_are_interrupted(payments, gateway, faults, history, interrupt):
    alice = payments.wallet(balance="100.00")
    paid = payments.pay(alice, amount="40.00")

    writes = {"caller": "refund-service", "key": f"*{paid.payment_id}*"}
    with interrupt(faults.aws, "TransactWriteItems", sequence={"fail": 1, "pass": 1}, **writes) as interrupted:
        first = paid.refund("15.00", refund_id="back")
        refunded = lambda: paid.refund("15.00", refund_id="back").status_code == 200  # noqa: E731
        wait_until("the refund", refunded, within_s=patient_s(30))

    interrupted.must_have_fired(2)
    assert first.document["amount"] == "15.00"
    assert gateway.refunds(paid.payment_id) == [usd("15.00")]
    assert alice.balance() == usd("75.00")
    history.satisfies(ledger_balances, events_rebuild_state, refunds_never_exceed_payments, idempotent_answers)
