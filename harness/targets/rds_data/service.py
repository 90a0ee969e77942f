"""The service: a call in, an answer out. It is an upstream of the edge and knows nothing of where it stands."""

import asyncio
import logging
from collections.abc import Awaitable, Callable
from typing import Any, TypeVar

from harness.edge.aws import refusal
from harness.edge.call import Answer, Call, Namespace
from harness.edge.upstream import Upstream
from harness.errors import EnvironmentNotReady
from harness.targets.rds_data.answers import Document, answered, not_served, told
from harness.targets.rds_data.databases import Databases, where
from harness.targets.rds_data.fields import Options
from harness.targets.rds_data.limits import Limits
from harness.targets.rds_data.refused import QUERY_CANCELED, DatabaseSaid, Refused, bad_request, timed_out
from harness.targets.rds_data.requests import DEFAULT_DATABASE, Cluster, Request, parameter_sets, read, statement
from harness.targets.rds_data.secret import Secrets
from harness.targets.rds_data.session import Session
from harness.targets.rds_data.transactions import Transactions

logger = logging.getLogger(__name__)
T = TypeVar("T")
_AFTER_CANCEL_S = 5.0


class RdsData:
    """The RDS Data API before one PostgreSQL server, whose user may make databases and roles.

    `secrets` is where Secrets Manager is asked for the secret that a call names; without it any name is good.
    """

    def __init__(self, server_url: str, secrets: Upstream | None = None, *, limits: Limits | None = None) -> None:
        self._limits = limits or Limits()
        self._server_url = server_url
        self._databases = Databases(server_url, self._limits)
        self._transactions = Transactions(self._limits)
        self._secrets = Secrets(secrets)
        self._going_on: set[asyncio.Task[Any]] = set()
        self._operations: dict[str, Callable[[Request], Awaitable[Document]]] = {
            "ExecuteStatement": self._execute,
            "BatchExecuteStatement": self._batch,
            "BeginTransaction": self._begin,
            "CommitTransaction": self._commit,
            "RollbackTransaction": self._roll_back,
        }

    async def __call__(self, call: Call) -> Answer:
        """Answer a call. Never raises for what the caller or the database did."""
        try:
            serve = self._operations.get(call.operation)
            if serve is None:
                raise not_served(call)
            request = read(call, self._limits)
            await self._secrets.check(call.namespace, request.secret)
            return answered(await serve(request))
        except Refused as refused:
            return refusal(call, refused.code, refused.message, fields=refused.fields)

    async def reset(self, namespace: Namespace | None = None) -> None:
        """Drop what the clusters of a namespace hold, or (None) all of them; their transactions end.

        Raises EnvironmentNotReady when the server can't be asked to.
        """
        self._secrets.forget()
        of = {arn for arn in self._transactions.clusters() if _is_in(arn, namespace)}
        await self._transactions.end_those_of(of)
        try:
            await self._databases.reset(namespace)
        except Refused as refused:
            raise self._not_ready(refused) from refused

    async def check(self) -> None:
        """Ask the server whether it is there. Raises EnvironmentNotReady."""
        try:
            await self._databases.check()
        except Refused as refused:
            raise self._not_ready(refused) from refused

    async def close(self) -> None:
        """End what runs, roll back what is open, close every connection; data stays."""
        for task in self._going_on:
            task.cancel()
        await asyncio.gather(*self._going_on, return_exceptions=True)
        await self._transactions.end_those_of(None)
        await self._databases.close()

    def describe(self) -> dict[str, object]:
        """Return what the service says of itself; no password in it."""
        return {"server": where(self._server_url), "transactions": len(self._transactions)}

    def _not_ready(self, refused: Refused) -> EnvironmentNotReady:
        return EnvironmentNotReady(f"PostgreSQL at {where(self._server_url)}: {refused.message}")

    async def _execute(self, request: Request) -> Document:
        asked = statement(request, request.document.get("parameters"))
        options = Options.of(request.document.get("resultSetOptions"))
        form = request.text("formatRecordsAs") or "NONE"
        if form not in ("NONE", "JSON"):
            raise bad_request(f"formatRecordsAs is {form}, expected NONE or JSON")
        is_json, with_metadata = form == "JSON", request.flag("includeResultMetadata")
        bytes_max = self._limits.formatted_bytes if is_json else self._limits.result_bytes

        async def run(session: Session) -> Document:
            outcome = await session.run(asked, self._limits, bytes_max=bytes_max)
            return await told(session, outcome, options, is_json=is_json, with_metadata=with_metadata)

        return await self._within(request, run, goes_on=request.flag("continueAfterTimeout"))

    async def _batch(self, request: Request) -> Document:
        asked = [statement(request, parameters) for parameters in parameter_sets(request)]

        async def run(session: Session) -> Document:
            # Outside of a transaction the batch is one of its own: all sets or none (assumed).
            if not request.transaction:
                await session.command("BEGIN")
            for one in asked:
                await session.run(one, self._limits)
            if not request.transaction:
                await session.command("COMMIT")
            return {"updateResults": [{"generatedFields": []} for _ in asked]}

        return await self._within(request, run)

    async def _begin(self, request: Request) -> Document:
        name = request.database or DEFAULT_DATABASE
        database = await self._databases.of(request.cluster, name)
        return {"transactionId": await self._transactions.begin(request.cluster.arn, name, database)}

    async def _commit(self, request: Request) -> Document:
        await self._transactions.commit(_with_transaction(request))
        return {"transactionStatus": "Transaction Committed"}  # documented

    async def _roll_back(self, request: Request) -> Document:
        await self._transactions.roll_back(_with_transaction(request))
        return {"transactionStatus": "Rollback Complete"}  # documented

    async def _within(self, request: Request, run: "Callable[[Session], Awaitable[T]]", *, goes_on: bool = False) -> T:
        """Run something on the connection that a request is about, no longer than a call may take. Raises Refused."""
        using = _Using()
        task = asyncio.create_task(self._served(request, run, using))
        try:
            await asyncio.wait({task}, timeout=self._limits.statement_s)
            if task.done():
                return task.result()
            if goes_on:
                self._let_go_on(task)
            else:
                await _stopped(task, using)
        except asyncio.CancelledError:
            task.cancel()
            raise
        raise timed_out(using.backend)

    async def _served(self, request: Request, run: "Callable[[Session], Awaitable[T]]", using: "_Using") -> T:
        if request.transaction:
            async with self._transactions.used(request) as transaction:
                using.session = transaction.session
                return await run(transaction.session)
        database = await self._databases.of(request.cluster, request.database or DEFAULT_DATABASE)
        async with database.connections.lent(database) as session:
            using.session = session
            return await run(session)

    def _let_go_on(self, task: "asyncio.Task[Any]") -> None:
        self._going_on.add(task)
        task.add_done_callback(self._going_on.discard)
        task.add_done_callback(_heard)


class _Using:
    """Which connection a call runs on, once it has one."""

    session: Session | None = None

    @property
    def backend(self) -> int:
        return self.session.backend if self.session is not None and not self.session.is_lost else 0


async def _stopped(task: "asyncio.Task[Any]", using: _Using) -> None:
    """End a call that takes too long; raises what it ended with, unless that is being cancelled."""
    if using.session is None:
        task.cancel()
    else:
        await using.session.cancel()
        await asyncio.wait({task}, timeout=_AFTER_CANCEL_S)
        if not task.done():
            task.cancel()
    await asyncio.wait({task})
    problem = None if task.cancelled() else task.exception()
    if problem is not None and not (isinstance(problem, DatabaseSaid) and problem.state == QUERY_CANCELED):
        raise problem


def _heard(task: "asyncio.Task[Any]") -> None:
    """Take the outcome of a call whose answer was a timeout: nobody else will."""
    problem = None if task.cancelled() else task.exception()
    if problem is not None:
        logger.warning("a statement that went on after its timeout failed: %s", problem)


def _with_transaction(request: Request) -> Request:
    if not request.transaction:
        raise bad_request("transactionId is required")
    return request


def _is_in(arn: str, namespace: Namespace | None) -> bool:
    if namespace is None:
        return True
    cluster = Cluster.of(arn)
    return (cluster.account, cluster.region) == (namespace.account, namespace.region)
