"""Sets and heals faults, shows what fired and what was called, forgets everything."""

from collections.abc import Callable
from dataclasses import dataclass

from flask import Blueprint, Response, request

from mock_gateway.answer import Answer
from mock_gateway.calls import REMEMBERED_MAX, CallLog
from mock_gateway.clock import Clock
from mock_gateway.faces import fields
from mock_gateway.faces.exchange import sent
from mock_gateway.faults.board import RULES_MAX, Board, firing_document
from mock_gateway.faults.document import document_of, rule_of
from mock_gateway.problems import invalid, missing

CALLS_DEFAULT = 100


@dataclass(frozen=True)
class FaultsAdmin:
    """The routes about faults and calls."""

    board: Board
    calls: CallLog
    clear: Callable[[], None]
    clock: Clock
    seed: int

    def add_to(self, face: Blueprint) -> None:
        """Add the routes."""
        face.get("/faults")(self.show_faults)
        face.post("/faults")(self.set_fault)
        face.delete("/faults")(self.heal_all)
        face.delete("/faults/<fault_id>")(self.heal)
        face.get("/fired")(self.show_fired)
        face.get("/calls")(self.show_calls)
        face.post("/reset")(self.reset)

    def set_fault(self) -> Response:
        """`POST /_admin/faults`: 201 with the rule and its id."""
        document = request.get_json(force=True, silent=True)
        rule = rule_of(document, seed=self.seed, clock=self.clock)
        if not self.board.add(rule):
            raise invalid(f"{RULES_MAX} faults are set already; heal some first", code="too_many_faults")
        return sent(Answer.of(201, document_of(rule)))

    def show_faults(self) -> Response:
        """`GET /_admin/faults`: the rules in the order in which they are tried."""
        return sent(Answer.of(200, {"faults": [document_of(rule) for rule in self.board.rules()]}))

    def heal(self, fault_id: str) -> Response:
        """`DELETE /_admin/faults/{id}`: the rule as it was."""
        rule = self.board.remove(fault_id)
        if rule is None:
            raise missing("the fault")
        return sent(Answer.of(200, document_of(rule)))

    def heal_all(self) -> Response:
        """`DELETE /_admin/faults`: how many were healed."""
        return sent(Answer.of(200, {"healed": self.board.remove_all()}))

    def show_fired(self) -> Response:
        """`GET /_admin/fired`: the last firings, and how often each fault ever fired."""
        firings, counts = self.board.fired()
        return sent(Answer.of(200, {"fired": [firing_document(firing) for firing in firings], "counts": counts}))

    def show_calls(self) -> Response:
        """`GET /_admin/calls?limit=`: the last requests, oldest first."""
        limit = fields.whole_number(fields.query(("limit",)), "limit", CALLS_DEFAULT, at_least=1, at_most=10**9)
        return sent(Answer.of(200, {"calls": self.calls.last(min(limit, REMEMBERED_MAX))}))

    def reset(self) -> Response:
        """`POST /_admin/reset`: forgets charges, keys, faults and records."""
        self.clear()
        return sent(Answer.of(200, {"reset": True}))
