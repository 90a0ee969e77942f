"""Reads a day as people write it, in Spanish or English: "mañana", "next friday", "28/11", "november 28", "el 28".

A day without a year or month is the next one that comes, today included. Where "5/6" can be read two ways, the caller
says which comes first; one that fits only the other way is read that way. Leaves out spelling mistakes.
"""

import re
from collections.abc import Iterator
from datetime import date, timedelta

from booking.domain.chat.languages import MONTHS, WEEKDAYS
from booking.domain.chat.words import folded

_YEARS_AHEAD_MAX = 8  # the longest that a 29 February can be away
_SHORT_WEEKDAYS = ("lun", "mar", "mie", "jue", "vie", "sab", "dom"), ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
_SHORT_MONTHS = (
    ("ene", "feb", "mar", "abr", "may", "jun", "jul", "ago", "sep", "oct", "nov", "dic"),
    ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"),
)
_WEEKDAY = {
    folded(name): number for names in (*WEEKDAYS.values(), *_SHORT_WEEKDAYS) for number, name in enumerate(names)
}
_WEEKDAY |= {"tues": 1, "thur": 3, "thurs": 3}
_MONTH = {folded(name): number for names in (*MONTHS.values(), *_SHORT_MONTHS) for number, name in enumerate(names, 1)}
_MONTH |= {"sept": 9, "setiembre": 9}
_RELATIVE = {
    "ayer": -1, "yesterday": -1, "hoy": 0, "today": 0, "manana": 1, "tomorrow": 1, "pasado manana": 2, "pasado": 2,
    "day after tomorrow": 2, "the day after tomorrow": 2,
}  # fmt: skip
_MONTHS = "|".join(sorted(_MONTH, key=len, reverse=True))
_WEEKDAYS = "|".join(sorted(_WEEKDAY, key=len, reverse=True))
_DAY_FIRST = r"(?P<day>[0-9]{1,2})(?:st|nd|rd|th)?"
_YEAR = r"(?:,?\s*(?:de |del |of )?(?P<year>[0-9]{4}))?"

_IN_DAYS = re.compile(r"(?:in|en|dentro de) (?P<count>[0-9]{1,3}) (?P<unit>days?|dias?|weeks?|semanas?)")
_ISO = re.compile(r"(?P<year>[0-9]{4})[-/.](?P<month>[0-9]{1,2})[-/.](?P<day>[0-9]{1,2})")
_NUMBERS = re.compile(
    r"(?P<first>[0-9]{1,2})\s?[-/.]\s?(?P<second>[0-9]{1,2})(?:\s?[-/.]\s?(?P<year>[0-9]{4}|[0-9]{2}))?"
)
_DAY_MONTH = re.compile(rf"{_DAY_FIRST}(?: de| of)? (?P<month>{_MONTHS})\.?{_YEAR}")
_MONTH_DAY = re.compile(rf"(?P<month>{_MONTHS})\.? (?:the )?{_DAY_FIRST}{_YEAR}")
_DAY_ALONE = re.compile(r"(?:el |the |dia |el dia |day )?(?P<day>[0-9]{1,2})(?:st|nd|rd|th)?")
_WEEKDAY_ALONE = re.compile(
    rf"(?P<strictly>proximo |next |siguiente )?(?P<weekday>{_WEEKDAYS})(?P<after> que viene| proximo| siguiente)?"
)
_LEADING = re.compile(r"(?:(?:el|on|para|for|the|este|this|quiero|i want|dia|puede ser|could be)\s+)+")
_LEADING_WEEKDAY = re.compile(rf"(?P<weekday>{_WEEKDAYS}),?\s+(?:el |the )?(?P<rest>[0-9a-z].*)")


def read_day(text: str, today: date, *, month_first: bool = False) -> date | None:
    """Return the day that a text names, seen from `today`; None when it names none that the calendar has."""
    plain = _LEADING.sub("", folded(text), count=1).strip()
    if found := _named_weekday(plain, today):
        return found
    day = _read(plain, today, month_first)
    if day is None and (named := _LEADING_WEEKDAY.fullmatch(plain)):
        day = _read(named["rest"], today, month_first)
        # "friday 28" when the 28th is no Friday: nobody knows which of the two was meant.
        if day is not None and day.weekday() != _WEEKDAY[named["weekday"]]:
            return None
    return day


def _read(plain: str, today: date, month_first: bool) -> date | None:
    if plain in _RELATIVE:
        return _shifted(today, _RELATIVE[plain])
    if match := _IN_DAYS.fullmatch(plain):
        return _shifted(today, int(match["count"]) * (7 if match["unit"][0] in "ws" else 1))
    return _of_calendar(plain, today, month_first)


def _of_calendar(plain: str, today: date, month_first: bool) -> date | None:
    if match := _ISO.fullmatch(plain):
        return _day(int(match["year"]), int(match["month"]), int(match["day"]))
    if match := _NUMBERS.fullmatch(plain):
        return _of_numbers(match, today, month_first)
    if match := _DAY_MONTH.fullmatch(plain) or _MONTH_DAY.fullmatch(plain):
        return _in_year(match["year"], _MONTH[match["month"]], int(match["day"]), today)
    if match := _DAY_ALONE.fullmatch(plain):
        return _day_of_month(int(match["day"]), today)
    return None


def _named_weekday(plain: str, today: date) -> date | None:
    match = _WEEKDAY_ALONE.fullmatch(plain)
    if match is None:
        return None
    ahead = (_WEEKDAY[match["weekday"]] - today.weekday()) % 7
    return _shifted(today, ahead or (7 if match["strictly"] or match["after"] else 0))


def _of_numbers(match: re.Match[str], today: date, month_first: bool) -> date | None:
    first, second, year = int(match["first"]), int(match["second"]), match["year"]
    orders = [(second, first), (first, second)]
    for month, day in reversed(orders) if month_first else orders:
        if 1 <= month <= 12 and (found := _in_year(year, month, day, today)):
            return found
    return None


def _in_year(year: str | None, month: int, day: int, today: date) -> date | None:
    if year:
        return _day(int(year) + (2000 if len(year) == 2 else 0), month, day)
    candidates = (_day(today.year + ahead, month, day) for ahead in range(_YEARS_AHEAD_MAX + 1))
    return _first_from(candidates, today)


def _day_of_month(day: int, today: date) -> date | None:
    months = (divmod(today.year * 12 + today.month - 1 + ahead, 12) for ahead in range(12))
    return _first_from((_day(year, month + 1, day) for year, month in months), today)


def _first_from(candidates: Iterator[date | None], today: date) -> date | None:
    return next((one for one in candidates if one is not None and one >= today), None)


def _day(year: int, month: int, day: int) -> date | None:
    try:
        return date(year, month, day)
    except ValueError:
        return None


def _shifted(today: date, days: int) -> date | None:
    try:
        return today + timedelta(days=days)
    except OverflowError:
        return None
