"""Whatever a flawless system does, in whatever order, no checker of bookings objects."""

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

from hypothesis import given, settings
from hypothesis import strategies as st

from harness.checkers import INVALID
from harness.checkers.booking import BOOKING_CHECKERS
from harness.checkers.booking.words import each, instant
from harness.history import from_json_lines, to_json_lines
from tests.checkers.booking.story import Story

ZONES = {"ana": "America/Santiago", "luz": "Europe/Madrid"}
# A Saturday evening in Santiago whose 23:00 comes twice, and a Sunday in Madrid whose 02:00 does not come.
FIRST_AT = {"ana": datetime(2027, 4, 4, 0, tzinfo=UTC), "luz": datetime(2027, 3, 27, 23, tzinfo=UTC)}
STEPS = st.lists(
    st.tuples(
        st.sampled_from(["book", "lose", "pay", "decline", "cancel", "move", "repeat", "read", "say", "rest"]),
        st.sampled_from(sorted(ZONES)),
        st.integers(0, 100),
        st.sampled_from([30, 60, 90]),
    ),
    max_size=20,
)


def works(story: Story, provider: str, start_at: datetime, minutes: int) -> bool:
    """Tell by local minutes whether a provider works, as an owner with a watch would."""
    zone = ZoneInfo(ZONES[provider])
    rules = [rule for rule in story.rules.values() if rule.provider_id == provider]
    for at in each(start_at, start_at + timedelta(minutes=minutes), 5):
        local = at.astimezone(zone)
        open_now = [one for rule in rules if rule.day_of_week == f"{local:%a}".upper() for one in rule.ranges]
        if not any(one[:5] <= f"{local:%H:%M}" < one[6:] for one in open_now):
            return False
    return True


def is_free(story: Story, provider: str, start_at: datetime, minutes: int, but: str = "") -> bool:
    end_at = start_at + timedelta(minutes=minutes)
    return works(story, provider, start_at, minutes) and not any(
        one.is_live and instant(one.starts_at) < end_at and start_at < instant(one.ends_at)
        for one in story.bookings.values()
        if one.provider_id == provider and one.booking_id != but
    )


def told(steps: list[tuple[str, str, int, int]]) -> Story:
    """Return a story of these steps; a step that can't be is left out, as a flawless system would refuse it."""
    story = Story()
    story.provider("ana", ZONES["ana"], SAT="20:00-24:00", SUN="00:00-03:00")
    story.provider("luz", ZONES["luz"], SUN="00:00-05:00 09:00-12:00")
    for number, (step, provider, cell, minutes) in enumerate(steps):
        start_at = FIRST_AT[provider] + timedelta(minutes=5 * cell)
        text, booking_id = f"{start_at:%Y-%m-%dT%H:%M:%SZ}", f"b-{number}"
        confirmed = [one for one in story.bookings.values() if one.status == "CONFIRMED"]
        free = is_free(story, provider, start_at, minutes)
        match step:
            case "book" | "lose" if free:
                story.book(booking_id, provider, text, minutes=minutes, key=f"k-{number}", answered=step == "book")
            case "pay" | "decline" if free:
                deposit = "PAID" if step == "pay" else "DECLINED"
                story.book(booking_id, provider, text, minutes=minutes, key=f"k-{number}", deposit=deposit)
            case "cancel" if confirmed:
                story.cancel(confirmed[-1].booking_id)
            case "move" if confirmed and confirmed[-1].provider_id == provider:
                lasts = (instant(confirmed[-1].ends_at) - instant(confirmed[-1].starts_at)) // timedelta(minutes=1)
                if is_free(story, provider, start_at, lasts, but=confirmed[-1].booking_id):
                    story.reschedule(confirmed[-1].booking_id, text)
            case "repeat" if story.operations[-1].action == "book" and story.operations[-1].status_code:
                story.repeat()
            case "read" if story.bookings:
                story.read(list(story.bookings)[-1])
            case "say":
                story.say(f"c-{cell % 3}", "hola", odd=cell % 2 == 0)
            case "rest" if len(story.rules) > 1:
                # Whoever has booked already keeps the time.
                story.remove_rule(list(story.rules)[-1])
    return story


@settings(deadline=None)
@given(STEPS)
def test_no_checker_objects_when_the_system_is_flawless(steps: list[tuple[str, str, int, int]]) -> None:
    history = from_json_lines(to_json_lines(told(steps).history()))

    assert [str(one) for checker in BOOKING_CHECKERS if (one := checker(history)).validity == INVALID] == []
