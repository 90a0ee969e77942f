"""TTL takes an expired hold away and its seat is told to be free, by a function that only system deletes reach."""


def test_seat_is_freed_when_ttl_deletes_its_hold(seats, clock):
    clock.must_delete_as_the_system()
    hold = seats.hold("1A", "alice", seconds=1)
    hold.wait_for_expiry()

    assert hold.is_taken_away_by_ttl()

    assert not hold.is_still_there
    assert seats.is_freed(hold)


def test_sold_seat_stays_when_ttl_sweeps_after_its_hold_would_have_expired(seats):
    hold = seats.hold("2B", "alice", seconds=2)
    assert hold.buy() == "sold"

    assert not hold.is_taken_away_by_ttl()

    assert hold.is_still_there
