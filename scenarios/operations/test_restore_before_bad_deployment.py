"""A migration ruins the wallets: they are restored to the second before it, and everything adds up again.

Invariants: INV-1 one charge per payment, INV-2 no overdraft, INV-3 ledger balances, INV-6 events rebuild state.
"""

from datetime import timedelta
from pathlib import Path

from harness.checkers import events_rebuild_state, ledger_balances, no_overdraft, one_charge_per_payment
from harness.pytest_plugin import relies_on
from harness.units import usd
from harness.waiting import wait_until

pytestmark = relies_on("dynamodb.pitr", "dynamodb.transactions", "lambda.runs", "states.execution-names")

MIGRATION = Path(__file__).parents[2] / "fixtures" / "templates" / "bad_migration" / "template.yaml"


def test_wallets_add_up_again_when_they_are_restored_to_before_a_bad_deployment(payments, operator, history):
    alice, bob = payments.wallet(balance="100.00"), payments.wallet(balance="30.00")
    payments.payment(alice, amount="40.00").submit().reaches("COMPLETED", within_s=10)
    payments.payment(bob, amount="5.50").submit().reaches("COMPLETED", within_s=10)
    good = operator.now()
    migration = operator.deploy(MIGRATION, WalletsTable=operator.table("WalletsTable"))
    wait_until("the next second", lambda: operator.now() > good + timedelta(seconds=1), within_s=5)

    operator.invoke(migration["MigrateFunction"], {"user_ids": [alice.user_id, bob.user_id]})
    ruined = (alice.balance(), bob.balance())
    broken = history.verdicts_on(ledger_balances)
    restored = operator.restore(operator.table("WalletsTable"), to=good)
    operator.put_back(restored, operator.table("WalletsTable"), [alice.key, bob.key])

    assert ruined == (usd("0.60"), usd("0.24"))
    assert [verdict.validity for verdict in broken] == ["INVALID"]
    assert (alice.balance(), bob.balance()) == (usd("60.00"), usd("24.50"))
    history.satisfies(one_charge_per_payment, no_overdraft, ledger_balances, events_rebuild_state)
