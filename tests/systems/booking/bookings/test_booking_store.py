"""The bookings' tables as DynamoDB holds them: keys, claims, requests, usage, and every condition of a transaction."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from booking.adapters.booking_items import booking_from, booking_item
from booking.adapters.booking_lists import BookingLists
from booking.adapters.booking_store import DynamoBookingStore
from booking.adapters.schedule_store import DynamoScheduleStore
from booking.domain.booking import Booking, DepositRequest, DepositStatus, Status
from booking.domain.booking_store import BookingChange, ChangeRefused, NewBooking, Refusal
from booking.domain.bookings import BookingDesk
from booking.domain.errors import BookingClosed, IdempotencyConflict, LimitReached, SlotTaken, StoreUnavailable
from booking.domain.schedule import TimeRange, Weekday
from booking.domain.schedule_store import Place
from booking.domain.schedules import RuleRequest, ScheduleDesk
from botocore.exceptions import ClientError, ConnectionClosedError, ConnectTimeoutError, ReadTimeoutError
from groundwork.deadline import Deadline

from tests.systems.booking.bookings.dynamo import TABLES, dynamo, items, put
from tests.systems.booking.bookings.memory import NINE, PROVIDER, TENANT, Clock, asked, soon

SANTIAGO = "America/Santiago"
# 09:00 in Santiago.
LOCAL_NINE = datetime(2026, 11, 23, 12, 0, tzinfo=UTC)
DEPOSIT = DepositRequest("rosa", "tok_visa")


class Flaky:
    """DynamoDB's client; `after` and `before` hold what becomes of the next transactions."""

    def __init__(self, client: Any) -> None:
        self.client = client
        self.before: list[Exception] = []
        self.after: list[Exception] = []
        self.sizes: list[int] = []

    def __getattr__(self, name: str) -> Any:
        return getattr(self.client, name)

    def transact_write_items(self, **request: Any) -> Any:
        self.sizes.append(len(request["TransactItems"]))
        if self.before:
            raise self.before.pop(0)
        answer = self.client.transact_write_items(**request)
        if self.after:
            raise self.after.pop(0)
        return answer


@dataclass
class World:
    client: Flaky
    clock: Clock

    def __post_init__(self) -> None:
        self.store = DynamoBookingStore(lambda _: self.client, TABLES)
        self.desk = BookingDesk(self.store, self.clock, sleep=lambda _: None)
        schedules = DynamoScheduleStore(lambda _: self.client, TABLES)
        self.schedules = ScheduleDesk(schedules, self.store.bookings, self.desk.cancel, self.clock, lambda _: None)
        self.lists = BookingLists(lambda _: self.client, TABLES)

    def service(self, service_id: str, minutes: int, deposit_minor: int = 0) -> None:
        put(
            self.client,
            TABLES.services,
            PK=f"TENANT#{TENANT}",
            SK=f"SERVICE#{service_id}",
            serviceId=service_id,
            durationMinutes=minutes,
            priceMinor=2500,
            currency="EUR",
            depositMinor=deposit_minor,
            active=True,
        )

    def provider(self, provider_id: str, zone: str, *services: str) -> None:
        pk = f"TENANT#{TENANT}"
        for service in services:
            put(self.client, TABLES.providers, PK=pk, SK=f"PROVIDER#{provider_id}#SERVICE#{service}", active=True)
        schedule = {"version": 1, "rulesVersion": 1, "timezone": zone, "active": True}
        put(self.client, TABLES.availability, PK=f"{pk}#PROVIDER#{provider_id}", SK="SCHEDULE", **schedule)
        for day in Weekday:
            rule = RuleRequest(day, (TimeRange.parse("09:00", "24:00"),))
            self.schedules.add_rule(Place(TENANT, provider_id), rule, soon())

    def of(self, entity: str) -> list[dict[str, Any]]:
        return [item for item in items(self.client, TABLES.bookings) if item["entity"] == entity]

    def usage(self) -> list[tuple[str, int]]:
        return [(item["SK"], item["bookings"]) for item in items(self.client, TABLES.usage)]


@pytest.fixture
def world() -> Iterator[World]:
    with dynamo() as client:
        made = World(Flaky(client), Clock())
        made.service("srv_cut", 60)
        made.service("srv_long", 240)
        made.service("srv_deposit", 30, 1000)
        put(client, TABLES.tenants, PK=f"TENANT#{TENANT}", SK="META#TENANT", plan="FREE")
        for provider in (PROVIDER, "prv_ben"):
            made.provider(provider, SANTIAGO, "srv_cut", "srv_long", "srv_deposit")
        yield made


def test_a_booking_is_kept_under_the_providers_local_time(world: World) -> None:
    late = datetime(2026, 11, 24, 1, 30, tzinfo=UTC)  # 22:30 of the day before in Santiago

    booking = world.desk.book(asked(late), soon())

    (item,) = world.of("Booking")
    assert item["PK"] == f"TENANT#{TENANT}#PROVIDER#{PROVIDER}"
    assert item["SK"] == f"BOOKING#2026-11-23#22:30#{booking.booking_id}"
    assert (item["GSI1PK"], item["GSI1SK"]) == (
        f"TENANT#{TENANT}#DATE#2026-11-23",
        f"BOOKING#22:30#{booking.booking_id}",
    )
    assert item["GSI2PK"] == f"BOOKING#{booking.booking_id}"
    assert (item["datetime"], item["endsAt"]) == ("2026-11-24T01:30:00Z", "2026-11-24T02:30:00Z")
    assert item["rulesVersion"] == 8  # one for each rule that was added
    assert booking_from(item) == booking


def test_a_booking_has_one_claim_per_cell_and_a_request_that_leads_to_it(world: World) -> None:
    booking = world.desk.book(asked(LOCAL_NINE), soon())

    claims, (request,) = world.of("Claim"), world.of("Request")
    assert sorted(claim["SK"] for claim in claims)[:2] == ["CLAIM#2026-11-23T12:00", "CLAIM#2026-11-23T12:05"]
    assert len(claims) == 12
    assert {claim["bookingId"] for claim in claims} == {booking.booking_id}
    assert {claim["ttl"] for claim in claims} == {int((booking.ends_at + timedelta(days=30)).timestamp())}
    assert request["PK"] == f"TENANT#{TENANT}#REQUEST#{booking.booking_id.removeprefix(f'{TENANT}-')}"
    assert request["bookingSK"] == f"BOOKING#2026-11-23#09:00#{booking.booking_id}"
    assert "ttl" not in request  # else its key would one day make another booking of this id
    assert world.usage() == [("USAGE#2026-11", 1)]


def test_every_field_of_a_booking_survives_the_table() -> None:
    booking = Booking(
        tenant_id=TENANT,
        booking_id="ten_a-1",
        service_id="s",
        provider_id="p",
        customer_name="Rosa Ñandú",
        customer_email="r@example.com",
        starts_at=NINE,
        duration_minutes=45,
        timezone=SANTIAGO,
        status=Status.CANCELLED,
        rules_version=3,
        source="chat",
        price_minor=100,
        currency="CLP",
        created_at=NINE,
        updated_at=NINE + timedelta(microseconds=7),
        deposit_minor=50,
        deposit_status=DepositStatus.REFUNDED,
        deposit_payment_id="dep-1",
        deposit_user_id="rosa",
        cancel_reason="ill",
        version=4,
    )

    assert booking_from(booking_item(booking)) == booking


@pytest.mark.parametrize(
    ("service", "minutes"), [("srv_cut", 55), ("srv_cut", -55), ("srv_long", -30), ("srv_deposit", 30)]
)
def test_an_overlapping_booking_of_any_length_is_refused(world: World, service: str, minutes: int) -> None:
    world.desk.book(asked(LOCAL_NINE + timedelta(hours=2)), soon())
    other = asked(LOCAL_NINE + timedelta(hours=2, minutes=minutes), "k-2", service_id=service, deposit=DEPOSIT)

    with pytest.raises(SlotTaken):
        (world.desk.hold if service == "srv_deposit" else world.desk.book)(other, soon())

    assert len(world.of("Booking")) == 1
    assert world.usage() == [("USAGE#2026-11", 1)]


def test_the_transaction_alone_refuses_a_taken_cell(world: World) -> None:
    first = world.desk.book(asked(LOCAL_NINE), soon())
    late = replace(first, booking_id=f"{TENANT}-late", starts_at=LOCAL_NINE + timedelta(minutes=55))

    with pytest.raises(ChangeRefused) as refused:
        world.store.commit(NewBooking(late, "f", 8, "FREE", 50), soon())

    assert refused.value.refusals == {Refusal.TAKEN}
    assert len(world.of("Claim")) == 12


def test_an_old_schedule_or_a_full_plan_is_refused_by_name(world: World) -> None:
    booking = replace(world.desk.book(asked(LOCAL_NINE), soon()), provider_id="prv_ben", booking_id=f"{TENANT}-x")

    for version, monthly_max, refusal in ((7, 50, Refusal.SCHEDULE), (8, 1, Refusal.LIMIT)):
        with pytest.raises(ChangeRefused) as refused:
            world.store.commit(NewBooking(booking, "f", version, "FREE", monthly_max), soon())
        assert refused.value.refusals == {refusal}


def test_the_months_usage_tells_the_plan_that_it_was_made_under(world: World) -> None:
    booking = world.desk.book(asked(LOCAL_NINE), soon())
    put(world.client, TABLES.tenants, PK=f"TENANT#{TENANT}", SK="META#TENANT", plan="PRO")

    world.desk.cancel(TENANT, booking.booking_id, "ill", soon())
    assert [item["plan"] for item in items(world.client, TABLES.usage)] == ["FREE"]
    world.desk.book(asked(LOCAL_NINE, "k-2"), soon())
    assert [item["plan"] for item in items(world.client, TABLES.usage)] == ["PRO"]


def test_the_limit_is_that_of_the_tenants_plan(world: World) -> None:
    put(world.client, TABLES.usage, PK=f"TENANT#{TENANT}", SK="USAGE#2026-11", bookings=50)

    with pytest.raises(LimitReached):
        world.desk.book(asked(LOCAL_NINE), soon())


@pytest.mark.parametrize("lost", [ConnectTimeoutError, ReadTimeoutError, ConnectionClosedError])
def test_a_lost_answer_and_a_conflict_end_in_one_booking(world: World, lost: type[Exception]) -> None:
    conflict = {
        "Error": {"Code": "TransactionCanceledException"},
        "CancellationReasons": [{"Code": "TransactionConflict"}],
    }
    world.client.before = [ClientError(conflict, "TransactWriteItems")]  # type: ignore[arg-type]
    world.client.after = [lost(endpoint_url="https://dynamodb.test")]

    booking = world.desk.book(asked(LOCAL_NINE), soon())

    assert booking == world.desk.find(TENANT, booking.booking_id)
    assert len(world.of("Booking")) == 1
    assert world.usage() == [("USAGE#2026-11", 1)]


def test_tables_that_stay_busy_end_in_try_again_with_nothing_written(world: World) -> None:
    throttled = ClientError({"Error": {"Code": "ThrottlingException"}}, "TransactWriteItems")  # type: ignore[typeddict-item]
    world.client.before = [throttled] * 1_000

    with pytest.raises(StoreUnavailable):
        world.desk.book(asked(LOCAL_NINE), Deadline.after(0.05))
    assert world.of("Booking") == []


def test_a_cancelled_booking_leaves_no_claim_and_its_slot_is_booked_again(world: World) -> None:
    booking = world.desk.book(asked(LOCAL_NINE), soon())

    cancelled = world.desk.cancel(TENANT, booking.booking_id, "ill", soon())
    again = world.desk.book(asked(LOCAL_NINE, "k-2"), soon())

    assert world.desk.find(TENANT, booking.booking_id) == cancelled
    assert {claim["bookingId"] for claim in world.of("Claim")} == {again.booking_id}
    assert world.usage() == [("USAGE#2026-11", 2)]


def test_a_claim_of_somebody_else_is_never_freed(world: World) -> None:
    booking = world.desk.book(asked(LOCAL_NINE), soon())
    (key,) = [{"PK": one["PK"], "SK": one["SK"]} for one in world.of("Claim") if one["SK"].endswith("12:00")]
    put(world.client, TABLES.bookings, **key, entity="Claim", bookingId="another")

    with pytest.raises(ChangeRefused):
        world.store.commit(BookingChange(booking, replace(booking, status=Status.CANCELLED, version=2)), soon())
    assert len(world.of("Claim")) == 12


def test_a_hold_that_came_to_nothing_is_uncounted(world: World) -> None:
    held = world.desk.hold(asked(LOCAL_NINE, service_id="srv_deposit", deposit=DEPOSIT), soon())
    assert world.usage() == [("USAGE#2026-11", 1)]

    world.desk.release(TENANT, held.booking_id, "declined", DepositStatus.DECLINED, soon())

    assert world.usage() == [("USAGE#2026-11", 0)]
    assert world.of("Claim") == []


def test_the_longest_booking_moves_within_one_transaction(world: World) -> None:
    booking = world.desk.book(asked(LOCAL_NINE, service_id="srv_long"), soon())

    moved = world.desk.reschedule(TENANT, booking.booking_id, LOCAL_NINE + timedelta(hours=5), "prv_ben", soon())

    assert world.client.sizes[-1] == 100
    assert world.desk.find(TENANT, booking.booking_id) == moved
    assert {claim["PK"] for claim in world.of("Claim")} == {f"TENANT#{TENANT}#PROVIDER#prv_ben"}
    assert len(world.of("Claim")) == 48
    assert len(world.of("Booking")) == 1


def test_a_booking_moves_into_cells_that_it_holds(world: World) -> None:
    booking = world.desk.book(asked(LOCAL_NINE), soon())

    moved = world.desk.reschedule(TENANT, booking.booking_id, LOCAL_NINE + timedelta(minutes=25), None, soon())

    assert sorted(claim["SK"][-5:] for claim in world.of("Claim")) == [f"{cell:%H:%M}" for cell in moved.cells]
    assert world.desk.book(asked(LOCAL_NINE, "k-1"), soon()) == moved  # the same request finds it where it is
    with pytest.raises(IdempotencyConflict):
        world.desk.book(asked(LOCAL_NINE + timedelta(minutes=25), "k-1"), soon())


def test_a_booking_moves_from_one_pass_of_a_repeated_hour_to_the_other(world: World) -> None:
    world.clock.now = datetime(2026, 4, 1, tzinfo=UTC)
    first = datetime(2026, 4, 5, 2, 0, tzinfo=UTC)  # 23:00, before the clocks go back; and again an hour later
    booking = world.desk.book(asked(first), soon())

    moved = world.desk.reschedule(TENANT, booking.booking_id, first + timedelta(hours=1), None, soon())

    (item,) = world.of("Booking")
    assert item["SK"].startswith("BOOKING#2026-04-04#23:00#")
    assert item["datetime"] == "2026-04-05T03:00:00Z"
    assert world.desk.find(TENANT, booking.booking_id) == moved
    assert sorted(claim["SK"] for claim in world.of("Claim"))[0] == "CLAIM#2026-04-05T03:00"


def test_a_booking_without_a_request_is_found_by_the_index_and_moves(world: World) -> None:
    booking = world.desk.book(asked(LOCAL_NINE), soon())
    (request,) = world.of("Request")
    world.client.delete_item(TableName=TABLES.bookings, Key={"PK": {"S": request["PK"]}, "SK": {"S": request["SK"]}})

    assert world.desk.find(TENANT, booking.booking_id) == booking
    moved = world.desk.reschedule(TENANT, booking.booking_id, LOCAL_NINE + timedelta(hours=3), None, soon())
    assert world.desk.find(TENANT, booking.booking_id) == moved


def test_the_index_is_not_asked_for_what_cannot_be_this_tenants(world: World) -> None:
    booking = world.desk.book(asked(LOCAL_NINE), soon())

    assert world.store.find("ten_b", booking.booking_id) is None
    assert world.store.find(TENANT, f"{TENANT}-{'0' * 20}") is None


def test_lists_tell_a_day_in_order_and_page_by_page(world: World) -> None:
    late, early, other = (
        world.desk.book(asked(LOCAL_NINE + timedelta(hours=hours), f"k-{hours}", provider_id=provider), soon())
        for hours, provider in ((6, PROVIDER), (1, PROVIDER), (3, "prv_ben"))
    )
    day = date(2026, 11, 23)

    of_provider = world.lists.of_provider(TENANT, PROVIDER, day, 1, None)
    rest = world.lists.of_provider(TENANT, PROVIDER, day, 1, of_provider.position)
    of_tenant = world.lists.of_tenant(TENANT, day, 50, None)

    assert [*of_provider.items, *rest.items] == [early, late]
    assert of_tenant.items == [early, other, late]
    assert world.lists.of_tenant(TENANT, day + timedelta(days=1), 50, None).items == []
    assert world.store.bookings(TENANT, PROVIDER, day, day) == [early, late]
    assert world.store.bookings(TENANT, PROVIDER, day + timedelta(days=1), day + timedelta(days=9)) == []


def test_a_past_booking_is_closed(world: World) -> None:
    booking = world.desk.book(asked(LOCAL_NINE), soon())
    world.clock.now = LOCAL_NINE + timedelta(hours=2)

    with pytest.raises(BookingClosed):
        world.desk.cancel(TENANT, booking.booking_id, "late", soon())
    assert world.desk.no_show(TENANT, booking.booking_id, soon()).status is Status.NO_SHOW
