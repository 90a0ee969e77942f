"""INV-2: a wallet never goes below zero, whoever pays from it at the same time."""

from collections.abc import Iterator

from harness.checkers.checker import checker
from harness.checkers.payments.credits import credits_of
from harness.checkers.payments.movements import Movement, movements_by_user
from harness.checkers.verdict import Counterexample
from harness.checkers.words import DONE, money
from harness.history import FAIL, History, WalletRecord
from harness.units import Money


@checker("INV-2", reads=("payments", "wallets", "events"), actions=("pay", "credit"))
def no_overdraft(history: History) -> Iterator[Counterexample]:
    """No wallet's balance is ever negative: not in an event, not in a read, not by adding up what was spent."""
    movements = movements_by_user(history)
    for user_id, wallet in sorted(history.wallets.items()):
        if wallet.balance_minor < 0:
            found = money(wallet.balance_minor, wallet.currency)
            yield Counterexample(f"wallet {user_id}", f"holds {found} in the end, expected zero or more")
        yield from _below_zero(wallet, movements.get(user_id, []))
        yield from _overspent(history, wallet)
    yield from _negative_reads(history)


def _below_zero(wallet: WalletRecord, movements: list[Movement]) -> Iterator[Counterexample]:
    # Added up anew as well: two debits that each saw the full balance are an overdraft although each looked covered.
    sum_minor = 0
    for movement in movements:
        sum_minor += movement.signed_minor
        low_minor = min(sum_minor, movement.new_minor)
        if low_minor < 0:
            seen = money(low_minor, wallet.currency)
            what = f"fell to {seen} at version {movement.version}, expected zero or more"
            yield Counterexample(f"wallet {wallet.user_id}", what, {"event": str(movement)})
            return


def _overspent(history: History, wallet: WalletRecord) -> Iterator[Counterexample]:
    put_in = credits_of(history, wallet.user_id)
    if not put_in.known:
        return
    mine = [payment for payment in history.payments.values() if payment.user_id == wallet.user_id]
    spent_minor = sum(payment.amount_minor - payment.refunded_minor for payment in mine if payment.status in DONE)
    most_minor = put_in.sure_minor + sum(put_in.unsure_minor)
    if spent_minor > most_minor:
        spent, most = money(spent_minor, wallet.currency), money(most_minor, wallet.currency)
        yield Counterexample(f"wallet {wallet.user_id}", f"paid {spent} although only {most} was ever put in")


def _negative_reads(history: History) -> Iterator[Counterexample]:
    for operation in history.of("read_wallet", "credit"):
        balance, currency = operation.result.get("balance"), operation.result.get("currency")
        if operation.outcome == FAIL or balance is None or not isinstance(currency, str):
            continue
        seen = Money.parse(str(balance), currency)
        if seen.amount_minor < 0:
            what = f"was read as {seen}, expected zero or more"
            yield Counterexample(f"wallet {operation.subject}", what, {"operation": str(operation.index)})
