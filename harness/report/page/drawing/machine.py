"""A state machine drawn from its definition, and the way of an execution drawn over it.

The machine is drawn once, as a symbol; every way only adds its own lines and numbers, so that a page with a hundred
ways stays small. Normal, Catch and retry edges differ in their strokes, not by colour alone.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import pairwise

from markupsafe import Markup, escape

from harness.report.model.machine import Edge, Machine, State
from harness.report.model.ways import Way
from harness.report.page.drawing.layers import Layered, Spot, layered
from harness.report.page.drawing.placing import BOX_HEIGHT, LAYER_HEIGHT, Placed, placed, width_of

NAME_LENGTH_MAX = 28
BADGE_RADIUS = 9
PORT_SHIFT = 0.18


@dataclass(frozen=True)
class Drawing:
    """The drawing of one machine."""

    machine: Machine
    graph: Layered
    places: Placed
    symbol_id: str

    def symbol(self) -> Markup:
        """Return the machine as a symbol, to be put once into the page; ways refer to it."""
        parts = [self._line(edge) for edge in self.machine.edges if edge in self.graph.routes]
        parts += [self._state(state) for state in self.machine.states.values()]
        return Markup('<symbol id="{}" viewBox="0 0 {} {}">{}</symbol>').format(
            self.symbol_id, self.places.width, self.places.height, Markup("").join(parts)
        )

    def whole(self, counts: dict[str, int]) -> Markup:
        """Return the machine with how many executions visited each state; those that none visited are marked."""
        marks = [self._count(name, counts.get(name, 0)) for name in self.machine.states]
        return self._figure(f"State machine {self.machine.name}", Markup("").join(marks), "machine whole")

    def way(self, way: Way) -> Markup:
        """Return the machine with the way that an execution took."""
        words = " → ".join(step.state for step in way.steps)
        lines = Markup("").join(self._passage(way, order) for order in range(len(way.passages)))
        states = Markup("").join(self._visited(way))
        return self._figure(f"{way.status}: {words}", lines + states, f"machine taken {way.status.lower()}")

    def _figure(self, label: str, over: Markup, classes: str) -> Markup:
        width, height = self.places.width, self.places.height
        return Markup(
            '<svg class="{}" viewBox="0 0 {} {}" width="{}" height="{}" role="img" aria-label="{}">'
            '<use href="#{}" width="{}" height="{}"/>{}</svg>'
        ).format(classes, width, height, width, height, label, self.symbol_id, width, height, over)

    def _line(self, edge: Edge) -> Markup:
        kind = "catch" if edge.kind == "catch" else "next"
        words = f"{edge.source} → {edge.target}" + (f" on {', '.join(edge.errors)}" if edge.errors else "")
        return Markup('<path class="edge {}" d="{}" marker-end="url(#arrow-{})"><title>{}</title></path>').format(
            kind, self._path(self.graph.routes[edge]), kind, words
        )

    def _state(self, state: State) -> Markup:
        x, y, width, height = self.places.box(self._spot(state.name))
        detour = " detour" if self.machine.is_detour(state.name) else ""
        # What ends the machine has round sides, what fails has a second border.
        shape = Markup('<rect x="{}" y="{}" width="{}" height="{}" rx="{}"/>').format(
            x, y, width, height, height / 2 if state.ending else 7
        )
        if state.ending == "fail":
            shape += Markup('<rect class="inner" x="{}" y="{}" width="{}" height="{}" rx="{}"/>').format(
                x + 3, y + 3, width - 6, height - 6, height / 2 - 3
            )
        name = state.name if len(state.name) <= NAME_LENGTH_MAX else f"{state.name[: NAME_LENGTH_MAX - 1]}…"
        retry = self._retry_loop(state.name, "edge retry") if state.retries else Markup("")
        return Markup('<g class="state {}{}"><title>{}</title>{}<text x="{}" y="{}">{}</text>{}</g>').format(
            state.ending or "task",
            detour,
            f"{state.name} ({state.kind}){': ' if state.comment else ''}{state.comment}",
            shape,
            x + width / 2,
            y + height / 2 + 4,
            name,
            retry,
        )

    def _retry_loop(self, name: str, classes: str) -> Markup:
        x, y, width, height = self.places.box(self._spot(name))
        right, middle = x + width, y + height / 2
        return Markup('<path class="{}" d="M{} {}c14 -3 14 15 1 11" marker-end="url(#arrow-retry)"/>').format(
            classes, right - 1, middle - 7
        )

    def _passage(self, way: Way, index: int) -> Markup:
        passage = way.passages[index]
        kind = "catch" if passage.is_caught else "next"
        route = self._route(passage.source, passage.target, kind)
        if route is None:
            return Markup("")
        return Markup('<path class="went {}" d="{}" marker-end="url(#arrow-{})"><title>{}</title></path>').format(
            kind,
            self._path(route),
            f"went-{kind}",
            f"{passage.order}. {passage.source} → {passage.target}" + (f" on {passage.error}" if passage.error else ""),
        )

    def _visited(self, way: Way) -> Iterable[Markup]:
        visits: dict[str, list[int]] = {}
        for order, step in enumerate(way.steps, start=1):
            if step.state in self.machine.states:
                visits.setdefault(step.state, []).append(order)
        for name, orders in visits.items():
            last = orders[-1] == len(way.steps) and way.status not in ("SUCCEEDED", "RUNNING")
            steps = [way.steps[order - 1] for order in orders]
            yield self._visit(name, orders, sum(len(step.failures) for step in steps), is_end=last)
            if any(step.attempts > 1 for step in steps):
                yield self._retry_loop(name, "went retry")
                yield self._tag(name, f"×{max(step.attempts for step in steps)}")

    def _visit(self, name: str, orders: Sequence[int], failures: int, *, is_end: bool) -> Markup:
        x, y, width, height = self.places.box(self._spot(name))
        classes = "visit end" if is_end else "visit failed" if failures else "visit"
        radius = height / 2 if self.machine.states[name].ending else 7
        label = ",".join(map(str, orders[:3])) + ("…" if len(orders) > 3 else "")
        badge_width = max(BADGE_RADIUS * 2, len(label) * 6.5 + 8)
        return Markup(
            '<g class="{}"><rect x="{}" y="{}" width="{}" height="{}" rx="{}"/><text x="{}" y="{}">{}</text>'
            '<rect class="badge" x="{}" y="{}" width="{}" height="{}" rx="{}"/>'
            '<text class="badge" x="{}" y="{}">{}</text></g>'
        ).format(
            classes, x, y, width, height, radius, x + width / 2, y + height / 2 + 4, name[:NAME_LENGTH_MAX],
            x - 6, y - 8, badge_width, BADGE_RADIUS * 2, BADGE_RADIUS, x - 6 + badge_width / 2, y + 5, label,
        )  # fmt: skip

    def _tag(self, name: str, text: str) -> Markup:
        x, y, width, _ = self.places.box(self._spot(name))
        return Markup('<text class="tag" x="{}" y="{}">{}</text>').format(x + width - 10, y - 4, text)

    def _count(self, name: str, count: int) -> Markup:
        x, y, width, _ = self.places.box(self._spot(name))
        if not count:
            return Markup('<text class="tag never" x="{}" y="{}">never</text>').format(x + width - 22, y - 4)
        return Markup('<text class="tag" x="{}" y="{}">{}×</text>').format(x + width - 14, y - 4, count)

    def _route(self, source: str, target: str, kind: str) -> tuple[Spot, ...] | None:
        found = [edge for edge in self.graph.routes if (edge.source, edge.target) == (source, target)]
        if not found:
            return None
        found.sort(key=lambda edge: (edge.kind == "catch") != (kind == "catch"))
        return self.graph.routes[found[0]]

    def _path(self, route: Sequence[Spot]) -> str:
        """Return a smooth line through the spots, from the border of the first box to that of the last."""
        down = route[-1].layer >= route[0].layer
        half = BOX_HEIGHT / 2 if down else -BOX_HEIGHT / 2
        points = [self.places.centres[spot] for spot in route]
        first, last = self._port(route[0], route[1]), self._port(route[-1], route[-2])
        points[0] = (first, points[0][1] + half)
        points[-1] = (last, points[-1][1] - half - (5 if down else -5))
        words = [f"M{points[0][0]:g} {points[0][1]:g}"]
        for (x, y), (to_x, to_y) in pairwise(points):
            bow = (to_y - y) * 0.5 or LAYER_HEIGHT * 0.3
            words.append(f"C{x:g} {y + bow:g} {to_x:g} {to_y - bow:g} {to_x:g} {to_y:g}")
        return "".join(words)

    def _port(self, spot: Spot, towards: Spot) -> float:
        """Return where on a box's border a line begins or ends: a little towards where it goes."""
        x, other = self.places.centres[spot][0], self.places.centres[towards][0]
        room = max(width_of(spot) / 2 - 14, 0)
        return round(x + max(-room, min(room, (other - x) * PORT_SHIFT)), 1)

    def _spot(self, name: str) -> Spot:
        return next(spot for spot in self.places.centres if spot.name == name and not spot.is_bend)


def drawing_of(machine: Machine) -> Drawing:
    """Lay a machine out."""
    graph = layered(machine)
    return Drawing(machine, graph, placed(graph), f"machine-{escape(machine.name)}")
