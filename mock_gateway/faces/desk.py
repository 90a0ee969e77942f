"""What every face works with: one ledger, one set of keys and faults, and the ways to submit and to look up."""

import sqlite3
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from flask import Response, request

from mock_gateway.answer import Answer
from mock_gateway.calls import Call
from mock_gateway.clock import ShiftedClock
from mock_gateway.database import Database
from mock_gateway.faces.exchange import Exchanges, request_id
from mock_gateway.faults.document import HEADER, rule_of_header
from mock_gateway.faults.rule import Rule
from mock_gateway.idempotency import IdempotencyKeys, fingerprint
from mock_gateway.money.acquirer import Acquirer
from mock_gateway.money.customers import Customers
from mock_gateway.money.ledger import Ledger
from mock_gateway.processing import Executed, Job, Processor, Reading

MERCHANT_DEFAULT = "default"


@dataclass(frozen=True)
class Desk:
    """Shared by the faces of one gateway."""

    database: Database
    ledger: Ledger
    acquirer: Acquirer
    customers: Customers
    keys: IdempotencyKeys
    processor: Processor
    exchanges: Exchanges
    clock: ShiftedClock
    seed: int

    def submit(
        self, call: Call, parameters: Mapping[str, Any], execute: Callable[[sqlite3.Connection], Executed]
    ) -> Response:
        """Carry a valid request out, once per key; `parameters` tell it from another one under the same key."""
        job = Job(call, fingerprint(f"{call.face} {call.operation} {call.path}", parameters), execute)
        self.exchanges.understood(call)
        return self.exchanges.run(self.processor.carry_out(job, self._own_fault()))

    def look_up(self, call: Call, read: Callable[[sqlite3.Connection, str], Answer]) -> Response:
        """Answer a valid request to read; `read` gets the instant, as text, up to which it may see."""
        self.exchanges.understood(call)
        return self.exchanges.run(self.processor.look_up(Reading(call, read), self._own_fault()))

    @staticmethod
    def call(operation: str, face: str, *, key: str = "", **known: Any) -> Call:
        """Return the request at hand in the words of the fault rules."""
        return Call(
            operation=operation,
            face=face,
            path=request.path,
            request_id=request_id(),
            idempotency_key=key,
            headers=request.headers,
            **known,
        )

    def _own_fault(self) -> Rule | None:
        text = request.headers.get(HEADER)
        return rule_of_header(text, seed=self.seed, clock=self.clock) if text else None
