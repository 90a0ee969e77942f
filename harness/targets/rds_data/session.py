"""One connection to PostgreSQL, which runs a statement and takes its result no further than the Data API's limits.

It speaks libpq's extended protocol, so that the server itself refuses two statements in one call, takes values in the
server's own text form, which is what the Data API answers with, and reads rows in pieces: a result that is too large
is given up when the limit is reached, not when memory is.
"""

import asyncio
import contextlib
import select
from collections.abc import AsyncIterator
from dataclasses import dataclass
from typing import NamedTuple

import psycopg
from psycopg import capabilities, generators, pq

from harness.targets.rds_data.limits import MIB, Limits
from harness.targets.rds_data.refused import DatabaseSaid, Refused, lost, of_result, unreachable, unsupported
from harness.targets.rds_data.requests import Statement

ROWS_PER_PIECE = 256
CANCEL_WITHIN_S = 5.0
# What texts of values depend on; a client may change them for itself, and DISCARD ALL takes that back.
SETTINGS = "-c TimeZone=UTC -c DateStyle=ISO,MDY -c bytea_output=hex -c extra_float_digits=1"
_COPIES = {pq.ExecStatus.COPY_IN: "In", pq.ExecStatus.COPY_OUT: "Out", pq.ExecStatus.COPY_BOTH: "Both"}
_CHANGING = (b"INSERT", b"UPDATE", b"DELETE", b"MERGE")
_ROWS = (pq.ExecStatus.TUPLES_OK, pq.ExecStatus.SINGLE_TUPLE, pq.ExecStatus.TUPLES_CHUNK)

Row = tuple[bytes | None, ...]


class Column(NamedTuple):
    """A column as PostgreSQL describes it; the modifier holds a length or a precision, -1 for none."""

    name: str
    type_oid: int
    modifier: int
    table_oid: int
    number: int


@dataclass(frozen=True, slots=True)
class Outcome:
    """What a statement brought: columns (None when it returns no rows), rows, and how many rows it changed."""

    columns: tuple[Column, ...] | None
    rows: list[Row]
    changed: int
    is_selection: bool = False


class Session:
    """A connection; one statement at a time."""

    def __init__(self, connection: psycopg.AsyncConnection[object]) -> None:
        self._connection = connection

    @classmethod
    async def open(cls, conninfo: str, connect_s: float) -> "Session":
        """Connect. Raises Refused: what the server says against it, or that nobody answers."""
        try:
            async with asyncio.timeout(connect_s):
                connection = await psycopg.AsyncConnection.connect(conninfo, autocommit=True, prepare_threshold=None)
        except (psycopg.OperationalError, TimeoutError, OSError) as problem:
            raise unreachable(problem) from problem
        return cls(connection)

    @property
    def backend(self) -> int:
        """The server's process id for this connection."""
        return self._connection.info.backend_pid

    @property
    def is_idle(self) -> bool:
        """Whether the connection lives, outside of any transaction, as far as can be told without asking."""
        connection = self._connection
        if connection.closed or connection.pgconn.transaction_status != pq.TransactionStatus.IDLE:
            return False
        # Nothing comes by an idle connection but the news that it ends.
        poll = select.poll()
        poll.register(connection.fileno(), select.POLLIN)
        return not poll.poll(0)

    @property
    def has_failed(self) -> bool:
        """Whether the connection is gone, or its transaction only waits to be rolled back."""
        return self._connection.closed or (self._connection.pgconn.transaction_status == pq.TransactionStatus.INERROR)

    @property
    def is_lost(self) -> bool:
        """Whether the connection is gone."""
        return self._connection.closed

    async def run(self, statement: Statement, limits: Limits, *, bytes_max: int = MIB) -> Outcome:
        """Run a statement. Raises Refused: PostgreSQL's error, a result beyond the limits, a lost connection."""
        try:
            return await self._run(statement, limits, bytes_max)
        except psycopg.Error as problem:
            await self.close()
            raise lost(problem) from problem

    async def command(self, sql: str) -> str:
        """Run a statement of our own and return its command tag ("COMMIT"). Raises Refused."""
        try:
            tag = ""
            async for result in self._results(Statement(sql)):
                tag = (result.command_status or b"").decode()
        except psycopg.Error as problem:
            await self.close()
            raise lost(problem) from problem
        return tag

    async def cancel(self) -> None:
        """Ask the server to end the statement that runs; it ends with an error of its own."""
        with contextlib.suppress(psycopg.Error):  # then it has ended, or the connection has
            await self._connection.cancel_safe(timeout=CANCEL_WITHIN_S)

    async def close(self) -> None:
        """Close the connection, which rolls back what is open."""
        await self._connection.close()

    async def _run(self, statement: Statement, limits: Limits, bytes_max: int) -> Outcome:
        columns: tuple[Column, ...] | None = None
        rows: list[Row] = []
        size = changed = 0
        tag = b""
        async for result in self._results(statement):
            tag = result.command_status or tag  # the last of many pieces may have none
            if tag.startswith(_CHANGING):
                changed = max(changed, result.command_tuples or 0)
            if result.status not in _ROWS:
                continue
            if columns is None:
                columns = _columns(result)
            for at in range(result.ntuples):
                row = tuple(result.get_value(at, column) for column in range(len(columns)))
                taken = sum(len(value) for value in row if value is not None)
                # Reported: every value counts four bytes more and every row two, as PostgreSQL sends them.
                size += taken + 4 * len(row) + 2
                if taken > limits.row_bytes or size > bytes_max:
                    await self._give_up()
                    raise _too_large(taken, limits, bytes_max)
                rows.append(row)
        return Outcome(columns, rows, changed, is_selection=tag.startswith(b"SELECT"))

    async def _results(self, statement: Statement) -> AsyncIterator[pq.abc.PGresult]:
        connection, pgconn = self._connection, self._connection.pgconn
        values = [value.text for value in statement.values]
        types = [value.type_oid for value in statement.values]
        pgconn.send_query_params(statement.sql.encode(), values, param_types=types)
        if capabilities.has_stream_chunked():
            pgconn.set_chunked_rows_mode(ROWS_PER_PIECE)
        else:
            pgconn.set_single_row_mode()
        await connection.wait(generators.send(pgconn))
        problem: Refused | None = None
        while (result := await connection.wait(generators.fetch(pgconn))) is not None:
            if result.status in _COPIES:
                await self.close()
                raise DatabaseSaid(f"unexpected message: Copy{_COPIES[result.status]}Response", "")  # reported
            if result.status == pq.ExecStatus.FATAL_ERROR:
                problem = of_result(result)
            elif problem is None:
                yield result
        if pgconn.status == pq.ConnStatus.BAD:
            await self.close()
        if problem is not None:
            raise problem

    async def _give_up(self) -> None:
        await self.cancel()
        await self.close()


def _columns(result: pq.abc.PGresult) -> tuple[Column, ...]:
    return tuple(
        Column(
            (result.fname(at) or b"").decode("utf-8", "replace"),
            result.ftype(at),
            result.fmod(at),
            result.ftable(at),
            result.ftablecol(at),
        )
        for at in range(result.nfields)
    )


def _too_large(row_bytes: int, limits: Limits, bytes_max: int) -> Refused:
    if row_bytes > limits.row_bytes:
        # The message is documented, its class is assumed.
        return unsupported(f"Packet for query is too large ({row_bytes} > {limits.row_bytes}).")
    return unsupported(f"The result exceeds the size limit {bytes_max // MIB} MB.")  # reported
