"""The database: a commit that fails leaves nothing behind and stands in nobody's way."""

import sqlite3

import pytest

from mock_gateway.database import Database

SCHEMA = """
CREATE TABLE parents (id INTEGER PRIMARY KEY);
CREATE TABLE children (parent INTEGER REFERENCES parents (id) DEFERRABLE INITIALLY DEFERRED);
"""


def test_later_commits_succeed_when_one_failed() -> None:
    database = Database(None, [SCHEMA])
    database._writer.execute("PRAGMA foreign_keys=ON")

    with pytest.raises(sqlite3.IntegrityError), database.write() as connection:
        connection.execute("INSERT INTO children VALUES (1)")  # found out at the commit
    with database.write() as connection:
        connection.execute("INSERT INTO parents VALUES (1)")

    with database.read() as connection:
        assert connection.execute("SELECT count(*) FROM children").fetchone()[0] == 0
        assert connection.execute("SELECT count(*) FROM parents").fetchone()[0] == 1
    database.close()
