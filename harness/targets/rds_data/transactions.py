"""Transactions that are open: a connection each, ended by a call, by three idle minutes, or after a day.

A transaction that nobody ends is rolled back by closing its connection, which needs no answer from the server. Source:
BeginTransaction's documentation for the limits, "Troubleshooting" in the user guide for the sentences (documented).
"""

import asyncio
import secrets
from collections import OrderedDict
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

from harness.targets.rds_data.connections import Database
from harness.targets.rds_data.limits import Limits
from harness.targets.rds_data.refused import Refused, bad_request, transaction_not_found
from harness.targets.rds_data.requests import Request
from harness.targets.rds_data.session import Session

EXPIRED = "Transaction may be expired."
ENDED = "One previous call resulted in a termination of your transaction."
ABORTED = "Transaction has been aborted due to an error from a previous call."
_REMEMBERED_MAX = 1000
_ID_BYTES = 66


@dataclass(eq=False, slots=True)
class Transaction:
    """An open transaction. It belongs to a cluster's database; a call that names another is refused."""

    id: str
    arn: str
    database_name: str  # as the client has it
    database: Database
    session: Session
    is_busy: bool = False
    timers: dict[str, asyncio.TimerHandle] = field(default_factory=dict)


class Transactions:
    """All open transactions."""

    def __init__(self, limits: Limits) -> None:
        self._limits = limits
        self._open: dict[str, Transaction] = {}
        self._ended: OrderedDict[str, str] = OrderedDict()  # why, for the latest
        self._closing: set[asyncio.Task[None]] = set()

    def __len__(self) -> int:
        return len(self._open)

    async def begin(self, arn: str, name: str, database: Database) -> str:
        """Open a transaction and return its id. Raises Refused."""
        session = await database.connections.take(database)
        try:
            await session.command("BEGIN")
        except BaseException:
            await session.close()
            raise
        transaction = Transaction(secrets.token_urlsafe(_ID_BYTES), arn, name, database, session)
        self._open[transaction.id] = transaction
        self._wind(transaction, "age", self._limits.transaction_s)
        self._wind(transaction, "idle", self._limits.transaction_idle_s)
        return transaction.id

    @asynccontextmanager
    async def used(self, request: Request) -> AsyncIterator[Transaction]:
        """Lend the transaction of a request for one call. Raises Refused: there is none, or it runs a statement."""
        transaction = self._found(request)
        if transaction.is_busy:
            raise Refused("DatabaseErrorException", "Transaction is still running a query")  # documented
        transaction.is_busy = True
        transaction.timers.pop("idle").cancel()
        try:
            yield transaction
        finally:
            self.release(transaction)

    def release(self, transaction: Transaction) -> None:
        """Take a transaction back after a call; one whose connection is gone is over."""
        transaction.is_busy = False
        if transaction.id not in self._open:
            return
        if transaction.session.is_lost:
            self._forget(transaction, ABORTED)
        else:
            self._wind(transaction, "idle", self._limits.transaction_idle_s)

    async def commit(self, request: Request) -> None:
        """Commit. Raises Refused; then nothing is committed, unless the connection broke, which its message tells."""
        async with self.used(request) as transaction:
            if transaction.session.has_failed:
                # PostgreSQL answers COMMIT with ROLLBACK then; that must not look like a success (words assumed).
                await self._end(transaction, ABORTED)
                told = "current transaction is aborted, it was rolled back instead of committed"
                raise Refused("DatabaseErrorException", f"ERROR: {told}; SQLState: 25P02")
            try:
                await transaction.session.command("COMMIT")
            finally:
                await self._end(transaction, ENDED)

    async def roll_back(self, request: Request) -> None:
        """Roll back. Raises Refused when there is nothing to roll back."""
        async with self.used(request) as transaction:
            try:
                await transaction.session.command("ROLLBACK")
            finally:
                await self._end(transaction, ENDED)

    async def end_those_of(self, arns: set[str] | None) -> None:
        """Roll back the transactions of some clusters (by ARN), or (None) all."""
        for transaction in list(self._open.values()):
            if arns is None or transaction.arn in arns:
                await self._end(transaction, EXPIRED)
        if self._closing:
            await asyncio.wait(set(self._closing))

    def clusters(self) -> set[str]:
        """Return the ARNs of clusters with open transactions."""
        return {transaction.arn for transaction in self._open.values()}

    def _found(self, request: Request) -> Transaction:
        transaction = self._open.get(request.transaction)
        if transaction is None or transaction.arn != request.cluster.arn:
            raise transaction_not_found(request.transaction, self._ended.get(request.transaction, EXPIRED))
        if request.database and request.database != transaction.database_name:
            raise bad_request("Database name is not the same as the transaction's")  # assumed
        return transaction

    def _wind(self, transaction: Transaction, timer: str, after_s: float) -> None:
        running = transaction.timers.pop(timer, None)
        if running is not None:
            running.cancel()
        loop = asyncio.get_running_loop()
        transaction.timers[timer] = loop.call_later(after_s, self._expire, transaction)

    def _expire(self, transaction: Transaction) -> None:
        closing = asyncio.get_running_loop().create_task(self._end(transaction, EXPIRED))
        self._closing.add(closing)
        closing.add_done_callback(self._closing.discard)

    async def _end(self, transaction: Transaction, why: str) -> None:
        self._forget(transaction, why)
        if why == EXPIRED and transaction.is_busy:
            await transaction.session.cancel()
        if why == ENDED and transaction.session.is_idle:
            await transaction.database.connections.give_back(transaction.database, transaction.session)
        else:
            await transaction.session.close()

    def _forget(self, transaction: Transaction, why: str) -> None:
        if self._open.pop(transaction.id, None) is None:
            return
        for timer in transaction.timers.values():
            timer.cancel()
        self._ended[transaction.id] = why
        while len(self._ended) > _REMEMBERED_MAX:
            self._ended.popitem(last=False)
