"""Exhaustively: whatever single thing about the final reads is changed, dropped or doubled, some checker objects.

The breaks in `breaks.py` show what each checker must see; this shows that together they leave no gap for money.
"""

from collections.abc import Iterator
from dataclasses import fields, replace
from typing import Any

from harness.checkers import CHECKERS, VALID
from harness.history import FinalReads, History
from tests.checkers.story import whole_story

WHOLE = whole_story().history()
# What tells of no money and no status: names, instants, and who wrote it.
TELLS_NOTHING = {
    "payments": {"created_at", "updated_at", "merchant", "failure_code", "execution_arn"},
    "wallets": set[str](),
    "events": {"event_id", "at", "source", "payment_id", "event_type"},
    "ledger": {"sequence", "entry_id", "customer", "merchant", "charge", "idempotency_key", "created_at"},
}
DATA_TELLS_NOTHING = {"payment_id", "merchant", "refund_id"}


def changed_values(value: Any) -> Iterator[Any]:
    if isinstance(value, bool) or value is None:
        return
    if isinstance(value, int):
        yield from (value + 1, value - 1)
    elif isinstance(value, str):
        yield "changed"


def changed_records(kind: str, record: Any) -> Iterator[tuple[str, Any]]:
    for field in fields(record):
        if field.name in TELLS_NOTHING[kind]:
            continue
        value = getattr(record, field.name)
        if field.name == "data":
            for name in value.keys() - DATA_TELLS_NOTHING:
                for other in changed_values(value[name]):
                    yield f"{name} {value[name]!r} → {other!r}", replace(record, data={**value, name: other})
        for other in changed_values(value):
            yield f"{field.name} {value!r} → {other!r}", replace(record, **{field.name: other})


def changed_finals(kind: str) -> Iterator[tuple[str, FinalReads]]:
    records = getattr(WHOLE.finals, kind)
    for position, record in enumerate(records):
        before, after = records[:position], records[position + 1 :]
        name = f"{kind} {position} {record}"
        # The gateway's refusals move nothing, so nothing has to be said of them.
        if kind == "ledger" and not record.succeeded:
            continue
        yield f"{name} dropped", replace(WHOLE.finals, **{kind: before + after})
        if kind in ("events", "ledger"):
            yield f"{name} doubled", replace(WHOLE.finals, **{kind: (*records, record)})
        for what, other in changed_records(kind, record):
            yield f"{name} {what}", replace(WHOLE.finals, **{kind: (*before, other, *after)})


def unseen(history: History) -> bool:
    return all(one(history).validity == VALID for one in CHECKERS)


def test_every_single_change_is_seen_by_some_checker() -> None:
    changes = [change for kind in TELLS_NOTHING for change in changed_finals(kind)]

    missed = [name for name, finals in changes if unseen(replace(WHOLE, finals=finals))]

    assert missed == []
    assert len(changes) > 200
