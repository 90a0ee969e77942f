"""A hot partition is cut so that its heat falls apart, and left alone where no cut would help."""

import pytest

from harness.capacity.charge import POSITIONS, Place
from harness.capacity.splits import SAMPLES, Cuts, Edge, Sampler, choose, is_monotonic


def cut(places: list[Place], *, by_sort: bool = True, has_sort: bool = True) -> Cuts:
    return choose(places, by_sort=by_sort, has_sort=has_sort, single_item_share=0.5, monotonic_share=0.9)


def test_heat_halves_when_it_is_spread_over_keys() -> None:
    places = [Place(position) for position in (5, 1, 9, 3, 7, 1, 9, 5)]

    assert cut(places, has_sort=False) == Cuts((Edge(5),), "heat")


def test_item_is_set_apart_when_it_makes_half_of_the_heat() -> None:
    places = [Place(7, "b", "pk=x", "pk=x,sk=b"), Place(7, "a", "pk=x"), Place(7, "b", "pk=x"), Place(9, "c", "pk=y")]

    chosen = cut(places)

    assert chosen.edges == (Edge(7, ("b", 0)), Edge(7, ("b", 1)))
    assert (chosen.why, chosen.collection, chosen.alone) == ("single item", "pk=x", places[0])


@pytest.mark.parametrize(("by_sort", "has_sort"), [(False, True), (True, False)])
def test_whole_key_is_set_apart_when_collections_can_not_be_cut(by_sort: bool, has_sort: bool) -> None:
    sort = "b" if has_sort else ""

    assert cut([Place(7, sort)] * 3, by_sort=by_sort, has_sort=has_sort).edges == (Edge(7), Edge(8))


def test_key_at_the_end_of_the_ring_has_no_edge_behind_it() -> None:
    assert cut([Place(POSITIONS - 1)], has_sort=False).edges == (Edge(POSITIONS - 1),)


def test_collection_is_set_apart_when_it_is_read_as_a_whole() -> None:
    chosen = cut([Place(7, "", "pk=x")] * 10)

    assert (chosen.edges, chosen.alone) == ((Edge(7), Edge(8)), None)


def test_collection_is_cut_at_a_sort_key_when_its_items_share_the_heat() -> None:
    sorts = [f"{number * 37 % 64:02}" for number in range(128)]

    assert cut([Place(7, sort) for sort in sorts]).edges == (Edge(7, ("32", 0)),)


def test_nothing_is_cut_when_there_was_no_load() -> None:
    assert cut([]).edges == ()


def test_single_collection_is_only_set_apart_when_its_sort_key_grows() -> None:
    assert cut([Place(7, number) for number in range(100)]).edges == (Edge(7), Edge(8))


@pytest.mark.parametrize("sign", [1, -1])
def test_growing_keys_are_seen_when_some_come_late(sign: int) -> None:
    sorts = [sign * (number + number * 7919 % 40 - 20) for number in range(500)]

    assert is_monotonic(sorts, 0.9)


def test_growth_is_not_seen_when_keys_come_in_any_order_or_over_and_over() -> None:
    assert not is_monotonic([number * 7919 % 500 for number in range(500)], 0.9)
    assert not is_monotonic([number % 50 for number in range(500)], 0.9)
    assert not is_monotonic([1, 2, 3], 0.9)


@pytest.mark.parametrize("keys", [2, 3, 7, 32, 64])
def test_sample_is_fair_when_traffic_is_regular(keys: int) -> None:
    sampler = Sampler(float(SAMPLES))
    for number in range(64 * SAMPLES):
        sampler.due -= 1 / 64  # a sample each 64 requests: even distances would see one key alone
        if sampler.due <= 0:
            sampler.keep(Place(number % keys))

    seen = [sum(1 for place in sampler.places if place.position == key) for key in range(keys)]
    assert len(sampler.places) == pytest.approx(SAMPLES, rel=0.05)
    assert max(seen) < 2.5 * len(sampler.places) / keys
    assert min(seen) > 0


def test_sample_is_bounded_when_load_is_without_bound() -> None:
    sampler = Sampler(600.0)
    for number in range(20_000):
        sampler.due -= 1000.0
        if sampler.due <= 0:
            sampler.keep(Place(number))

    assert len(sampler.places) <= 4 * SAMPLES
