"""Who has no API key is refused, and who is on trial is slowed down: others don't notice.

Invariants: INV-3 ledger balances.
"""

from harness.checkers import ledger_balances
from harness.clients import concurrently
from harness.pytest_plugin import relies_on

pytestmark = relies_on("apigateway.api-keys")


def test_request_is_refused_when_it_has_no_key(payments, history):
    alice = payments.wallet(balance="100.00")

    refused = payments.without_key().list_payments(alice.user_id)

    assert refused.status_code == 403
    assert payments.without_key().health().status_code == 200
    history.satisfies(ledger_balances)


@relies_on("apigateway.usage-plan-limits")
def test_trial_customer_is_slowed_down_when_asking_too_often(payments, history):
    alice = payments.wallet(balance="100.00")
    trial = payments.on_trial()

    answers = concurrently(*[lambda: trial.list_payments(alice.user_id)] * 60)

    assert {one.status_code for one in answers} == {200, 429}
    assert alice.read().status_code == 200
    history.satisfies(ledger_balances)
