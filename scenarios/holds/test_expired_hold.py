"""A hold that has expired is refused although TTL has not deleted it yet: on AWS that takes up to two days."""


def test_expired_hold_buys_nothing_when_it_is_still_in_the_table(seats):
    hold = seats.hold("1A", "alice", seconds=1)

    hold.wait_for_expiry()

    assert hold.is_still_there
    assert hold.buy() == "hold_expired_or_not_yours"


def test_seat_can_be_held_again_when_its_expired_hold_is_still_in_the_table(seats):
    first = seats.hold("2B", "alice", seconds=1)
    first.wait_for_expiry()

    second = seats.hold("2B", "bob")

    assert (first.buy(), second.buy()) == ("hold_expired_or_not_yours", "sold")


def test_seat_is_refused_when_its_hold_lasts(seats):
    held = seats.hold("3C", "alice")

    assert seats.try_to_hold("3C", "bob") == "seat_taken"
    assert held.buy() == "sold"
