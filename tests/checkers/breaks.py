"""Every break that a checker has to report: what is changed in the whole story, and the words that must come back.

One entry reads: this checker, given this wrong thing, says this. A checker whose entry is deleted is found out by
`test_every_checker_rejects`.
"""

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

from harness.history import OK
from tests.checkers.story import Story

Edit = Callable[[Story], None]


@dataclass(frozen=True)
class Break:
    """`checker` by name; `says` is part of the first counterexample."""

    checker: str
    what: str
    edit: Edit
    says: str


def payment(story: Story, payment_id: str, **changes: Any) -> None:
    story.payments[payment_id] = replace(story.payments[payment_id], **changes)


def wallet(story: Story, user: str, **changes: Any) -> None:
    story.wallets[user] = replace(story.wallets[user], **changes)


def event_at(story: Story, event_id: str) -> int:
    return next(number for number, event in enumerate(story.events) if event.event_id == event_id)


def drop_event(story: Story, event_id: str) -> None:
    del story.events[event_at(story, event_id)]


def change_event(story: Story, event_id: str, **data: Any) -> None:
    position = event_at(story, event_id)
    event = story.events[position]
    story.events[position] = replace(event, data={**event.data, **data})


def copy_event(story: Story, event_id: str, **data: Any) -> None:
    event = story.events[event_at(story, event_id)]
    story.events.append(replace(event, event_id=f"{event_id}-again", data={**event.data, **data}))


def drop_ledger(story: Story, entry_id: str) -> None:
    story.ledger = [entry for entry in story.ledger if entry.entry_id != entry_id]


def copy_ledger(story: Story, copied: str, **changes: Any) -> None:
    entry = next(entry for entry in story.ledger if entry.entry_id == copied)
    story.ledger.append(replace(entry, entry_id=f"{copied}_again", **changes))


def answer(story: Story, index: int, **result: Any) -> None:
    former = story.operations[index]
    story.operations[index] = replace(former, result={**former.result, **result})


def charge_declined_payment_twice(story: Story) -> None:
    copy_ledger(story, "ch_pay-2", status="succeeded")
    copy_ledger(story, "ch_pay-2", status="succeeded")


def stay(story: Story, payment_id: str, status: str) -> None:
    payment(story, payment_id, status=status)


def change_ledger(story: Story, entry_id: str, **changes: Any) -> None:
    story.ledger = [replace(one, **changes) if one.entry_id == entry_id else one for one in story.ledger]


def pay_from_dollars_in_euros(story: Story) -> None:
    payment(story, "pay-4", currency="EUR")


def run(story: Story, name: str) -> None:
    story.executions = [replace(one, status="RUNNING") if one.name == name else one for one in story.executions]


def lose_wallet(story: Story) -> None:
    del story.wallets["akira"]


def unheard_wallet(story: Story) -> None:
    story.credit("bob", "1.00")
    del story.events[-1]


def lose_payment(story: Story) -> None:
    del story.payments["pay-1"]


def unknown_payment(story: Story) -> None:
    copy_ledger(story, "ch_pay-4", reference="pay-9")


def repeat_first_payment(story: Story, **changed: Any) -> None:
    """Operation 2 is the first payment: 40.00 USD of alice under pay-1."""
    story.repeat(2, **changed)


def other_body(story: Story) -> dict[str, Any]:
    return {**story.operations[2].value, "amount": "41.00"}


def reads(story: Story, *statuses: str) -> None:
    for status in statuses:
        story.read("pay-4", status)


def both_debits_saw_the_full_balance(story: Story) -> None:
    copy_event(story, "pay-1#debit", amount=9000, previous_balance=10000, new_balance=1000)


def negative_read(story: Story) -> None:
    story.operate("read_wallet", "alice", {}, OK, 200, {"balance": "-1.00", "currency": "USD"})


def refund_answered_twice(story: Story) -> None:
    former = story.operations[7].result
    story.repeat(7, value={"refund_id": "r-9"}, result={**former, "refund_id": "r-9", "amount": "30.00"})


def claim_refund(story: Story) -> None:
    story.event("RefundRequestedEvent", "pay-1", "r-8-requested", refund_id="r-8", amount=100)


BREAKS = (
    # INV-1
    Break("one_charge_per_payment", "two charges", lambda s: copy_ledger(s, "ch_pay-1"), "charged 2 times"),
    Break("one_charge_per_payment", "two debits", lambda s: copy_event(s, "pay-1#debit"), "debited 2 times"),
    Break("one_charge_per_payment", "completed uncharged", lambda s: drop_ledger(s, "ch_pay-4"), "charged 0 times"),
    Break("one_charge_per_payment", "completed undebited", lambda s: drop_event(s, "pay-4#debit"), "debited 0 times"),
    Break(
        "one_charge_per_payment",
        "failed payment charged twice",
        charge_declined_payment_twice,
        "expected at most once",
    ),
    # INV-2
    Break("no_overdraft", "below zero in the end", lambda s: wallet(s, "alice", balance_minor=-1), "-0.01 USD"),
    Break(
        "no_overdraft",
        "below zero in an event",
        lambda s: change_event(s, "pay-1#debit", new_balance=-500),
        "-5.00 USD",
    ),
    Break("no_overdraft", "two debits of one balance", both_debits_saw_the_full_balance, "fell to -30.00 USD"),
    Break("no_overdraft", "spent more than put in", lambda s: payment(s, "pay-1", amount_minor=999_00), "ever put in"),
    Break("no_overdraft", "below zero in a read", negative_read, "was read as -1.00 USD"),
    # INV-3
    Break("ledger_balances", "a cent too much", lambda s: wallet(s, "alice", balance_minor=7001), "holds 70.01 USD"),
    Break("ledger_balances", "a cent lost", lambda s: wallet(s, "alice", balance_minor=6999), "expected 70.00 USD"),
    Break("ledger_balances", "wallet gone", lose_wallet, "is gone"),
    Break(
        "ledger_balances",
        "charged less",
        lambda s: change_ledger(s, "ch_pay-1", amount_minor=3999),
        "gateway kept 24.99",
    ),
    Break("ledger_balances", "charged in euros", lambda s: change_ledger(s, "ch_pay-1", currency="EUR"), "pay-1"),
    Break("ledger_balances", "paid from another currency", pay_from_dollars_in_euros, "from a wallet in USD"),
    Break(
        "ledger_balances", "refund not at the gateway", lambda s: drop_ledger(s, "re_refund-1"), "expected 25.00 USD"
    ),
    Break("ledger_balances", "charge of nobody", unknown_payment, "which is not there"),
    Break(
        "ledger_balances",
        "charge of a failed payment kept",
        lambda s: copy_ledger(s, "ch_pay-2", status="succeeded"),
        "is FAILED and the gateway kept 10.00 USD",
    ),
    # INV-4
    Break("no_stuck_money", "still PROCESSING", lambda s: stay(s, "pay-1", "PROCESSING"), "still PROCESSING"),
    Break("no_stuck_money", "still PENDING", lambda s: stay(s, "pay-1", "PENDING"), "still PENDING"),
    Break(
        "no_stuck_money", "debit kept", lambda s: drop_event(s, "pay-2#compensation"), "-10.00 USD from where it was"
    ),
    Break("no_stuck_money", "compensated twice", lambda s: copy_event(s, "pay-2#compensation"), "10.00 USD from where"),
    Break("no_stuck_money", "charge kept", lambda s: copy_ledger(s, "ch_pay-2", status="succeeded"), "kept 10.00 USD"),
    Break("no_stuck_money", "execution runs", lambda s: run(s, "pay-1"), "still RUNNING"),
    Break("no_stuck_money", "refund without an end", claim_refund, "come to no end"),
    # INV-5
    Break(
        "statuses_only_advance",
        "back in the events",
        lambda s: s.event("PaymentStatusEvent", "pay-1", "back", **{"from": "COMPLETED", "to": "PROCESSING"}),
        "went from COMPLETED to PROCESSING",
    ),
    Break(
        "statuses_only_advance",
        "skipped in the events",
        lambda s: change_event(s, "pay-1#status-COMPLETED", **{"from": "PENDING"}),
        "went from PENDING to COMPLETED",
    ),
    Break(
        "statuses_only_advance",
        "two ends",
        lambda s: s.event("PaymentStatusEvent", "pay-1", "end", **{"from": "PROCESSING", "to": "FAILED"}),
        "left PROCESSING twice",
    ),
    Break("statuses_only_advance", "a gap", lambda s: drop_event(s, "pay-1#status-PROCESSING"), "without having come"),
    Break("statuses_only_advance", "back in reads", lambda s: reads(s, "COMPLETED", "PROCESSING"), "and PROCESSING at"),
    Break("statuses_only_advance", "answer withdrawn", lambda s: stay(s, "pay-1", "FAILED"), "and FAILED in the end"),
    # INV-6
    Break("events_rebuild_state", "acknowledged and gone", lose_payment, "acknowledged with 200"),
    Break("events_rebuild_state", "no request event", lambda s: drop_event(s, "pay-1#request"), "has user_id 'alice'"),
    Break("events_rebuild_state", "other amount", lambda s: payment(s, "pay-1", amount_minor=1), "has amount_minor 1"),
    Break("events_rebuild_state", "other status", lambda s: stay(s, "pay-1", "FAILED"), "has status 'FAILED'"),
    Break("events_rebuild_state", "no charge event", lambda s: drop_event(s, "pay-1#charge"), "has gateway_ref"),
    Break("events_rebuild_state", "no refund event", lambda s: drop_event(s, "pay-1#refund-1"), "has refunded_minor"),
    Break("events_rebuild_state", "other balance", lambda s: wallet(s, "alice", balance_minor=1), "holds 1 at version"),
    Break("events_rebuild_state", "other version", lambda s: wallet(s, "alice", version=9), "at version 9"),
    Break("events_rebuild_state", "missing version", lambda s: drop_event(s, "pay-1#debit"), "expected the next"),
    Break(
        "events_rebuild_state",
        "wrong previous balance",
        lambda s: change_event(s, "pay-1#debit", previous_balance=9000, new_balance=5000),
        "was 9000 before",
    ),
    Break(
        "events_rebuild_state", "wrong sum", lambda s: change_event(s, "pay-1#debit", new_balance=1), "does not add up"
    ),
    Break("events_rebuild_state", "wallet without events", unheard_wallet, "has no event"),
    Break("events_rebuild_state", "events without wallet", lose_wallet, "not in the table"),
    Break("events_rebuild_state", "requested twice", lambda s: copy_event(s, "pay-1#request"), "has 2 events of type"),
    Break(
        "events_rebuild_state",
        "credited for nothing known",
        lambda s: change_event(s, "pay-2#compensation", reason="gift"),
        "was credited for 'gift'",
    ),
    Break(
        "events_rebuild_state",
        "refund not credited as such",
        lambda s: change_event(s, "pay-1#credit", reason="topup"),
        "was refunded 15.00 USD and its wallet was credited 0.00 USD",
    ),
    # INV-7
    Break(
        "refunds_never_exceed_payments", "by the payment", lambda s: payment(s, "pay-1", refunded_minor=4001), "40.01"
    ),
    Break(
        "refunds_never_exceed_payments",
        "by the gateway",
        lambda s: copy_ledger(s, "re_refund-1", amount_minor=2501),
        "the gateway says",
    ),
    Break(
        "refunds_never_exceed_payments",
        "by its events",
        lambda s: copy_event(s, "pay-1#refund-1", amount=2501),
        "its events say",
    ),
    Break(
        "refunds_never_exceed_payments",
        "by the wallet",
        lambda s: copy_event(s, "pay-1#credit", amount=2501),
        "the wallet says",
    ),
    Break("refunds_never_exceed_payments", "by the answers", refund_answered_twice, "the answers say"),
    Break(
        "refunds_never_exceed_payments",
        "of a failed payment",
        lambda s: payment(s, "pay-2", refunded_minor=1),
        "expected at most 0.00 USD",
    ),
    # INV-8
    Break("idempotent_answers", "another amount", lambda s: answer(s, 3, amount="41.00"), "another amount"),
    Break("idempotent_answers", "another creation", lambda s: answer(s, 3, created_at="later"), "another created_at"),
    Break("idempotent_answers", "another charge", lambda s: answer(s, 3, gateway_ref="ch_9"), "another gateway_ref"),
    Break("idempotent_answers", "another end", lambda s: answer(s, 3, status="FAILED"), "another status"),
    Break(
        "idempotent_answers",
        "refused the second time",
        lambda s: repeat_first_payment(s, outcome="fail", status_code=409, result={"error": {"code": "conflict"}}),
        "accepted once and refused once",
    ),
    Break(
        "idempotent_answers",
        "another body accepted",
        lambda s: repeat_first_payment(s, value=other_body(s)),
        "two different requests",
    ),
    Break(
        "idempotent_answers",
        "nobody's payment",
        lambda s: payment(s, "pay-1", amount_minor=41_00),
        "which nobody was promised",
    ),
    Break(
        "idempotent_answers",
        "another refund",
        lambda s: answer(s, 8, amount="16.00"),
        "refund refund-1 of pay-1 was answered with another amount",
    ),
)
