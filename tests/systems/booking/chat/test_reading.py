"""Days, times, names and addresses as people write them."""

from datetime import date, time

import pytest
from booking.domain.chat.choices import by_name, by_number, page_of
from booking.domain.chat.contacts import read_contact
from booking.domain.chat.conversation import Option
from booking.domain.chat.dates import read_day
from booking.domain.chat.times import read_day_and_times, read_times
from hypothesis import given
from hypothesis import strategies as st

TODAY = date(2026, 11, 21)  # a Saturday
DAYS = {
    "hoy": "2026-11-21", "Today": "2026-11-21", "mañana": "2026-11-22", "MANANA": "2026-11-22",
    "tomorrow": "2026-11-22", "pasado mañana": "2026-11-23", "the day after tomorrow": "2026-11-23",
    "ayer": "2026-11-20", "viernes": "2026-11-27", "el viernes": "2026-11-27", "Friday": "2026-11-27",
    "fri": "2026-11-27", "on friday": "2026-11-27", "sábado": "2026-11-21", "next saturday": "2026-11-28",
    "el próximo sábado": "2026-11-28", "sabado que viene": "2026-11-28", "este lunes": "2026-11-23",
    "miércoles": "2026-11-25", "mié": "2026-11-25", "en 3 días": "2026-11-24", "in 2 weeks": "2026-12-05",
    "dentro de 1 semana": "2026-11-28", "2026-11-28": "2026-11-28", "2026/11/28": "2026-11-28",
    "28/11": "2026-11-28", "28-11-2026": "2026-11-28", "28.11.": "2026-11-28", "28/11/26": "2026-11-28",
    "11/28": "2026-11-28", "5/6": "2027-06-05", "28 de noviembre": "2026-11-28",
    "28 de noviembre de 2027": "2027-11-28", "november 28": "2026-11-28", "Nov 28th, 2026": "2026-11-28",
    "28th of November": "2026-11-28", "28 nov": "2026-11-28", "the 28th": "2026-11-28", "el 28": "2026-11-28",
    "el día 5": "2026-12-05", "30": "2026-11-30", "31": "2026-12-31", "29/2": "2028-02-29", "1 de enero": "2027-01-01",
    "viernes 27 de noviembre": "2026-11-27", "Friday, 27 November": "2026-11-27", "viernes 27": "2026-11-27",
    "¿el viernes?": "2026-11-27", "1º de enero": None, "friday 28": None, "31/2": None, "0/1": None, "13/13": None,
    "2026-02-30": None, "": None, "nunca": None, "el 32": None, "99": None, "0": None, "mañana a las 3": None,
    "en 999 días": "2029-08-16", "9999-12-31": "9999-12-31", "marzo": None,
}  # fmt: skip
TIMES = {
    "15:30": ["15:30"], "15.30": ["15:30"], "15h30": ["15:30"], "15h": ["15:00"], "3pm": ["15:00"], "3 PM": ["15:00"],
    "3 p. m.": ["15:00"], "3:15 p.m.": ["15:15"], "12am": ["00:00"], "12 pm": ["12:00"], "09:00": ["09:00"],
    "a las 15:30": ["15:30"], "a la 1": ["01:00", "13:00"], "a las 3": ["03:00", "15:00"], "at 9": ["09:00", "21:00"],
    "9:30": ["09:30", "21:30"], "a las 3 y media": ["03:30", "15:30"], "las 4 menos cuarto": ["03:45", "15:45"],
    "half past 3": ["03:30", "15:30"], "quarter to 4": ["03:45", "15:45"], "10 past 9": ["09:10", "21:10"],
    "3 de la tarde": ["15:00"], "9 de la mañana": ["09:00"], "9 de la noche": ["21:00"], "12 de la noche": ["00:00"],
    "3 in the afternoon": ["15:00"], "noon": ["12:00"], "mediodía": ["12:00"], "midnight": ["00:00"], "0:15": ["00:15"],
    "5 o'clock": ["05:00", "17:00"], "17 horas": ["17:00"], "12": ["00:00", "12:00"], "¿a las 15:30?": ["15:30"],
    "25:00": [], "12:60": [], "13pm": [], "0 am": [], "half past 99": [], "": [], "tarde": [], "-3": [], "100": [],
}  # fmt: skip
BOTH = {
    "mañana a las 15:30": ("2026-11-22", ["15:30"]), "tomorrow at 3pm": ("2026-11-22", ["15:00"]),
    "viernes 15:30": ("2026-11-27", ["15:30"]), "2026-11-28 09:00": ("2026-11-28", ["09:00"]),
    "28/11 a las 9 y media": ("2026-11-28", ["09:30", "21:30"]), "3pm tomorrow": ("2026-11-22", ["15:00"]),
    "a las 15:30 el viernes": ("2026-11-27", ["15:30"]), "el lunes al mediodía": ("2026-11-23", ["12:00"]),
    "viernes 27 de noviembre, a las 10": ("2026-11-27", ["10:00", "22:00"]), "viernes": None, "15:30": None,
    "nunca a las 3": None,
}  # fmt: skip
CONTACTS = {
    "Ana Pérez": ("Ana Pérez", None), "me llamo Ana Pérez.": ("Ana Pérez", None), "Soy José": ("José", None),
    "My name is Zoë O'Neil-Smith": ("Zoë O'Neil-Smith", None), "ana@example.com": (None, "ana@example.com"),
    "Ana Pérez, ana.perez+x@mail.example.com": ("Ana Pérez", "ana.perez+x@mail.example.com"),
    "<ana@example.com>": (None, "ana@example.com"), "ana@example.com.": (None, "ana@example.com"),
    "Nombre: Ana, correo: ana@example.com": ("Ana", "ana@example.com"),
    "email:ana@example.com": (None, "ana@example.com"), "山田 太郎": ("山田 太郎", None), "ana@": (None, None),
    "ana@localhost": (None, None), "@ana": (None, None), "a@b.c": (None, None),
    "ana@-x.com": (None, None), "A": (None, None), "12345": (None, None),
    "Ana 2": (None, None), "sí": (None, None), "no": (None, None), "...": (None, None), "": (None, None),
    "x" * 81: (None, None), f"{'a' * 65}@example.com": (None, None),
}  # fmt: skip


@pytest.mark.parametrize(("text", "day"), DAYS.items())
def test_day_is_read_when_it_is_written_like_this(text, day):
    assert read_day(text, TODAY) == (date.fromisoformat(day) if day else None)


def test_month_comes_first_when_the_tenant_writes_it_so():
    assert read_day("5/6", TODAY, month_first=True) == date(2027, 5, 6)
    assert read_day("28/11", TODAY, month_first=True) == date(2026, 11, 28)


@pytest.mark.parametrize(("text", "times"), TIMES.items())
def test_time_is_read_when_it_is_written_like_this(text, times):
    assert read_times(text) == tuple(time.fromisoformat(one) for one in times)


@pytest.mark.parametrize(("text", "both"), BOTH.items())
def test_day_and_time_are_read_when_they_are_written_together(text, both):
    expected = (date.fromisoformat(both[0]), tuple(time.fromisoformat(one) for one in both[1])) if both else None
    assert read_day_and_times(text, TODAY) == expected


@pytest.mark.parametrize(("text", "contact"), CONTACTS.items())
def test_contact_is_read_when_it_is_written_like_this(text, contact):
    assert read_contact(text) == contact


@given(st.dates(min_value=date(2000, 1, 1), max_value=date(2100, 1, 1)), st.dates(min_value=TODAY))
def test_day_is_itself_when_it_is_written_in_full(today, day):
    assert read_day(day.isoformat(), today) == day
    if (day - today).days in range(365):
        assert read_day(f"{day.day}/{day.month}", today) == day
        assert read_day(f"{day:%B} {day.day}", today) == day


@given(st.times())
def test_time_is_among_those_read_when_it_is_written_with_minutes(moment):
    assert moment.replace(second=0, microsecond=0) in read_times(f"{moment:%H:%M}")
    assert read_times(f"{moment:%I:%M %p}") == (moment.replace(second=0, microsecond=0),)


@given(st.text(max_size=60))
def test_reading_gives_an_answer_when_any_text_comes(text):
    read_day(text, TODAY)
    read_times(text)
    read_day_and_times(text, TODAY)
    read_contact(text)


def test_option_is_picked_when_its_number_or_name_is_written():
    options = [
        Option("a", "Corte · 25", "Corte de pelo"),
        Option("b", "Color", "Coloración"),
        Option("c", "C", "Corte"),
    ]
    assert [by_number(text, options) for text in ("1", "2.", "opción 3", "la 2", "tercera", "the first one", "#1")] == [
        options[0], options[1], options[2], options[1], options[2], options[0], options[0],
    ]  # fmt: skip
    assert [by_number(text, options) for text in ("0", "4", "-1", "uno dos", "")] == [None] * 5
    assert by_name("coloracion", options) == (options[1],)
    assert by_name("corte", options) == (options[2],)
    assert by_name("cort", options) == (options[0], options[2])
    assert by_name("co", options) == ()


def test_pages_go_round_when_one_turns_beyond_the_last():
    options = [Option(str(number), str(number)) for number in range(10)]
    assert [len(page_of(options, page)[1]) for page in (0, 1, 2, -1)] == [8, 2, 8, 2]
    assert page_of([], 5) == (0, ())
