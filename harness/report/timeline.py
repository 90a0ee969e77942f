"""A history as lines of text: who did what when, and what came of it."""

from collections.abc import Mapping
from typing import Any

from harness.history import History, Operation

SAID_MAX = 40  # of a message to the chat
READS = frozenset({"read_payment", "read_booking"})


def timeline(history: History) -> str:
    """Return the operations in order of time, then what was found in the end; ends in a newline."""
    lines = [f"{history.name or 'history'}, seed {history.seed}"]
    lines += [_line(operation) for operation in without_repeated_reads(history)]
    lines += [f"finally  payment {one.payment_id} {one.status}" for one in history.finals.payments or ()]
    lines += [
        f"finally  booking {one.booking_id} {one.status} at {one.starts_at}, deposit {one.deposit_status}"
        for one in history.finals.bookings or ()
    ]
    lines += [f"finally  wallet {one.user_id} {one.balance_minor} minor units" for one in history.finals.wallets or ()]
    lines += [
        f"ledger   {one.kind} {one.status} {one.amount_minor} {one.currency} for {one.reference}"
        for one in history.finals.ledger or ()
    ]
    return "\n".join(lines) + "\n"


def without_repeated_reads(history: History) -> list[Operation]:
    """Leave out the polls between a status and the same status: they tell nothing."""
    shown: list[Operation] = []
    last_seen: dict[str, object] = {}
    for operation in history.operations:
        seen = (operation.status_code, operation.result.get("status"), operation.result.get("depositStatus"))
        if operation.action in READS and last_seen.get(operation.subject) == seen:
            continue
        if operation.action in READS:
            last_seen[operation.subject] = seen
        shown.append(operation)
    return shown


def _line(operation: Operation) -> str:
    took = "…" if operation.completed_at_s is None else f"{operation.completed_at_s - operation.invoked_at_s:.3f} s"
    answer = "no answer" if operation.status_code is None else str(operation.status_code)
    state = operation.result.get("status") or operation.result.get("state") or ""
    words = [_told(operation.value), "→", operation.outcome, answer, str(state)]
    return (
        f"{operation.invoked_at_s:9.3f} s  +{took:<8}  process {operation.process:<3} {operation.action:<13} "
        f"{operation.subject:<28} {' '.join(word for word in words if word)}"
        f"{f' ({operation.error})' if operation.error else ''}"
    )


def _told(value: Mapping[str, Any]) -> str:
    amount = f"{value['amount']} {value.get('currency', '')}".strip() if value.get("amount") else ""
    own = value.get("refund_id") or value.get("credit_id") or ""
    time = value.get("datetime") or value.get("date") or value.get("dayOfWeek") or ""
    said = f"«{str(value['text'])[:SAID_MAX]}»" if value.get("text") else ""
    return " ".join(str(word) for word in (amount, own, time, said) if word)
