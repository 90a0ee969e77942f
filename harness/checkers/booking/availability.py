"""INV-10: bookings lie inside the hours of their provider, minute by minute of the provider's own clock.

Reckoned anew and otherwise than any system would: each minute of a booking is turned into local time, and that must be
in a range of a rule of its day. So a clock that is put forward or back needs no case of its own.
"""

from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime
from zoneinfo import ZoneInfo

from harness.checkers.booking.rulebook import Rulebook
from harness.checkers.booking.words import each, instant, told
from harness.checkers.checker import Undecided, checker
from harness.checkers.verdict import Counterexample
from harness.history import History
from harness.history.booking import BookingRecord, ClosureRecord, RuleRecord, ScheduleRecord

DAYS = ("MON", "TUE", "WED", "THU", "FRI", "SAT", "SUN")


@checker("INV-10", reads=("bookings", "rules", "schedules", "closures"), actions=("book", "reschedule", "say"))
def bookings_inside_availability(history: History) -> Iterator[Counterexample]:
    """A live booking lies within its provider's rules of that time, outside active exceptions that don't keep it."""
    schedules = {(one.tenant_id, one.provider_id): one for one in history.finals.schedules or ()}
    undecided = ""
    for booking in history.finals.bookings or ():
        if not booking.is_live:
            continue
        schedule = schedules.get((booking.tenant_id, booking.provider_id))
        if schedule is None:
            yield Counterexample(f"booking {booking.booking_id}", "is of a provider that has no schedule")
            continue
        yield from _closed(booking, history)
        try:
            yield from _unruled(booking, schedule, history)
        except Undecided as reason:
            undecided = undecided or f"booking {booking.booking_id}: {reason}"
    if undecided:
        raise Undecided(undecided)


def _unruled(booking: BookingRecord, schedule: ScheduleRecord, history: History) -> Iterator[Counterexample]:
    book = Rulebook.of(history, schedule)
    rules = book.under(booking.rules_version) if booking.rules_version != schedule.rules_version else book.rules
    for local in _minutes(booking):
        if not any(_rules_allow(rule, local) for rule in rules):
            what = f"holds {_clock(local)}, when provider {booking.provider_id} does not work"
            yield Counterexample(f"booking {booking.booking_id}", what, _evidence(booking, rules))
            return


def _closed(booking: BookingRecord, history: History) -> Iterator[Counterexample]:
    for closure in history.finals.closures or ():
        mine = (closure.tenant_id, closure.provider_id) == (booking.tenant_id, booking.provider_id)
        if not mine or closure.status != "ACTIVE" or booking.booking_id in closure.kept:
            continue
        local = next((one for one in _minutes(booking) if _shuts(closure, one)), None)
        if local is not None:
            what = f"holds {_clock(local)}, which exception {closure.exception_id} of its provider has closed"
            yield Counterexample(f"booking {booking.booking_id}", what, {"booking": told(booking)})


def _minutes(booking: BookingRecord) -> Iterator[datetime]:
    zone = ZoneInfo(booking.timezone)
    return (at.astimezone(zone) for at in each(instant(booking.starts_at), instant(booking.ends_at), 1))


def _rules_allow(rule: RuleRecord, local: datetime) -> bool:
    return rule.day_of_week == DAYS[local.weekday()] and _is_in(rule.ranges, local)


def _shuts(closure: ClosureRecord, local: datetime) -> bool:
    return closure.date == f"{local:%Y-%m-%d}" and (closure.all_day or _is_in(closure.ranges, local))


def _is_in(ranges: Sequence[str], local: datetime) -> bool:
    clock = f"{local:%H:%M}"
    # As texts: 24:00 is later than every minute of its day.
    return any(start <= clock < end for start, _, end in (one.partition("-") for one in ranges))


def _clock(local: datetime) -> str:
    return f"{local:%a %Y-%m-%d %H:%M %Z}"


def _evidence(booking: BookingRecord, rules: Iterable[RuleRecord]) -> dict[str, str]:
    told_rules = "\n".join(f"{rule.day_of_week} {', '.join(rule.ranges)}" for rule in rules)
    return {"booking": told(booking), f"rules of version {booking.rules_version}": told_rules or "none"}
