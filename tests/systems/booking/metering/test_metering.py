"""The meter: what a turn used is counted once, whatever the stream does with its records."""

import random
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from itertools import pairwise
from typing import Any

import pytest
from booking.adapters.conversation_items import conversation_item
from booking.adapters.metered_usage import USES_MAX
from booking.adapters.rows import Rows
from booking.domain.chat.conversation import Conversation
from booking.domain.errors import StoreUnavailable
from booking.domain.metering import Bill, Tally, Use, bills, use_between
from booking.handlers.usage_meter import Dependencies, handle
from groundwork.attributes import item_of
from groundwork.deadline import Deadline
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.systems.booking.chat.tables import NAMES, Cloud, cloud
from tests.systems.booking.chat.worlds import TENANT, Chat, World, chat_at

NOW = datetime(2026, 11, 30, 23, 59, 59, tzinfo=UTC)


@pytest.fixture
def business() -> Iterator[Cloud]:
    with cloud() as made:
        yield made


@dataclass
class MemoryUsage:
    """Counters that keep the port's promise; `busy` are the tenants whose counters can't be written now."""

    seen: set[tuple[str, str]] = field(default_factory=set)
    counted: dict[tuple[str, str], list[int]] = field(default_factory=dict)
    busy: set[str] = field(default_factory=set)

    def record(self, bill: Bill, deadline: Deadline) -> int:
        if bill.tenant_id in self.busy:
            raise StoreUnavailable("busy")
        new = [use for use in bill.uses if (bill.tenant_id, use.event_id) not in self.seen]
        self.seen |= {(bill.tenant_id, use.event_id) for use in new}
        month = self.counted.setdefault((bill.tenant_id, bill.month), [0, 0, 0])
        for use in new:
            for place, amount in enumerate((use.messages, use.ai_tokens, use.errors)):
                month[place] += amount
        return len(new)


def record(sequence: int, before: Conversation | None, after: Conversation | None) -> dict[str, Any]:
    """Return a stream's record of a write."""
    kind = "INSERT" if before is None else "REMOVE" if after is None else "MODIFY"
    images: dict[str, Any] = {"SequenceNumber": str(sequence)}
    images |= {"OldImage": item_of(conversation_item(before))} if before else {}
    images |= {"NewImage": item_of(conversation_item(after))} if after else {}
    return {"eventID": f"e{sequence}", "eventName": kind, "dynamodb": images}


def written(chat: Chat, *texts: str) -> list[dict[str, Any]]:
    """Say texts; returns the records of all writes that they made, with the conversation's beginning and end."""
    versions: list[Conversation | None] = [None, chat.stands_at()]
    save = chat.world.save

    def saved(before: Conversation, after: Conversation) -> None:
        save(before, after)
        versions.append(after)

    chat.world.save = saved  # type: ignore[method-assign]
    chat.says(*texts)
    versions.append(None)
    return [record(number, *pair) for number, pair in enumerate(pairwise(versions), 1)]


def meter(usage: Any, records: Sequence[Mapping[str, Any]]) -> list[str]:
    """Hand a batch to the function; returns what failed."""
    answer = handle({"Records": records}, Dependencies(usage), Deadline.after(5))
    return [one["itemIdentifier"] for one in answer["batchItemFailures"]]


def test_each_message_counts_when_a_walk_is_metered():
    chat = World().chat()
    records = written(chat, "corte de pelo", "???", "jose", "lunes", "15:30", "Ana, ana@example.com", "sí", "gracias")
    usage = MemoryUsage()
    assert meter(usage, records) == []
    # Ten writes: a beginning, eight turns of which one marked a booking as begun, and a deletion.
    assert len(records) == 11
    assert usage.counted == {(TENANT, "2026-11"): [8, 0, 1]}


def test_nothing_counts_when_a_conversation_begins_is_imported_or_expires():
    kept = chat_at("DATE_PENDING").stands_at()
    usage = MemoryUsage()
    assert meter(usage, [record(1, None, kept), record(2, kept, None), record(3, kept, kept)]) == []
    assert usage.counted == {}


@settings(max_examples=40, deadline=None)
@given(st.integers(), st.integers(1, 5))
def test_counters_are_exact_when_records_repeat_overlap_and_fail_in_part(seed: int, size: int):
    world, chance = World(), random.Random(seed)  # noqa: S311 - no secret
    records = [one for _ in range(3) for one in written(world.chat(), "hola", "corte de pelo", "jose", "más")]
    usage, position = MemoryUsage(), 0
    while position < len(records):
        usage.busy = {TENANT} if chance.random() < 0.3 else set()
        batch = records[max(0, position - chance.randrange(3)) : position + size]
        batch = [{**one, "dynamodb": {**one["dynamodb"], "SequenceNumber": str(n)}} for n, one in enumerate(batch)]
        if not meter(usage, batch):
            position += size
    assert usage.counted == {(TENANT, "2026-11"): [12, 0, 3]}


def test_only_the_busy_tenants_records_come_again_when_one_can_not_be_counted():
    mine, other = chat_at("PROVIDER_PENDING"), chat_at("PROVIDER_PENDING")
    before, after = mine.stands_at(), None
    mine.says("jose")
    after = mine.stands_at()
    foreign = [replace(one, tenant_id="t-2") for one in (other.stands_at(), replace(other.stands_at(), turn=2))]
    usage = MemoryUsage(busy={"t-2"})
    assert meter(usage, [record(7, *foreign), record(8, before, after)]) == ["7"]
    assert usage.counted == {(TENANT, "2026-11"): [1, 0, 0]}
    usage.busy = set()
    assert meter(usage, [record(7, *foreign), record(8, before, after)]) == []
    assert usage.counted == {(TENANT, "2026-11"): [1, 0, 0], ("t-2", "2026-11"): [1, 0, 0]}


def test_record_comes_again_when_it_can_not_be_read():
    good = written(World().chat(), "hola")
    broken = {"eventName": "MODIFY", "dynamodb": {"SequenceNumber": "9", "OldImage": {}, "NewImage": {}}}
    usage = MemoryUsage()
    assert meter(usage, [broken, *good]) == ["9"]
    assert usage.counted == {(TENANT, "2026-11"): [1, 0, 1]}


def test_month_is_the_turns_in_utc_when_it_ends():
    def tally(turn: int, at: datetime) -> Tally:
        return Tally(TENANT, "conv_1", turn, 0, 7 * turn, at, "PRO")

    last = use_between(tally(1, NOW), tally(2, NOW))
    first = use_between(tally(2, NOW), tally(3, NOW.replace(month=12, day=1, hour=0)))
    assert last is not None
    assert first is not None
    assert (last.month, first.month, last.ai_tokens) == ("2026-11", "2026-12", 7)
    assert [bill.month for bill in bills([last, first], 10)] == ["2026-11", "2026-12"]


def uses(count: int, tenant_id: str = TENANT) -> list[Use]:
    return [Use(tenant_id, f"conv_1#{turn}", "2026-11", "PRO", 1, 0, turn % 2) for turn in range(count)]


def test_bill_holds_a_use_once_and_no_more_than_fit_when_many_come():
    made = bills([*uses(30), *uses(30)], 25)
    assert [len(bill.uses) for bill in made] == [25, 5]


def test_table_counts_each_use_once_when_bills_overlap(business):
    for few in (uses(3), uses(10), uses(10), uses(USES_MAX)):
        for bill in bills(few, USES_MAX):
            business.usage.record(bill, Deadline.after(5))
    counted = business.counted()
    assert (counted["messages"], counted["errors"], counted["tokensIA"], counted["plan"]) == (25, 12, 0, "PRO")
    markers = business.items(NAMES.usage, "Metered")
    assert len(markers) == 25
    assert {marker["tenantId"] for marker in markers} == {TENANT}
    assert all(marker["ttl"] > business.clock.now.timestamp() + 29 * 86_400 for marker in markers)


def test_bookings_stay_as_they_are_when_messages_are_counted(business):
    (bill,) = bills(uses(2), USES_MAX)
    business.put(NAMES.usage, {"PK": f"TENANT#{TENANT}", "SK": "USAGE#2026-11", "bookings": 4, "entity": "Usage"})
    business.usage.record(bill, Deadline.after(5))
    assert (business.counted()["bookings"], business.counted()["messages"]) == (4, 2)


def test_use_counts_once_when_the_answer_to_counting_it_was_lost(business):
    (bill,) = bills(uses(2), USES_MAX)
    client = business.client

    class LosesAnswers:
        """DynamoDB whose first answer to a transaction never arrives."""

        lost = False

        def transact_write_items(self, **request: Any) -> Any:
            answer = client.transact_write_items(**request)
            if not self.lost:
                self.lost = True
                raise ConnectionResetError
            return answer

    losing = replace(business.usage, rows_of=lambda _: Rows(LosesAnswers()))
    with pytest.raises(ConnectionResetError):
        losing.record(bill, Deadline.after(1))
    assert losing.record(bill, Deadline.after(1)) == 0
    assert business.counted()["messages"] == 2
