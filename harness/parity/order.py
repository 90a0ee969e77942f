"""In which order things happened to one entity: a payment's events, and the way of each execution.

Only what one cause orders is compared: the events of a payment and those of each of its refunds stand apart, and
events of one instant were written by one transaction, so they have no order among them. How often a step was tried
again depends on how fast the target is, so only what made it be tried again is told.
"""

from collections.abc import Iterable, Iterator
from itertools import groupby

from harness.history import EventRecord
from harness.parity.masks import Mask
from harness.parity.sight import Question
from harness.report.kept import ExecutionTrace, StepRecord

ARROW = " → "


def seen_in_events(events: Iterable[EventRecord]) -> Iterator[tuple[Question, str]]:
    """Give the order of the events of every payment, and of every refund."""
    chains: dict[tuple[str, str], list[EventRecord]] = {}
    for event in events:
        if event.payment_id:
            chains.setdefault((event.payment_id, str(event.data.get("refund_id", ""))), []).append(event)
    for (_, refund_id), chain in sorted(chains.items()):
        topic = "events of a refund" if refund_id else "events of a payment"
        yield Question("order", topic), told_chain(chain)


def told_chain(events: Iterable[EventRecord]) -> str:
    """Return events in the order of their instants: `PaymentRequest → WalletDebit → PROCESSING → …`."""
    at: dict[str, list[str]] = {}
    for event in events:
        at.setdefault(event.at, []).append(_told_event(event))
    return ARROW.join(" + ".join(sorted(at[instant])) for instant in sorted(at))


def seen_in_executions(traces: Iterable[ExecutionTrace], mask: Mask) -> Iterator[tuple[Question, str]]:
    """Give the way of every execution through its machine, and how it ended."""
    for trace in traces:
        yield Question("order", f"way of {mask(trace.machine)}"), told_way(trace, mask)


def told_way(trace: ExecutionTrace, mask: Mask) -> str:
    """Return the states in their order, what failed in each, and the end."""
    # A state that loops (waiting, asking again) loops as often as a target is slow.
    steps = [told for told, _ in groupby(_told_step(step, mask) for step in trace.steps)]
    ended = f"{trace.status} {mask(trace.error)}".rstrip()
    return ARROW.join([*steps, ended])


def _told_step(step: StepRecord, mask: Mask) -> str:
    failures = sorted({mask(one) for one in step.failures})
    return f"{step.state} ({', '.join(failures)})" if failures else step.state


def _told_event(event: EventRecord) -> str:
    if event.event_type == "PaymentStatusEvent":
        return str(event.data.get("to", "status"))
    return event.event_type.removesuffix("Event")
