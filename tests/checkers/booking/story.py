"""Builds histories as a flawless booking system would have left them; tests then break one thing in them.

story = Story()
story.provider("ana", "America/Santiago", MON="09:00-13:00")
story.book("b-1", "ana", "2026-11-23T12:00:00Z", minutes=30, key="k-1")
assert no_overlapping_bookings(story.history()).is_valid
"""

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime, timedelta
from hashlib import sha256
from typing import Any
from zoneinfo import ZoneInfo

from harness.checkers.booking.words import cells
from harness.history import (
    BookingRecord,
    ClaimRecord,
    ClosureRecord,
    ConversationRecord,
    FinalReads,
    History,
    ItemRecord,
    LedgerEntry,
    Operation,
    PaymentRecord,
    RequestRecord,
    RuleRecord,
    SagaRecord,
    ScheduleRecord,
    UsageRecord,
)
from harness.history.operation import FAIL, INFO, OK, Outcome

TENANT = "t-1"
SERVICE = "cut"
MADE_AT = "2026-11-21T08:00:00.000000Z"
MONTH = "2026-11"
DEPOSIT_MINOR = 1000


class Story:
    """A flawless booking system in a few dictionaries. Operations happen one after the other, one a second."""

    def __init__(self) -> None:
        self.operations: list[Operation] = []
        self.bookings: dict[str, BookingRecord] = {}
        self.claims: dict[tuple[str, str], ClaimRecord] = {}
        self.rules: dict[str, RuleRecord] = {}
        self.schedules: dict[str, ScheduleRecord] = {}
        self.closures: dict[str, ClosureRecord] = {}
        self.requests: dict[str, RequestRecord] = {}
        self.usage: dict[str, UsageRecord] = {TENANT: UsageRecord(TENANT, MONTH, plan="PRO")}
        self.conversations: dict[str, ConversationRecord] = {}
        self.sagas: dict[str, SagaRecord] = {}
        self.ledger: list[LedgerEntry] = []
        self.payments: dict[str, PaymentRecord] = {}
        self.items: list[ItemRecord] = []
        self.clock_s = 0

    def history(self, name: str = "story") -> History:
        finals = FinalReads(
            payments=tuple(self.payments.values()),
            ledger=tuple(self.ledger),
            bookings=tuple(self.bookings.values()),
            claims=tuple(self.claims.values()),
            rules=tuple(self.rules.values()),
            schedules=tuple(self.schedules.values()),
            closures=tuple(self.closures.values()),
            requests=tuple(self.requests.values()),
            usage=tuple(self.usage.values()),
            conversations=tuple(self.conversations.values()),
            sagas=tuple(self.sagas.values()),
            items=tuple(self.items),
        )
        return History(tuple(self.operations), finals, seed=7, name=name)

    def provider(self, provider_id: str, zone: str, **ranges_by_day: str) -> None:
        self.schedules[provider_id] = ScheduleRecord(TENANT, provider_id, zone, rules_version=1, version=1)
        for day, ranges in ranges_by_day.items():
            self.add_rule(provider_id, day, ranges)

    def add_rule(self, provider_id: str, day: str, ranges: str, *, outcome: Outcome = OK) -> None:
        rule_id = f"{provider_id}-rule-{len(self.operations)}"
        several = tuple(ranges.split())
        self.rules[rule_id] = RuleRecord(TENANT, provider_id, rule_id, day, several)
        self._bump(provider_id)
        asked = [dict(zip(("start", "end"), one.split("-"), strict=True)) for one in several]
        body = {"providerId": provider_id, "dayOfWeek": day, "timeRanges": asked}
        self.operate("add_rule", rule_id, body, outcome, 201, {"ruleId": rule_id})

    def remove_rule(self, rule_id: str) -> None:
        rule = self.rules.pop(rule_id)
        self._bump(rule.provider_id)
        self.operate("remove_rule", rule_id, {"providerId": rule.provider_id}, OK, 204)

    def close(self, exception_id: str, provider_id: str, date: str, ranges: str = "", kept: str = "") -> None:
        several = tuple(ranges.split())
        self.closures[exception_id] = ClosureRecord(
            TENANT, provider_id, exception_id, date, "ACTIVE", not several, several, tuple(kept.split())
        )
        self.operate("add_exception", exception_id, {"providerId": provider_id, "date": date}, OK, 201)

    def book(
        self,
        booking_id: str,
        provider_id: str,
        starts_at: str,
        *,
        minutes: int = 30,
        key: str = "",
        deposit: str = "",
        answered: bool = True,
        source: str = "api",
    ) -> None:
        """Book; with `deposit` (PAID or DECLINED) for a service that asks for one."""
        start = datetime.fromisoformat(starts_at)
        schedule = self.schedules[provider_id]
        booking = BookingRecord(
            TENANT,
            provider_id,
            booking_id,
            "CONFIRMED",
            starts_at,
            f"{start + timedelta(minutes=minutes):%Y-%m-%dT%H:%M:%SZ}",
            schedule.timezone,
            SERVICE,
            schedule.rules_version,
            f"{booking_id}@example.com",
            source,
            price_minor=2500,
            currency="USD",
            created_at=MADE_AT,
            updated_at=MADE_AT,
        )
        self._put(booking)
        used = self.usage[TENANT]
        self.usage[TENANT] = replace(used, bookings=used.bookings + (deposit != "DECLINED"))
        if key:
            digest = sha256(key.encode()).hexdigest()[:32]
            self.requests[digest] = RequestRecord(TENANT, digest, booking_id)
        if deposit:
            self._deposit(booking, deposit)
        body = {"idempotencyKey": key, "providerId": provider_id, "datetime": starts_at, "serviceId": SERVICE}
        status_code = 201 if deposit != "DECLINED" else 402
        self._answer("book", booking_id if answered else key, body, status_code, booking_id, answered=answered)

    def repeat(self, index: int = -1, **changes: Any) -> None:
        """Ask again what was asked before; by default the last operation."""
        former = self.operations[index]
        self.clock_s += 1
        again = replace(
            former,
            index=len(self.operations),
            invoked_at_s=float(self.clock_s),
            completed_at_s=self.clock_s + 0.5,
            **changes,
        )
        self.operations.append(again)

    def read(self, booking_id: str, status: str = "") -> None:
        document = self.document(booking_id)
        self.operate("read_booking", booking_id, {}, OK, 200, {**document, "status": status or document["status"]})

    def cancel(self, booking_id: str) -> None:
        booking = self.bookings[booking_id]
        self._free(booking)
        given_back = {"PAID": "REFUNDED"}.get(booking.deposit_status, booking.deposit_status)
        self.bookings[booking_id] = replace(booking, status="CANCELLED", deposit_status=given_back)
        if given_back == "REFUNDED":
            self._move("refund", booking)
            self.sagas[f"cancel-{booking_id}"] = SagaRecord("cancellation", f"cancel-{booking_id}", "SUCCEEDED")
        self._answer("cancel", booking_id, {}, 200, booking_id)

    def reschedule(self, booking_id: str, starts_at: str) -> None:
        booking = self.bookings[booking_id]
        self._free(booking)
        lasts = datetime.fromisoformat(booking.ends_at) - datetime.fromisoformat(booking.starts_at)
        ends_at = f"{datetime.fromisoformat(starts_at) + lasts:%Y-%m-%dT%H:%M:%SZ}"
        rules_version = self.schedules[booking.provider_id].rules_version
        moved = replace(booking, starts_at=starts_at, ends_at=ends_at, rules_version=rules_version, version=2)
        self._put(moved)
        self._answer("reschedule", booking_id, {"datetime": starts_at}, 200, booking_id)

    def no_show(self, booking_id: str) -> None:
        self.bookings[booking_id] = replace(self.bookings[booking_id], status="NO_SHOW")
        self._answer("no_show", booking_id, {}, 200, booking_id)

    def say(
        self, conversation_id: str, text: str, *, lost: bool = False, gone: bool = False, odd: bool = False
    ) -> None:
        """Say something; `lost`: nobody knows whether it was taken, and it was; `gone`: the conversation expired.

        `odd`: it was not understood.
        """
        before = self.conversations.pop(conversation_id, ConversationRecord(TENANT, conversation_id, "SERVICE_PENDING"))
        if not gone:
            self.conversations[conversation_id] = replace(
                before, turn=before.turn + 1, not_understood=before.not_understood + odd
            )
        used = self.usage[TENANT]
        self.usage[TENANT] = replace(used, messages=used.messages + 1, errors=used.errors + odd)
        body = {"messageId": f"m-{len(self.operations)}", "text": text}
        self.operate("say", conversation_id, body, INFO if lost else OK, None if lost else 200)

    def item(self, table: str, *places: str, **item: Any) -> None:
        """Keep an item of a table, as it is found in the table and in these indexes."""
        for place in ("table", *places):
            self.items.append(ItemRecord(table, place, {"tenantId": TENANT, **item}))

    def operate(
        self,
        action: str,
        subject: str,
        value: Mapping[str, Any],
        outcome: Outcome,
        status_code: int | None,
        result: Mapping[str, Any] | None = None,
    ) -> None:
        self.clock_s += 1
        operation = Operation(
            len(self.operations),
            0,
            action,
            subject,
            float(self.clock_s),
            {"tenantId": TENANT, **value},
            completed_at_s=self.clock_s + 0.5,
            outcome=outcome,
            status_code=status_code,
            result=dict(result or {}),
        )
        self.operations.append(operation)

    def document(self, booking_id: str) -> dict[str, Any]:
        booking = self.bookings[booking_id]
        return {
            "bookingId": booking_id,
            "serviceId": booking.service_id,
            "providerId": booking.provider_id,
            "customerEmail": booking.customer_email,
            "datetime": booking.starts_at,
            "status": booking.status,
        }

    def _answer(
        self, action: str, subject: str, body: Mapping[str, Any], code: int, booking_id: str, *, answered: bool = True
    ) -> None:
        if not answered:
            self.operate(action, subject, body, INFO, None)
        elif code < 300:
            self.operate(action, subject, body, OK, code, self.document(booking_id))
        else:
            self.operate(action, subject, body, FAIL, code, {"error": {"code": "deposit_declined"}})

    def _put(self, booking: BookingRecord) -> None:
        self.bookings[booking.booking_id] = booking
        for cell in cells(booking):
            claim = ClaimRecord(TENANT, booking.provider_id, cell, booking.booking_id)
            self.claims[booking.provider_id, cell] = claim

    def _free(self, booking: BookingRecord) -> None:
        for cell in cells(booking):
            del self.claims[booking.provider_id, cell]

    def _deposit(self, booking: BookingRecord, status: str) -> None:
        booking_id = booking.booking_id
        self.sagas[booking_id] = SagaRecord("deposit", booking_id, "SUCCEEDED" if status == "PAID" else "FAILED")
        taken = replace(booking, deposit_minor=DEPOSIT_MINOR, deposit_status=status)
        if status == "PAID":
            self._move("charge", taken)
        else:
            self._free(booking)
            taken = replace(taken, status="CANCELLED")
        self.bookings[booking_id] = taken
        self.payments[booking_id] = PaymentRecord(
            f"dep-{booking_id}", "alice", DEPOSIT_MINOR, "USD", "COMPLETED" if status == "PAID" else "FAILED"
        )

    def _move(self, kind: str, booking: BookingRecord) -> None:
        reference = f"dep-{booking.booking_id}"
        entry_id = f"{kind}-{booking.booking_id}"
        number = len(self.ledger)
        self.ledger.append(LedgerEntry(number, entry_id, kind, "succeeded", DEPOSIT_MINOR, "USD", reference))

    def _bump(self, provider_id: str) -> None:
        before = self.schedules[provider_id]
        self.schedules[provider_id] = replace(
            before, rules_version=before.rules_version + 1, version=before.version + 1
        )


def whole_story() -> Story:
    """Return a story with something of everything, in Santiago (21 November 2026 is a Saturday; summer time, -03)."""
    story = Story()
    story.provider("ana", "America/Santiago", MON="09:00-13:00 15:00-19:00", TUE="20:00-24:00")
    story.provider("luz", "Europe/Madrid", SUN="00:00-24:00")
    story.close("x-1", "ana", "2026-11-24", "22:00-23:00")
    story.book("b-1", "ana", "2026-11-23T12:00:00Z", key="k-1")
    story.repeat()
    story.book("b-2", "ana", "2026-11-23T12:30:00Z", minutes=60, key="k-2", answered=False)
    story.repeat(outcome=OK, status_code=201, result=story.document("b-2"))
    story.book("b-3", "ana", "2026-11-25T02:30:00Z")  # Tuesday 23:30 to 24:00
    story.cancel("b-3")
    story.book("b-4", "luz", "2027-03-28T00:30:00Z", minutes=60, key="k-4", deposit="PAID")  # 01:30 to 03:30, one hour
    story.book("b-5", "luz", "2027-03-28T05:00:00Z", key="k-5", deposit="DECLINED")
    story.book("b-6", "luz", "2027-03-28T06:00:00Z", key="k-6", deposit="PAID")
    story.cancel("b-6")
    story.book("b-7", "ana", "2026-11-23T20:00:00Z", source="chat")
    story.reschedule("b-7", "2026-11-23T21:00:00Z")
    story.book("b-8", "ana", "2026-11-24T23:00:00Z")  # Tuesday 20:00, noon of the day of the exception
    story.no_show("b-8")
    story.read("b-1")
    story.say("c-1", "hola")
    story.say("c-1", "corte", lost=True)
    story.say("c-1", "???", odd=True)
    story.say("c-2", "hello", gone=True)
    _items(story)
    return story


def _items(story: Story) -> None:
    pk = f"TENANT#{TENANT}"
    service = {"PK": pk, "SK": "SERVICE#cut", "serviceId": "cut", "name": "Corte  Mañana"}
    story.item("Services", "GSI1", **service, GSI1PK=pk, GSI1SK="NAME#corte-manana")
    story.item("Categories", categoryId="hair", name="Hair")
    copied = {"providerId": "ana", "name": "Ana", "timezone": "America/Santiago", "active": True}
    story.item("Providers", PK=pk, SK="PROVIDER#ana", serviceIds=["cut"], **copied)
    link = {"PK": pk, "SK": "PROVIDER#ana#SERVICE#cut", "serviceId": "cut", **copied}
    story.item("Providers", "GSI1", **link, GSI1PK=f"{pk}#SERVICE#cut", GSI1SK="PROVIDER#ana")
    own = f"{pk}#PROVIDER#ana"
    story.item("Availability", PK=own, SK="RULE#r-1", providerId="ana", ruleId="r-1")
    story.item("Availability", PK=own, SK="SCHEDULE", providerId="ana")
    story.item("Exceptions", PK=own, SK="EXCEPTION#2026-11-24#001", providerId="ana")
    local = datetime.fromisoformat("2026-11-23T12:00:00Z").astimezone(ZoneInfo("America/Santiago"))
    booking = {"providerId": "ana", "bookingId": "b-1", "datetime": "2026-11-23T12:00:00Z"}
    story.item(
        "Bookings",
        *("GSI1", "GSI2"),
        **booking,
        timezone="America/Santiago",
        PK=own,
        SK=f"BOOKING#2026-11-23#{local:%H:%M}#b-1",
        GSI1PK=f"{pk}#DATE#2026-11-23",
        GSI1SK="BOOKING#09:00#b-1",
        GSI2PK="BOOKING#b-1",
    )
    story.item("Bookings", PK=own, SK="CLAIM#2026-11-23T12:00", bookingId="b-1")
    story.item("Bookings", PK=f"{pk}#REQUEST#abc", SK="REQUEST", bookingId="b-1")
    chat = {"PK": pk, "SK": "CONV#c-1", "conversationId": "c-1", "lastMessageAt": MADE_AT}
    story.item("Conversations", "GSI1", **chat, GSI1PK=f"{pk}#CONV", GSI1SK=MADE_AT)
    story.item("Tenants", PK=pk, SK="META#TENANT")
    key = {"PK": pk, "SK": "APIKEY#k-1", "apiKeyId": "k-1", "publicKey": "bk_abcdefgh"}
    story.item("ApiKeys", "GSI1", **key, GSI1PK="APIKEY#bk_abcdefgh", GSI1SK="k-1")
    story.item("Usage", PK=pk, SK=f"USAGE#{MONTH}", bookings=7)
