"""The languages that the chat speaks, and how each writes days and clock times."""

from datetime import UTC, date, datetime
from enum import StrEnum
from zoneinfo import ZoneInfo


class Language(StrEnum):
    """A language, by its ISO 639-1 code."""

    ES = "es"
    EN = "en"


# Monday first, as date.weekday() counts.
WEEKDAYS: dict[Language, tuple[str, ...]] = {
    Language.ES: ("lunes", "martes", "miércoles", "jueves", "viernes", "sábado", "domingo"),
    Language.EN: ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday"),
}
MONTHS: dict[Language, tuple[str, ...]] = {
    Language.ES: (
        "enero", "febrero", "marzo", "abril", "mayo", "junio", "julio", "agosto", "septiembre", "octubre",
        "noviembre", "diciembre",
    ),
    Language.EN: (
        "January", "February", "March", "April", "May", "June", "July", "August", "September", "October",
        "November", "December",
    ),
}  # fmt: skip


def language_of(code: str | None, default: Language) -> Language:
    """Return the language of a code such as "es" or "es-CL"; the default for one that isn't spoken."""
    try:
        return Language((code or "").strip().lower().split("-")[0])
    except ValueError:
        return default


def day_in_words(day: date, language: Language, *, today: date | None = None) -> str:
    """Return a day as people say it, e.g. "viernes 28 de noviembre"; the year only when it isn't today's."""
    weekday, month = WEEKDAYS[language][day.weekday()], MONTHS[language][day.month - 1]
    text = f"{weekday} {day.day} de {month}" if language is Language.ES else f"{weekday} {day.day} {month}"
    if today is not None and day.year == today.year:
        return text
    return f"{text} de {day.year}" if language is Language.ES else f"{text} {day.year}"


def clock_time(starts_at: datetime, timezone: str) -> str:
    """Return an instant as its local time, e.g. "15:30"; with its offset when the clock shows that time twice."""
    local = starts_at.astimezone(ZoneInfo(timezone))
    text = f"{local:%H:%M}"
    return f"{text} ({offset_text(starts_at, timezone)})" if shown_twice(starts_at, timezone) else text


def shown_twice(starts_at: datetime, timezone: str) -> bool:
    """Return whether the local clock shows this instant's time at another instant of the day, too."""
    local = starts_at.astimezone(ZoneInfo(timezone))
    other = local.replace(fold=1 - local.fold)
    # Only in a fold do both readings of the clock lead back to the same wall time at two instants.
    return other.astimezone(UTC) != starts_at.astimezone(UTC) and other.utcoffset() != local.utcoffset()


def offset_text(starts_at: datetime, timezone: str) -> str:
    """Return the zone's offset at an instant, e.g. "UTC-03:00"."""
    text = starts_at.astimezone(ZoneInfo(timezone)).strftime("%z")
    return f"UTC{text[:3]}:{text[3:5]}"
