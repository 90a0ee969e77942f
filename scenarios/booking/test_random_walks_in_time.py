"""Walks in which time passes: what is over is over, and every invariant holds all the same.

Everybody's clock is moved, so this needs an environment of its own.

Invariants: INV-9 to INV-12, INV-14, INV-16, INV-17; by the walks' own histories.
"""

import pytest

from scenarios.booking.walking import ACTS_MIN, Walker

pytestmark = pytest.mark.alone


def test_no_walk_breaks_an_invariant_when_time_passes(rehearsal, seed, passing_time):
    walker = Walker(rehearsal, seed, clock=passing_time)

    worst = walker.find_worst(walks_max=60, within_s=45, acts_min=ACTS_MIN)

    assert worst is None, "\n".join(map(str, worst))
    assert walker.acts >= ACTS_MIN, "walks that do nothing prove nothing"
