"""Sets and heals faults, shows what fired and what was called, forgets everything."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from flask import Blueprint, Response, request

from mock_gateway.answer import Answer
from mock_gateway.calls import REMEMBERED_MAX, CallLog
from mock_gateway.clock import Clock
from mock_gateway.faces import fields
from mock_gateway.faces.exchange import sent
from mock_gateway.faults.board import FIRINGS_REMEMBERED_MAX, RULES_MAX, Board, firing_document
from mock_gateway.faults.document import document_of, rule_of
from mock_gateway.faults.kinds import kind_documents
from mock_gateway.faults.rule import Rule
from mock_gateway.problems import Refused, invalid, missing

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
        face.post("/faults")(self.set_faults)
        face.put("/faults")(self.replace_faults)
        face.delete("/faults")(self.heal_all)
        face.get("/faults/<fault_id>")(self.show_fault)
        face.delete("/faults/<fault_id>")(self.heal)
        face.get("/kinds")(self.show_kinds)
        face.get("/fired")(self.show_fired)
        face.get("/calls")(self.show_calls)
        face.post("/reset")(self.reset)

    def set_faults(self) -> Response:
        """`POST /_admin/faults`: 201 with the rule and its id; of a list of rules, all are set or none is."""
        body = fields.json_value(request.get_data(cache=False))
        if isinstance(body, list):
            if not body:
                raise invalid("the list must have a rule", param="rule")
            return sent(Answer.of(201, self._set(self.board.add, body)))
        rule = self._rule(body)
        if not self.board.add(rule):
            raise _too_many()
        return sent(Answer.of(201, document_of(rule)))

    def replace_faults(self) -> Response:
        """`PUT /_admin/faults`: a list of rules instead of all that are set, in its order and in one step."""
        body = fields.json_value(request.get_data(cache=False))
        if not isinstance(body, list):
            raise invalid("the body must be a JSON array of rules", code="body_invalid")
        return sent(Answer.of(200, self._set(self.board.replace, body)))

    def _set(self, put: Callable[..., bool], documents: list[Any]) -> dict[str, Any]:
        if len(documents) > RULES_MAX:
            raise _too_many()
        rules = [self._rule(one) for one in documents]
        if not put(*rules):
            raise _too_many()
        return {"faults": [document_of(rule) for rule in rules]}

    def _rule(self, document: Any) -> Rule:
        return rule_of(document, seed=self.seed, clock=self.clock)

    def show_faults(self) -> Response:
        """`GET /_admin/faults`: the rules in the order in which they are tried."""
        fields.query(())
        return sent(Answer.of(200, {"faults": [document_of(rule) for rule in self.board.rules()]}))

    def show_fault(self, fault_id: str) -> Response:
        """`GET /_admin/faults/{id}`: one rule that is set, with what it has seen."""
        rule = self.board.find(fault_id)
        if rule is None:
            raise missing("the fault")
        return sent(Answer.of(200, document_of(rule)))

    def heal(self, fault_id: str) -> Response:
        """`DELETE /_admin/faults/{id}`: the rule as it was."""
        rule = self.board.remove(fault_id)
        if rule is None:
            raise missing("the fault")
        return sent(Answer.of(200, document_of(rule)))

    def heal_all(self) -> Response:
        """`DELETE /_admin/faults`: how many were healed."""
        return sent(Answer.of(200, {"healed": self.board.remove_all()}))

    def show_kinds(self) -> Response:
        """`GET /_admin/kinds`: every kind of fault, with its phases, operations and arguments."""
        return sent(Answer.of(200, {"kinds": kind_documents()}))

    def show_fired(self) -> Response:
        """`GET /_admin/fired?fault=&after=&limit=`: the last firings, oldest first, and how often each fault fired."""
        asked = fields.query(("fault", "after", "limit"))
        after = fields.whole_number(asked, "after", 0, at_least=0, at_most=2**62)
        limit = fields.whole_number(asked, "limit", FIRINGS_REMEMBERED_MAX, at_least=1, at_most=10**9)
        firings, counts = self.board.fired(fault=asked.get("fault", ""), after=after)
        return sent(Answer.of(200, {"fired": [firing_document(one) for one in firings[-limit:]], "counts": counts}))

    def show_calls(self) -> Response:
        """`GET /_admin/calls?limit=`: the last requests, oldest first."""
        limit = fields.whole_number(fields.query(("limit",)), "limit", CALLS_DEFAULT, at_least=1, at_most=10**9)
        return sent(Answer.of(200, {"calls": self.calls.last(min(limit, REMEMBERED_MAX))}))

    def reset(self) -> Response:
        """`POST /_admin/reset`: forgets charges, keys, faults and records."""
        self.clear()
        return sent(Answer.of(200, {"reset": True}))


def _too_many() -> Refused:
    return invalid(f"at most {RULES_MAX} faults can be set; heal some first", code="too_many_faults")
