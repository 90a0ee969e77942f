"""Every break that a checker of bookings has to report: what is changed in the whole story, and what must be said.

One entry reads: this checker, given this wrong thing, says this.
"""

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

from harness.history import FAIL, OK, ClaimRecord, ItemRecord, LedgerEntry, RequestRecord
from tests.checkers.booking.story import TENANT, Story

Edit = Callable[[Story], object]


@dataclass(frozen=True)
class Break:
    """`checker` by name; `says` is part of the first counterexample."""

    checker: str
    what: str
    edit: Edit
    says: str


def booking(story: Story, booking_id: str, **changes: Any) -> None:
    story.bookings[booking_id] = replace(story.bookings[booking_id], **changes)


def schedule(story: Story, provider_id: str, **changes: Any) -> None:
    story.schedules[provider_id] = replace(story.schedules[provider_id], **changes)


def closure(story: Story, **changes: Any) -> None:
    story.closures["x-1"] = replace(story.closures["x-1"], **changes)


def used(story: Story, **changes: Any) -> None:
    story.usage[TENANT] = replace(story.usage[TENANT], **changes)


def charge(
    story: Story, booking_id: str, kind: str = "charge", amount_minor: int = 1000, currency: str = "USD"
) -> None:
    number, reference = len(story.ledger), f"dep-{booking_id}"
    story.ledger.append(LedgerEntry(number, f"e-{number}", kind, "succeeded", amount_minor, currency, reference))


def unmoved(story: Story, entry_id: str) -> None:
    story.ledger = [entry for entry in story.ledger if entry.entry_id != entry_id]


def claim(story: Story, cell: str, booking_id: str) -> None:
    story.claims["ana", cell] = ClaimRecord(TENANT, "ana", cell, booking_id)


def unclaim(story: Story, cell: str) -> None:
    del story.claims["ana", cell]


def item(story: Story, table: str, place: str, beginning: str, **changes: Any) -> None:
    """Change the attributes of an item, those that are None are taken out."""
    for position, one in enumerate(story.items):
        if (one.table, one.place) == (table, place) and str(one.item.get("SK", "")).startswith(beginning):
            kept = {name: value for name, value in {**one.item, **changes}.items() if value is not None}
            story.items[position] = ItemRecord(table, place, kept)


def dropped(story: Story, table: str, place: str, beginning: str) -> None:
    story.items = [
        one
        for one in story.items
        if (one.table, one.place) != (table, place) or not str(one.item.get("SK", "")).startswith(beginning)
    ]


def doubled(story: Story, table: str, place: str) -> None:
    story.items.append(next(one for one in story.items if (one.table, one.place) == (table, place)))


def everywhere(story: Story, table: str, beginning: str, **changes: Any) -> None:
    for place in ("table", "GSI1", "GSI2"):
        item(story, table, place, beginning, **changes)


def serve_more(story: Story) -> None:
    for position, one in enumerate(story.items):
        if one.item.get("SK") == "PROVIDER#ana":
            story.items[position] = replace(one, item={**one.item, "serviceIds": ["cut", "dye"]})


def operation_of(story: Story, booking_id: str) -> int:
    return next(one.index for one in story.operations if one.action == "book" and one.subject == booking_id)


def repeated(story: Story, **changes: Any) -> None:
    """Ask for b-1 once more, under its key."""
    story.repeat(operation_of(story, "b-1"), **changes)


def answered_with(story: Story, **changes: Any) -> None:
    repeated(story, result={**story.document("b-1"), **changes})


def another_body(story: Story) -> None:
    former = story.operations[operation_of(story, "b-1")]
    repeated(story, value={**former.value, "datetime": "2026-11-23T18:00:00Z"})


def refused(story: Story, code: str) -> None:
    repeated(story, outcome=FAIL, status_code=409, error=code, result={"error": {"code": code}})


def two_at_once(story: Story) -> None:
    """A booking of an hour around one of half an hour that another customer has: neither begins with the other."""
    story.book("b-9", "ana", "2026-11-23T11:30:00Z", minutes=90)


def rules_gone(story: Story) -> None:
    """The provider stopped working on Mondays before b-1 was made, by what its version says."""
    monday = next(rule for rule in story.rules.values() if rule.day_of_week == "MON")
    story.remove_rule(monday.rule_id)
    booking(story, "b-1", rules_version=story.schedules["ana"].rules_version)


def read_back(story: Story) -> None:
    story.read("b-8", "NO_SHOW")
    story.read("b-8", "CONFIRMED")


BREAKS = (
    # INV-9
    Break("no_overlapping_bookings", "lengths differ", two_at_once, "overlap"),
    Break(
        "no_overlapping_bookings",
        "the same time",
        lambda s: booking(s, "b-2", starts_at="2026-11-23T12:00:00Z"),
        "and booking b-1 of provider ana overlap",
    ),
    Break(
        "no_overlapping_bookings",
        "by a minute",
        lambda s: booking(s, "b-1", ends_at="2026-11-23T12:31:00Z"),
        "booking b-2 and booking b-1",
    ),
    Break(
        "no_overlapping_bookings",
        "with one behind the next",
        lambda s: booking(s, "b-1", ends_at="2026-11-23T21:10:00Z"),
        "booking b-2",
    ),
    Break(
        "no_overlapping_bookings",
        "no length",
        lambda s: booking(s, "b-1", ends_at="2026-11-23T12:00:00Z"),
        "ends no later",
    ),
    # INV-10
    Break(
        "bookings_inside_availability",
        "before opening",
        lambda s: s.book("b-9", "ana", "2026-11-23T11:30:00Z", minutes=30),
        "holds Mon 2026-11-23 08:30 -03",
    ),
    Break(
        "bookings_inside_availability",
        "a minute over",
        lambda s: booking(s, "b-8", ends_at="2026-11-25T03:01:00Z"),
        "exception x-1",
    ),
    Break(
        "bookings_inside_availability",
        "over midnight",
        lambda s: booking(s, "b-8", starts_at="2026-11-25T02:30:00Z", ends_at="2026-11-25T03:05:00Z"),
        "holds Wed 2026-11-25 00:00",
    ),
    Break(
        "bookings_inside_availability",
        "over the hour that a clock skips",
        lambda s: s.book("b-9", "luz", "2027-03-28T21:30:00Z", minutes=60),
        "holds Mon 2027-03-29 00:00 CEST",
    ),
    Break("bookings_inside_availability", "closed", lambda s: closure(s, all_day=True), "exception x-1"),
    Break("bookings_inside_availability", "not kept", lambda s: closure(s, ranges=("20:00-20:05",)), "exception x-1"),
    Break("bookings_inside_availability", "of rules that were", rules_gone, "when provider ana does not work"),
    Break("bookings_inside_availability", "of nobody", lambda s: s.schedules.pop("ana"), "has no schedule"),
    # INV-11
    Break(
        "indexes_agree_with_tables",
        "not in the index",
        lambda s: dropped(s, "Bookings", "GSI1", "BOOKING#"),
        "is missing",
    ),
    Break(
        "indexes_agree_with_tables", "not by its id", lambda s: dropped(s, "Bookings", "GSI2", "BOOKING#"), "GSI2 entry"
    ),
    Break(
        "indexes_agree_with_tables",
        "only in the index",
        lambda s: dropped(s, "Services", "table", "SERVICE#"),
        "no such item",
    ),
    Break("indexes_agree_with_tables", "twice in the index", lambda s: doubled(s, "ApiKeys", "GSI1"), "is there twice"),
    Break(
        "indexes_agree_with_tables",
        "another attribute",
        lambda s: item(s, "Bookings", "GSI2", "BOOKING#", status="CANCELLED"),
        "has status 'CANCELLED'",
    ),
    Break(
        "indexes_agree_with_tables",
        "an attribute less",
        lambda s: item(s, "Conversations", "GSI1", "CONV#", conversationId=None),
        "has conversationId None",
    ),
    Break(
        "indexes_agree_with_tables",
        "the day in UTC",
        lambda s: everywhere(s, "Bookings", "BOOKING#", SK="BOOKING#2026-11-23#12:00#b-1"),
        "expected 'BOOKING#2026-11-23#09:00#b-1'",
    ),
    Break(
        "indexes_agree_with_tables",
        "another tenant",
        lambda s: everywhere(s, "Services", "SERVICE#", tenantId="t-2"),
        "carries tenantId 't-2'",
    ),
    Break(
        "indexes_agree_with_tables",
        "no tenant",
        lambda s: everywhere(s, "Tenants", "META#TENANT", tenantId=None),
        "carries tenantId ''",
    ),
    Break(
        "indexes_agree_with_tables",
        "unknown kind",
        lambda s: item(s, "Bookings", "table", "CLAIM#", SK="LOCK#1"),
        "of no kind",
    ),
    Break(
        "indexes_agree_with_tables",
        "can't say its keys",
        lambda s: everywhere(s, "Bookings", "BOOKING#", timezone=None),
        "can't say its keys",
    ),
    Break(
        "indexes_agree_with_tables",
        "in an index it is not for",
        lambda s: item(s, "Availability", "table", "SCHEDULE", GSI1PK="x"),
        "expected in no such index",
    ),
    Break(
        "indexes_agree_with_tables",
        "service without its link",
        serve_more,
        "serves cut, dye and is found for cut",
    ),
    Break(
        "indexes_agree_with_tables",
        "old name in the link",
        lambda s: everywhere(s, "Providers", "PROVIDER#ana#SERVICE#", name="Anna"),
        "has name 'Ana', and 'Anna'",
    ),
    Break(
        "indexes_agree_with_tables",
        "an unknown way",
        lambda s: s.items.append(ItemRecord("Usage", "GSI1", {})),
        "is no way of reading",
    ),
    # INV-12
    Break("usage_equals_what_happened", "a booking too many", lambda s: used(s, bookings=8), "8 bookings in 2026-11"),
    Break("usage_equals_what_happened", "a booking too few", lambda s: used(s, bookings=6), "expected 7"),
    Break(
        "usage_equals_what_happened",
        "a declined one counted",
        lambda s: booking(s, "b-5", deposit_status="PAID"),
        "expected 8",
    ),
    Break("usage_equals_what_happened", "another month", lambda s: used(s, month="2026-10"), "in 2026-10, expected 0"),
    Break("usage_equals_what_happened", "no counter", lambda s: s.usage.clear(), "billed for 0 bookings"),
    Break("usage_equals_what_happened", "metered twice", lambda s: used(s, messages=5), "billed for 5 messages"),
    Break("usage_equals_what_happened", "not metered", lambda s: used(s, messages=3), "expected 4"),
    Break(
        "usage_equals_what_happened",
        "a turn that was lost",
        lambda s: s.conversations.update({"c-1": replace(s.conversations["c-1"], turn=0)}),
        "has taken 0 messages, expected 2 to 3",
    ),
    Break("usage_equals_what_happened", "an error too few", lambda s: used(s, errors=0), "billed for 0 errors"),
    Break("usage_equals_what_happened", "an error too many", lambda s: used(s, errors=3), "expected 1 to 2"),
    # INV-13
    Break("one_charge_per_deposit", "charged twice", lambda s: charge(s, "b-4"), "was charged 2 deposits"),
    Break("one_charge_per_deposit", "never charged", lambda s: unmoved(s, "charge-b-4"), "kept 0.00 USD"),
    Break("one_charge_per_deposit", "not given back", lambda s: unmoved(s, "refund-b-6"), "kept 10.00 USD"),
    Break("one_charge_per_deposit", "given back twice", lambda s: charge(s, "b-6", "refund"), "kept -10.00 USD"),
    Break("one_charge_per_deposit", "declined and kept", lambda s: charge(s, "b-5"), "expected 0.00 USD"),
    Break("one_charge_per_deposit", "nothing was due", lambda s: charge(s, "b-1"), "is CONFIRMED and the gateway kept"),
    Break("one_charge_per_deposit", "of nobody", lambda s: charge(s, "b-99"), "belongs to no booking"),
    Break("one_charge_per_deposit", "in euros", lambda s: charge(s, "b-4", "refund", 0, "EUR"), "another currency"),
    Break(
        "one_charge_per_deposit",
        "confirmed unpaid",
        lambda s: booking(s, "b-4", deposit_status="RELEASED"),
        "CONFIRMED and its deposit RELEASED",
    ),
    Break(
        "one_charge_per_deposit",
        "cancelled and paid",
        lambda s: booking(s, "b-6", deposit_status="PAID"),
        "CANCELLED and",
    ),
    Break(
        "one_charge_per_deposit",
        "paid for nothing",
        lambda s: booking(s, "b-1", deposit_status="PAID"),
        "expected NONE",
    ),
    # INV-14
    Break("no_stuck_booking", "still held", lambda s: booking(s, "b-4", status="PENDING_DEPOSIT"), "PENDING_DEPOSIT"),
    Break(
        "no_stuck_booking",
        "deposit under way",
        lambda s: booking(s, "b-6", deposit_status="REFUND_PENDING"),
        "deposit still REFUND_PENDING",
    ),
    Break(
        "no_stuck_booking", "claim gone", lambda s: unclaim(s, "2026-11-23T12:05"), "2026-11-23T12:05 is held by nobody"
    ),
    Break("no_stuck_booking", "claim of another", lambda s: claim(s, "2026-11-23T12:05", "b-2"), "held by booking b-2"),
    Break("no_stuck_booking", "claim left", lambda s: claim(s, "2026-11-25T02:30", "b-3"), "does not cover it live"),
    Break(
        "no_stuck_booking", "claim of nobody", lambda s: claim(s, "2026-11-25T02:30", "b-99"), "held for booking b-99"
    ),
    Break("no_stuck_booking", "claim beside", lambda s: claim(s, "2026-11-23T13:30", "b-2"), "does not cover it live"),
    Break("no_stuck_booking", "exception half made", lambda s: closure(s, status="PENDING"), "is still PENDING"),
    Break(
        "no_stuck_booking",
        "execution runs",
        lambda s: s.sagas.update({"b-4": replace(s.sagas["b-4"], status="RUNNING")}),
        "deposit b-4 is still RUNNING",
    ),
    Break(
        "no_stuck_booking",
        "request without a booking",
        lambda s: s.requests.update({"x": RequestRecord(TENANT, "x", "b-99")}),
        "led to booking b-99, which is gone",
    ),
    # INV-16
    Break(
        "one_booking_per_request", "another booking", lambda s: answered_with(s, bookingId="b-9"), "another bookingId"
    ),
    Break(
        "one_booking_per_request", "another service", lambda s: answered_with(s, serviceId="dye"), "another serviceId"
    ),
    Break("one_booking_per_request", "another body accepted", another_body, "two different requests"),
    Break("one_booking_per_request", "taken back", lambda s: refused(s, "slot_taken"), "accepted and then refused"),
    Break(
        "one_booking_per_request",
        "in conflict with itself",
        lambda s: refused(s, "idempotency_conflict"),
        "then refused",
    ),
    Break("one_booking_per_request", "not kept", lambda s: s.requests.clear(), "would book again"),
    Break(
        "one_booking_per_request",
        "kept with another",
        lambda s: s.requests.update({key: replace(one, booking_id="b-2") for key, one in s.requests.items()}),
        "is kept 0 times",
    ),
    # INV-17
    Break("bookings_only_advance", "gone", lambda s: s.bookings.pop("b-1"), "gone in the end"),
    Break("bookings_only_advance", "taken back", lambda s: booking(s, "b-6", status="CONFIRMED"), "was CANCELLED at"),
    Break(
        "bookings_only_advance",
        "back in reads",
        read_back,
        "CONFIRMED at",
    ),
    Break(
        "bookings_only_advance",
        "back in a list",
        lambda s: s.operate("list_bookings", "", {}, OK, 200, {"items": [{"bookingId": "b-6", "status": "CONFIRMED"}]}),
        "was CANCELLED at",
    ),
)
