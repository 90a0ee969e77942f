"""A customer double-clicks "Pay": the wallet is debited once and the card is charged once.

Invariants: INV-1 one charge per payment, INV-3 ledger balances, INV-5 statuses only advance, INV-8 idempotent answers.
"""

from harness.checkers import idempotent_answers, ledger_balances, one_charge_per_payment, statuses_only_advance
from harness.clients import concurrently
from harness.units import usd


def test_double_click_pays_once(payments, gateway, history):
    alice = payments.wallet(balance="100.00")
    click = payments.payment(alice, amount="40.00", payment_id="pay-click")

    first, second = concurrently(click.submit, click.submit)

    assert first.payment_id == second.payment_id
    first.reaches("COMPLETED", within_s=10)
    assert gateway.charges(first.payment_id) == [usd("40.00")]
    assert alice.balance() == usd("60.00")
    history.satisfies(one_charge_per_payment, ledger_balances, statuses_only_advance, idempotent_answers)


def test_impatient_customer_pays_once(payments, gateway, history):
    alice = payments.wallet(balance="100.00")
    click = payments.payment(alice, amount="40.00")

    clicks = concurrently(*[click.submit] * 10)

    assert {one.payment_id for one in clicks} == {click.payment_id}
    clicks[0].reaches("COMPLETED", within_s=10)
    assert gateway.charges(click.payment_id) == [usd("40.00")]
    assert alice.balance() == usd("60.00")
    history.satisfies(one_charge_per_payment, ledger_balances, statuses_only_advance, idempotent_answers)
