"""Spans of time and what is left of them: half-open, in whole minutes."""

from collections.abc import Iterable, Sequence
from typing import NamedTuple


class Span(NamedTuple):
    """A time from start to end, the end excluded; minutes since 1970-01-01T00:00Z."""

    start: int
    end: int

    def overlaps(self, other: "Span") -> bool:
        """Return whether the two have a minute in common."""
        return self.start < other.end and other.start < self.end


def merged(spans: Iterable[Span]) -> list[Span]:
    """Return the same time as sorted spans that neither overlap nor touch."""
    found: list[Span] = []
    for span in sorted(spans):
        if span.start >= span.end:
            continue
        if found and span.start <= found[-1].end:
            if span.end > found[-1].end:
                found[-1] = Span(found[-1].start, span.end)
        else:
            found.append(span)
    return found


def without(spans: Sequence[Span], taken: Sequence[Span]) -> list[Span]:
    """Return what `taken` leaves of `spans`; both as `merged` gives them."""
    left: list[Span] = []
    position = 0
    for span in spans:
        start = span.start
        while position < len(taken) and taken[position].end <= start:
            position += 1
        ahead = position
        while ahead < len(taken) and taken[ahead].start < span.end:
            if taken[ahead].start > start:
                left.append(Span(start, taken[ahead].start))
            start = max(start, taken[ahead].end)
            ahead += 1
        if start < span.end:
            left.append(Span(start, span.end))
    return left


def holds(spans: Sequence[Span], wanted: Span) -> bool:
    """Return whether one of the spans, as `merged` gives them, holds all of `wanted`."""
    return any(span.start <= wanted.start and wanted.end <= span.end for span in spans)
