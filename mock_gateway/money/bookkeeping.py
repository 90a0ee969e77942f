"""A merchant's charges with what became of each, read in one pass, for comparing them with what the merchant has."""

import sqlite3

from mock_gateway.money.period import Period
from mock_gateway.money.reconciliation import Charged
from mock_gateway.problems import invalid

# All of them are in memory at once.
CHARGES_MAX = 200_000
_QUERY = """
SELECT c.id, c.reference, c.idempotency_key, c.currency, c.kind, c.status, c.amount_minor,
       sum(CASE WHEN e.kind = 'capture' THEN e.amount_minor ELSE 0 END) AS captured_minor,
       sum(CASE WHEN e.kind = 'refund' THEN e.amount_minor ELSE 0 END) AS refunded_minor,
       sum(CASE e.kind WHEN 'dispute' THEN e.amount_minor WHEN 'dispute_won' THEN -e.amount_minor ELSE 0 END)
           AS disputed_minor
FROM entries c LEFT JOIN entries e ON e.charge = c.id AND e.status = 'succeeded'
WHERE c.kind IN ('charge', 'authorization') AND c.merchant = ? AND c.created_at >= ? AND c.created_at < ?
GROUP BY c.sequence ORDER BY c.sequence LIMIT ?
"""


def charges_of(connection: sqlite3.Connection, merchant: str, period: Period) -> list[Charged]:
    """Return the charges that were made in a period, with what became of them until now; raises Refused (400)."""
    rows = connection.execute(_QUERY, (merchant, period.since, period.before, CHARGES_MAX + 1)).fetchall()
    if len(rows) > CHARGES_MAX:
        raise invalid(f"there are more than {CHARGES_MAX} charges; choose fewer days", code="too_many_charges")
    return [_charged(row) for row in rows]


def _charged(row: sqlite3.Row) -> Charged:
    is_taken = row["status"] == "succeeded"
    captured_minor = row["amount_minor"] if is_taken and row["kind"] == "charge" else row["captured_minor"]
    names = ("id", "reference", "idempotency_key", "currency", "amount_minor", "refunded_minor", "disputed_minor")
    return Charged(
        **{name: row[name] for name in names},
        captured_minor=captured_minor,
        status="captured" if captured_minor else "not_captured" if is_taken else "declined",
    )
