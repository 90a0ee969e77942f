"""A walk is a story that people can read."""

from harness.generators import walks


def test_walk_is_told_in_words() -> None:
    walk = walks.Walk(
        "back",
        (
            (walks.Book("Ana", 60, "23:30", late=True),),
            (walks.Cancel(1), walks.Move(2, "Luz", "09:00")),
            (walks.Close("Luz", "09:00-10:00", "cancel"), walks.Reopen(1)),
            (walks.Wait(24),),
            (walks.Miss(3), walks.WorkMore("Ana"), walks.WorkLess("Luz")),
        ),
    )

    assert str(walk).splitlines() == [
        "On a day on which clocks go back",
        "1. somebody books 60 minutes with Ana at 23:30 (the second time)",
        "2. at once: booking 1 is cancelled, and booking 2 is moved to Luz at 09:00",
        "3. at once: Luz closes 09:00-10:00 (bookings there: cancel), and exception 1 is taken back",
        "4. 24 hours pass",
        "5. at once: the customer of booking 3 does not come, and Ana works 15:00-19:00, too, and Luz takes hours back",
    ]


def test_acts_come_in_order() -> None:
    walk = walks.Walk("ordinary", ((walks.Cancel(1), walks.Cancel(2)), (walks.Cancel(3),)))

    assert [act.number for act in walk.acts if isinstance(act, walks.Cancel)] == [1, 2, 3]


def test_smaller_walks_lack_a_half_a_step_or_an_act() -> None:
    one, two, three, four = (walks.Cancel(number) for number in range(1, 5))
    walk = walks.Walk("back", ((one, two), (three,), (four,), (four,)))

    smaller = [one.steps for one in walks.smaller_walks(walk)]

    assert smaller[:2] == [((one, two), (three,)), ((four,), (four,))]
    assert ((one, two), (four,), (four,)) in smaller
    assert ((two,), (three,), (four,), (four,)) in smaller
    assert list(walks.smaller_walks(walk))[-1] == walks.Walk("ordinary", walk.steps)


def test_smallest_walk_is_found_by_going_on_with_what_is_smaller() -> None:
    walk = walks.Walk("back", tuple((walks.Cancel(number), walks.Wait(number)) for number in range(8)))

    def goes_wrong(one: walks.Walk) -> bool:
        return {walks.Cancel(2), walks.Cancel(5)} <= set(one.acts)

    tried = 0
    while True:
        smaller = None
        for smaller in walks.smaller_walks(walk):
            tried += 1
            if goes_wrong(smaller):
                break
        else:
            break
        walk = smaller

    assert walk == walks.Walk("ordinary", ((walks.Cancel(2),), (walks.Cancel(5),)))
    assert tried < 80
