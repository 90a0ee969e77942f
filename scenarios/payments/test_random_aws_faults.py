"""Whatever goes wrong between the system and AWS, in whatever order: tables, ledger and events agree afterwards.

Each story is drawn from the run's seed: a customer pays up to three times and takes some of it back, while up to three
faults bite the calls that these payments and refunds make: errors, throttling, lost, late and garbled answers, workers
that die, before the effect or after it. Many stories run at once.

Invariants: INV-1 one charge per payment, INV-2 no overdraft, INV-3 ledger balances, INV-4 no stuck money,
INV-5 statuses only advance, INV-6 events rebuild state, INV-8 idempotent answers.
"""

from contextlib import ExitStack
from random import Random

from harness.checkers import (
    events_rebuild_state,
    idempotent_answers,
    ledger_balances,
    no_overdraft,
    no_stuck_money,
    one_charge_per_payment,
    statuses_only_advance,
)
from harness.clients import cards, concurrently
from harness.errors import StatusTimeout
from harness.generators import draw_aws_troubles, draw_story

CARDS = (cards.GOOD, cards.DECLINED)


def test_tables_ledger_and_events_agree_after_random_aws_faults(payments, faults, history, seed, story_numbers):
    stories = [Telling(draw_story(seed, number, cards=CARDS), seed, payments, faults) for number in story_numbers]

    fired = concurrently(*(one.tell for one in stories), within_s=240)

    assert sum(fired) >= len(stories), "faults that never fire prove nothing"
    history.satisfies(
        one_charge_per_payment,
        no_overdraft,
        ledger_balances,
        no_stuck_money,
        statuses_only_advance,
        events_rebuild_state,
        idempotent_answers,
        settle_within_s=60,
    )


class Telling:
    """One story as it happens; names are given before anything runs, so that a seed gives the same ones."""

    def __init__(self, story, seed, payments, faults):
        self.story = story
        self.rng = Random(f"aws/{seed}/{story.number}")  # noqa: S311 - chosen for repeatability, nothing is secret
        self.faults = faults
        self.names = payments.names
        wallet = payments.wallet(balance="200.00", user=f"user-{story.number}")
        self.requests = [
            payments.payment(
                wallet,
                amount=plan.amount,
                card=plan.card,
                payment_id=f"pay-{story.number}-{index}",
                merchant=f"merchant-{story.number}",
            )
            for index, plan in enumerate(story.payments)
        ]

    def tell(self):
        """Return how many faults fired; every payment has come to an end then."""
        fired = self.under([request.payment_id for request in self.requests], self.pay)
        paid = [request.submit().settles(within_s=120) for request in self.requests]
        labels = [label for label, _, _ in self.refunds(paid)]
        return fired + self.under([self.names.scoped(one) for one in labels] or ["none"], lambda: self.refund(paid))

    def under(self, executions, act):
        """Return how many faults fired while `act` ran under them."""
        with ExitStack() as held:
            strikes = [self.faults.aws.strike(one, execution=executions) for one in draw_aws_troubles(self.rng)]
            struck = [held.enter_context(strike) for strike in strikes]
            act()
        return sum(fault.fired for fault in struck)

    def pay(self):
        for one in [request.submit_async() for request in self.requests]:
            try:
                one.settles(within_s=20)
            except StatusTimeout:
                continue  # the trouble lasts too long; it ends when the faults are healed

    def refunds(self, paid):
        """Give label, payment and amount of every refund that the story has."""
        for index, (payment, plan) in enumerate(zip(paid, self.story.payments, strict=True)):
            for turn, refund in enumerate(plan.refunds):
                yield f"refund-{self.story.number}-{index}-{turn}", payment, refund.amount

    def refund(self, paid):
        for label, payment, amount in self.refunds(paid):
            payment.refund(amount, refund_id=label)
