"""The issuer declines the card after the wallet was debited: the wallet gets its money back.

Invariants: INV-1 one charge per payment, INV-3 ledger balances, INV-4 no stuck money, INV-6 events rebuild state.
"""

import pytest

from harness.checkers import events_rebuild_state, ledger_balances, no_stuck_money, one_charge_per_payment
from harness.clients import cards
from harness.units import usd

CARDS = (cards.DECLINED, cards.WITHOUT_FUNDS, cards.LOST, cards.STOLEN, cards.WRONG_CVC, cards.NOT_PROCESSED)


@pytest.mark.parametrize("card", CARDS)
def test_wallet_is_compensated_when_the_card_is_declined(payments, gateway, history, card):
    alice = payments.wallet(balance="100.00")

    declined = payments.pay(alice, amount="40.00", card=card)

    assert (declined.status_code, declined.status) == (402, "FAILED")
    assert declined.code
    assert gateway.declines(declined.payment_id) == 1
    assert gateway.charges(declined.payment_id) == []
    assert alice.balance() == usd("100.00")
    history.satisfies(one_charge_per_payment, ledger_balances, no_stuck_money, events_rebuild_state)
