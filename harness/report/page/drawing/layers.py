"""Which layer every state is in, and in what order the states of a layer stand: a layered drawing's first half.

After Sugiyama, Tagawa and Toda ("Methods for visual understanding of hierarchical system structures", 1981): break
cycles, layer by the longest path, route long edges through bends, and order each layer by barycentres. Edges of one
kind to one target share their bends, so that twenty Catch edges become a few lines; the main way stands first.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import count, pairwise

from harness.report.model.machine import Edge, Machine

SWEEPS = 12
STATES_IN_A_LAYER_MAX = 3


@dataclass(frozen=True, slots=True)
class Spot:
    """A place in a layer: a state's, or a bend of the edges of one kind that lead to the same `name`."""

    layer: int
    name: str
    bend_of: str = ""

    @property
    def is_bend(self) -> bool:
        """Tell whether lines only pass here."""
        return bool(self.bend_of)


@dataclass(frozen=True)
class Layered:
    """Layers of spots in order, and the spots that each edge passes from its source to its target."""

    layers: tuple[tuple[Spot, ...], ...]
    routes: Mapping[Edge, tuple[Spot, ...]]
    main: frozenset[Spot]

    @cached_property
    def neighbours(self) -> Mapping[Spot, tuple[Spot, ...]]:
        """The spots that lines lead to from each spot, up and down."""
        found: dict[Spot, dict[Spot, None]] = {spot: {} for layer in self.layers for spot in layer}
        for route in self.routes.values():
            for one, other in pairwise(route):
                found[one][other] = None
                found[other][one] = None
        return {spot: tuple(others) for spot, others in found.items()}


def layered(machine: Machine) -> Layered:
    """Return the states of a machine in layers, its start in the first."""
    back = _back_edges(machine)
    layer = _spread(machine, _longest_paths(machine, back))
    spots = {name: Spot(layer[name], name) for name in machine.states}
    routes = {
        edge: _route(spots[edge.source], spots[edge.target], edge)
        for edge in machine.edges
        if edge.source != edge.target
    }
    main = _main_spots(machine, spots, routes)
    unordered: list[list[Spot]] = [[] for _ in range(max(layer.values(), default=0) + 1)]
    for spot in dict.fromkeys([*spots.values(), *(spot for route in routes.values() for spot in route)]):
        unordered[spot.layer].append(spot)
    begun = Layered(tuple(map(tuple, unordered)), routes, main)
    return Layered(_ordered(begun), routes, main)


def _main_spots(
    machine: Machine, spots: Mapping[str, Spot], routes: Mapping[Edge, tuple[Spot, ...]]
) -> frozenset[Spot]:
    """Return the states of the main way, and the bends between them: their column is straight."""
    following = set(pairwise(machine.main_way))
    bends = {
        spot
        for edge, route in routes.items()
        if (edge.source, edge.target) in following and edge.kind != "catch"
        for spot in route
    }
    return frozenset(bends | {spots[name] for name in machine.main_way})


def _back_edges(machine: Machine) -> frozenset[Edge]:
    """Return the edges that close a cycle, as a search in depth from the start meets them."""
    leaving: dict[str, list[Edge]] = {name: [] for name in machine.states}
    for edge in machine.edges:
        leaving[edge.source].append(edge)
    back: set[Edge] = set()
    done: set[str] = set()
    for first in [machine.start, *machine.states]:
        open_states: list[tuple[str, int]] = [] if first in done else [(first, 0)]
        on_path = {first}
        while open_states:
            name, index = open_states.pop()
            if index == len(leaving[name]):
                done.add(name)
                on_path.discard(name)
                continue
            open_states.append((name, index + 1))
            edge = leaving[name][index]
            if edge.target in on_path:
                back.add(edge)
            elif edge.target not in done:
                on_path.add(edge.target)
                open_states.append((edge.target, 0))
    return frozenset(back)


def _longest_paths(machine: Machine, back: frozenset[Edge]) -> dict[str, int]:
    layer = dict.fromkeys(machine.states, 0)
    forward = [edge for edge in machine.edges if edge not in back]
    # As many rounds as there are states are enough without cycles; mostly three or four do.
    for _ in machine.states:
        before = dict(layer)
        for edge in forward:
            layer[edge.target] = max(layer[edge.target], layer[edge.source] + 1)
        if layer == before:
            break
    return layer


def _spread(machine: Machine, layer: dict[str, int]) -> dict[str, int]:
    """Move states that only end the machine further down where too many stand side by side: phones are narrow."""
    ending = {name for name in machine.states if machine.states[name].ending} - set(machine.main_way)
    ending -= {edge.source for edge in machine.edges}
    moved = dict(layer)
    for level in count():
        if level > max(moved.values()):
            return moved
        here = [name for name in machine.states if moved[name] == level]
        # Those that stay are the first in the definition.
        too_many = max(len(here) - STATES_IN_A_LAYER_MAX, 0)
        for name in [name for name in here if name in ending][::-1][:too_many]:
            moved[name] = level + 1
    return moved


def _route(source: Spot, target: Spot, edge: Edge) -> tuple[Spot, ...]:
    kind = "catch" if edge.kind == "catch" else "next"
    step = 1 if target.layer >= source.layer else -1
    # Lines that go back up bend beside the others, under the name of their source.
    name = target.name if step > 0 else f"{target.name}↑{source.name}"
    between = range(source.layer + step, target.layer, step)
    return (source, *(Spot(layer, name, kind) for layer in between), target)


def _ordered(graph: Layered) -> tuple[tuple[Spot, ...], ...]:
    layers = [list(layer) for layer in graph.layers]
    position = _positions(layers)
    best, fewest = layers, _crossings(graph, position)
    for sweep in range(SWEEPS):
        for layer in layers if sweep % 2 == 0 else reversed(layers):
            layer.sort(key=lambda spot: _weight(spot, graph, position))
            position.update({spot: index for index, spot in enumerate(layer)})
        crossings = _crossings(graph, position)
        if sweep == 0 or crossings < fewest:
            best, fewest = [list(layer) for layer in layers], crossings
    return tuple(map(tuple, best))


def _weight(spot: Spot, graph: Layered, position: Mapping[Spot, int]) -> float:
    if spot in graph.main:
        return -1.0
    near = [position[other] for other in graph.neighbours[spot]]
    return sum(near) / len(near) if near else float(position[spot])


def _positions(layers: Iterable[Sequence[Spot]]) -> dict[Spot, int]:
    return {spot: index for layer in layers for index, spot in enumerate(layer)}


def _crossings(graph: Layered, position: Mapping[Spot, int]) -> int:
    pieces: dict[int, set[tuple[int, int]]] = {}
    for route in graph.routes.values():
        for one, other in pairwise(route):
            upper, lower = sorted((one, other), key=lambda spot: spot.layer)
            pieces.setdefault(upper.layer, set()).add((position[upper], position[lower]))
    crossings = 0
    for several in pieces.values():
        ordered = sorted(several)
        crossings += sum(b[1] < a[1] for index, a in enumerate(ordered) for b in ordered[index + 1 :] if a[0] < b[0])
    return crossings
