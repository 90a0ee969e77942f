"""What was there in the end: the final reads, one line a record, without what is another in every run.

Claims, rules, requests and items of tables are told by how many there are of which kind. Leaves out items that tell of
time alone (counters of one minute), because a slower run has more of them, and the events of payments, which are told
in their order.
"""

from collections.abc import Iterator, Mapping
from dataclasses import fields
from typing import Any

from harness.history import EventRecord, FinalReads, ItemRecord
from harness.parity.answers import shape_of
from harness.parity.masks import Mask
from harness.parity.sight import Question

# Which fields of each kind of record say what was done, in the order in which they are told.
_FIELDS: Mapping[str, tuple[str, ...]] = {
    "payments": ("status", "amount_minor", "currency", "refunded_minor", "failure_code"),
    "wallets": ("balance_minor", "currency"),
    "events": ("event_type",),
    "ledger": ("kind", "status", "amount_minor", "currency"),
    "executions": ("status", "error"),
    "bookings": ("status", "deposit_status", "cancel_reason", "price_minor", "deposit_minor", "currency", "source"),
    "claims": (),
    "rules": ("day_of_week", "ranges"),
    "schedules": ("timezone", "rules_version", "active"),
    "closures": ("status", "all_day", "ranges"),
    "requests": (),
    "usage": ("messages", "bookings", "tokens", "errors", "plan"),
    "conversations": ("state", "turn", "not_understood"),
    "sagas": ("machine", "status", "error"),
}
# What says by itself what it is.
_SPEAKING = frozenset(
    {"status", "currency", "event_type", "kind", "machine", "state", "error", "day_of_week", "timezone"}
)
_EMPTY: tuple[object, ...] = ("", None, (), 0, "NONE")
_OF_TIME = frozenset({"Rate"})


def seen_in_the_end(finals: FinalReads, mask: Mask) -> Iterator[tuple[Question, str]]:
    """Give every record of the final reads in a few words."""
    for field in fields(finals):
        for record in getattr(finals, field.name) or ():
            if isinstance(record, ItemRecord):
                yield from _of_item(record)
            elif not (isinstance(record, EventRecord) and record.payment_id):
                yield Question("effect", field.name), told_record(field.name, record, mask)


def told_record(kind: str, record: Any, mask: Mask) -> str:
    """Return a record in a few words: `COMPLETED amount_minor=4000 USD`; but for the first, empty fields are left out.

    A kind that is not listed is one of a later version: it is told by how many there are.
    """
    shown = []
    for number, name in enumerate(_FIELDS.get(kind, ())):
        value = getattr(record, name)
        if number == 0 or value not in _EMPTY:
            text = mask("+".join(value) if isinstance(value, tuple) else str(value))
            shown.append(text if name in _SPEAKING else f"{name}={text}")
    return " ".join(shown) or kind.removesuffix("s")


def _of_item(record: ItemRecord) -> Iterator[tuple[Question, str]]:
    entity = str(record.item.get("entity") or "item")
    if entity in _OF_TIME:
        return
    place = record.table if record.place == "table" else f"{record.table} by {record.place}"
    yield Question("effect", f"items of {place}"), entity
    # Types of attributes: what one engine keeps as a number another must not give back as a text.
    question = Question("shape", f"{entity} in {place}")
    yield from ((question, attribute) for attribute in shape_of(record.item))
