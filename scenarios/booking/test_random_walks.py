"""Whatever customers and a business do, in whatever order and at the same moment: every invariant holds in the end.

Each walk is drawn from the run's seed: bookings, cancellations, moves, exceptions and changed hours, on ordinary days
and on days on which clocks change. One that goes wrong is made small and told in words.

Invariants: INV-9 to INV-12, INV-14, INV-16, INV-17; by the walks' own histories.
"""

from scenarios.booking.walking import ACTS_MIN, Walker


def test_no_walk_breaks_an_invariant(rehearsal, seed):
    walker = Walker(rehearsal, seed)

    worst = walker.find_worst(walks_max=20, within_s=30, acts_min=ACTS_MIN)

    assert worst is None, "\n".join(map(str, worst))
    assert walker.acts >= ACTS_MIN, "walks that do nothing prove nothing"


def test_walk_is_made_small_when_bookings_claim_nothing(rehearsal, seed, saboteur):
    walker = Walker(rehearsal, seed, meddle=saboteur.lose_claims)

    walk, problem = walker.find_worst(walks_max=60, within_s=120, broken_by="INV-9")

    assert "INV-9 no_overlapping_bookings INVALID" in problem
    assert len(list(walk.acts)) == 2, str(walk)
    assert "books" in str(walk)
