"""INV-12: what a tenant is billed for is what happened: no booking and no message more, and none less.

A booking whose deposit could not be had has come to nothing and is not billed; one that is cancelled later is.
"""

from collections.abc import Iterator
from dataclasses import dataclass

from harness.checkers.checker import checker
from harness.checkers.verdict import Counterexample
from harness.history import INFO, OK, History

CAME_TO_NOTHING = frozenset({"DECLINED", "RELEASED"})


@dataclass(frozen=True, slots=True)
class Turns:
    """Messages that clients sent to one conversation: those that were surely taken, and those that nobody knows of."""

    sure: frozenset[str]
    unsure: frozenset[str]


@checker(
    "INV-12", reads=("usage", "bookings", "conversations"), actions=("book", "say", "sign_up", "start_conversation")
)
def usage_equals_what_happened(history: History) -> Iterator[Counterexample]:
    """A tenant's counters equal its bookings by the month in which they were made, and the turns that were taken."""
    yield from _bookings(history)
    turns = _turns(history)
    yield from _kept_turns(history, turns)
    for tenant_id in sorted(_tenants(history)):
        yield from _messages(history, tenant_id, turns)


def _tenants(history: History) -> set[str]:
    reads = (history.finals.usage, history.finals.bookings, history.finals.conversations)
    return {record.tenant_id for several in reads for record in several or ()}


def _bookings(history: History) -> Iterator[Counterexample]:
    made: dict[tuple[str, str], list[str]] = {}
    for booking in history.finals.bookings or ():
        if booking.deposit_status in CAME_TO_NOTHING:
            continue
        made.setdefault((booking.tenant_id, booking.created_at[:7]), []).append(booking.booking_id)
    counted = {(one.tenant_id, one.month): one.bookings for one in history.finals.usage or ()}
    for tenant_id, month in sorted(made.keys() | counted.keys()):
        ids, count = made.get((tenant_id, month), []), counted.get((tenant_id, month), 0)
        if count != len(ids):
            what = f"is billed for {count} bookings in {month}, expected {len(ids)}"
            yield Counterexample(f"tenant {tenant_id}", what, {"bookings": "\n".join(sorted(ids)) or "none"})


def _turns(history: History) -> dict[tuple[str, str], Turns]:
    sent: dict[tuple[str, str], tuple[set[str], set[str]]] = {}
    for operation in history.of("say"):
        sure, unsure = sent.setdefault((str(operation.value["tenantId"]), operation.subject), (set(), set()))
        chosen = {OK: sure, INFO: unsure}.get(operation.outcome)
        if chosen is not None:
            chosen.add(str(operation.value["messageId"]))
    return {key: Turns(frozenset(sure), frozenset(unsure - sure)) for key, (sure, unsure) in sent.items()}


def _kept_turns(history: History, turns: dict[tuple[str, str], Turns]) -> Iterator[Counterexample]:
    for one in history.finals.conversations or ():
        sent = turns.get((one.tenant_id, one.conversation_id), Turns(frozenset(), frozenset()))
        least, most = len(sent.sure), len(sent.sure) + len(sent.unsure)
        if not least <= one.turn <= most:
            what = f"has taken {one.turn} messages, expected {_between(least, most)} by those who wrote them"
            yield Counterexample(f"conversation {one.conversation_id}", what)


def _messages(history: History, tenant_id: str, turns: dict[tuple[str, str], Turns]) -> Iterator[Counterexample]:
    kept = [one for one in history.finals.conversations or () if one.tenant_id == tenant_id]
    ids = {one.conversation_id for one in kept}
    # Of a conversation that has expired, clients alone can tell.
    gone = [one for (owner, conversation), one in turns.items() if owner == tenant_id and conversation not in ids]
    months = [one for one in history.finals.usage or () if one.tenant_id == tenant_id]
    sure, unsure = sum(len(one.sure) for one in gone), sum(len(one.unsure) for one in gone)
    taken, odd = sum(one.turn for one in kept), sum(one.not_understood for one in kept)
    yield from _billed(tenant_id, "messages", sum(one.messages for one in months), taken + sure, sure + unsure + taken)
    # What was not understood in a conversation that is gone, nobody knows: none of its messages, or all.
    yield from _billed(tenant_id, "errors", sum(one.errors for one in months), odd, odd + sure + unsure)


def _billed(tenant_id: str, what: str, counted: int, least: int, most: int) -> Iterator[Counterexample]:
    if not least <= counted <= most:
        yield Counterexample(f"tenant {tenant_id}", f"is billed for {counted} {what}, expected {_between(least, most)}")


def _between(least: int, most: int) -> str:
    return str(least) if least == most else f"{least} to {most}"
