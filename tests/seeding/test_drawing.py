"""Drawn tenants: the same again for the same seed, and only what the booking system would have taken."""

import hashlib
import os
import subprocess
import sys
from collections import Counter
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from functools import cache

import bcrypt
import orjson
import pytest

from harness.seeding.booking import Plan, drawn_tenant, drawn_tenants
from harness.seeding.booking.fitting import problems
from harness.seeding.booking.hours import at, covers
from harness.seeding.booking.items import conversation_rows, tenant_rows
from harness.seeding.booking.model import Rule, Status, TimeRange
from harness.seeding.booking.sizes import SIZES, size_named
from harness.seeding.rows import Row, plain_value

FIRST = date(2026, 10, 1)
PLAN = Plan(tenants=4, days=60, seed=11, first=FIRST, size=SIZES["small"])


def rows(plan: Plan) -> list[Row]:
    tenants = list(drawn_tenants(plan))
    return [row for one in tenants for row in (*tenant_rows(one, plan.today), *conversation_rows(one))]


def digest(plan: Plan) -> str:
    return hashlib.sha256(orjson.dumps([[row.table, row.item] for row in rows(plan)])).hexdigest()


@cache
def items(plan: Plan) -> list[dict[str, object]]:
    return [{name: plain_value(one) for name, one in row.item.items()} for row in rows(plan)]


def values(plan: Plan, entity: str) -> list[dict[str, object]]:
    return [item for item in items(plan) if item["entity"] == entity]


def test_same_bytes_come_when_the_seed_is_the_same():
    assert digest(PLAN) == digest(PLAN)
    assert digest(PLAN) != digest(Plan(4, 60, 12, FIRST, SIZES["small"]))


def test_same_bytes_come_when_another_process_draws_them():
    code = "from tests.seeding.test_drawing import PLAN, digest; print(digest(PLAN))"
    environ = {**os.environ, "PYTHONHASHSEED": "77", "TZ": "Asia/Kathmandu"}
    told = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, env=environ)

    assert told.stdout.strip() == digest(PLAN)


@pytest.mark.parametrize(
    "change", [{"days": 61}, {"first": date(2026, 10, 2)}, {"size": SIZES["medium"]}, {"seed": 12}], ids=str
)
def test_tenant_is_another_one_when_its_plan_is(change):
    """Else what an earlier plan left in its partitions would contradict what this one brings."""
    keys = {key for tenant in drawn_tenants(PLAN) for key in (tenant.tenant_id, tenant.keys[0].text)}

    assert not keys & {tenant.tenant_id for tenant in drawn_tenants(replace(PLAN, **change))}
    assert not keys & {tenant.keys[0].text for tenant in drawn_tenants(replace(PLAN, **change))}


def test_tenant_is_the_same_when_others_are_drawn_before_it():
    assert list(drawn_tenants(PLAN))[3] == drawn_tenant(PLAN, 3)


# Days on which clocks change: Santiago and Adelaide in April, Madrid and London in March, all of them in spring.
@pytest.mark.parametrize("first", [date(2026, 3, 1), date(2026, 8, 20), date(2026, 10, 1)])
@pytest.mark.parametrize("size", ["small", "30"])
def test_nothing_overlaps_and_all_is_within_hours_when_clocks_change(size, first):
    plan = Plan(tenants=8, days=40, seed=5, first=first, size=size_named(size))

    tenants = list(drawn_tenants(plan))

    assert [problem for tenant in tenants for problem in problems(tenant)] == []


@pytest.mark.parametrize("size", SIZES)
def test_day_has_about_as_many_bookings_as_it_should(size):
    plan = Plan(tenants=4, days=28, seed=3, first=FIRST, size=SIZES[size])

    a_day = sum(len(tenant.bookings) for tenant in drawn_tenants(plan)) / 4 / 20

    assert 0.6 * SIZES[size].bookings_a_day < a_day < 1.3 * SIZES[size].bookings_a_day


def test_live_bookings_hold_their_cells_and_others_none():
    claims = Counter(str(item["bookingId"]) for item in values(PLAN, "Claim"))
    expected = {
        str(item["bookingId"]): int(str(item["durationMinutes"])) // 5
        for item in values(PLAN, "Booking")
        if item["status"] != Status.CANCELLED
    }

    assert claims == expected
    keys = [(row.table, row.item.get("PK"), row.item.get("SK"), row.item.get("categoryId")) for row in rows(PLAN)]
    assert len({str(key) for key in keys}) == len(keys)


def test_claims_are_gone_when_time_has_deleted_them():
    old = Plan(tenants=2, days=180, seed=1, first=FIRST, size=SIZES["small"])
    horizon = int(old.today.timestamp())

    assert all(int(str(item["ttl"])) > horizon for item in values(old, "Claim"))


def test_usage_is_that_of_the_bookings_and_the_conversations():
    usage: Counter[tuple[object, object]] = Counter()
    messages = 0
    for item in values(PLAN, "Usage"):
        usage[(item["tenantId"], item["month"])] += int(str(item["bookings"]))
        messages += int(str(item["messages"]))

    made = Counter((item["tenantId"], str(item["createdAt"])[:7]) for item in values(PLAN, "Booking"))
    assert usage == made
    kept = sum(int(str(item["turn"])) for item in values(PLAN, "Conversation"))
    assert messages == kept + sum(turns for one in drawn_tenants(PLAN) for _, turns in one.forgotten_turns)


def test_every_turn_that_the_stream_will_tell_of_is_marked():
    marked = {str(item["SK"]) for item in values(PLAN, "Metered")}

    expected = {f"METERED#{item['conversationId']}#{item['turn']}" for item in values(PLAN, "Conversation")}
    assert expected <= marked


def test_key_is_the_one_that_its_hash_tells():
    key = drawn_tenant(PLAN, 0).keys[0]

    assert bcrypt.checkpw(key.text.encode(), key.hash.encode())
    assert key.hash.startswith("$2b$04$")
    assert key.text not in repr(key)
    assert key.text.startswith(f"{key.prefix}_")
    assert len(key.text.removeprefix(f"{key.prefix}_")) >= 32


def test_what_has_happened_is_told_as_of_today():
    for booking in (booking for tenant in drawn_tenants(PLAN) for booking in tenant.bookings):
        assert booking.created_at < min(booking.starts_at, PLAN.today)
        assert booking.status is not Status.NO_SHOW or booking.ends_at <= PLAN.today
        assert not booking.service.deposit_minor


def test_booking_is_outside_when_clocks_skip_its_time():
    rules = (Rule("r", "SUN", (TimeRange("01:00", "05:00"),)),)
    gap = date(2026, 3, 29)  # Madrid, 02:00 is 03:00

    before = at(gap, 105, "Europe/Madrid")  # 01:45, fifteen minutes before three o'clock

    assert before == datetime(2026, 3, 29, 0, 45, tzinfo=UTC)
    assert covers(rules, (), "Europe/Madrid", before, before + timedelta(minutes=60))
    assert not covers(rules, (), "Europe/Madrid", before, before + timedelta(minutes=140))
