"""Wallets of the payments system with money in them, as its own top-up leaves them: the item and its event.

Events rebuild every balance (INV-6), so a wallet without its credit would be a broken one.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from random import Random

from harness.ids import derived_seed
from harness.seeding.expecting import Index
from harness.seeding.rows import Row, wire_item

CURRENCIES = (("USD", 70), ("EUR", 20), ("CLP", 10))
_MINOR_BY_CURRENCY = {"USD": 100, "EUR": 100, "CLP": 1}
_BALANCE_MIN, _BALANCE_MAX = 20, 2_000
SHAPES = {
    "WalletsTable": (Index("", "UserID", ""),),
    "PaymentEventsTable": (Index("", "ID", ""), Index("PaymentIDIndex", "PaymentID", "Timestamp")),
}


@dataclass(frozen=True, slots=True)
class WalletPlan:
    """How many wallets, opened during the days before `today`."""

    wallets: int
    seed: int
    today: datetime
    days: int = 90


def wallet_rows(plan: WalletPlan) -> Iterator[Row]:
    """Give every wallet with the event of its first credit."""
    for number in range(plan.wallets):
        yield from _wallet(plan, number)


def wallet_name(seed: int, number: int) -> str:
    """Return the user whose wallet is number `number`."""
    return f"seed-{seed}-user-{number:06d}"


def _wallet(plan: WalletPlan, number: int) -> Iterator[Row]:
    random = Random(derived_seed(plan.seed, "wallet", str(number)))  # noqa: S311 - no secret
    ((currency, _),) = random.choices(CURRENCIES, weights=[weight for _, weight in CURRENCIES])
    balance_minor = random.randrange(_BALANCE_MIN, _BALANCE_MAX) * 5 * _MINOR_BY_CURRENCY[currency]
    user_id, credit_id = wallet_name(plan.seed, number), "seed-opening"
    opened_at = plan.today - timedelta(seconds=random.randrange(1, plan.days * 86_400))
    at, event_id = f"{opened_at:%Y-%m-%dT%H:%M:%S.%fZ}", f"credit#{user_id}#{credit_id}"
    wallet = {
        "UserID": user_id,
        "Balance": balance_minor,
        "Currency": currency,
        "Version": 1,
        "LastTxID": event_id,
        "UpdatedAt": at,
    }
    data = {
        "user_id": user_id,
        "amount": balance_minor,
        "currency": currency,
        "previous_balance": 0,
        "new_balance": balance_minor,
        "version": 1,
        "timestamp": at,
        "reason": "topup",
        "credit_id": credit_id,
    }
    event = {
        "ID": event_id,
        "PaymentID": f"credit#{credit_id}",
        "EventType": "WalletCreditEvent",
        "Timestamp": at,
        "Source": "wallet-service",
        "Data": data,
    }
    yield Row("PaymentEventsTable", wire_item(event))
    yield Row("WalletsTable", wire_item(wallet))
