"""Every movement of money that may be made: charge, authorize, capture, void, refund, dispute, and what time undoes.

Each method writes to the ledger on the connection that the caller holds and raises Refused when the movement may not be
made. Semantics are Stripe's (source: its pages on placing a hold, refunds and disputes, documented): a hold is captured
once, in whole or in part, the rest is released; it expires after seven days; what was refunded or disputed is never
given back twice. Leaves out fees, payouts and currency conversion.
"""

import json
import sqlite3
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Any

from mock_gateway.calls import Call
from mock_gateway.clock import Clock, from_text, to_text
from mock_gateway.money.cards import Card, dispute_reason_of
from mock_gateway.money.ledger import CHARGES, DECLINED, SUCCEEDED, Entry, Ledger, Movement
from mock_gateway.problems import Refused, invalid, missing

SCHEMA = """
CREATE TABLE holds (
    charge TEXT NOT NULL PRIMARY KEY,
    expires_at TEXT NOT NULL
) WITHOUT ROWID;
CREATE INDEX holds_by_expiry ON holds (expires_at);
"""
HOLD_LASTS_S = 7 * 24 * 3600
DISPUTE_REASONS = ("fraudulent", "duplicate", "product_not_received", "product_unacceptable", "credit_not_processed",
                   "subscription_canceled", "unrecognized", "general")  # fmt: skip

# Told what happened without a request for it: a dispute, its end, an expiry.
Listener = Callable[[sqlite3.Connection, Entry], None]


@dataclass(frozen=True, slots=True)
class ChargeState:
    """A charge or authorization, and what became of it so far; amounts in minor units."""

    entry: Entry
    captured_minor: int = 0
    refunded_minor: int = 0
    disputed_minor: int = 0
    is_voided: bool = False
    is_expired: bool = False

    @property
    def is_open(self) -> bool:
        """Say whether it is a hold that can still be captured."""
        is_hold = self.entry.kind == "authorization" and self.entry.status == SUCCEEDED
        return is_hold and not (self.captured_minor or self.is_voided or self.is_expired)

    @property
    def refundable_minor(self) -> int:
        """Return what is left to refund."""
        return self.captured_minor - self.refunded_minor - self.disputed_minor

    @property
    def expires_at(self) -> str:
        """Return the instant at which the hold ends, as text."""
        return to_text(from_text(self.entry.created_at) + timedelta(seconds=HOLD_LASTS_S))


class Acquirer:
    """Makes the movements; `listeners` hear of those that no request asked for."""

    def __init__(self, ledger: Ledger, clock: Clock) -> None:
        self._ledger = ledger
        self._clock = clock
        self.listeners: list[Listener] = []

    def state(self, connection: sqlite3.Connection, entry: Entry, *, until: str = "~") -> ChargeState:
        """Return what became of a charge up to the instant `until`."""
        if entry.status != SUCCEEDED:
            return ChargeState(entry)
        sums = self._ledger.sums_of(connection, entry.id, until=until)
        captured_minor = entry.amount_minor if entry.kind == "charge" else sums.get("capture", 0)
        disputed_minor = sums.get("dispute", 0) - sums.get("dispute_won", 0)
        return ChargeState(
            entry, captured_minor, sums.get("refund", 0), disputed_minor, "void" in sums, "expiry" in sums
        )

    def find_charge(self, connection: sqlite3.Connection, charge_id: str, merchant: str = "") -> Entry:
        """Return a charge or authorization of a merchant ("": of any); raises Refused (404)."""
        entry = self._ledger.find(connection, charge_id)
        if entry is None or entry.kind not in CHARGES or (merchant and merchant != entry.merchant):
            raise missing("the charge")
        return entry

    def charge(
        self, connection: sqlite3.Connection, call: Call, card: Card, metadata: Mapping[str, str], *, hold: bool = False
    ) -> Entry:
        """Charge a card, or with `hold` only authorize it; a decline is an entry too, and no error."""
        decline = card.decline
        movement = Movement(
            **told(call, "authorization" if hold else "charge"),
            status=DECLINED if decline else SUCCEEDED,
            failure_code=decline.code if decline else "",
            decline_code=decline.decline_code if decline else "",
            metadata=json.dumps(metadata, sort_keys=True),
        )
        entry = self._ledger.record(connection, movement)
        if hold and not decline:
            connection.execute("INSERT INTO holds VALUES (?, ?)", (entry.id, ChargeState(entry).expires_at))
        return entry

    def capture(
        self, connection: sqlite3.Connection, call: Call, charge: Entry, amount_minor: int | None = None
    ) -> Entry:
        """Take money of a hold, all of it or less; the rest is released, a second capture is refused."""
        self._require_open(connection, charge, "captured")
        amount_minor = amount_minor or charge.amount_minor
        if amount_minor > charge.amount_minor:
            raise invalid(
                f"the capture of {amount_minor} is above the {charge.amount_minor} that are held",
                code="amount_too_large",
                param="amount_minor",
            )
        return self._close(connection, charge, "capture", call, amount_minor)

    def void(self, connection: sqlite3.Connection, call: Call, charge: Entry) -> Entry:
        """Release a hold."""
        self._require_open(connection, charge, "voided")
        return self._close(connection, charge, "void", call, charge.amount_minor)

    def refund(
        self, connection: sqlite3.Connection, call: Call, charge: Entry, amount_minor: int | None = None
    ) -> Entry:
        """Give money of a charge back, all that is left of it without an amount."""
        state = self.state(connection, charge)
        if charge.status != SUCCEEDED or not state.captured_minor:
            said = "declined" if charge.status != SUCCEEDED else "not captured"
            raise invalid(f"the charge was {said}: there is nothing to refund", code="charge_not_refundable")
        if state.disputed_minor:
            raise invalid("the charge is disputed: the bank has the money", code="charge_disputed", param="charge")
        if not state.refundable_minor:
            raise invalid("the charge is refunded already", code="charge_already_refunded", param="charge")
        amount_minor = amount_minor or state.refundable_minor
        if amount_minor > state.refundable_minor:
            raise invalid(
                f"the refund of {amount_minor} is above the {state.refundable_minor} that are left of the charge",
                code="amount_too_large",
                param="amount_minor",
            )
        return self._about(connection, charge, "refund", replace(call, amount_minor=amount_minor))

    def dispute(self, connection: sqlite3.Connection, charge: Entry, amount_minor: int | None, reason: str) -> Entry:
        """Let the cardholder's bank take money of a charge back, all that is left of it without an amount."""
        state = self.state(connection, charge)
        if state.refundable_minor < (amount_minor or 1):
            raise invalid(
                f"{state.refundable_minor} are left of the charge to dispute",
                code="charge_not_disputable",
                param="charge",
            )
        call = _nobody(charge, amount_minor or state.refundable_minor)
        return self._tell(connection, self._about(connection, charge, "dispute", call, {"reason": reason}))

    def dispute_at_once(self, connection: sqlite3.Connection, charge: Entry) -> Entry | None:
        """Dispute a charge whose test card asks for it; for faces to call once they have noted that money was taken."""
        reason = dispute_reason_of(charge.card_last4)
        if not reason or charge.status != SUCCEEDED:
            return None
        return self.dispute(connection, charge, None, reason)

    def close_dispute(self, connection: sqlite3.Connection, dispute: Entry, *, won: bool) -> Entry:
        """End a dispute: won, the merchant gets the money again; lost, it stays with the cardholder."""
        charge = self.find_charge(connection, dispute.charge or "")
        if self.end_of_dispute(connection, dispute):
            raise invalid("the dispute is closed already", code="dispute_closed", param="dispute")
        call, kind = _nobody(charge, dispute.amount_minor), "dispute_won" if won else "dispute_lost"
        return self._tell(connection, self._about(connection, charge, kind, call, {"dispute": dispute.id}))

    def end_of_dispute(self, connection: sqlite3.Connection, dispute: Entry, *, until: str = "~") -> Entry | None:
        """Return the entry that ended a dispute, dispute_won or dispute_lost, if it came up to the instant `until`."""
        about = self._ledger.of_charge(connection, dispute.charge or "", until=until)
        return next((one for one in about if json.loads(one.metadata).get("dispute") == dispute.id), None)

    def record_failure(
        self, connection: sqlite3.Connection, call: Call, charge: Entry, kind: str, failure: Refused
    ) -> Entry:
        """Keep that a capture, void or refund was taken in and then could not be done, for faces that answer first."""
        moved = replace(call, amount_minor=call.amount_minor or charge.amount_minor)
        movement = Movement(**told(moved, kind), status=DECLINED, charge=charge.id, failure_code=failure.code)
        return self._ledger.record(connection, movement)

    def has_due(self, connection: sqlite3.Connection) -> bool:
        """Say whether there are holds whose time has come."""
        query = "SELECT EXISTS (SELECT 1 FROM holds WHERE expires_at <= ?)"
        return bool(connection.execute(query, (to_text(self._clock.now()),)).fetchone()[0])

    def expire_due(self, connection: sqlite3.Connection) -> int:
        """Let the holds whose time has come expire, and return how many."""
        due = connection.execute("SELECT charge FROM holds WHERE expires_at <= ?", (to_text(self._clock.now()),))
        charges = [self.find_charge(connection, charge_id) for (charge_id,) in due.fetchall()]
        for charge in charges:
            self._expire(connection, charge)
        return len(charges)

    def _require_open(self, connection: sqlite3.Connection, charge: Entry, what: str) -> None:
        if charge.kind != "authorization" or charge.status != SUCCEEDED:
            raise invalid(f"only an authorization can be {what}", code="charge_not_capturable", param="charge")
        state = self.state(connection, charge)
        if state.captured_minor:
            raise invalid("the charge is captured already", code="charge_already_captured", param="charge")
        if state.is_voided:
            raise invalid("the charge is voided already", code="charge_already_voided", param="charge")
        if state.is_expired or state.expires_at <= to_text(self._clock.now()):
            raise invalid(
                f"the authorization expired at {state.expires_at}", code="charge_expired_for_capture", param="charge"
            )

    def _expire(self, connection: sqlite3.Connection, charge: Entry) -> None:
        self._tell(connection, self._close(connection, charge, "expiry", _nobody(charge), charge.amount_minor))

    def _close(self, connection: sqlite3.Connection, charge: Entry, kind: str, call: Call, amount_minor: int) -> Entry:
        connection.execute("DELETE FROM holds WHERE charge = ?", (charge.id,))
        return self._about(connection, charge, kind, replace(call, amount_minor=amount_minor))

    def _about(
        self,
        connection: sqlite3.Connection,
        charge: Entry,
        kind: str,
        call: Call,
        metadata: Mapping[str, str] | None = None,
    ) -> Entry:
        movement = Movement(**told(call, kind), status=SUCCEEDED, charge=charge.id, metadata=json.dumps(metadata or {}))
        return self._ledger.record(connection, movement)

    def _tell(self, connection: sqlite3.Connection, entry: Entry) -> Entry:
        for listener in self.listeners:
            listener(connection, entry)
        return entry


def told(call: Call, kind: str) -> dict[str, Any]:
    """Return what a request tells of the movement that it asks for."""
    names = ("amount_minor", "currency", "merchant", "customer", "reference", "idempotency_key", "card_last4", "face")
    return {"kind": kind, **{name: getattr(call, name) for name in names}}


def _nobody(charge: Entry, amount_minor: int | None = None) -> Call:
    """Return the request that nobody made, for what happens to a charge by itself."""
    names = ("currency", "merchant", "customer", "reference", "card_last4", "face")
    return Call(operation="", amount_minor=amount_minor, **{name: getattr(charge, name) for name in names})
