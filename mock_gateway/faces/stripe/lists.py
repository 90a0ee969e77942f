"""Lists as Stripe answers them: newest first, a page at a time, from a cursor on, between instants.

Source: Stripe's API reference on pagination (documented).
"""

import sqlite3
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from mock_gateway.clock import to_text
from mock_gateway.faces.stripe.forms import Form
from mock_gateway.problems import Refused, invalid

PAGE_SIZE_DEFAULT = 10
PAGE_SIZE_MAX = 100
_SECONDS_MAX = 253_402_300_000  # the year 9999
_BOUNDS = {"gt": (">=", 1), "gte": (">=", 0), "lt": ("<", 0), "lte": ("<", 1)}


@dataclass(frozen=True, slots=True)
class Page:
    """Which part of a list is asked for; `created` are conditions on `created_at` with their instants."""

    limit: int = PAGE_SIZE_DEFAULT
    starting_after: str = ""
    ending_before: str = ""
    created: tuple[tuple[str, str], ...] = ()


def page_of(form: Form) -> Page:
    """Read `limit`, `starting_after`, `ending_before` and `created`; raises Refused (400)."""
    limit = form.integer("limit")
    if limit is not None and not 1 <= limit <= PAGE_SIZE_MAX:
        raise invalid(f"limit must be between 1 and {PAGE_SIZE_MAX}", code="parameter_invalid_integer", param="limit")
    after, before = form.text("starting_after") or "", form.text("ending_before") or ""
    if after and before:
        raise invalid("starting_after and ending_before exclude each other", code="parameters_exclusive")
    return Page(limit or PAGE_SIZE_DEFAULT, after, before, _created(form))


def rows(
    connection: sqlite3.Connection,
    table: str,
    page: Page,
    equal: Mapping[str, Any],
    *,
    more: Sequence[tuple[str, Sequence[Any]]] = (),
    until: str = "~",
) -> tuple[list[sqlite3.Row], bool]:
    """Return a page of a table's rows, newest first, and whether there are more in that direction.

    The table has columns sequence, id and created_at; `equal` maps columns to values, `more` are further conditions
    with their values. Names and conditions come from code, never from a request. Raises Refused (400) for a cursor
    that is none of these rows.
    """
    conditions = [(f"{name} = ?", [value]) for name, value in equal.items()]
    conditions += [*((text, list(values)) for text, values in more), ("created_at <= ?", [until])]
    cursor = page.starting_after or page.ending_before
    if cursor:
        sequence = _sequence_of(connection, table, conditions, cursor, page)
        conditions.append((f"sequence {'<' if page.starting_after else '>'} ?", [sequence]))
    conditions += [(f"created_at {sign} ?", [instant]) for sign, instant in page.created]
    where, values = " AND ".join(text for text, _ in conditions), [one for _, some in conditions for one in some]
    order = "ASC" if page.ending_before else "DESC"
    query = f"SELECT * FROM {table} WHERE {where} ORDER BY sequence {order} LIMIT ?"  # noqa: S608 - names from code
    found = connection.execute(query, (*values, page.limit + 1)).fetchall()
    kept = found[: page.limit]
    return kept[::-1] if page.ending_before else kept, len(found) > page.limit


def list_document(url: str, data: Sequence[Mapping[str, Any]], has_more: bool) -> dict[str, Any]:
    """Return a list; `url` is the path that it was asked for by."""
    return {"object": "list", "data": list(data), "has_more": has_more, "url": url}


def epoch_s(instant: str) -> int:
    """Return an instant of the ledger as Stripe tells it: whole seconds since 1970."""
    return int(datetime.fromisoformat(instant).timestamp())


def _sequence_of(
    connection: sqlite3.Connection, table: str, conditions: list[tuple[str, list[Any]]], cursor: str, page: Page
) -> int:
    where = " AND ".join(["id = ?", *(text for text, _ in conditions)])
    values = [cursor, *(one for _, some in conditions for one in some)]
    row = connection.execute(f"SELECT sequence FROM {table} WHERE {where}", values).fetchone()  # noqa: S608 - as above
    if row is None:
        param = "starting_after" if page.starting_after else "ending_before"
        raise Refused(400, "invalid_request_error", "resource_missing", f"no such object: {param}", param=param)
    return int(row[0])


def _created(form: Form) -> tuple[tuple[str, str], ...]:
    if "created" not in form:
        return ()
    if isinstance(form.parameters()["created"], str):
        exactly = form.integer("created")
        return (_bound("gte", exactly), _bound("lte", exactly))
    bounds = form.child("created")
    return tuple(_bound(name, bounds.integer(name)) for name in _BOUNDS if name in bounds)


def _bound(name: str, seconds: int | None) -> tuple[str, str]:
    # Instants are finer than Stripe's seconds: "at most 5" is "before 6".
    sign, later_s = _BOUNDS[name]
    if seconds is None or not 0 <= seconds <= _SECONDS_MAX:
        raise invalid("invalid timestamp", code="parameter_invalid_integer", param=f"created[{name}]")
    return sign, to_text(datetime.fromtimestamp(seconds + later_s, UTC))
