"""Who of a slice is admitted."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from harness.capacity.charge import Cause
from harness.capacity.vectors.admission import Bound, Share, refused


def bucket(level: float, *shares: Share, resource: str = "") -> Bound:
    return Bound("t", resource, "Write", Cause.PROVISIONED, level, list(shares))


def partitions(levels: list[float], *shares: Share, resource: str = "") -> Bound:
    return Bound("t", resource, "Write", Cause.KEY_RANGE, np.array(levels), list(shares))


def slots(*numbers: int) -> np.ndarray:
    return np.array(numbers, np.int32)


def test_all_pass_when_there_is_enough() -> None:
    assert refused([3], [bucket(3.0, Share(0, 1.0))]) == [None]


def test_first_ones_pass_when_a_bucket_runs_out() -> None:
    (no,) = refused([4], [bucket(2.0, Share(0, 1.0))])

    assert no is not None
    assert no.mask.tolist() == [False, False, True, True]


def test_one_more_passes_when_anything_is_left() -> None:
    (no,) = refused([3], [bucket(0.5, Share(0, 2.0))])

    assert no is not None
    assert no.mask.tolist() == [False, True, True]


def test_other_partitions_are_untouched_when_one_runs_out() -> None:
    (no,) = refused([6], [partitions([1.0, 9.0], Share(0, 1.0, slots(0, 1, 0, 1, 0, 1)))])

    assert no is not None
    assert no.mask.tolist() == [False, False, True, False, True, False]


def test_who_is_refused_by_its_partition_takes_nothing_from_the_table() -> None:
    # Six requests, three of them to a partition that has room for one: the table's four are enough for the rest.
    asked = slots(0, 1, 0, 1, 0, 1)
    limits = [partitions([1.0, 9.0], Share(0, 1.0, asked)), bucket(4.0, Share(0, 1.0))]

    (no,) = refused([6], limits)

    assert no is not None
    assert no.mask.tolist() == [False, False, True, False, True, False]
    assert set(no.by[no.mask].tolist()) == {0}


def test_groups_share_a_bucket_by_their_arrival() -> None:
    first, second = refused([2, 2], [bucket(2.0, Share(0, 1.0), Share(1, 1.0))])

    assert first is not None
    assert second is not None
    # One of each group comes in the first half of the slice.
    assert first.mask.tolist() == second.mask.tolist() == [False, True]


def test_narrowest_is_told_when_several_refuse() -> None:
    limits = [partitions([0.0], Share(0, 1.0, slots(0, 0))), bucket(0.0, Share(0, 1.0))]

    (no,) = refused([2], limits)

    assert no is not None
    assert no.by.tolist() == [0, 0]


@given(st.data())
def test_no_bucket_gives_more_than_it_has_and_nobody_is_refused_for_nothing(data: st.DataObject) -> None:
    """Levels may go below zero by one request; who is refused finds one of its buckets empty."""
    sizes = data.draw(st.lists(st.integers(1, 30), min_size=1, max_size=3))
    units = [data.draw(st.sampled_from([0.5, 1.0, 3.0])) for _ in sizes]
    where = [np.array(data.draw(st.lists(st.integers(0, 2), min_size=size, max_size=size)), np.int32) for size in sizes]
    levels = [float(data.draw(st.integers(0, 40))) for _ in range(3)]
    whole = float(data.draw(st.integers(0, 80)))
    shares = [Share(group, units[group], where[group]) for group in range(len(sizes))]

    told = refused(sizes, [partitions(levels, *shares), bucket(whole, *shares)])

    yes = [np.ones(size, bool) if no is None else ~no.mask for size, no in zip(sizes, told, strict=True)]
    taken = [
        sum(float(units[at] * (yes[at] & (where[at] == slot)).sum()) for at in range(len(sizes))) for slot in (0, 1, 2)
    ]
    assert all(took < level + max(units) for took, level in zip(taken, levels, strict=True) if took)
    assert sum(taken) < whole + max(units) or not sum(taken)
    for group, no in enumerate(told):
        for at in np.flatnonzero(no.mask) if no is not None else ():
            assert taken[where[group][at]] >= levels[where[group][at]] or sum(taken) >= whole
