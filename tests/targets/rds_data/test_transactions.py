"""Transactions through boto3: they end as they were told to, or roll back, and nobody is told otherwise."""

import threading
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

import psycopg
import pytest

from harness.targets.rds_data import Limits, RdsData
from harness.waiting import wait_until
from tests.targets.rds_data.conftest import DataApi, client_of, given, serving

pytestmark = pytest.mark.slow


def count(api: DataApi) -> int:
    ((number,),) = api.rows("SELECT count(*) FROM t")
    return int(number)


@pytest.fixture
def api(api: DataApi) -> DataApi:
    api.run("CREATE TABLE t (a int PRIMARY KEY, b int DEFAULT 0)")
    return api


def not_found(api: DataApi, transaction: str) -> str:
    with pytest.raises(api.client.exceptions.TransactionNotFoundException) as caught:
        api.run("SELECT 1", transactionId=transaction)
    assert caught.value.response["ResponseMetadata"]["HTTPStatusCode"] == 404
    return str(caught.value.response["Error"]["Message"])


def test_changes_are_seen_by_others_when_they_are_committed(api: DataApi) -> None:
    transaction = api.begin()
    api.run("INSERT INTO t VALUES (1)", transactionId=transaction)
    assert api.rows("SELECT count(*) FROM t", transactionId=transaction) == [[1]]
    assert count(api) == 0

    assert api.commit(transaction) == "Transaction Committed"

    assert count(api) == 1
    assert "One previous call resulted in a termination" in not_found(api, transaction)


def test_changes_are_gone_when_they_are_rolled_back(api: DataApi) -> None:
    transaction = api.begin()
    api.run("CREATE TABLE other (a int)", transactionId=transaction)
    api.client.batch_execute_statement(
        **api.where,
        sql="INSERT INTO t VALUES (:a)",
        parameterSets=[[given("a", 1)], [given("a", 2)]],
        transactionId=transaction,
    )

    assert api.roll_back(transaction) == "Rollback Complete"

    assert count(api) == 0
    with pytest.raises(api.client.exceptions.TransactionNotFoundException):
        api.roll_back(transaction)


def test_transaction_is_rolled_back_when_nobody_uses_it(api: DataApi, hasty: DataApi) -> None:
    transaction = hasty.begin()
    hasty.run("INSERT INTO t VALUES (1)", transactionId=transaction)

    api.run("INSERT INTO t VALUES (1)")  # waits for the first, which holds the key as long as it lives

    assert "Transaction may be expired." in not_found(hasty, transaction)


def test_transaction_ends_at_its_age_although_it_is_used(api: DataApi) -> None:
    with serving(RdsData(api.server_url, limits=Limits(transaction_s=0.5))) as server:
        aging = replace(api, client=client_of(server.url))
        transaction = aging.begin()
        aging.run("INSERT INTO t VALUES (1)", transactionId=transaction)

        with pytest.raises(aging.client.exceptions.DatabaseErrorException):
            aging.run("SELECT 1 FROM (SELECT pg_sleep(20)) q", transactionId=transaction)

        assert "Transaction may be expired." in not_found(aging, transaction)
    assert count(api) == 0


def test_unknown_transaction_is_not_found(api: DataApi) -> None:
    assert not_found(api, "nonsense") == "Transaction nonsense is not found. Transaction may be expired."


def test_transaction_of_another_cluster_is_not_found(api: DataApi) -> None:
    transaction = api.begin()
    other = DataApi(api.client, f"{api.cluster}-other", api.server_url)

    not_found(other, transaction)

    assert api.commit(transaction) == "Transaction Committed"


def test_failed_transaction_serves_nothing_and_never_commits(api: DataApi) -> None:
    transaction = api.begin()
    api.run("INSERT INTO t VALUES (1)", transactionId=transaction)
    error = api.client.exceptions.DatabaseErrorException
    with pytest.raises(error, match="SQLState: 42P01"):
        api.run("SELECT * FROM missing", transactionId=transaction)
    with pytest.raises(error, match=r"current transaction is aborted, commands ignored.*SQLState: 25P02"):
        api.run("SELECT 1", transactionId=transaction)

    with pytest.raises(error, match="rolled back"):
        api.commit(transaction)

    assert count(api) == 0


def test_commit_fails_when_a_deferred_constraint_does(api: DataApi) -> None:
    api.run("CREATE TABLE child (a int REFERENCES t DEFERRABLE INITIALLY DEFERRED)")
    transaction = api.begin()
    api.run("INSERT INTO child VALUES (1)", transactionId=transaction)

    with pytest.raises(api.client.exceptions.DatabaseErrorException, match=r"foreign key.*SQLState: 23503"):
        api.commit(transaction)

    assert api.rows("SELECT count(*) FROM child") == [[0]]


def test_transaction_ends_when_its_result_is_too_large(api: DataApi) -> None:
    transaction = api.begin()
    with pytest.raises(api.client.exceptions.UnsupportedResultException):
        api.run("SELECT repeat('x', 1000) FROM generate_series(1, 5000)", transactionId=transaction)

    assert "aborted due to an error from a previous call" in not_found(api, transaction)


def test_second_statement_is_refused_while_the_first_runs(api: DataApi) -> None:
    transaction = api.begin()
    with ThreadPoolExecutor() as pool:
        first = pool.submit(api.run, "SELECT 1 FROM (SELECT pg_sleep(0.5)) q", transactionId=transaction)
        wait_until("the statement", lambda: sleeping(api), within_s=5)
        with pytest.raises(api.client.exceptions.DatabaseErrorException, match="Transaction is still running a query"):
            api.run("SELECT 1", transactionId=transaction)
        assert first.result()["records"] == [[{"longValue": 1}]]

    assert api.commit(transaction) == "Transaction Committed"


def sleeping(api: DataApi) -> bool:
    return api.rows(
        "SELECT count(*) FROM pg_stat_activity WHERE wait_event = 'PgSleep' AND datname = current_database()"
    ) != [[0]]


def test_statement_goes_on_after_its_timeout_when_asked_to(api: DataApi, hasty: DataApi) -> None:
    slow = "INSERT INTO t SELECT 1 FROM (SELECT pg_sleep(1.6)) q"
    with pytest.raises(hasty.client.exceptions.StatementTimeoutException):
        hasty.run(slow, continueAfterTimeout=True)
    assert count(api) == 0

    wait_until("the row", lambda: count(api) == 1, within_s=10)


def test_timed_out_statement_leaves_its_transaction_aborted(hasty: DataApi) -> None:
    transaction = hasty.begin()
    with pytest.raises(hasty.client.exceptions.StatementTimeoutException):
        hasty.run("SELECT 1 FROM (SELECT pg_sleep(20)) q", transactionId=transaction)

    with pytest.raises(hasty.client.exceptions.DatabaseErrorException, match="current transaction is aborted"):
        hasty.run("SELECT 1", transactionId=transaction)
    hasty.roll_back(transaction)


def test_fifty_transactions_at_a_time_lose_nothing(api: DataApi) -> None:
    api.run("INSERT INTO t VALUES (0, 0)")
    all_begun = threading.Barrier(50)

    def deposit(number: int) -> None:
        transaction = api.begin()
        all_begun.wait(timeout=30)
        api.run("INSERT INTO t VALUES (:n)", given("n", number), transactionId=transaction)
        api.run("UPDATE t SET b = b + :n WHERE a = 0", given("n", number), transactionId=transaction)
        if number % 5:
            api.commit(transaction)
        else:
            api.roll_back(transaction)

    with ThreadPoolExecutor(50) as pool:
        list(pool.map(deposit, range(1, 51)))

    kept = [number for number in range(1, 51) if number % 5]
    assert api.rows("SELECT b FROM t WHERE a = 0") == [[sum(kept)]]
    assert api.rows("SELECT a FROM t WHERE a > 0 ORDER BY a") == [[number] for number in kept]


def test_full_server_is_told_in_its_own_words(api: DataApi) -> None:
    told = ""
    held: list[str] = []
    try:
        while not told and len(held) < 200:
            try:
                held.append(api.begin())
            except api.client.exceptions.DatabaseErrorException as error:
                told = error.response["Error"]["Message"]
    finally:
        for transaction in held:
            api.roll_back(transaction)

    assert told.startswith("FATAL: ")
    assert told.endswith("SQLState: 53300")
    assert count(api) == 0


def test_deadlock_is_told_to_one_and_the_other_commits(api: DataApi) -> None:
    api.run("INSERT INTO t VALUES (1), (2)")
    look_for_deadlocks_soon(api)
    both_hold = threading.Barrier(2)

    def cross(first: int, second: int) -> str:
        transaction = api.begin()
        api.run("UPDATE t SET b = b + 1 WHERE a = :a", given("a", first), transactionId=transaction)
        both_hold.wait(timeout=10)
        try:
            api.run("UPDATE t SET b = b + 1 WHERE a = :a", given("a", second), transactionId=transaction)
        except api.client.exceptions.DatabaseErrorException as error:
            api.roll_back(transaction)
            return str(error.response["Error"]["Message"])
        return api.commit(transaction)

    with ThreadPoolExecutor(2) as pool:
        one, other = pool.submit(cross, 1, 2), pool.submit(cross, 2, 1)
        told = sorted([one.result(), other.result()])

    assert told[0].startswith("ERROR: deadlock detected")
    assert told[0].endswith("SQLState: 40P01")
    assert told[1] == "Transaction Committed"
    assert api.rows("SELECT b FROM t") == [[1], [1]]


def look_for_deadlocks_soon(api: DataApi) -> None:
    ((database,),) = api.rows("SELECT current_database()")
    with psycopg.connect(api.server_url, autocommit=True) as connection:
        connection.execute(f"ALTER DATABASE \"{database}\" SET deadlock_timeout = '50ms'")


def test_killed_connection_is_told_and_ends_the_transaction(api: DataApi) -> None:
    transaction = api.begin()
    api.run("INSERT INTO t VALUES (1)", transactionId=transaction)
    ((backend,),) = api.rows("SELECT pg_backend_pid()", transactionId=transaction)

    kill(api, backend)

    with pytest.raises(api.client.exceptions.DatabaseErrorException, match="terminating connection due to"):
        api.commit(transaction)
    not_found(api, transaction)
    assert count(api) == 0


def test_killed_idle_connection_is_replaced_unnoticed(api: DataApi) -> None:
    ((backend,),) = api.rows("SELECT pg_backend_pid()")

    kill(api, backend)

    ((now,),) = api.rows("SELECT pg_backend_pid()")
    assert now != backend


def kill(api: DataApi, backend: int) -> None:
    with psycopg.connect(api.server_url, autocommit=True) as connection:
        connection.execute("SELECT pg_terminate_backend(%s, 5000)", (backend,))
