"""The wallets' table does not answer at all: the step's time runs out, it is tried again, and the payment completes.

Invariants: INV-1 one charge per payment, INV-3 ledger balances, INV-4 no stuck money, INV-5 statuses only advance.
"""

from harness.checkers import ledger_balances, no_stuck_money, one_charge_per_payment, statuses_only_advance
from harness.pytest_plugin import relies_on
from harness.units import usd

pytestmark = relies_on("lambda.timeout")


def test_payment_completes_when_the_wallet_does_not_answer_for_a_while(payments, gateway, faults, history):
    alice = payments.wallet(balance="100.00")
    payment = payments.payment(alice, amount="40.00")

    # As many as the SDK tries: either it gives up by itself, or Lambda ends the function first.
    with faults.aws.hang("GetItem", table="Wallets", of=alice, caller="wallet-service", times=3) as hung:
        paid = payment.submit_async().reaches("COMPLETED", within_s=40)

    hung.must_have_fired(3)
    assert paid.failed_attempts() in (["Sandbox.Timedout"], ["StoreUnavailable"])
    assert gateway.charges(paid.payment_id) == [usd("40.00")]
    assert alice.balance() == usd("60.00")
    history.satisfies(one_charge_per_payment, ledger_balances, no_stuck_money, statuses_only_advance)
