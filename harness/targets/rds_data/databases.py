"""Clusters on one PostgreSQL server: each has databases and an owner of its own, so that stacks never share a table.

A database comes into being with the first call that names it, because no control plane makes it; it is called after
cluster and name, with a hash that keeps accounts and regions apart (`orders_app_1f2e3d4c`). The owner may do within it
what Aurora's master user may, short of making databases. Whose a database is stands in its comment on the server, so
that a reset finds those of an earlier process too.
"""

import asyncio
import hashlib
import hmac
import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from urllib.parse import unquote, urlsplit

import psycopg
from psycopg import sql
from psycopg.conninfo import conninfo_to_dict, make_conninfo

from harness.edge.call import Namespace
from harness.targets.rds_data.connections import Connections, Database
from harness.targets.rds_data.limits import Limits
from harness.targets.rds_data.refused import Refused, unreachable
from harness.targets.rds_data.requests import Cluster
from harness.targets.rds_data.session import SETTINGS

_MARK = "rehearsal "
_NAME_MAX = 63  # of PostgreSQL's identifiers, in bytes
_CREATEROLE_SINCE = 160000  # before, a role that makes roles may also change everybody else's


class Databases:
    """All databases that the Data API has on one server."""

    def __init__(self, server_url: str, limits: Limits) -> None:
        self._server_url = server_url
        self._limits = limits
        self._connections = Connections(limits)
        self._making = asyncio.Lock()
        self._known: dict[tuple[str, str], Database] = {}

    async def of(self, cluster: Cluster, name: str) -> Database:
        """Return a cluster's database, made when it is not there yet. Raises Refused when the server can't."""
        key = (cluster.arn, name)
        if key not in self._known:
            async with self._making:
                if key not in self._known:
                    self._known[key] = await self._made(cluster, name)
        return self._known[key]

    async def reset(self, namespace: Namespace | None) -> None:
        """Drop the databases and owners of a namespace's clusters, or (None) of all. Raises Refused."""
        mark = _MARK if namespace is None else f"{_MARK}{namespace.account} {namespace.region} "
        async with self._making:
            for key in [key for key in self._known if _mark(Cluster.of(key[0])).startswith(mark)]:
                await self._connections.drop(self._known.pop(key))
            async with self._administering() as connection:
                await _drop_marked(connection, mark)

    async def close(self) -> None:
        """Close every connection; databases stay."""
        self._known.clear()
        await self._connections.close()

    async def check(self) -> None:
        """Ask the server whether it is there. Raises Refused."""
        async with self._administering() as connection:
            await connection.execute("SELECT 1")

    async def _made(self, cluster: Cluster, name: str) -> Database:
        owner, database = owner_name(cluster), database_name(cluster, name)
        password = self._password(owner)
        async with self._administering() as connection:
            await _make_owner(connection, owner, password, _mark(cluster))
            await _make_database(connection, database, owner, _mark(cluster))
        conninfo = make_conninfo(
            self._server_url,
            dbname=database,
            user=owner,
            password=password,
            options=SETTINGS,
            application_name="rds-data",
            client_encoding="UTF8",
        )
        return Database(database, conninfo, self._connections)

    def _password(self, owner: str) -> str:
        # The same in every process that knows the server's, so that two of them don't lock each other out.
        of_server = str(conninfo_to_dict(self._server_url).get("password") or "")
        return hmac.new(of_server.encode(), owner.encode(), hashlib.sha256).hexdigest()

    @asynccontextmanager
    async def _administering(self) -> AsyncIterator[psycopg.AsyncConnection[tuple[object, ...]]]:
        try:
            async with asyncio.timeout(self._limits.connect_s):
                connection = await psycopg.AsyncConnection.connect(self._server_url, autocommit=True)
        except (psycopg.OperationalError, TimeoutError, OSError) as problem:
            raise unreachable(problem) from problem
        try:
            async with connection:
                yield connection
        except psycopg.Error as problem:  # the server's user may not do what is needed, say
            raise Refused("ServiceUnavailableError", f"the database server said: {problem}") from problem


def where(server_url: str) -> str:
    """Return a server's address without user and password."""
    parts = urlsplit(server_url)
    return f"{parts.hostname or unquote(parts.path)}:{parts.port or 5432}"


def owner_name(cluster: Cluster) -> str:
    """Return what the owner of a cluster's databases is called on the server."""
    return _identifier(cluster.name, _hash(cluster.arn))


def database_name(cluster: Cluster, name: str) -> str:
    """Return what a cluster's database is called on the server."""
    return _identifier(f"{cluster.name}_{name}", _hash(cluster.arn, name))


def _mark(cluster: Cluster) -> str:
    return f"{_MARK}{cluster.account} {cluster.region} {cluster.arn}"


def _identifier(told: str, ending: str) -> str:
    readable = re.sub(r"[^a-z0-9_]+", "_", told.lower())
    return f"{readable[: _NAME_MAX - len(ending) - 1]}_{ending}"


def _hash(*parts: str) -> str:
    return hashlib.sha256("\0".join(parts).encode()).hexdigest()[:8]


_Admin = psycopg.AsyncConnection[tuple[object, ...]]


async def _make_owner(connection: _Admin, owner: str, password: str, mark: str) -> None:
    may = "LOGIN CREATEROLE" if connection.info.server_version >= _CREATEROLE_SINCE else "LOGIN"
    known = await connection.execute("SELECT FROM pg_roles WHERE rolname = %s", (owner,))
    verb = "ALTER" if known.rowcount else "CREATE"
    name = sql.Identifier(owner)
    await connection.execute(sql.SQL(verb + " ROLE {} " + may + " PASSWORD {}").format(name, sql.Literal(password)))
    # Only a superuser may choose the language of messages, which AWS's are told in.
    await connection.execute(sql.SQL("ALTER ROLE {} SET lc_messages = 'C'").format(name))
    await connection.execute(sql.SQL("COMMENT ON ROLE {} IS {}").format(name, sql.Literal(mark)))


async def _make_database(connection: _Admin, database: str, owner: str, mark: str) -> None:
    known = await connection.execute("SELECT FROM pg_database WHERE datname = %s", (database,))
    if known.rowcount:
        return
    name = sql.Identifier(database)
    try:
        await connection.execute(
            sql.SQL("CREATE DATABASE {} OWNER {} TEMPLATE template0 ENCODING 'UTF8'").format(
                name, sql.Identifier(owner)
            )
        )
    except psycopg.errors.DuplicateDatabase:
        return  # another process was quicker
    await connection.execute(sql.SQL("REVOKE CONNECT ON DATABASE {} FROM PUBLIC").format(name))
    await connection.execute(sql.SQL("COMMENT ON DATABASE {} IS {}").format(name, sql.Literal(mark)))


_MARKED_DATABASES = """
    SELECT datname FROM pg_database WHERE starts_with(shobj_description(oid, 'pg_database'), %s)
"""
_MARKED_OWNERS = "SELECT rolname FROM pg_roles WHERE starts_with(shobj_description(oid, 'pg_authid'), %s)"
_MADE_BY = """
    SELECT made.rolname FROM pg_auth_members given JOIN pg_roles made ON made.oid = given.roleid
    JOIN pg_roles owner ON owner.oid = given.member WHERE owner.rolname = %s AND given.admin_option
"""


async def _drop_marked(connection: _Admin, mark: str) -> None:
    for (database,) in await (await connection.execute(_MARKED_DATABASES, (mark,))).fetchall():
        await connection.execute(sql.SQL("DROP DATABASE {} WITH (FORCE)").format(sql.Identifier(str(database))))
    for (owner,) in await (await connection.execute(_MARKED_OWNERS, (mark,))).fetchall():
        made = await (await connection.execute(_MADE_BY, (owner,))).fetchall()
        for (role,) in [*made, (owner,)]:
            await connection.execute(sql.SQL("DROP ROLE {}").format(sql.Identifier(str(role))))
