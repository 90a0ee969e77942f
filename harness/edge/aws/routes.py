"""Which operation a REST request is: its method and path against the routes of a service's model.

Several operations may share a path and differ in what the query string or the headers must have (S3 has dozens), so of
those that fit, the one that asks for most wins.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import NamedTuple
from urllib.parse import unquote

from harness.edge.aws.models import Route, ServiceModel


class Match(NamedTuple):
    """An operation, and the parts of the path that its model names, decoded."""

    operation: str
    labels: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class _Candidate:
    route: Route
    literals: tuple[tuple[int, str], ...]
    labels: tuple[tuple[int, str], ...]
    greedy: int  # the place of a label that takes several segments, -1 without one
    length: int

    @property
    def rank(self) -> tuple[int, int, int]:
        """How much this asks for; the larger goes first, and what AWS calls by its newer name."""
        renamed = self.route.operation.endswith("Configuration")
        return len(self.literals), len(self.route.needs), int(renamed)


class Router:
    """The routes of one service."""

    def __init__(self, routes: Iterable[Route]) -> None:
        # By method, by the number of segments (-1: any), and by whether the request has a query: without one, most
        # routes of S3 are out of question.
        self._candidates: defaultdict[tuple[str, int, bool], list[_Candidate]] = defaultdict(list)
        for route in routes:
            candidate = _candidate(route)
            length = candidate.length if candidate.greedy < 0 else -1
            self._candidates[route.method, length, True].append(candidate)
            if all(where != "query" for where, _, _ in route.needs):
                self._candidates[route.method, length, False].append(candidate)
        for candidates in self._candidates.values():
            candidates.sort(key=lambda candidate: candidate.rank, reverse=True)

    def match(
        self, method: str, raw_path: str, query: Mapping[str, str], headers: Iterable[tuple[bytes, bytes]]
    ) -> Match | None:
        """Return the operation at `raw_path` (still percent-encoded), None when there is none."""
        segments = raw_path.strip("/").split("/") if raw_path.strip("/") else []
        for candidate in self._candidates.get((method, len(segments), bool(query)), ()):
            if _fits(candidate, segments) and _has_needs(candidate.route, query, headers):
                labels = {name: unquote(segments[place]) for place, name in candidate.labels}
                return Match(candidate.route.operation, labels)
        for candidate in self._candidates.get((method, -1, bool(query)), ()):
            if len(segments) < candidate.length or not _fits(candidate, segments):
                continue
            if _has_needs(candidate.route, query, headers):
                return Match(candidate.route.operation, _greedy_labels(candidate, raw_path))
        return None


_routers: dict[str, Router] = {}


def router_of(model: ServiceModel) -> Router:
    """Return the router of a service, built at the first call."""
    known = _routers.get(model.name)
    if known is None:
        known = _routers[model.name] = Router(model.routes)
    return known


def _candidate(route: Route) -> _Candidate:
    segments = route.uri.strip("/").split("/") if route.uri.strip("/") else []
    literals, labels, greedy = [], [], -1
    for place, segment in enumerate(segments):
        if not segment.startswith("{"):
            literals.append((place, segment))
            continue
        name = segment.strip("{}")
        if name.endswith("+"):
            greedy = place
        labels.append((place, name.rstrip("+")))
    return _Candidate(route, tuple(literals), tuple(labels), greedy, len(segments))


def _fits(candidate: _Candidate, segments: list[str]) -> bool:
    shift = len(segments) - candidate.length  # what a greedy label takes more than one segment
    for place, literal in candidate.literals:
        at = place + shift if 0 <= candidate.greedy < place else place
        if segments[at] != literal:
            return False
    return True


def _has_needs(route: Route, query: Mapping[str, str], headers: Iterable[tuple[bytes, bytes]]) -> bool:
    for where, name, value in route.needs:
        if where == "query":
            if name not in query or (value is not None and query[name] != value):
                return False
        elif all(known != name.encode() for known, _ in headers):
            return False
    return True


def _greedy_labels(candidate: _Candidate, raw_path: str) -> dict[str, str]:
    # Not stripped at its end: an S3 key may end in a slash.
    segments = raw_path.removeprefix("/").split("/")
    shift = len(segments) - candidate.length
    labels: dict[str, str] = {}
    for place, name in candidate.labels:
        if place < candidate.greedy:
            labels[name] = unquote(segments[place])
        elif place == candidate.greedy:
            labels[name] = unquote("/".join(segments[place : place + shift + 1]))
        else:
            labels[name] = unquote(segments[place + shift])
    return labels
