"""What is paid out to merchants, movement by movement: the settlement file and its totals.

Everything settles on the day on which it happened (T+0), by the gateway's clock in UTC. Columns are the gateway's own.
Leaves out fees, payouts and reserves: the net of a movement is its gross.
"""

import csv
import io
import sqlite3
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from mock_gateway.money.amounts import EXPONENT_BY_CURRENCY
from mock_gateway.money.ledger import SIGN_BY_KIND, Entry, Ledger
from mock_gateway.money.period import Period

COLUMNS = (
    "sequence", "settled_on", "kind", "id", "charge", "merchant", "reference", "idempotency_key", "currency", "sign",
    "gross_minor", "gross",
)  # fmt: skip
# A spreadsheet takes a cell that begins with one of these for a formula.
_FORMULA_STARTS = ("=", "+", "-", "@", "\t", "\r", "\n")
_SETTLES = f"""status = 'succeeded' AND kind IN ({", ".join(f"'{kind}'" for kind in SIGN_BY_KIND)})
               AND created_at >= :since AND created_at < :before AND (:merchant = '' OR merchant = :merchant)"""


@dataclass(frozen=True, slots=True)
class Settled:
    """Which movements are asked for; merchant "" is all of them."""

    period: Period
    merchant: str = ""

    def values(self) -> dict[str, Any]:
        """Return the values of the conditions."""
        return {"since": self.period.since, "before": self.period.before, "merchant": self.merchant}


class Settlement:
    """Reads the movements that settle, on a connection that the caller holds."""

    def __init__(self, ledger: Ledger) -> None:
        self._ledger = ledger

    def last_sequence(self, connection: sqlite3.Connection) -> int:
        """Return the last entry's sequence number: up to there, what is read later is what is there now."""
        return int(connection.execute("SELECT coalesce(max(sequence), 0) FROM entries").fetchone()[0])

    def page(self, connection: sqlite3.Connection, asked: Settled, *, after: int, last: int, limit: int) -> list[Entry]:
        """Return up to `limit` movements with a sequence number above `after`, up to `last`."""
        conditions = f"{_SETTLES} AND sequence > :after AND sequence <= :last"
        values = {**asked.values(), "after": after, "last": last, "limit": limit}
        return self._ledger.select(connection, f"{conditions} ORDER BY sequence LIMIT :limit", values)

    def totals(self, connection: sqlite3.Connection, asked: Settled) -> list[dict[str, Any]]:
        """Return, for each currency, how many movements there were and what they add up to."""
        query = f"SELECT currency, kind, count(*), sum(amount_minor) FROM entries WHERE {_SETTLES} GROUP BY 1, 2"  # noqa: S608 - conditions from above
        totals: dict[str, dict[str, Any]] = {}
        for currency, kind, count, sum_minor in connection.execute(query, asked.values()):
            total = totals.setdefault(currency, _nothing(currency))
            total["movements"] += count
            total["kinds"][kind] = {"movements": count, "gross_minor": sum_minor}
            total["credit_minor" if SIGN_BY_KIND[kind] > 0 else "debit_minor"] += sum_minor
        for currency, total in totals.items():
            total["net_minor"] = total["credit_minor"] - total["debit_minor"]
            total["net"] = decimal_text(total["net_minor"], currency)
        return [totals[currency] for currency in sorted(totals)]


def csv_text(rows: Iterable[Iterable[Any]]) -> str:
    """Return rows as CSV; texts that a spreadsheet would take for a formula begin with an apostrophe."""
    text = io.StringIO()
    csv.writer(text).writerows([_harmless(cell) if isinstance(cell, str) else cell for cell in row] for row in rows)
    return text.getvalue()


def row_of(entry: Entry) -> tuple[Any, ...]:
    """Return a movement as the settlement file has it; `gross` is in major units, `sign` is 1 or -1."""
    charge = entry.charge or entry.id
    return (
        *(entry.sequence, entry.created_at[:10], entry.kind, entry.id, charge, entry.merchant, entry.reference),
        *(entry.idempotency_key, entry.currency, SIGN_BY_KIND[entry.kind], entry.amount_minor),
        decimal_text(entry.amount_minor, entry.currency),
    )


def decimal_text(amount_minor: int, currency: str) -> str:
    """Return an amount in major units, with as many decimals as the currency has."""
    exponent = EXPONENT_BY_CURRENCY[currency]
    digits = f"{abs(amount_minor):0{exponent + 1}d}"
    sign = "-" if amount_minor < 0 else ""
    return sign + (f"{digits[:-exponent]}.{digits[-exponent:]}" if exponent else digits)


def without_guard(cell: str) -> str:
    """Return the text of a cell that may have been guarded by `csv_text`."""
    return cell[1:] if cell.startswith("'") and cell[1:].startswith(_FORMULA_STARTS) else cell


def _harmless(cell: str) -> str:
    return f"'{cell}" if cell.startswith(_FORMULA_STARTS) else cell


def _nothing(currency: str) -> dict[str, Any]:
    return {"currency": currency, "movements": 0, "credit_minor": 0, "debit_minor": 0, "kinds": {}}
