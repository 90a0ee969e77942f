"""On a whole cloud, the checkers see what a dishonest gateway does: their VALID means something."""

import pytest

from harness.checkers import INVALID, ledger_balances, one_charge_per_payment
from harness.clients import PaymentsClient
from harness.faults import Faults
from harness.pytest_plugin.rehearsal import CheckedHistory

pytestmark = pytest.mark.slow


def test_checkers_object_when_the_gateway_charges_twice(
    payments: PaymentsClient, faults: Faults, history: CheckedHistory
) -> None:
    payment = payments.payment(payments.wallet(balance="100.00"), amount="40.00")

    with faults.gateway.charge_twice(of=payment) as twice:
        payment.submit()

    twice.must_have_fired()
    charges, balances = history.verdicts_on(one_charge_per_payment, ledger_balances)
    assert charges.validity == INVALID
    assert "was charged 2 times, expected once" in str(charges)
    assert balances.validity == INVALID
    assert "the gateway kept 80.00 USD for it, expected 40.00 USD" in str(balances)
