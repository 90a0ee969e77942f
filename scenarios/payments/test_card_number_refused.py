"""A client sends a card number where a token belongs: refused, and the number is not repeated to anyone.

Invariants: INV-3 ledger balances.
"""

import pytest

from harness.checkers import ledger_balances
from harness.clients import cards

PLACES = ({"card": cards.NUMBER}, {"card": "4242 4242 4242 4242"}, {"metadata": {"note": cards.NUMBER}})


@pytest.mark.parametrize("change", PLACES, ids=["in card", "with spaces", "in metadata"])
def test_card_number_is_refused_and_not_repeated(payments, gateway, history, change):
    alice = payments.wallet(balance="100.00")

    refused = payments.payment(alice, amount="40.00").but(**change).submit()

    assert refused.status_code == 400
    assert cards.NUMBER not in str(refused.document).replace(" ", "")
    assert gateway.ledger(customer=alice.user_id) == ()
    history.satisfies(ledger_balances)
