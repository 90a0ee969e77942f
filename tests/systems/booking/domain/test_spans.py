"""Spans of time: joining them and taking them out of each other, against sets of minutes."""

import itertools
from collections.abc import Sequence

from booking.domain.spans import Span, holds, merged, without
from hypothesis import given
from hypothesis import strategies as st

SPANS = st.lists(st.tuples(st.integers(0, 60), st.integers(0, 12)).map(lambda one: Span(one[0], one[0] + one[1])))


def minutes(spans: Sequence[Span]) -> set[int]:
    return {minute for span in spans for minute in range(*span)}


@given(SPANS)
def test_merged_spans_cover_the_same_minutes_apart_from_each_other(spans: list[Span]) -> None:
    found = merged(spans)

    assert minutes(found) == minutes(spans)
    assert all(earlier.end < later.start for earlier, later in itertools.pairwise(found))


@given(SPANS, SPANS)
def test_what_is_left_is_exactly_what_was_not_taken(spans: list[Span], taken: list[Span]) -> None:
    left = without(merged(spans), merged(taken))

    assert minutes(left) == minutes(spans) - minutes(taken)
    assert left == merged(left)


@given(SPANS, st.integers(0, 60), st.integers(1, 12))
def test_a_span_is_held_when_all_its_minutes_are(spans: list[Span], start: int, length: int) -> None:
    wanted = Span(start, start + length)

    assert holds(merged(spans), wanted) == (minutes([wanted]) <= minutes(spans))


def test_spans_that_only_touch_do_not_overlap() -> None:
    assert not Span(0, 5).overlaps(Span(5, 10))
    assert Span(0, 6).overlaps(Span(5, 10))
