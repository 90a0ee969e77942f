"""The gateway is down for one merchant: the breaker opens and spares it, probes it again, and closes when it is back.

Invariants: INV-1 one charge per payment, INV-3 ledger balances, INV-4 no stuck money, INV-6 events rebuild state.
"""

from harness.checkers import events_rebuild_state, ledger_balances, no_stuck_money, one_charge_per_payment


def test_breaker_opens_half_opens_and_closes_when_the_gateway_goes_and_comes_back(payments, gateway, faults, history):
    alice = payments.wallet(balance="100.00")
    shop = {"merchant": "shop", "amount": "1.00"}

    merchant = payments.payment(alice, **shop).merchant

    with faults.gateway.go_down(merchant=merchant) as down:
        started = [payments.payment(alice, **shop).submit_async() for _ in range(20)]
        refused = [one.settles(within_s=15) for one in started]
    tried_again = payments.pay_until("COMPLETED", alice, **shop, within_s=10)
    afterwards = payments.pay(alice, **shop)

    spared = [one for one in refused if not gateway.calls(one.payment_id)]
    opened, *probed, half_opened, closed = payments.circuit_changes(merchant)
    down.must_have_fired(3)
    assert {(one.status, one.code) for one in refused} == {("FAILED", "gateway_unavailable")}
    assert len(spared) >= 5, "an open breaker does not ask the gateway"
    assert {one.status_code for one in tried_again[:-1]} <= {503}
    assert afterwards.status == "COMPLETED"
    assert (opened, half_opened, closed) == ("opened", "half-opened", "closed")
    assert probed == ["half-opened", "opened"] * (len(probed) // 2)
    history.satisfies(one_charge_per_payment, ledger_balances, no_stuck_money, events_rebuild_state)


def test_other_merchants_pay_when_one_merchant_s_breaker_is_open(payments, faults, history):
    alice = payments.wallet(balance="100.00")
    merchant = payments.payment(alice, amount="1.00", merchant="down").merchant

    with faults.gateway.go_down(merchant=merchant) as down:
        started = [payments.payment(alice, amount="1.00", merchant="down").submit_async() for _ in range(5)]
        elsewhere = payments.pay(alice, amount="1.00", merchant="up")
        refused = [one.settles(within_s=15) for one in started]

    down.must_have_fired(2)
    assert {one.code for one in refused} == {"gateway_unavailable"}
    assert elsewhere.status == "COMPLETED"
    history.satisfies(one_charge_per_payment, ledger_balances, no_stuck_money)
