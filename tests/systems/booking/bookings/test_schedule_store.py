"""Rules, closings and the schedule's versions as DynamoDB holds them."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

import pytest
from booking.adapters.booking_lists import BookingLists
from booking.adapters.booking_store import DynamoBookingStore
from booking.adapters.schedule_store import DynamoScheduleStore
from booking.domain.schedule import Closing, ClosingStatus, ExistingBookings, Rule, TimeRange, Weekday
from booking.domain.schedule_store import (
    Change,
    ChangeRefused,
    ClosingActivation,
    ClosingRemoval,
    NewClosing,
    NewRule,
    Place,
    Refusal,
    RuleRemoval,
)
from booking.domain.schedules import ClosingRequest, ScheduleDesk

from tests.systems.booking.bookings.dynamo import TABLES, dynamo, items, put
from tests.systems.booking.bookings.memory import MONDAY, NINE, PROVIDER, TENANT, Clock, soon

PLACE, NOWHERE = Place(TENANT, PROVIDER), Place(TENANT, "prv_x")
PK = f"TENANT#{TENANT}#PROVIDER#{PROVIDER}"
RULE = Rule("rul_1", Weekday.SUN, (TimeRange.parse("09:00", "13:00"), TimeRange.parse("20:00", "24:00")), NINE, NINE)


@dataclass
class World:
    client: Any

    def __post_init__(self) -> None:
        self.store = DynamoScheduleStore(lambda _: self.client, TABLES)
        self.lists = BookingLists(lambda _: self.client, TABLES)

    def commit(self, change: Change, place: Place = PLACE) -> frozenset[Refusal]:
        try:
            self.store.commit(place, change, soon())
        except ChangeRefused as refused:
            return refused.refusals
        return frozenset()

    def versions(self) -> tuple[int, int]:
        schedule = self.store.schedule(PLACE)
        assert schedule
        return schedule.version, schedule.rules_version


@pytest.fixture
def world() -> Iterator[World]:
    with dynamo() as client:
        values = {"tenantId": TENANT, "version": 3, "rulesVersion": 2, "timezone": "UTC", "active": True}
        put(client, TABLES.availability, PK=PK, SK="SCHEDULE", **values)
        yield World(client)


def closing(day: date = MONDAY, seq: int = 1, *ranges: TimeRange, **values: Any) -> Closing:
    told = {"status": ClosingStatus.PENDING, "created_at": NINE, **values}
    return Closing(day, seq, "ill", ranges, fingerprint="f", updated_at=NINE, **told)


def test_rules_are_kept_and_counted(world: World) -> None:
    assert world.commit(NewRule(RULE)) == frozenset()
    assert world.commit(NewRule(RULE)) == {Refusal.EXISTS}

    assert world.store.rule(PLACE, "rul_1") == RULE
    assert list(world.store.rules(PLACE)) == [RULE]
    assert world.versions() == (4, 3)
    (item,) = [one for one in items(world.client, TABLES.availability) if one["SK"] != "SCHEDULE"]
    assert (item["PK"], item["SK"], item["dayOfWeek"]) == (PK, "RULE#rul_1", "SUN")
    assert item["timeRanges"] == [{"start": "09:00", "end": "13:00"}, {"start": "20:00", "end": "24:00"}]


def test_a_rule_is_removed_once(world: World) -> None:
    world.commit(NewRule(RULE))

    assert world.commit(RuleRemoval("rul_1")) == frozenset()
    assert world.commit(RuleRemoval("rul_1")) == {Refusal.CHANGED}
    assert world.store.rule(PLACE, "rul_1") is None
    assert world.versions() == (5, 4)


def test_a_closing_goes_from_pending_to_active_with_what_it_keeps(world: World) -> None:
    pending = closing(MONDAY, 1, TimeRange.parse("09:00", "10:00"))
    active = closing(MONDAY, 1, TimeRange.parse("09:00", "10:00"), status=ClosingStatus.ACTIVE, kept=("b-1",))

    assert world.commit(NewClosing(pending, 3)) == frozenset()
    assert world.commit(ClosingActivation(pending, active)) == frozenset()
    assert world.commit(ClosingActivation(pending, active)) == {Refusal.CHANGED}

    assert world.store.closing(PLACE, MONDAY, 1) == active
    assert world.versions() == (4, 2)
    (item,) = items(world.client, TABLES.exceptions)
    assert (item["PK"], item["SK"]) == (PK, "EXCEPTION#2026-11-23#001")
    assert (item["date"], item["allDay"], item["status"]) == ("2026-11-23", False, "ACTIVE")
    assert item["keptBookings"] == ["b-1"]


def test_a_closing_is_refused_when_it_was_reckoned_with_an_old_schedule(world: World) -> None:
    assert world.commit(NewClosing(closing(), 2)) == {Refusal.CHANGED}
    assert items(world.client, TABLES.exceptions) == []


def test_a_closing_that_got_a_number_again_is_not_taken_for_the_first(world: World) -> None:
    first, second = closing(), closing(created_at=NINE + timedelta(seconds=1))
    world.commit(NewClosing(first, 3))
    world.commit(ClosingRemoval(first))
    world.commit(NewClosing(second, 5))

    assert world.commit(ClosingRemoval(first)) == {Refusal.CHANGED}
    assert world.store.closing(PLACE, MONDAY, 1) == second


def test_nothing_is_written_for_a_provider_that_is_not_there(world: World) -> None:
    assert Refusal.NO_PROVIDER in world.commit(NewRule(RULE), NOWHERE)
    assert world.commit(NewClosing(closing(), 1), NOWHERE)
    assert world.store.schedule(NOWHERE) is None
    assert items(world.client, TABLES.exceptions) == []


def test_closings_are_listed_by_day_and_page_by_page(world: World) -> None:
    days = [MONDAY, MONDAY + timedelta(days=1), MONDAY + timedelta(days=2)]
    for version, day in enumerate(days, start=3):
        world.commit(NewClosing(closing(day), version))

    first = world.lists.closings(TENANT, PROVIDER, None, 2, None)
    rest = world.lists.closings(TENANT, PROVIDER, None, 2, first.position)

    assert [one.day for one in [*first.items, *rest.items]] == days
    assert [one.day for one in world.lists.closings(TENANT, PROVIDER, days[1], 9, None).items] == [days[1]]
    assert [one.day for one in world.store.closings(PLACE, days[0], days[1])] == days[:2]


def test_a_desk_closes_and_reopens_on_real_tables(world: World) -> None:
    bookings = DynamoBookingStore(lambda _: world.client, TABLES)
    desk = ScheduleDesk(world.store, bookings.bookings, lambda *_: pytest.fail("nothing to cancel"), Clock())

    closed = desk.close(PLACE, ClosingRequest(MONDAY, "", (), ExistingBookings.REFUSE), soon())
    desk.reopen(PLACE, closed.day, closed.seq, soon())

    assert closed.all_day
    assert closed.status is ClosingStatus.ACTIVE
    assert items(world.client, TABLES.exceptions) == []
    assert world.versions() == (5, 2)
