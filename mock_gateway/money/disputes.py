"""Disputes as a merchant lives through them: told of one, it gives in or sends evidence, and the bank decides.

The outcome hangs on the text of the evidence, as in Stripe's test mode (source: its page on testing disputes,
documented): `winning_evidence` wins, `losing_evidence` loses, anything else is under review until somebody closes it.
Leaves out deadlines, fees and inquiries.
"""

import json
import sqlite3
from dataclasses import dataclass

from mock_gateway.clock import Clock, to_text
from mock_gateway.money.acquirer import Acquirer
from mock_gateway.money.ledger import Entry, Ledger
from mock_gateway.problems import invalid, missing

SCHEMA = """
CREATE TABLE contests (
    dispute TEXT NOT NULL PRIMARY KEY,
    evidence TEXT NOT NULL,
    submitted_at TEXT NOT NULL
) WITHOUT ROWID;
"""
IS_WON_BY_EVIDENCE = {"winning_evidence": True, "losing_evidence": False}


@dataclass(frozen=True, slots=True)
class DisputeState:
    """A dispute and where it stands: needs_response, under_review, won or lost; `closed_at` is "" while it is open."""

    entry: Entry
    reason: str
    status: str
    evidence: str
    closed_at: str


class Disputes:
    """Reads and ends disputes on a connection that the caller holds."""

    def __init__(self, ledger: Ledger, acquirer: Acquirer, clock: Clock) -> None:
        self._ledger = ledger
        self._acquirer = acquirer
        self._clock = clock

    def find(self, connection: sqlite3.Connection, dispute_id: str, *, until: str = "~") -> Entry:
        """Return a dispute's entry; raises Refused (404)."""
        entry = self._ledger.find(connection, dispute_id, until=until)
        if entry is None or entry.kind != "dispute":
            raise missing("the dispute")
        return entry

    def state(self, connection: sqlite3.Connection, entry: Entry, *, until: str = "~") -> DisputeState:
        """Return where a dispute stood at the instant `until`."""
        query = "SELECT evidence FROM contests WHERE dispute = ? AND submitted_at <= ?"
        contest = connection.execute(query, (entry.id, until)).fetchone()
        end = self._acquirer.end_of_dispute(connection, entry, until=until)
        status = end.kind.removeprefix("dispute_") if end else "under_review" if contest else "needs_response"
        return DisputeState(
            entry=entry,
            reason=str(json.loads(entry.metadata).get("reason", "")),
            status=status,
            evidence=contest[0] if contest else "",
            closed_at=end.created_at if end else "",
        )

    def accept(self, connection: sqlite3.Connection, entry: Entry) -> DisputeState:
        """Give in: the dispute is lost; raises Refused (400) when it is closed already."""
        return self.close(connection, entry, won=False)

    def contest(self, connection: sqlite3.Connection, entry: Entry, evidence: str) -> DisputeState:
        """Send evidence, once; raises Refused (400) when the dispute wants none any more."""
        state = self.state(connection, entry)
        if state.status != "needs_response":
            code = "dispute_closed" if state.closed_at else "dispute_under_review"
            raise invalid(f"no evidence is wanted any more: the dispute is {state.status}", code=code, param="dispute")
        connection.execute("INSERT INTO contests VALUES (?, ?, ?)", (entry.id, evidence, to_text(self._clock.now())))
        is_won = IS_WON_BY_EVIDENCE.get(evidence)
        return self.state(connection, entry) if is_won is None else self.close(connection, entry, won=is_won)

    def close(self, connection: sqlite3.Connection, entry: Entry, *, won: bool) -> DisputeState:
        """Decide a dispute as the bank would; raises Refused (400) when it is closed already."""
        self._acquirer.close_dispute(connection, entry, won=won)
        return self.state(connection, entry)
