"""Everything that the admin page shows, in one answer, latest first."""

import sqlite3
from dataclasses import dataclass
from typing import Any

from flask import Blueprint, Response

from mock_gateway import __version__
from mock_gateway.about.sources import Sources
from mock_gateway.answer import Answer
from mock_gateway.calls import CallLog
from mock_gateway.clock import to_text
from mock_gateway.faces import fields
from mock_gateway.faces.exchange import sent
from mock_gateway.faults.board import firing_document
from mock_gateway.faults.document import document_of
from mock_gateway.money.disputes import Disputes
from mock_gateway.money.ledger import PREFIX_BY_KIND, Ledger
from mock_gateway.problems import invalid

LIMIT_DEFAULT = 50
LIMIT_MAX = 500
_FILTERS = ("reference", "merchant", "kind")
_DELIVERIES = """
SELECT d.id, d.status, d.failures, d.due_at, d.created_at, e.type, e.reference, p.url,
       (SELECT count(*) FROM webhook_attempts a WHERE a.delivery = d.id) AS attempts,
       (SELECT coalesce(a.status_code, a.error) FROM webhook_attempts a
        WHERE a.delivery = d.id ORDER BY a.sequence DESC LIMIT 1) AS last_answer
FROM (SELECT * FROM webhook_deliveries ORDER BY sequence DESC LIMIT ?) d
LEFT JOIN webhook_events e ON e.id = d.event LEFT JOIN webhook_endpoints p ON p.id = d.endpoint
ORDER BY d.sequence DESC
"""


@dataclass(frozen=True)
class OverviewAdmin:
    """`/_admin/overview`."""

    sources: Sources
    ledger: Ledger
    disputes: Disputes
    calls: CallLog
    seed: int

    def add_to(self, face: Blueprint) -> None:
        """Add the routes."""
        face.get("/overview")(self.show_overview)

    def show_overview(self) -> Response:
        """`GET /_admin/overview?reference=&merchant=&kind=&limit=`: the filters are for the ledger's entries."""
        asked = fields.query((*_FILTERS, "limit"))
        limit = fields.whole_number(asked, "limit", LIMIT_DEFAULT, at_least=1, at_most=LIMIT_MAX)
        if asked.get("kind", "charge") not in PREFIX_BY_KIND:
            raise invalid(f"kind must be one of {', '.join(PREFIX_BY_KIND)}", param="kind")
        totals = self.sources.totals.read()
        with self.sources.database.read() as connection:
            document = {
                **self._standing(),
                "totals": [
                    {**key._asdict(), "count": count, "sum_minor": totals.sums_minor[key]}
                    for key, count in sorted(totals.counts.items())
                ],
                "entries": self._entries(connection, asked, limit),
                "disputes": self._disputes(connection, limit),
                "deliveries": [dict(row) for row in connection.execute(_DELIVERIES, (limit,))],
                **self._happened(limit),
            }
        return sent(Answer.of(200, document))

    def _standing(self) -> dict[str, Any]:
        sources = self.sources
        return {
            "version": __version__,
            "seed": self.seed,
            "idempotency": sources.keys.policy.name,
            "now": to_text(sources.clock.now()),
            "ahead_s": sources.clock.ahead_s,
            "in_flight": sources.keys.count_in_flight(),
            "faults": [document_of(rule) for rule in sources.board.rules()],
        }

    def _entries(self, connection: sqlite3.Connection, asked: dict[str, str], limit: int) -> list[dict[str, Any]]:
        # Parts of a reference or merchant are enough for a reader who looks for something.
        conditions = {"reference": "instr(reference, ?)", "merchant": "instr(merchant, ?)", "kind": "kind = ?"}
        given = {name: asked[name] for name in _FILTERS if asked.get(name)}
        wanted = " AND ".join([*(conditions[name] for name in given), "sequence > 0"])
        entries = self.ledger.select(connection, f"{wanted} ORDER BY sequence DESC LIMIT ?", (*given.values(), limit))
        return [entry.line() for entry in entries]

    def _disputes(self, connection: sqlite3.Connection, limit: int) -> list[dict[str, Any]]:
        entries = self.ledger.select(connection, "kind = 'dispute' ORDER BY sequence DESC LIMIT ?", (limit,))
        states = [self.disputes.state(connection, entry) for entry in entries]
        return [{**state.entry.line(), "status": state.status, "reason": state.reason} for state in states]

    def _happened(self, limit: int) -> dict[str, Any]:
        firings, counts = self.sources.board.fired()
        fault_by_request = {one.request_id: one.kind for one in firings}
        calls = self.calls.last(limit)[::-1]
        return {
            "fired": [firing_document(one) for one in firings[-limit:][::-1]],
            "fired_count": sum(counts.values()),
            "calls": [{**call, "fault": fault_by_request.get(call["request_id"])} for call in calls],
        }
