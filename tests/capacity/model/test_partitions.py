"""Partitions cover the ring without gap or overlap, whatever splits them, and know whose item is whose."""

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from harness.capacity.charge import POSITIONS, WHYS, Place
from harness.capacity.parameters import Parameters
from harness.capacity.partitions import Partitions, count_at_birth, needed
from harness.capacity.splits import Cuts, Edge

Splits = list[tuple[float, int, tuple[int, int], str]]


def partitions(count: int = 1, told: Splits | None = None, **figures: float) -> Partitions:
    seen: Splits = [] if told is None else told
    parameters = Parameters(**figures)  # type: ignore[arg-type]
    return Partitions(parameters, 0.0, count, lambda *split: seen.append(split), by_sort=True, has_sort=True)


def cut_at(ring: Partitions, edge: Edge) -> None:
    partition = ring.find(Place(edge.position, edge.sort[0] if edge.sort else ""))
    ring._cut(partition, Cuts((edge,), "heat"), 1.0)


POSITION = st.one_of(st.integers(0, 40), st.integers(0, POSITIONS - 1))
EDGES = st.builds(Edge, POSITION, st.none() | st.tuples(st.integers(0, 9).map(str), st.integers(0, 1)))


@given(st.integers(1, 5), st.lists(EDGES, max_size=30), st.lists(st.tuples(POSITION, st.integers(0, 9).map(str))))
def test_every_place_has_the_partition_around_it_when_anything_was_cut(
    count: int, edges: list[Edge], places: list[tuple[int, str]]
) -> None:
    ring = partitions(count)
    for edge in edges:
        cut_at(ring, edge)

    parts = list(ring)
    assert [part.low for part in parts[1:]] == [part.high for part in parts[:-1]]
    assert (parts[0].low, parts[-1].high) == (Edge(0), Edge(POSITIONS))
    assert sum(part.width for part in parts) == pytest.approx(1.0)
    for position, sort in places:
        held = [part for part in parts if _key(part.low) <= (position, 1, sort, 0) < _key(part.high)]
        assert [ring.find(Place(position, sort))] == held


def _key(edge: Edge) -> tuple[int, int, str, int]:
    return (edge.position, 0, "", 0) if edge.sort is None else (edge.position, 1, *edge.sort)


def test_number_sort_keys_find_their_part_when_a_collection_was_cut() -> None:
    ring = partitions()
    cut_at(ring, Edge(7, (Decimal(10), 0)))

    assert ring.find(Place(7, Decimal(9))) is not ring.find(Place(7, Decimal(10)))
    assert ring.find(Place(7, "")) is ring.find(Place(7, Decimal(9)))
    assert ring.find(Place(8, Decimal(1))) is ring.find(Place(7, Decimal(10)))


@pytest.mark.parametrize(
    ("read", "write", "either", "size_gb", "count"),
    [(3000, 1000, False, 0, 2), (5, 5, False, 0, 1), (5, 5, False, 41, 5), (12_000, 4000, True, 0, 4),
     (1500, 500, False, 0, 1), (1501, 500, False, 0, 2)],
)  # fmt: skip
def test_birth_count_is_the_documented_one_when_a_table_is_made(
    read: float, write: float, either: bool, size_gb: int, count: int
) -> None:
    weight = needed(read, write, Parameters(), either=either)

    assert count_at_birth(weight, size_gb * 1024**3, Parameters()) == count


def test_every_partition_splits_when_throughput_outgrows_them() -> None:
    told: Splits = []
    ring = partitions(4, told)

    ring.carry(4.0, 1.0)
    assert len(ring) == 4
    ring.carry(4.1, 1.0)
    assert len(ring) == 8
    ring.carry(1.0, 2.0)
    assert len(ring) == 8
    assert {why for *_, why in told} == {"throughput"} <= set(WHYS)
    assert [state.ended_s for state in ring.states()] == [None] * 8 + [1.0] * 4


def test_partition_splits_when_it_is_full() -> None:
    told: Splits = []
    ring = partitions(1, told, partition_bytes=1000)

    ring.grow(Place(5), 999, 1.0)
    assert not told
    ring.grow(Place(5), 1, 2.0)

    assert told == [(2.0, 0, (1, 2), "size")]
    assert [part.bytes for part in ring] == [500, 500]
    ring.grow(Place(5), -9000, 3.0)
    assert next(iter(ring)).bytes == 0


def test_split_waits_when_the_heat_has_a_pause() -> None:
    told: Splits = []
    ring = partitions(1, told)
    for second in range(1200):
        place = Place(second % 2 * 1000)
        if second % 590 > 60:  # one window in each 590 s is cool
            ring.note(ring.find(place), place, 0.0, 1.0, float(second))

    assert not told


def test_split_comes_when_heat_lasts() -> None:
    told: Splits = []
    ring = partitions(1, told)
    places = [Place(second % 3 * 1000) for second in range(700)]
    numbers = [ring.note(ring.find(place), place, 0.0, 1.0, float(second)) for second, place in enumerate(places)]

    assert told == [(600.0, 0, (1, 2), "heat")]
    assert set(numbers[:600]) == {0}
    assert set(numbers[600:]) == {1, 2}


def heated(ring: Partitions, from_s: int, until_s: int) -> None:
    for second in range(from_s, until_s):
        place = Place(second % 3 * 1000)
        ring.note(ring.find(place), place, 0.0, 1.0, float(second))


def test_heat_counts_anew_when_nothing_came_for_a_while() -> None:
    told: Splits = []
    ring = partitions(1, told)

    heated(ring, 0, 530)
    heated(ring, 5000, 5590)
    assert not told
    heated(ring, 5590, 5670)
    assert [why for *_, why in told] == ["heat"]


def test_debt_is_inherited_when_a_partition_splits() -> None:
    ring = partitions(1)
    ring.find(Place(0)).write.spend(5000, 0.0)

    ring.carry(2.0, 1.0)

    assert [part.write.level for part in ring] == [-4000, -4000]
    assert not ring.find(Place(0)).write.admits(2.0)


def test_item_is_told_to_be_alone_when_it_was_set_apart() -> None:
    told: Splits = []
    ring = partitions(1, told)
    place = Place(10**18, "b", "pk=x", "pk=x,sk=b")
    for second in range(1300):
        ring.note(ring.find(place), place, 0.0, 1.0, float(second))

    assert [why for *_, why in told] == ["single item", "single item"]
    assert [(part.alone, part.collection) for part in ring] == [(False, ""), (True, "pk=x"), (False, "")]
