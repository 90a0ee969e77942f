"""Only `:name` itself is a parameter: strings, casts, comments, bodies and slices stay as they are."""

import psycopg.sql
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from harness.targets.rds_data.named import numbered

NAMES = ("a", "b", "1", "a1", "_x")
TEXTS = st.text(st.sampled_from("ab :'\"\\$1-/*\n;E[]é"), max_size=20)


@pytest.mark.parametrize(
    ("sql", "expected", "names"),
    [
        ("SELECT :a", "SELECT $1", ("a",)),
        ("SELECT :a, :b, :a", "SELECT $1, $2, $1", ("a", "b")),
        ("SELECT :a::int", "SELECT $1::int", ("a",)),
        ("SELECT x::text", "SELECT x::text", ()),
        ("SELECT f(x := :a)", "SELECT f(x := $1)", ("a",)),
        ("(:a,:1)", "($1,$2)", ("a", "1")),
        ("SELECT ':a' || :b", "SELECT ':a' || $1", ("b",)),
        ("SELECT 'it''s :a', :b", "SELECT 'it''s :a', $1", ("b",)),
        (r"SELECT E'\':a', :b", r"SELECT E'\':a', $1", ("b",)),
        (r"SELECT '\', :b", r"SELECT '\', $1", ("b",)),
        (r"SELECT name'\', :b", r"SELECT name'\', $1", ("b",)),
        ('SELECT ":a""b:", :b', 'SELECT ":a""b:", $1', ("b",)),
        ("SELECT $$ :a $$, :b", "SELECT $$ :a $$, $1", ("b",)),
        ("SELECT $x$ $$ :a $y$ $x$, :b", "SELECT $x$ $$ :a $y$ $x$, $1", ("b",)),
        ("SELECT a$b$ , :a, c$b$", "SELECT a$b$ , $1, c$b$", ("a",)),
        ("SELECT 1 -- :a\n, :b", "SELECT 1 -- :a\n, $1", ("b",)),
        ("SELECT 1 /* :a /* :a */ :a */ , :b", "SELECT 1 /* :a /* :a */ :a */ , $1", ("b",)),
        ("SELECT tags[1:2], tags[lo:hi], :a", "SELECT tags[1:2], tags[lo:hi], $1", ("a",)),
        ("SELECT tags[:a], tags[x:b]", "SELECT tags[$1], tags[x$2]", ("a", "b")),
        ("SELECT :missing", "SELECT $1", ("missing",)),
        ("SELECT '10:a", "SELECT '10:a", ()),
        ("SELECT $$:a", "SELECT $$:a", ()),
        ("SELECT /* :a", "SELECT /* :a", ()),
        ("SELECT :é", "SELECT $1", ("é",)),
    ],
)
def test_parameters_are_found_where_they_are(sql: str, expected: str, names: tuple[str, ...]) -> None:
    given_names = ("a", "b", "1")
    if "1:2" in sql:
        given_names = ("a", "b")

    assert numbered(sql, given_names) == (expected, names)


@settings(max_examples=150, deadline=None)
@given(st.lists(st.tuples(TEXTS, st.sampled_from(NAMES)), min_size=1, max_size=5))
def test_text_that_psycopg_quotes_is_left_alone(pairs: list[tuple[str, str]]) -> None:
    """What is between the parameters is quoted by psycopg, as a string or as a name; whatever it is, it stays."""
    pieces: list[str] = []
    for text, _ in pairs:
        pieces += [psycopg.sql.Literal(text).as_string(None), psycopg.sql.Identifier(text or "x").as_string(None)]
    sql = "SELECT " + ", ".join(f"{piece}, :{pairs[at // 2][1]}" for at, piece in enumerate(pieces))

    found = numbered(sql, NAMES)

    numbers = {name: f"${at}" for at, name in enumerate(found.names, start=1)}
    assert set(numbers) == {name for _, name in pairs}
    assert found.sql == "SELECT " + ", ".join(
        f"{piece}, {numbers[pairs[at // 2][1]]}" for at, piece in enumerate(pieces)
    )


@settings(max_examples=150, deadline=None)
@given(TEXTS)
def test_anything_at_all_is_read_to_its_end(sql: str) -> None:
    found = numbered(sql, ())

    assert len(found.names) <= sql.count(":")
    if ":" not in sql:
        assert found == (sql, ())
