"""Reads a time of day as people write it: "3pm", "15:30", "15h30", "a las 3 y media", "half past 3", "mediodía".

An hour from 1 to 12 without "am", "pm" or a part of the day may be either half of the day: both are returned, and what
is free decides. Leaves out spans ("between 3 and 5") and anything without a number but noon and midnight.
"""

import re
from datetime import date, time

from booking.domain.chat.dates import read_day
from booking.domain.chat.words import folded

_HALF = (
    r"\s*(?P<half>a\.?\s?m\.?|p\.?\s?m\.?|de la manana|de la tarde|de la noche|in the morning|in the afternoon"
    r"|in the evening)?"
)
_LEAD = r"(?P<lead>(?:a |at |by |sobre |tipo )?(?:las? |about |around )?)"
_CLOCK = re.compile(
    rf"{_LEAD}(?P<hour>[0-9]{{1,2}})(?:\s?[:.h]\s?(?P<minute>[0-9]{{2}})|\s?(?P<bare>h|hs|hrs|horas|o'?clock))?{_HALF}"
)
_SPANISH_QUARTER = re.compile(
    rf"{_LEAD}(?P<hour>[0-9]{{1,2}}) (?P<sign>y|menos) (?P<part>media|cuarto|[0-9]{{1,2}}){_HALF}"
)
_ENGLISH_QUARTER = re.compile(
    rf"{_LEAD}(?P<part>half|quarter|[0-9]{{1,2}}) (?P<sign>past|to) (?P<hour>[0-9]{{1,2}}){_HALF}"
)
_NAMED = {
    "noon": time(12), "midday": time(12), "mediodia": time(12), "al mediodia": time(12), "a mediodia": time(12),
    "at noon": time(12), "midnight": time(0), "medianoche": time(0), "a medianoche": time(0), "at midnight": time(0),
}  # fmt: skip
_PARTS = {"media": 30, "half": 30, "cuarto": 15, "quarter": 15}
_EXPLICIT = r"(?:[0-9]{1,2}\s?[:h]\s?[0-9]{2}|[0-9]{1,2}\s?(?:[ap]\.?\s?m\b))"
_DAY_AND_TIME = (
    re.compile(r"(?P<day>.+?),?\s+(?P<time>(?:a las?|at|sobre las?|around)\s.+|al? mediodia)"),
    re.compile(rf"(?P<day>.+?),?\s+(?P<time>{_EXPLICIT}.*)"),
    re.compile(rf"(?P<time>(?:a las? |at )?{_EXPLICIT}\S*),?\s+(?P<day>.+)"),
)


def read_times(text: str) -> tuple[time, ...]:
    """Return the times of day that a text may mean, the earlier first; none when it names no time."""
    plain = folded(text)
    if plain in _NAMED:
        return (_NAMED[plain],)
    if match := _CLOCK.fullmatch(plain):
        minute = int(match["minute"] or 0)
        sure = len(match["hour"]) == 2 and match["hour"].startswith("0")
        return _meant(int(match["hour"]), minute, match["half"], sure=sure)
    for pattern in (_SPANISH_QUARTER, _ENGLISH_QUARTER):
        if match := pattern.fullmatch(plain):
            part = _PARTS.get(match["part"]) or int(match["part"])
            before = match["sign"] in {"menos", "to"}
            hour, minute = divmod(int(match["hour"]) * 60 + (-part if before else part), 60)
            return _meant(hour, minute, match["half"])
    return ()


def read_day_and_times(text: str, today: date, *, month_first: bool = False) -> tuple[date, tuple[time, ...]] | None:
    """Return the day and time of a text that names both ("mañana a las 15:30"); None when it doesn't."""
    plain = folded(text)
    for pattern in _DAY_AND_TIME:
        if match := pattern.fullmatch(plain):
            day, times = read_day(match["day"], today, month_first=month_first), read_times(match["time"])
            if day and times:
                return day, times
    return None


def _meant(hour: int, minute: int, half: str | None, *, sure: bool = False) -> tuple[time, ...]:
    if not 0 <= hour <= 23 or not 0 <= minute <= 59:
        return ()
    if half:
        if not 1 <= hour <= 12:
            return ()
        # "Las 12 de la noche" is midnight; every other hour of the night is one of the evening.
        early = half.startswith("a") or "manana" in half or "morning" in half or ("noche" in half and hour == 12)
        return (time(hour % 12 if early else hour % 12 + 12, minute),)
    if sure or hour == 0 or hour > 12:
        return (time(hour, minute),)
    return (time(hour % 12, minute), time(hour % 12 + 12, minute))
