"""Whether what was loaded could have come about by the system's own rules: the scenarios' checkers, asked of it.

Only checkers that judge what there is, not what somebody did: no operation made these bookings.
"""

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from harness.checkers.booking import (
    bookings_inside_availability,
    indexes_agree_with_tables,
    no_overlapping_bookings,
    no_stuck_booking,
)
from harness.checkers.checker import Undecided
from harness.clients.booking import items as read
from harness.clients.booking.tables import NAMES, Places, Tables
from harness.history import FinalReads, History, ItemRecord
from harness.history.booking import TABLE

CHECKERS = (no_overlapping_bookings, bookings_inside_availability, indexes_agree_with_tables, no_stuck_booking)


def judged(client: Any, tables: Mapping[str, str], tenant_ids: Iterable[str]) -> tuple[list[str], list[str]]:
    """Return the invariants that were asked of these tenants, and in words what breaks them.

    `client` is a boto3 client of DynamoDB, `tables` the physical names by output.
    """
    names = {name: tables[f"{name}Table"] for name in NAMES}
    history = History((), _finals(Tables(client, names).items(tenant_ids, Places())))
    return [one.invariant for one in CHECKERS], [words for one in CHECKERS for words in _broken(one, history)]


def _broken(checker: Any, history: History) -> Iterator[str]:
    try:
        for found in checker.find(history):
            yield f"{checker.invariant} {checker.name}: {found}"
    except Undecided as undecided:
        yield f"{checker.invariant} {checker.name} could not be decided: {undecided}"


def _finals(items: tuple[ItemRecord, ...]) -> FinalReads:
    def of(table: str, prefix: str, build: Any) -> tuple[Any, ...]:
        mine = (one.item for one in items if (one.table, one.place) == (table, TABLE))
        return tuple(build(item) for item in mine if str(item["SK"]).startswith(prefix))

    return FinalReads(
        bookings=of("Bookings", "BOOKING#", read.booking_of),
        claims=of("Bookings", "CLAIM#", read.claim_of),
        rules=of("Availability", "RULE#", read.rule_of),
        schedules=of("Availability", "SCHEDULE", read.schedule_of),
        closures=of("Exceptions", "EXCEPTION#", read.closure_of),
        requests=(),
        usage=of("Usage", "USAGE#", read.usage_of),
        conversations=of("Conversations", "CONV#", read.conversation_of),
        sagas=(),
        payments=(),
        ledger=(),
        items=items,
    )
