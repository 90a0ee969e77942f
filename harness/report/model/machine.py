"""A state machine as a graph: its states, and the edges between them with what makes each be taken.

Reads the Amazon States Language (source: states-language.net, and Step Functions' developer guide). The states inside
of Parallel and Map states are states of the same graph, entered from their parent. Leaves out what states do.
"""

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any, Literal

from harness.report.kept import RunUnreadable

EdgeKind = Literal["next", "choice", "inside", "catch"]


@dataclass(frozen=True, slots=True)
class State:
    """One state. `ending` is "" unless the machine can end here: succeed, fail."""

    name: str
    kind: str
    ending: str = ""
    comment: str = ""
    retries: bool = False


@dataclass(frozen=True, slots=True)
class Edge:
    """A way from one state to another; `errors` are those that a Catch edge is for."""

    source: str
    target: str
    kind: EdgeKind
    errors: tuple[str, ...] = ()


@dataclass(frozen=True)
class Machine:
    """The graph of one state machine; edges of the same states and kind are one edge."""

    name: str
    start: str
    states: Mapping[str, State]
    edges: tuple[Edge, ...]

    @cached_property
    def main_way(self) -> tuple[str, ...]:
        """The states that follow each other when nothing goes wrong, the first choice taken where there is one."""
        following: dict[str, str] = {}
        for edge in self.edges:
            if edge.kind != "catch":
                following.setdefault(edge.source, edge.target)
        way = [self.start]
        while (state := following.get(way[-1])) is not None and state not in way:
            way.append(state)
        return tuple(way)

    @cached_property
    def detours(self) -> frozenset[str]:
        """The states that are entered only after an error was caught: they compensate, reconcile, or give up."""
        return frozenset(self.states) - self._reached_without_errors()

    def is_detour(self, state: str) -> bool:
        """Tell whether a state works on the consequences of an error; a state that only ends the machine doesn't."""
        return state in self.detours and self.states[state].ending != "fail"

    def _reached_without_errors(self) -> set[str]:
        reached, left = set(), [self.start]
        while left:
            state = left.pop()
            if state not in reached:
                reached.add(state)
                left.extend(edge.target for edge in self.edges if edge.source == state and edge.kind != "catch")
        return reached


def machine_of(name: str, definition: str) -> Machine:
    """Read a definition; raises RunUnreadable when it isn't one."""
    try:
        document = json.loads(definition)
        states = {name: _state(name, body) for name, body in _bodies(document)}
        edges = _joined(edge for name, body in _bodies(document) for edge in _edges(name, body))
        start = str(document["StartAt"])
    except (ValueError, KeyError, TypeError, AttributeError) as problem:
        told = f"{type(problem).__name__}: {problem}"
        raise RunUnreadable(f"the definition of state machine {name} can't be read: {told}") from problem
    known = tuple(edge for edge in edges if edge.source in states and edge.target in states)
    if start not in states:
        raise RunUnreadable(f"state machine {name} starts at {start}, which is none of its {len(states)} states")
    return Machine(name, start, states, known)


def _bodies(document: Mapping[str, Any]) -> Iterator[tuple[str, Mapping[str, Any]]]:
    for name, body in document["States"].items():
        yield str(name), body
        for inner in _inner(body):
            yield from _bodies(inner)


def _inner(body: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    one = body.get("ItemProcessor") or body.get("Iterator")
    return [*body.get("Branches", ()), *([one] if one else [])]


def _state(name: str, body: Mapping[str, Any]) -> State:
    kind = str(body["Type"])
    ending = "fail" if kind == "Fail" else "succeed" if kind == "Succeed" or body.get("End") else ""
    return State(name, kind, ending, str(body.get("Comment", "")), bool(body.get("Retry")))


def _edges(name: str, body: Mapping[str, Any]) -> Iterator[Edge]:
    if "Next" in body:
        yield Edge(name, str(body["Next"]), "next")
    for choice in body.get("Choices", ()):
        yield Edge(name, str(choice["Next"]), "choice")
    if "Default" in body:
        yield Edge(name, str(body["Default"]), "choice")
    for inner in _inner(body):
        yield Edge(name, str(inner["StartAt"]), "inside")
    for catch in body.get("Catch", ()):
        yield Edge(name, str(catch["Next"]), "catch", tuple(map(str, catch["ErrorEquals"])))


def _joined(edges: Iterator[Edge]) -> tuple[Edge, ...]:
    found: dict[tuple[str, str, EdgeKind], Edge] = {}
    for edge in edges:
        key = (edge.source, edge.target, edge.kind)
        former = found.get(key)
        found[key] = Edge(*key, (*former.errors, *edge.errors)) if former else edge
    return tuple(found.values())
