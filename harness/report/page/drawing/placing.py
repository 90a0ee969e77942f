"""Where every spot of a layered graph is, in pixels: its second half. The main way is one straight column."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise

from harness.report.page.drawing.layers import Layered, Spot

BOX_HEIGHT = 34
LAYER_HEIGHT = 78
GAP = 18
BEND_WIDTH = 10
MARGIN = 14
ROUNDS = 40
# An average character of the page's font at the drawing's size, and the room for a number and a retry mark.
CHARACTER_WIDTH = 7.3
BOX_PADDING = 30
BOX_WIDTH_MIN, BOX_WIDTH_MAX = 96, 240


@dataclass(frozen=True)
class Placed:
    """Centres of all spots, and the drawing's size."""

    centres: Mapping[Spot, tuple[float, float]]
    width: float
    height: float

    def box(self, spot: Spot) -> tuple[float, float, float, float]:
        """Return x, y, width and height of a state's box."""
        x, y = self.centres[spot]
        width = width_of(spot)
        return x - width / 2, y - BOX_HEIGHT / 2, width, BOX_HEIGHT


def width_of(spot: Spot) -> float:
    """Return how wide a spot is."""
    if spot.is_bend:
        return BEND_WIDTH
    return min(max(len(spot.name) * CHARACTER_WIDTH + BOX_PADDING, BOX_WIDTH_MIN), BOX_WIDTH_MAX)


def placed(graph: Layered) -> Placed:
    """Return the places: each spot as near to its neighbours as its layer's order allows."""
    main_x = max((width_of(spot) for spot in graph.main), default=BOX_WIDTH_MIN) / 2
    last_main = max((spot.layer for spot in graph.main), default=0)
    x = {spot: main_x + index * BOX_WIDTH_MIN for layer in graph.layers for index, spot in enumerate(layer)}
    for turn in range(ROUNDS):
        for layer in graph.layers if turn % 2 else reversed(graph.layers):
            if layer:
                # Beside the main way its column is kept free; below its end there is room again.
                is_below = layer[0].layer > last_main
                least = main_x if layer[0] in graph.main or is_below else 2 * main_x + GAP + width_of(layer[0]) / 2
                _settle(layer, x, graph, main_x, least)
    left = min((at - width_of(spot) / 2 for spot, at in x.items()), default=0.0)
    right = max((at + width_of(spot) / 2 for spot, at in x.items()), default=0.0)
    centres = {
        spot: (round(at - left + MARGIN, 1), MARGIN + BOX_HEIGHT / 2 + spot.layer * LAYER_HEIGHT)
        for spot, at in x.items()
    }
    height = 2 * MARGIN + BOX_HEIGHT + (len(graph.layers) - 1) * LAYER_HEIGHT
    return Placed(centres, round(right - left + 2 * MARGIN), height)


def _settle(layer: Sequence[Spot], x: dict[Spot, float], graph: Layered, main_x: float, least: float) -> None:
    """Move the spots of a layer to where they want to be, or as near to that as their order and widths allow."""
    offsets = [0.0]
    for one, other in pairwise(layer):
        offsets.append(offsets[-1] + _apart(one, other))
    # Without their offsets, spots that may touch but not overlap are numbers that may be equal but not fall.
    wanted = [
        (main_x if spot in graph.main else _middle(spot, x, graph)) - offset
        for spot, offset in zip(layer, offsets, strict=True)
    ]
    is_fixed = layer[0] in graph.main
    rising = ([main_x, *_rising(wanted[1:])] if is_fixed else _rising(wanted)) if wanted else []
    for spot, offset, at in zip(layer, offsets, rising, strict=True):
        x[spot] = max(at, least) + offset


def _rising(numbers: Sequence[float]) -> list[float]:
    """Return the numbers that never fall and are nearest to these by squares (pool adjacent violators)."""
    pools: list[tuple[float, int]] = []
    for number in numbers:
        pool = (number, 1)
        while pools and pools[-1][0] / pools[-1][1] > pool[0] / pool[1]:
            former = pools.pop()
            pool = (former[0] + pool[0], former[1] + pool[1])
        pools.append(pool)
    return [total / count for total, count in pools for _ in range(count)]


def _middle(spot: Spot, x: Mapping[Spot, float], graph: Layered) -> float:
    near = sorted(x[other] for other in graph.neighbours[spot])
    if not near:
        return x[spot]
    middle = len(near) // 2
    return near[middle] if len(near) % 2 else (near[middle - 1] + near[middle]) / 2


def _apart(one: Spot, other: Spot) -> float:
    return (width_of(one) + width_of(other)) / 2 + GAP
