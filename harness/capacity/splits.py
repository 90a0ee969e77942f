"""Where a hot partition is cut: a sample of what made it hot, and the cut that sets its heat apart.

Documented: DynamoDB splits partitions under sustained load; a collection splits by sort key unless the sort key only
ever grows or the table has a local index; a single hot item can be isolated and then has a whole partition (AWS
database blog, “Scaling DynamoDB”, part 3). How AWS chooses the cut is not published: here the heat halves (assumed).
"""

from collections import Counter
from collections.abc import Sequence
from itertools import pairwise
from typing import Any, NamedTuple

from harness.capacity.charge import POSITIONS, Place

# Samples that a partition at its cap collects until it may split: what decides, and what bounds memory.
SAMPLES = 512
_GOLDEN = 0.6180339887498949


class Edge(NamedTuple):
    """Where a partition begins: at a position, and inside a collection at (sort key, 0) or just after it (…, 1)."""

    position: int
    sort: tuple[Any, int] | None = None


class Cuts(NamedTuple):
    """What to do with a hot partition: cut at these edges (ascending), or nothing helps."""

    edges: tuple[Edge, ...]
    why: str
    collection: str = ""  # the partition key that the parts between the cuts hold alone
    alone: Place | None = None  # the one hot item


class Sampler:
    """Keeps a place for each stretch of load, at uneven distances so that no regular traffic hides behind another.

    Load is in seconds of the partition's cap. Deterministic: distances follow the golden ratio's fractions.
    """

    __slots__ = ("_phase", "_stride", "due", "places")

    def __init__(self, over_s: float) -> None:
        self._stride = over_s / SAMPLES
        self._phase = 0.5
        self.due = self._stride / 2
        self.places: list[Place] = []

    def keep(self, place: Place) -> None:
        """Take a place in; to be called when `due`, lowered by each load, is no more above 0."""
        if len(self.places) >= 4 * SAMPLES:
            del self.places[::2]
            self._stride *= 2
        self.places.append(place)
        self._phase = (self._phase + _GOLDEN) % 1.0
        # One request may be worth several strides (a large scan): it is kept once, for its place is one.
        self.due = max(self.due, -self._stride) + self._stride * (0.5 + self._phase)

    def clear(self, over_s: float) -> None:
        """Forget the sample."""
        self.places.clear()
        self._stride = over_s / SAMPLES


def choose(
    places: Sequence[Place], *, by_sort: bool, has_sort: bool, single_item_share: float, monotonic_share: float
) -> Cuts:
    """Return where to cut a partition, given a sample of its load in order of time.

    `by_sort` tells whether collections may be cut at all. No edges mean that no cut would help.
    """
    if not places:
        return Cuts((), "heat")
    enough = single_item_share * len(places)
    item, count = Counter((place.position, place.sort) for place in places).most_common(1)[0]
    position, heat = Counter(place.position for place in places).most_common(1)[0]
    # Reads of a whole collection have no sort key: their heat is the collection's, not one item's.
    if count >= enough and (item[1] != "" or not has_sort):
        hot = next(place for place in places if (place.position, place.sort) == item)
        edges = _around_item(item) if by_sort and has_sort else _around(item[0])
        return Cuts(edges, "single item", hot.partition_key, hot)
    if heat >= enough:
        return _within(places, position, by_sort and has_sort, monotonic_share)
    return Cuts(_halve([Edge(place.position) for place in places]), "heat")


def is_monotonic(sorts: Sequence[Any], share: float) -> bool:
    """Tell whether sort keys, in order of time, move on so that a cut would leave the load on one side.

    Nearly all (`share`) of the later half lie beyond nearly all of the earlier half, above or below.
    """
    half = len(sorts) // 2
    if half < 4:
        return False
    earlier, later = sorted(sorts[:half]), sorts[half:]
    high, low = earlier[min(int(share * half), half - 1)], earlier[max(half - 1 - int(share * half), 0)]
    wanted = share * len(later)
    above, below = sum(1 for sort in later if sort > high), sum(1 for sort in later if sort < low)
    return max(above, below) >= wanted


def _within(places: Sequence[Place], position: int, may_cut: bool, monotonic_share: float) -> Cuts:
    held = [place for place in places if place.position == position]
    known = [place.sort for place in held if place.sort != ""]
    name = held[0].partition_key
    if may_cut and 2 * len(known) > len(held) and not is_monotonic(known, monotonic_share):
        return Cuts(_halve([Edge(position, (sort, 0)) for sort in known]), "heat", name)
    return Cuts(_around(position), "heat", name)


def _around(position: int) -> tuple[Edge, ...]:
    after = (Edge(position + 1),) if position + 1 < POSITIONS else ()
    return (Edge(position), *after)


def _around_item(item: tuple[int, Any]) -> tuple[Edge, ...]:
    return Edge(item[0], (item[1], 0)), Edge(item[0], (item[1], 1))


def _halve(edges: list[Edge]) -> tuple[Edge, ...]:
    """Return the edge with nearly as much load before it as from it on; none when all load is at one."""
    edges.sort()
    middle = len(edges) / 2
    starts = [index for index, (one, other) in enumerate(pairwise(edges), 1) if one != other]
    return (edges[min(starts, key=lambda index: abs(index - middle))],) if starts else ()
