"""Statements through boto3 on a real PostgreSQL: parameters in, fields out, and each documented refusal."""

import json
from decimal import Decimal
from typing import Any

import pytest
from botocore.exceptions import ClientError

from tests.targets.rds_data.conftest import DataApi, given

pytestmark = pytest.mark.slow

EVERY_TYPE = """
    CREATE TABLE every (
      id serial PRIMARY KEY, small smallint, big bigint, exact numeric(10, 2), real real, double double precision,
      flag boolean, bytes bytea, txt text, fixed char(4), short varchar(20), day date, clock time,
      moment timestamp, instant timestamptz, ident uuid, doc json, docb jsonb, address inet
    )
"""


def refused(code: str, api: DataApi, sql: str, *parameters: dict[str, Any], **more: Any) -> str:
    """Return the message of the error that a statement must be answered with."""
    with pytest.raises(ClientError) as caught:
        api.run(sql, *parameters, **more)
    error = caught.value.response["Error"]
    assert error["Code"] == code
    if code != "ValidationException":  # which the service's model doesn't have
        assert isinstance(caught.value, getattr(api.client.exceptions, code))
    return str(error["Message"])


def test_every_type_comes_back_in_its_field(api: DataApi) -> None:
    api.run(EVERY_TYPE)
    api.run(
        """INSERT INTO every VALUES (DEFAULT, :small, :big, :exact, :real, :double, :flag, :bytes, :txt, 'ab', :short,
           :day, :clock, :moment, :moment, :ident, :doc, :doc, '10.0.0.1')""",
        given("small", 7),
        given("big", 2**62),
        given("exact", "10.50", "DECIMAL"),
        given("real", 0.5),
        given("double", 1e300),
        given("flag", value=True),
        given("bytes", b"\x00\xff"),
        given("txt", "ü:x 'y' \\ %s $1"),
        given("short", "s"),
        given("day", "2026-02-28", "DATE"),
        given("clock", "10:20:30.5", "TIME"),
        given("moment", "2026-02-28 10:20:30.123456", "TIMESTAMP"),
        given("ident", "8f14e45f-ceea-467f-a0e6-0123456789ab", "UUID"),
        given("doc", '{"a": [1, null]}', "JSON"),
    )

    (row,) = api.run("SELECT * FROM every")["records"]

    assert row == [
        {"longValue": 1},
        {"longValue": 7},
        {"longValue": 2**62},
        {"stringValue": "10.50"},
        {"doubleValue": 0.5},
        {"doubleValue": 1e300},
        {"booleanValue": True},
        {"blobValue": b"\x00\xff"},
        {"stringValue": "ü:x 'y' \\ %s $1"},
        {"stringValue": "ab  "},
        {"stringValue": "s"},
        {"stringValue": "2026-02-28"},
        {"stringValue": "10:20:30.500"},
        {"stringValue": "2026-02-28 10:20:30.123456"},
        {"stringValue": "2026-02-28 10:20:30.123456"},
        {"stringValue": "8f14e45f-ceea-467f-a0e6-0123456789ab"},
        {"stringValue": '{"a": [1, null]}'},
        {"stringValue": '{"a": [1, null]}'},
        {"stringValue": "10.0.0.1"},
    ]


def test_null_takes_the_type_of_its_place(api: DataApi) -> None:
    api.run("CREATE TABLE t (a int, b uuid)")

    api.run("INSERT INTO t VALUES (:a, :b)", given("a", None), given("b", None))

    assert api.run("SELECT a, b FROM t")["records"] == [[{"isNull": True}, {"isNull": True}]]


def test_changed_rows_are_counted_for_each_kind_of_statement(api: DataApi) -> None:
    assert api.run("CREATE TABLE t (a int)")["numberOfRecordsUpdated"] == 0
    inserted = api.run("INSERT INTO t SELECT generate_series(1, 700) RETURNING a")
    assert (inserted["numberOfRecordsUpdated"], len(inserted["records"])) == (700, 700)
    updated = api.run("UPDATE t SET a = 0 WHERE a <= :most", given("most", 5))
    assert (updated["numberOfRecordsUpdated"], updated["generatedFields"]) == (5, [])
    assert api.run("DELETE FROM t")["numberOfRecordsUpdated"] == 700
    assert api.run("SELECT count(*) FROM t")["numberOfRecordsUpdated"] == 0


def test_arrays_and_enums_come_back(api: DataApi) -> None:
    api.run("CREATE TYPE mood AS ENUM ('sad', 'glad')")

    row = api.run(
        "SELECT ARRAY[1, NULL], ARRAY['a,b'], ARRAY[true], ARRAY[1.5::float8], 'sad'::mood, ARRAY['glad'::mood]"
    )

    assert row["records"] == [
        [
            {"arrayValue": {"longValues": [1, None]}},
            {"arrayValue": {"stringValues": ["a,b"]}},
            {"arrayValue": {"booleanValues": [True]}},
            {"arrayValue": {"doubleValues": [1.5]}},
            {"stringValue": "sad"},
            {"arrayValue": {"stringValues": ["glad"]}},
        ]
    ]


def test_result_options_turn_numbers_into_what_was_asked(api: DataApi) -> None:
    options = {"decimalReturnType": "DOUBLE_OR_LONG", "longReturnType": "STRING"}

    (row,) = api.run("SELECT 5::int, 1.5::numeric, 2::numeric, ARRAY[1]", resultSetOptions=options)["records"]

    assert row == [
        {"stringValue": "5"},
        {"doubleValue": 1.5},
        {"longValue": 2},
        {"arrayValue": {"stringValues": ["1"]}},
    ]


def test_records_are_one_json_text_when_asked_for(api: DataApi) -> None:
    answer = api.run(
        "SELECT 1 AS a, 1.50::numeric AS b, '\\x00ff'::bytea AS c, NULL AS d, ARRAY[1, 2] AS e, DATE '2026-01-02' AS f",
        formatRecordsAs="JSON",
        includeResultMetadata=True,
    )

    (row,) = json.loads(answer["formattedRecords"])
    assert row == {"a": 1, "b": "1.50", "c": "AP8=", "d": None, "e": [1, 2], "f": "2026-01-02"}
    assert "records" not in answer
    assert "columnMetadata" not in answer


def test_json_format_is_ignored_when_no_rows_are_selected(api: DataApi) -> None:
    api.run("CREATE TABLE t (a int)")

    answer = api.run("INSERT INTO t VALUES (1) RETURNING a", formatRecordsAs="JSON")

    assert answer["records"] == [[{"longValue": 1}]]
    assert "same name" in refused("BadRequestException", api, "SELECT 1 AS a, 2 AS a", formatRecordsAs="JSON")


def test_metadata_tells_where_columns_come_from(api: DataApi) -> None:
    api.run("CREATE TABLE priced (id bigserial PRIMARY KEY, price numeric(10, 2), name varchar(20), tags text[])")

    answer = api.run("SELECT id, price AS p, name, tags, 1 + 1 FROM priced", includeResultMetadata=True)

    told = answer["columnMetadata"]
    names = ("label", "typeName", "tableName", "schemaName", "nullable", "precision", "scale", "isAutoIncrement")
    assert [tuple(one[name] for name in names) for one in told] == [
        ("id", "bigserial", "priced", "public", 0, 19, 0, True),
        ("p", "numeric", "priced", "public", 1, 10, 2, False),
        ("name", "varchar", "priced", "public", 1, 20, 0, False),
        ("tags", "_text", "priced", "public", 1, 2_147_483_647, 0, False),
        ("?column?", "int4", "", "", 2, 10, 0, False),
    ]
    assert (told[3]["type"], told[3]["arrayBaseColumnType"]) == (2003, 12)


def test_batch_runs_once_for_each_set(api: DataApi) -> None:
    api.run("CREATE TABLE t (a int, b text)")
    sets = [[given("a", number), given("b", f"row {number}")] for number in range(200)]

    answer = api.client.batch_execute_statement(**api.where, sql="INSERT INTO t VALUES (:a, :b)", parameterSets=sets)

    assert answer["updateResults"] == [{"generatedFields": []}] * 200
    assert api.rows("SELECT count(*), max(b) FROM t WHERE a >= :a", given("a", 100)) == [[100, "row 199"]]


def test_batch_leaves_nothing_when_one_set_fails(api: DataApi) -> None:
    api.run("CREATE TABLE t (a int PRIMARY KEY)")
    sets = [[given("a", number)] for number in (1, 2, 1)]

    with pytest.raises(api.client.exceptions.DatabaseErrorException, match=r"duplicate key value.*SQLState: 23505"):
        api.client.batch_execute_statement(**api.where, sql="INSERT INTO t VALUES (:a)", parameterSets=sets)

    assert api.rows("SELECT count(*) FROM t") == [[0]]


def test_batch_runs_nothing_when_it_has_no_sets(api: DataApi) -> None:
    answer = api.client.batch_execute_statement(**api.where, sql="CREATE TABLE t (a int)")

    assert answer["updateResults"] == []
    assert "does not exist" in refused("DatabaseErrorException", api, "SELECT * FROM t")


def test_postgresql_errors_are_told_as_aurora_tells_them(api: DataApi) -> None:
    missing = refused("DatabaseErrorException", api, "SELECT * FROM missing")
    assert missing == 'ERROR: relation "missing" does not exist; Position: 15; SQLState: 42P01'
    compared = refused("DatabaseErrorException", api, "SELECT 1 = :x", given("x", "1"))
    assert compared.startswith("ERROR: operator does not exist: integer = text; Hint: No operator matches")
    assert compared.endswith("; Position: 10; SQLState: 42883")
    numbered = refused("DatabaseErrorException", api, "SELECT $1::text")
    assert numbered.endswith("SQLState: 08P01")


def test_two_statements_are_refused_and_neither_runs(api: DataApi) -> None:
    message = refused("ValidationException", api, "CREATE TABLE t (a int); SELECT 1")

    assert message == "Multistatements aren't supported."
    assert "does not exist" in refused("DatabaseErrorException", api, "SELECT * FROM t")
    assert api.rows("SELECT ';' ; -- the end") == [[";"]]


def test_function_bodies_are_one_statement(api: DataApi) -> None:
    api.run("CREATE FUNCTION f(a int) RETURNS int LANGUAGE plpgsql AS $$ BEGIN a := a + 1; RETURN a; END $$")
    api.run("CREATE FUNCTION g() RETURNS int BEGIN ATOMIC SELECT 1; SELECT 2; END")

    assert api.rows("SELECT f(a := 1), g()") == [[2, 2]]


@pytest.mark.parametrize(
    ("sql", "told"),
    [
        ("SELECT interval '1 day'", "The result contains the unsupported data type INTERVAL."),
        ("SELECT '10:00+02'::timetz", "The result contains the unsupported data type TIMETZ."),
        ("SELECT 'a'::\"char\"", 'The result contains the unsupported data type "CHAR".'),
        ("SELECT 'pg_class'::regclass", "The result contains the unsupported data type regclass."),
        ("SELECT point '(1,2)'", "The result contains the unsupported data type point."),
        ("SELECT ARRAY[[1, 2], [3, 4]]", "The result contains a multidimensional array"),
        ("SELECT 'NaN'::float8", "NaN and Infinity values are not supported"),
        ("SELECT repeat('x', 70000)", "Packet for query is too large (70000 > 65536)."),
        ("SELECT repeat('x', 1000) FROM generate_series(1, 2000000)", "The result exceeds the size limit 1 MB."),
    ],
)
def test_result_is_refused_when_no_field_can_carry_it(api: DataApi, sql: str, told: str) -> None:
    assert refused("UnsupportedResultException", api, sql) == told


def test_size_counts_what_postgresql_sends(api: DataApi) -> None:
    sql = "SELECT md5(n::text)::uuid FROM generate_series(1, :rows) n"

    assert len(api.run(sql, given("rows", 24_800))["records"]) == 24_800
    assert "1 MB" in refused("UnsupportedResultException", api, sql, given("rows", 25_000))


def test_statement_ends_when_it_takes_too_long(api: DataApi, hasty: DataApi) -> None:
    api.run("CREATE TABLE t (a int)")
    slow = "INSERT INTO t SELECT 1 FROM (SELECT pg_sleep(20)) q"

    with pytest.raises(hasty.client.exceptions.StatementTimeoutException) as caught:
        hasty.run(slow)

    assert caught.value.response["dbConnectionId"] > 0
    running = "SELECT count(*) FROM pg_stat_activity WHERE query LIKE :sql AND state = 'active'"
    assert api.rows(running, given("sql", "INSERT INTO t SELECT 1%")) == [[0]]
    assert api.rows("SELECT count(*) FROM t") == [[0]]


def test_numbers_keep_every_digit(api: DataApi) -> None:
    digits = "12345678901234567890.0123456789"

    ((value,),) = api.rows("SELECT :d * 1", given("d", digits, "DECIMAL"))

    assert Decimal(value) == Decimal(digits)


def test_settings_of_one_call_are_gone_in_the_next(api: DataApi) -> None:
    for name, value in (("TimeZone", "'Asia/Tokyo'"), ("search_path", "nowhere"), ("statement_timeout", "1")):
        api.run(f"SET {name} = {value}")
        assert api.rows(f"SHOW {name}")[0][0] not in (value.strip("'"), f"{value}ms")


def test_copy_is_refused_and_the_next_call_is_served(api: DataApi) -> None:
    assert "CopyOutResponse" in refused("DatabaseErrorException", api, "COPY (SELECT 1) TO STDOUT")
    assert api.rows("SELECT 1") == [[1]]
