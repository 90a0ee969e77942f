"""Clusters on one server: each its own tables, named databases, and a reset that leaves nothing of a namespace."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

import psycopg
import pytest

from harness.edge.call import Namespace
from harness.ids import new_token
from harness.targets.ports import free_ports
from harness.targets.rds_data import Limits, RdsData
from tests.targets.rds_data.conftest import DataApi, Server, client_of, given, serving

pytestmark = pytest.mark.slow


def marked(server_url: str, account: str) -> tuple[int, int]:
    """Return how many databases and roles of an account's clusters are on the server."""
    mark = f"rehearsal {account} us-east-1 %"
    with psycopg.connect(server_url, autocommit=True) as connection:
        databases = connection.execute(
            "SELECT count(*) FROM pg_database WHERE shobj_description(oid, 'pg_database') LIKE %s", (mark,)
        ).fetchone()
        roles = connection.execute(
            "SELECT count(*) FROM pg_roles WHERE shobj_description(oid, 'pg_authid') LIKE %s", (mark,)
        ).fetchone()
    assert databases is not None
    assert roles is not None
    return databases[0], roles[0]


def test_clusters_and_databases_dont_share_tables(api: DataApi) -> None:
    other = DataApi(api.client, f"{api.cluster}-other", api.server_url)
    api.run("CREATE TABLE t AS SELECT 1 AS a")
    other.run("CREATE TABLE t AS SELECT 2 AS a")
    api.run("CREATE TABLE t AS SELECT 3 AS a", database="Orders")

    assert api.rows("SELECT a FROM t") == [[1]]
    assert other.rows("SELECT a FROM t") == [[2]]
    assert api.rows("SELECT a FROM t", database="Orders") == [[3]]
    assert api.rows("SELECT a FROM t", database="postgres") == [[1]]


def test_owner_of_one_cluster_is_shut_out_of_another(api: DataApi) -> None:
    other = DataApi(api.client, f"{api.cluster}-other", api.server_url)
    other.run("SELECT 1")
    ((name,),) = other.rows("SELECT current_database()")
    rights = "SELECT has_database_privilege(:name, 'CONNECT'), rolsuper, rolcreatedb FROM pg_roles"

    may = api.rows(f"{rights} WHERE rolname = current_user", given("name", name))

    assert may == [[False, False, False]]


def test_owner_makes_roles_and_gives_them_rights(api: DataApi) -> None:
    role = f"reader_{new_token(6).lower()}"
    api.run("CREATE TABLE t (a int)")
    api.run(f"CREATE ROLE {role}")
    api.run(f"GRANT SELECT ON t TO {role}")

    assert api.rows("SELECT has_table_privilege(:role, 't', 'SELECT')", given("role", role)) == [[True]]


def test_vectors_come_back_as_text(api: DataApi) -> None:
    if not api.rows("SELECT 1 FROM pg_available_extensions WHERE name = 'vector'"):
        pytest.skip("this server has no pgvector")
    ((name,),) = api.rows("SELECT current_database()")
    with psycopg.connect(api.server_url, dbname=name, autocommit=True) as connection:
        connection.execute("CREATE EXTENSION vector")

    assert api.rows("SELECT '[1,2.5]'::vector") == [["[1,2.5]"]]


def test_first_calls_at_once_make_one_database(api: DataApi) -> None:
    with ThreadPoolExecutor(8) as pool:
        names = set(pool.map(lambda _: api.rows("SELECT current_database()")[0][0], range(8)))

    assert len(names) == 1


@pytest.fixture
def own(server_url: str) -> Iterator[tuple[RdsData, Server]]:
    """Serve a Data API that the test may reset."""
    data = RdsData(server_url, limits=Limits(statement_s=5.0))
    with serving(data) as server:
        yield data, server


def test_reset_drops_what_a_namespace_has_and_nothing_else(own: tuple[RdsData, Server], server_url: str) -> None:
    data, server = own
    one, other = (cluster_in(server, server_url, account) for account in ("111111111111", "222222222222"))
    for api in (one, other):
        api.run("CREATE TABLE t (a int)")
        api.run(f"CREATE ROLE made_{new_token(6).lower()}")
    held = one.begin()
    one.run("INSERT INTO t VALUES (1)", transactionId=held)

    server.do(data.reset(Namespace("111111111111", "us-east-1")))

    assert marked(server_url, "111111111111") == (0, 0)
    assert marked(server_url, "222222222222") == (1, 1)
    with pytest.raises(one.client.exceptions.TransactionNotFoundException):
        one.commit(held)
    assert other.rows("SELECT count(*) FROM t") == [[0]]
    one.run("CREATE TABLE t (a int)")
    server.do(data.reset(Namespace("222222222222", "us-east-1")))
    assert marked(server_url, "222222222222") == (0, 0)


def test_tables_are_found_again_by_another_process(own: tuple[RdsData, Server], server_url: str) -> None:
    first = cluster_in(own[1], server_url, "333333333333")
    first.run("CREATE TABLE t AS SELECT 7 AS a")

    later = RdsData(server_url)
    with serving(later) as server:
        again = DataApi(client_of(server.url, "333333333333"), first.cluster, server_url, "333333333333")
        assert again.rows("SELECT a FROM t") == [[7]]
        assert first.rows("SELECT a FROM t") == [[7]]
        server.do(later.reset(Namespace("333333333333", "us-east-1")))

    assert marked(server_url, "333333333333") == (0, 0)


def test_unreachable_server_is_told(own: tuple[RdsData, Server]) -> None:
    port = free_ports().aws
    with serving(RdsData(f"postgresql://user:hidden@127.0.0.1:{port}/db")) as server:
        api = DataApi(client_of(server.url), "nowhere", "")
        with pytest.raises(api.client.exceptions.DatabaseUnavailableException) as caught:
            api.run("SELECT 1")

    assert caught.value.response["ResponseMetadata"]["HTTPStatusCode"] == 504
    assert "hidden" not in str(caught.value)


def cluster_in(server: Server, server_url: str, account: str) -> DataApi:
    return DataApi(client_of(server.url, account), f"c-{new_token(6).lower()}", server_url, account)
