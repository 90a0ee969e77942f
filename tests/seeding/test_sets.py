"""Readable sets: the project's own can be loaded from any day, and what is wrong in one is told with line and field."""

from datetime import date
from pathlib import Path

import pytest

from harness.errors import SettingInvalid
from harness.seeding.booking.model import Status
from harness.seeding.booking.sets import read_set, set_names, set_path
from harness.seeding.booking.words import Calendar, time_ranges, weekdays

FROM = date(2026, 11, 21)  # a Saturday
SET = """\
tenant: shop
name: Shop
country: ES
services:
  - { name: Cut, minutes: 30, price: 20.00 }
  - { name: Wedding, minutes: 60, price: 90.00, deposit: 10.00 }
providers:
  - name: Eva
    gives: [Cut, Wedding]
    works: { MON-FRI: 09:00-13:00 }
    closed:
      - { day: FRI of week 1, because: Fair }
    bookings:
      - { who: Ada, what: Cut, when: MON of week 1 at 09:00 }
"""


@pytest.fixture
def shop(tmp_path: Path):
    def read(*changes: tuple[str, str], more: str = ""):
        text = SET
        for before, after in changes:
            assert before in text
            text = text.replace(before, after)
        path = tmp_path / "shop.yaml"
        path.write_text(text + more)
        return read_set(path, FROM, 1)

    return read


@pytest.mark.parametrize("name", set_names())
@pytest.mark.parametrize("first", [FROM, date(2026, 3, 23), date(2026, 9, 1), date(2026, 10, 19)])
def test_set_of_the_project_is_taken_whatever_day_it_is_loaded(name, first):
    tenant = read_set(set_path(name), first, 1)

    assert tenant.bookings
    assert "-" not in tenant.tenant_id
    assert tenant == read_set(set_path(name), first, 1)


def test_words_become_what_they_say(shop):
    tenant = shop()

    (provider,) = tenant.providers
    (booking,) = provider.bookings
    assert str(booking.starts_at) == "2026-11-23 08:00:00+00:00"
    assert (booking.service.price_minor, booking.service.currency, booking.status) == (2000, "EUR", Status.CONFIRMED)
    assert [rule.day for rule in provider.rules] == ["MON", "TUE", "WED", "THU", "FRI"]
    assert provider.closures[0].day == date(2026, 11, 27)


@pytest.mark.parametrize(
    ("change", "line", "words"),
    [
        (("minutes: 30", "minutes: half"), 5, "services[0].minutes is 'half', expected a whole number"),
        (("price: 20.00", "price: 20.001"), 5, "services[0].price"),
        (("09:00-13:00", "13:00-09:00"), 10, "providers[0].works.MON-FRI holds '13:00-09:00'"),
        (("09:00-13:00", "09:03-13:00"), 10, "on the 5-minute grid"),
        (("MON-FRI", "MOM-FRI"), 10, "holds 'MOM', expected one of MON"),
        (("gives: [Cut, Wedding]", "gives: [Cutt]"), 9, "names 'Cutt', which is not there (did you mean Cut?)"),
        (("at 09:00", "at nine"), 14, "providers[0].bookings[0].when is 'MON of week 1 at nine'"),
        (("at 09:00", "at 13:00"), 14, "is outside the hours of Eva"),
        (("MON of week 1 at 09:00", "FRI of week 1 at 09:00"), 14, "is outside the hours of Eva"),
        (("what: Cut", "what: Wedding"), 14, "asks a deposit"),
        (("when: MON", "status: NO_SHOW, when: MON"), 14, "has not begun"),
        (("country: ES", "country: XX"), 3, "country is 'XX', expected one of CL"),
        (("name: Shop", "nam: Shop"), 2, "nam is not known here (did you mean name?)"),
        (("who: Ada, ", ""), 14, "providers[0].bookings[0].who is missing"),
        (("name: Wedding", "name: Cut"), 6, "which is there already"),
        (("name: Eva", "timezone: Mars/Base\n    name: Eva"), 8, "expected a time zone"),
    ],
)
def test_line_and_field_are_told_when_they_are_wrong(shop, change, line, words):
    with pytest.raises(SettingInvalid) as refused:
        shop(change)

    assert any(label == f"line {line}" and words in text for label, text in refused.value.evidence.items()), (
        refused.value
    )


def test_both_bookings_are_named_when_they_overlap(shop):
    with pytest.raises(SettingInvalid, match=r"of Bob with Eva on 2026-11-23 at 09:15 overlaps that of Ada"):
        shop(more="      - { who: Bob, what: Cut, when: MON of week 1 at 09:15 }\n")


def test_time_may_be_given_twice_when_the_first_was_cancelled(shop):
    again = "      - { who: Bob, what: Cut, when: MON of week 1 at 09:00 }\n"
    cancelled = ("when: MON of week 1 at 09:00 }", "when: MON of week 1 at 09:00, status: CANCELLED }")

    assert len(shop(cancelled, more=again).bookings) == 2


def test_everything_that_is_wrong_is_told_at_once(shop):
    with pytest.raises(SettingInvalid, match="has 3 problems"):
        shop(("minutes: 30", "minutes: x"), ("country: ES", "country: XX"), ("at 09:00", "at x"))


@pytest.mark.parametrize("text", ["a: [", "- a", "", "a: 1\na: 2"])
def test_file_is_refused_when_it_is_no_mapping(tmp_path, text):
    path = tmp_path / "odd.yaml"
    path.write_text(text)

    with pytest.raises(SettingInvalid):
        read_set(path, FROM, 1)


def test_sets_are_named_when_one_is_not_there():
    with pytest.raises(SettingInvalid, match="did you mean hairdresser"):
        set_path("hairdreser")


def test_weeks_are_counted_from_the_first_monday():
    calendar = Calendar(FROM)

    assert calendar.day("MON of week 1") == date(2026, 11, 23)
    assert calendar.day("SUN of week 0") == date(2026, 11, 22)
    assert Calendar(date(2026, 11, 23)).day("MON of week 1") == date(2026, 11, 23)
    assert calendar.moment("2026-12-24 at 10:05") == (date(2026, 12, 24), 605)


def test_days_and_hours_are_read_as_people_write_them():
    assert weekdays("MON WED, FRI-SUN") == ("MON", "WED", "FRI", "SAT", "SUN")
    assert [one.minutes for one in time_ranges("15:00-24:00 09:00-13:00")] == [(540, 780), (900, 1440)]
    with pytest.raises(ValueError, match="overlap"):
        time_ranges("09:00-13:00 12:00-14:00")
