"""Faults of AWS calls, as a test sets them at the edge of its environment.

The rules are the edge's own; this module knows its endpoints and nothing of the kinds.
"""

from collections.abc import Mapping
from typing import Any, Protocol

from harness.clients.fault import Fault, Firings
from harness.errors import TargetLacks

FAULTS, FIRED, HEALTH = "/_rehearsal/faults", "/_rehearsal/fired", "/_rehearsal/health"
FIRINGS_MAX = "10000"


class EdgeAdmin(Protocol):
    """The admin face of an edge."""

    def ask(self, method: str, path: str, *, missing_ok: bool = False, **request: Any) -> dict[str, Any]:
        """Return the JSON answer to a request; {} for a 404 that is all right."""


class AwsFaultBoard:
    """Sets faults at an edge, reads and ends them; raises AnswerUnexpected when the edge refuses a rule."""

    def __init__(self, edge: EdgeAdmin) -> None:
        self._edge = edge

    def add_fault(self, rule: Mapping[str, Any]) -> str:
        """Set a fault and return its id."""
        return str(self._edge.ask("POST", FAULTS, json=dict(rule))["faults"][0]["id"])

    def end_fault(self, fault_id: str) -> Firings:
        """Heal a fault and return its firings; one that is gone already is fine."""
        return self._told(fault_id, self._edge.ask("DELETE", f"{FAULTS}/{fault_id}", missing_ok=True))

    def firings(self, fault_id: str) -> Firings:
        """Return how often a fault fired, and the instants that the edge still remembers."""
        return self._told(fault_id, self._edge.ask("GET", f"{FAULTS}/{fault_id}", missing_ok=True))

    def knows_executions_by_name(self) -> bool:
        """Tell whether no trace reaches functions here: a call is an execution's when its keys say the name."""
        return bool(self._edge.ask("GET", HEALTH).get("executions_by_name"))

    def _told(self, fault_id: str, state: Mapping[str, Any]) -> Firings:
        """Return what the edge's log tells of a fault; the counts are in its `state`, unless that is gone."""
        fired = self._edge.ask("GET", FIRED, params={"fault": fault_id, "limit": FIRINGS_MAX})["fired"]
        instants = tuple(str(one["at"]) for one in fired)
        return Firings(int(state.get("fired", len(instants))), instants, state.get("seen"))


class AwsFault(Fault):
    """A fault of AWS calls."""

    place = "aws"

    def __init__(self, board: AwsFaultBoard, rule: Mapping[str, Any]) -> None:
        super().__init__(board, rule)
        self._edge_board = board

    def must_have_fired(self, times_min: int = 1) -> None:
        """Raise FaultNotFired unless the fault fired that often, TargetLacks where its calls can't be told."""
        meant = self.rule.get("match", {}).get("execution")
        if meant and self.fired < times_min and not self.firings.seen and self._edge_board.knows_executions_by_name():
            raise TargetLacks(f"no call said that it belongs to execution {meant}, and no trace tells here")
        super().must_have_fired(times_min)
