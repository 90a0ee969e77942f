"""The gateway is down for one merchant: the breaker opens and spares it, probes it again, and closes when it is back.

Invariants: INV-1 one charge per payment, INV-3 ledger balances, INV-4 no stuck money, INV-6 events rebuild state.
"""

from harness.checkers import events_rebuild_state, ledger_balances, no_stuck_money, one_charge_per_payment
from harness.faults import go_down


def test_breaker_opens_half_opens_and_closes_when_the_gateway_goes_and_comes_back(payments, gateway, history):
    alice = payments.wallet(balance="100.00")
    shop = {"merchant": "shop", "amount": "1.00"}
    merchant = payments.payment(alice, **shop).merchant

    with go_down(gateway, merchant=merchant) as down:
        before_opening = [payments.pay(alice, **shop) for _ in range(6)]
        fired_when_open = down.fired
        while_open = [payments.pay(alice, **shop) for _ in range(3)]
        fired_in_the_end = down.fired
    tried_again = payments.pay_until("COMPLETED", alice, **shop, within_s=10)
    afterwards = [payments.pay(alice, **shop) for _ in range(3)]

    down.must_have_fired(2)
    assert {(one.status_code, one.code) for one in before_opening + while_open} == {(503, "gateway_unavailable")}
    assert fired_in_the_end == fired_when_open, "an open breaker asks the gateway for nothing"
    assert {one.status for one in tried_again[:-1]} <= {"FAILED"}
    assert {one.status for one in afterwards} == {"COMPLETED"}
    assert all(gateway.charges(one.payment_id) == [] for one in before_opening + while_open)
    history.satisfies(one_charge_per_payment, ledger_balances, no_stuck_money, events_rebuild_state)


def test_other_merchants_pay_when_one_merchant_s_breaker_is_open(payments, gateway, history):
    alice = payments.wallet(balance="100.00")
    merchant = payments.payment(alice, amount="1.00", merchant="down").merchant

    with go_down(gateway, merchant=merchant) as down:
        refused = [payments.pay(alice, amount="1.00", merchant="down") for _ in range(6)]
        elsewhere = payments.pay(alice, amount="1.00", merchant="up")

    down.must_have_fired(2)
    assert {one.status_code for one in refused} == {503}
    assert elsewhere.status == "COMPLETED"
    history.satisfies(one_charge_per_payment, ledger_balances, no_stuck_money)
