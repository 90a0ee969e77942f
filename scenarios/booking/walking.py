"""Walks told to the real system: each under a business of its own, judged by every invariant, made small if one breaks.

Hypothesis draws them. Because a walk takes a second, and need not go wrong each time when customers act at the same
moment, it is made smaller here: several smaller ones are told at once, and the smallest that went wrong is kept.
"""

from datetime import datetime, timedelta
from threading import Lock
from zoneinfo import ZoneInfo

from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import seed as seeded
from hypothesis import strategies as st

from harness.checkers import INVALID
from harness.checkers.booking import BOOKING_CHECKERS
from harness.clients import Names, concurrently
from harness.clients.booking import next_clock_change
from harness.clients.booking.calendar import DAYS as WEEKDAYS
from harness.clients.booking.calendar import next_day, utc_text
from harness.generators import walks
from harness.history import History, Recorder
from harness.pytest_plugin.of_booking import BookingPart

ZONES = {"Ana": "America/Santiago", "Luz": "Europe/Madrid"}
CANDIDATES_AT_ONCE = 4
ACTS_MIN = 100
SETTLE_WITHIN_S = 10.0

STEPS = range(3, 9)
AT_ONCE_MAX = 3
TIMES_MAX = 3

_providers = st.sampled_from(walks.PROVIDERS)
_numbers = st.integers(1, 4)
_passing = st.one_of(st.builds(walks.Wait, st.sampled_from([1, 24, 72])), st.builds(walks.Miss, _numbers))


@st.composite
def drawn_walks(draw, *, time_passes):
    """Draw a walk whose customers want the same few times; with `time_passes` one in which time does."""
    times = st.sampled_from(draw(st.lists(st.sampled_from(walks.TIMES), min_size=1, max_size=TIMES_MAX, unique=True)))
    book = st.builds(walks.Book, _providers, st.sampled_from(walks.MINUTES), times, st.booleans())
    change = st.one_of(
        *[book] * 4,
        st.builds(walks.Move, _numbers, _providers, times, st.booleans()),
        st.builds(walks.Cancel, _numbers),
        st.builds(walks.Close, _providers, st.sampled_from(walks.CLOSED), st.sampled_from(walks.EXISTING)),
        st.builds(walks.Reopen, _numbers),
        st.builds(walks.WorkMore, _providers),
        st.builds(walks.WorkLess, _providers),
    )
    step = st.lists(change, min_size=1, max_size=AT_ONCE_MAX).map(tuple)
    several = st.lists(
        st.one_of(step, step, step, st.tuples(_passing)) if time_passes else step,
        min_size=STEPS.start,
        max_size=STEPS.stop - 1,
    )
    return walks.Walk(draw(st.sampled_from(walks.DAYS)), tuple(draw(several)))


class Walker:
    """Tells walks to the system within a bound of time; `clock` lets time pass, `meddle` is done after each step."""

    def __init__(self, rehearsal, seed, *, clock=None, meddle=None):
        self._part = rehearsal.uses(BookingPart)
        self.now_s = rehearsal.now_s
        self._owner = rehearsal.names.token
        self._seed = seed
        self._clock = clock
        self._meddle = meddle
        self._broken_by = ""
        self._lock = Lock()
        self._begun = 0
        self.told = 0
        self.acts = 0
        self.worst = None

    def find_worst(self, *, walks_max, within_s, acts_min=0, broken_by=""):
        """Return the smallest walk that went wrong, with what was wrong; None when none did.

        None is begun when the time is over, unless fewer than `acts_min` acts were done.

        With `broken_by`, an invariant, only walks that break this one count. What is left of the time when one is
        found goes into making it smaller.
        """
        self._broken_by, deadline_s = broken_by, self.now_s() + within_s

        @seeded(self._seed)
        @settings(
            max_examples=walks_max,
            deadline=None,
            database=None,
            phases=(Phase.generate,),
            suppress_health_check=list(HealthCheck),
        )
        @given(drawn_walks(time_passes=self._clock is not None))
        def tell(walk):
            begins = self.now_s() < deadline_s or self.acts < acts_min
            if self.worst is None and begins and (problem := self.tell(walk)):
                self.worst = (walk, problem)

        tell()
        while self.worst is not None and self.now_s() < deadline_s and self._make_smaller(deadline_s):
            pass
        return self.worst

    def tell(self, walk):
        """Tell one walk; return what is wrong in the end, "" for nothing."""
        journey = Journey(self, walk)
        problem = journey.go()
        with self._lock:
            self.told += 1
            self.acts += len(journey.recorder.operations())
        return problem if self._broken_by in problem else ""

    def _make_smaller(self, deadline_s):
        """Try what is smaller than the worst, several at once; tell whether one of them went wrong, too."""
        candidates = list(walks.smaller_walks(self.worst[0]))
        at_once = 1 if self._clock else CANDIDATES_AT_ONCE
        for start in range(0, len(candidates), at_once):
            if self.now_s() >= deadline_s:
                return False
            some = candidates[start : start + at_once]
            problems = concurrently(*(lambda one=one: self.tell(one) for one in some))
            for walk, problem in zip(some, problems, strict=True):
                if problem:
                    self.worst = (walk, problem)
                    return True
        return False

    def names(self):
        """Return the names of the next business."""
        with self._lock:
            self._begun += 1
            return Names(self._seed, f"{self._owner} walk {self._begun}")

    def client(self, own):
        return self._part.client(own, now=self.now)

    def now(self):
        """Return the instant that the system's own clock shows."""
        return self._clock.show().now if self._clock else datetime.now(tz=ZoneInfo("UTC"))

    def passes(self, hours):
        """Let time pass."""
        self._clock.advance(f"{hours}h")

    def read(self, history):
        return self._part.read(history, settle_within_s=SETTLE_WITHIN_S)

    def meddles(self, tenant):
        """Do to a business what a test of the test wants to be found."""
        if self._meddle:
            self._meddle(tenant)


class Journey:
    """One walk under way: its business, and the bookings and exceptions that it has made so far."""

    def __init__(self, walker, walk):
        start_s = walker.now_s()
        self.walker = walker
        self.walk = walk
        self.now_s = lambda: walker.now_s() - start_s
        self.recorder = Recorder(self.now_s)
        self.names = walker.names()
        self.bookings = []
        self.exceptions = []
        self.answers = []

    def go(self):
        """Return what is wrong in the end; "" for nothing."""
        self.arrange()
        for step in self.walk.steps:
            answers = concurrently(*(lambda act=act: self.act(act) for act in step))
            self.answers.extend(one for one in answers if one is not None)
            self.walker.meddles(self.tenant)
        history = self.walker.read(History(self.recorder.operations(), name=str(self.walk)))
        verdicts = [one(history) for one in BOOKING_CHECKERS]
        wrong = [str(one) for one in verdicts if one.validity == INVALID or "crashed" in one.reason]
        wrong += [
            f"answered with {one.status_code}: {one.document or one.problem}" for one in self.answers if failed(one)
        ]
        return "\n".join(wrong)

    def arrange(self):
        """Sign the business up, with the services and providers that the walk speaks of, and no others."""
        self.tenant = self.walker.client(self).tenant("walk")
        named = [getattr(act, "provider", "") for act in self.walk.acts]
        lengths = {getattr(act, "minutes", walks.MINUTES[0]) for act in self.walk.acts}
        self.services = {minutes: self.tenant.service(f"{minutes}", minutes=minutes) for minutes in sorted(lengths)}
        self.days = {name: self.day_of(zone) for name, zone in ZONES.items() if name in named}
        self.providers = {
            name: self.tenant.provider(*self.services.values(), name=name, zone=ZONES[name]).available(
                WEEKDAYS[day.weekday()], *walks.HOURS
            )
            for name, day in self.days.items()
        }

    def day_of(self, zone):
        now = self.walker.now()
        plain = self.walk.day == "ordinary"
        return next_day("MON", zone, now=now) if plain else next_clock_change(zone, self.walk.day, now=now)

    def act(self, act):
        """Do one thing; return the answer, None when there was nothing to do it to."""
        return ACTS[type(act)](self, act)

    def book(self, act):
        provider, service = self.providers[act.provider], self.services[act.minutes]
        booked = self.tenant.book(provider, service, self.instant(act))
        if booked.status == "CONFIRMED":
            self.bookings.append(booked)
        return booked.answer

    def cancel(self, act):
        return self.with_booking(act.number, lambda one: one.cancel())

    def miss(self, act):
        return self.with_booking(act.number, lambda one: one.no_show())

    def move(self, act):
        provider = self.providers[act.provider]
        return self.with_booking(act.number, lambda one: one.reschedule(self.instant(act), provider=provider))

    def close(self, act):
        provider = self.providers[act.provider]
        answer = provider.closed(self.days[act.provider], act.hours, existing=act.existing)
        if answer.status_code == 201:
            self.exceptions.append((provider, answer.document["exceptionId"]))
        return answer

    def reopen(self, act):
        if act.number > len(self.exceptions):
            return None
        provider, exception_id = self.exceptions[act.number - 1]
        return provider.reopened(exception_id)

    def work_more(self, act):
        provider = self.providers[act.provider]
        answer = provider.add_rule(WEEKDAYS[self.days[act.provider].weekday()], walks.MORE_HOURS)
        if answer.status_code == 201:
            provider.rule_ids.append(answer.document["ruleId"])
        return answer

    def work_less(self, act):
        provider = self.providers[act.provider]
        return provider.remove_rule(provider.rule_ids.pop()) if provider.rule_ids else None

    def wait(self, act):
        self.walker.passes(act.hours)

    def with_booking(self, number, do):
        return do(self.bookings[number - 1]).answer if number <= len(self.bookings) else None

    def instant(self, act):
        """Return the instant of a local time; one that the clock skips is told as if it had not been put forward."""
        hour, minute = map(int, act.at.split(":"))
        midnight = datetime.combine(self.days[act.provider], datetime.min.time(), ZoneInfo(ZONES[act.provider]))
        return utc_text((midnight + timedelta(hours=hour, minutes=minute)).replace(fold=act.late))


ACTS = {
    walks.Book: Journey.book,
    walks.Cancel: Journey.cancel,
    walks.Miss: Journey.miss,
    walks.Move: Journey.move,
    walks.Close: Journey.close,
    walks.Reopen: Journey.reopen,
    walks.WorkMore: Journey.work_more,
    walks.WorkLess: Journey.work_less,
    walks.Wait: Journey.wait,
}


def failed(answer):
    """Tell whether an answer is one that a healthy system never gives."""
    return answer.status_code is None or answer.status_code == 500
