"""The gateway's one SQLite file: short write transactions, one at a time, and reads beside them.

What is committed survives kill -9 (write-ahead log). With `synchronous=NORMAL` the last commits may be lost when the
machine itself loses power; a test gateway does not promise more.
"""

import sqlite3
import threading
import zlib
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

BUSY_TIMEOUT_S = 10.0


class DatabaseUnusable(Exception):
    """The file cannot be the gateway's database; the message is one line for a terminal."""


class Database:
    """Hands out the connection to write and the connection to read; thread-safe.

    `schemas` are the statements of everything that keeps rows here, each ending in a semicolon. Without a path
    everything is in memory and gone with the process, however that ends.
    """

    def __init__(self, path: Path | None, schemas: Sequence[str]) -> None:
        self.path = path
        try:
            self._writer = _connect(path)
            _prepare(self._writer, "".join(schemas))
            # A database in memory belongs to its connection: one serves both ends, under one lock.
            self._reader = _connect(path) if path else self._writer
        except sqlite3.Error as problem:
            raise DatabaseUnusable(f"{path} can't be used as the gateway's database: {problem}") from problem
        self._writing = threading.RLock()
        self._reading = threading.RLock() if path else self._writing

    @contextmanager
    def write(self) -> Iterator[sqlite3.Connection]:
        """Open a write transaction; it commits at the end of the block and rolls back when that raises."""
        with self._writing:
            self._writer.execute("BEGIN IMMEDIATE")
            try:
                yield self._writer
                self._writer.execute("COMMIT")
            except BaseException:
                # Also when the commit itself fails, as on a full disk: else no later one could begin.
                if self._writer.in_transaction:
                    self._writer.execute("ROLLBACK")
                raise

    def is_free(self) -> bool:
        """Say whether nobody in this process reads or writes, so that both would begin at once."""
        for lock in (self._writing, self._reading):
            if not lock.acquire(blocking=False):
                return False
            lock.release()
        return True

    @contextmanager
    def read(self) -> Iterator[sqlite3.Connection]:
        """Give a connection that sees one state, all that was committed when the block began to read."""
        with self._reading:
            self._reader.execute("BEGIN")
            try:
                yield self._reader
            finally:
                self._reader.execute("COMMIT")

    def clear(self) -> None:
        """Forget every row, and start sequences at 1 again."""
        with self.write() as connection:
            tables = connection.execute("SELECT name FROM sqlite_master WHERE type = 'table'").fetchall()
            for (table,) in tables:
                connection.execute(f"DELETE FROM {table}")  # noqa: S608 - names from the schema itself

    def close(self) -> None:
        """Close the file; whoever writes at the moment ends first."""
        with self._writing, self._reading:
            self._reader.close()
            self._writer.close()


def _connect(path: Path | None) -> sqlite3.Connection:
    connection = sqlite3.connect(
        path or ":memory:", timeout=BUSY_TIMEOUT_S, isolation_level=None, check_same_thread=False
    )
    connection.row_factory = sqlite3.Row
    connection.execute("PRAGMA journal_mode=WAL")
    connection.execute("PRAGMA synchronous=NORMAL")
    return connection


def _prepare(connection: sqlite3.Connection, schema: str) -> None:
    # A file of another schema is another program's, or another version's: it is left alone.
    version = zlib.crc32(schema.encode()) & 0x7FFFFFFF
    connection.execute("BEGIN EXCLUSIVE")
    found = connection.execute("PRAGMA user_version").fetchone()[0]
    tables = connection.execute("SELECT count(*) FROM sqlite_master").fetchone()[0]
    if found == 0 and tables == 0:
        for statement in schema.split(";\n"):
            connection.execute(statement)
        connection.execute(f"PRAGMA user_version={version}")
    elif found != version:
        raise sqlite3.DatabaseError(f"it has schema {found}, expected {version} or an empty file")
    connection.execute("COMMIT")
