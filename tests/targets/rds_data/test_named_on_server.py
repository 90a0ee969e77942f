"""What is found to be a parameter is what PostgreSQL itself leaves over: proven by asking it."""

import psycopg
import psycopg.sql
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from harness.targets.rds_data.named import numbered

pytestmark = pytest.mark.slow

TEXTS = st.text(st.sampled_from("ab :'\"\\$1-/*\n;E[]é"), max_size=20)
BETWEEN = st.sampled_from(["", "/* :a */", "-- :a '\n", "/* /* ' */ $$ */", "::text", " || $t$ :a '$t$"])


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(st.tuples(TEXTS, BETWEEN), min_size=1, max_size=4), TEXTS)
def test_server_reads_the_same_strings(server_url: str, parts: list[tuple[str, str]], value: str) -> None:
    """Each string comes back as it was, and each parameter as it was bound, whatever stands between them."""
    columns = [f"{psycopg.sql.Literal(text).as_string(None)}{after}, :a{after}" for text, after in parts]
    found = numbered("SELECT " + ", ".join(columns), {"a"})

    with psycopg.connect(server_url, cursor_factory=psycopg.RawCursor) as connection:
        row = connection.execute(found.sql, (value,)).fetchone()

    added = [" :a '" if "$t$" in after else "" for _, after in parts]
    expected = [one for (text, _), more in zip(parts, added, strict=True) for one in (text + more, value + more)]
    assert found.names == ("a",)
    assert list(row or ()) == expected
