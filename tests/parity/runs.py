"""Folders of runs to compare, made by hand: a payment, a refund and a race for a slot, and every way to doctor them."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from harness.history import BookingRecord, EventRecord, FinalReads, History, LedgerEntry, Operation, PaymentRecord
from harness.ids import derived_token
from harness.parity.comparing import Found, compare_sides
from harness.parity.side import Side, read_round
from harness.report.kept import (
    Evidence,
    ExecutionTrace,
    FaultRecord,
    RunRecord,
    StepRecord,
    TestRecord,
    TrustRecord,
    VerdictRecord,
)
from harness.report.run_folder import RunFolder

PAID, RACED = "scenarios/payments/test_it.py::test_paid", "scenarios/booking/test_it.py::test_raced"
STATES = ("Check", "Debit", "Charge", "Settle")
EVENTS = (("PaymentRequestEvent", 1), ("WalletDebitEvent", 2), ("ChargeSucceededEvent", 3))


@dataclass(frozen=True)
class Told:
    """What one run is made of; every field can be doctored."""

    seed: int = 7
    hour: int = 8
    outcome: str = "passed"
    failure: str = ""
    lacking: str = ""
    verdict: str = "VALID"
    guarantee: str = "guaranteed"
    fired: int = 1
    status: str = "COMPLETED"
    events: tuple[tuple[str, int], ...] = EVENTS
    states: tuple[str, ...] = STATES
    error: str = ""
    pay: tuple[int, Mapping[str, Any]] = (200, {"status": "COMPLETED", "refunded": "0.00"})
    refused: Mapping[str, Any] = field(default_factory=lambda: {"error": {"code": "slot_taken", "type": "conflict"}})
    winner: int = 1
    booked: int = 1
    code: str = "ConditionalCheckFailedException"
    scenarios: tuple[str, ...] = (PAID, RACED)

    def written(self, path: Path) -> Path:
        """Write the run's folder."""
        folder = RunFolder(path)
        for node_id in self.scenarios:
            history = self._paid() if node_id == PAID else self._raced()
            folder.keep_history(node_id, replace(history, name=node_id, seed=self.seed))
            folder.keep_evidence(self._evidence(node_id))
            own = node_id == PAID
            folder.keep_outcome(
                TestRecord(
                    node_id,
                    self.outcome if own else "passed",
                    failure=self.failure if own else "",
                    lacking=self.lacking if own else "",
                )
            )
        trust = (TrustRecord("dynamodb.ttl", self.guarantee),)
        folder.keep_run(RunRecord(self.seed, self.at(0), 12.5, trust=trust))
        (path / "calls.jsonl").write_text("".join(json.dumps(one) + "\n" for one in self._calls()))
        return path

    def at(self, second: float) -> str:
        """Return an instant."""
        return f"2026-01-02T{self.hour:02}:00:{second:06.3f}Z"

    def name(self, label: str, node_id: str = PAID) -> str:
        """Return a name as tests make them."""
        return f"{label}-{derived_token(self.seed, node_id, '')}"

    def _paid(self) -> History:
        code, result = self.pay
        pay = self.name("pay-1")
        document = {"payment_id": pay, "created_at": self.at(1), **result}
        operation = Operation(0, 0, "pay", pay, 0.1, {}, 0.4, "ok", code, document)
        finals = FinalReads(
            payments=(
                PaymentRecord(pay, self.name("user-1"), 4000, "USD", self.status, gateway_ref=f"ch_{self.seed:016}"),
            ),
            events=tuple(EventRecord(f"{pay}#{kind}", kind, self.at(at), pay) for kind, at in self.events),
            ledger=(LedgerEntry(self.seed, f"ch_{self.seed:016}", "charge", "succeeded", 4000, "USD", pay),),
        )
        return History((operation,), finals)

    def _raced(self) -> History:
        operations = tuple(
            Operation(number, number, "book", self._tenant(), 0.1, {}, 0.3, "ok", 201, {"bookingId": self._booking()})
            if number == self.winner
            else Operation(number, number, "book", self._tenant(), 0.1, {}, 0.2, "fail", 409, dict(self.refused))
            for number in range(3)
        )
        booking = BookingRecord(self._tenant(), "prv", self._booking(), "CONFIRMED", self.at(0), self.at(1), "UTC")
        return History(operations, FinalReads(bookings=(booking,) * self.booked))

    def _tenant(self) -> str:
        return f"tnt_gne3q23xdureep{self.seed:03}"

    def _booking(self) -> str:
        return f"{self._tenant()}-5ac28a800436941b2{self.seed:03}"

    def _evidence(self, node_id: str) -> Evidence:
        name = self.name("pay-1")
        steps = tuple(StepRecord(state, self.at(n), self.at(n + 1)) for n, state in enumerate(self.states))
        trace = ExecutionTrace("payments-flow", name, "FAILED" if self.error else "SUCCEEDED", self.error, steps)
        return Evidence(
            node_id,
            self.at(0),
            verdicts=(VerdictRecord("INV-1", "one_charge_per_payment", self.verdict if node_id == PAID else "VALID"),),
            faults=(FaultRecord("reset", fired=self.fired),) if node_id == PAID else (),
            executions=(trace,) if node_id == PAID else (),
        )

    def _calls(self) -> list[dict[str, Any]]:
        call = {"service": "dynamodb", "fate": "delivered", "fault": None, "status": 200, "error_code": ""}
        key = f"ID={self.name('pay-1')}"
        return [
            {**call, "operation": "GetItem", "key": key},
            {**call, "operation": "PutItem", "key": key, "status": 400, "error_code": self.code},
            {**call, "operation": "Scan", "key": "ID=nobody's", "status": 400, "error_code": self.code},
            {**call, "operation": "GetItem", "key": key, "status": 500, "error_code": "Injected", "fault": {"id": "1"}},
        ]


def side(name: str, *paths: Path) -> Side:
    """Return a side of these rounds."""
    return Side(name, tuple(map(read_round, paths)))


def compared(tmp_path: Path, first: Told, *second: Told) -> Found:
    """Return what a run of one side and those of another show."""
    ours = side("embedded", first.written(tmp_path / "first"))
    theirs = [told.written(tmp_path / f"second-{number}") for number, told in enumerate(second)]
    return compare_sides(ours, side("docker", *theirs))
