"""Tasks `CheckWalletBalance`, `DebitWallet`, `CompensateWallet`, and `CreditWallet` and `GetBalance` for the API.

In {operation, execution, state}; out {user_id, balance_minor, currency, version}, or null when nothing was credited.
Fails InsufficientFunds, WalletNotFound, CurrencyMismatch, PaymentClosed, IdempotencyConflict: final.
WalletContention, StoreUnavailable: retry.
"""

from dataclasses import asdict, dataclass
from functools import cache
from typing import Any

from groundwork.deadline import Deadline, LambdaContext
from groundwork.instants import Clock, utc_now
from groundwork.observability import logger, tracer
from groundwork.settings import Environment

from payments.adapters import wiring
from payments.adapters.tasks import Task, task_line
from payments.domain import wallets
from payments.domain.errors import WalletNotFound
from payments.domain.store import Store
from payments.domain.wallets import Balance, Credit


@dataclass(frozen=True, slots=True)
class Dependencies:
    """What this function needs from outside."""

    store: Store
    clock: Clock

    @classmethod
    def from_environment(cls) -> "Dependencies":
        """Build them from this process's environment."""
        return cls(wiring.store(Environment.current()), utc_now)


dependencies = cache(Dependencies.from_environment)  # the first invoke builds, warm ones reuse


def handle(event: dict[str, Any], deps: Dependencies, deadline: Deadline) -> dict[str, Any] | None:
    """Do one operation on a wallet."""
    task = Task.parse(event)
    with task_line(task) as line:
        balance = _operate(task, deps, deadline)
        if balance is None:
            return None
        line.add(balance_minor=balance.balance_minor, currency=balance.currency)
        return asdict(balance)


def _operate(task: Task, deps: Dependencies, deadline: Deadline) -> Balance | None:
    match task.operation:
        case "CheckWalletBalance":
            return wallets.check_balance(deps.store, task.payment)
        case "DebitWallet":
            known = task.state.get("wallet")
            return wallets.debit(deps.store, task.payment, Balance(**known) if known else None, deps.clock, deadline)
        case "CompensateWallet":
            return wallets.compensate(deps.store, task.payment, task.failure, deps.clock, deadline)
        case "CreditWallet":
            return wallets.top_up(deps.store, Credit(**task.state), deps.clock, deadline)
        case "GetBalance":
            return _balance(deps.store, str(task.state["user_id"]))
        case unknown:
            raise ValueError(f"operation {unknown!r} is not one of this function")


def _balance(store: Store, user_id: str) -> Balance:
    wallet = store.wallet(user_id)
    if wallet is None:
        raise WalletNotFound(f"user {user_id} has no wallet")
    return Balance.of(wallet)


@tracer.capture_lambda_handler(capture_response=False)
@logger.inject_lambda_context(clear_state=True)
def lambda_handler(event: dict[str, Any], context: LambdaContext) -> dict[str, Any] | None:
    """Entry point of AWS Lambda."""
    return handle(event, dependencies(), Deadline.from_context(context, reserve_ms=500))
