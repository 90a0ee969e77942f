"""Whatever goes wrong between the system and AWS, in whatever order: tables, ledger and events agree afterwards.

Each story is drawn from the run's seed: a customer pays up to three times and takes some of it back, while up to three
faults bite the calls that these payments and refunds make: errors, throttling, lost, late and garbled answers, workers
that die, before the effect or after it. Many stories run at once.

Invariants: INV-1 one charge per payment, INV-2 no overdraft, INV-3 ledger balances, INV-4 no stuck money,
INV-5 statuses only advance, INV-6 events rebuild state, INV-8 idempotent answers.
"""

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
from harness.generators import draw_aws_troubles, draw_story
from scenarios.payments.drawn import DrawnStory

CARDS = (cards.GOOD, cards.DECLINED)


def test_tables_ledger_and_events_agree_after_random_aws_faults(payments, faults, history, seed, story_numbers):
    stories = [InAws(draw_story(seed, number, cards=CARDS), seed, payments, faults) for number in story_numbers]

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


class InAws(DrawnStory):
    """A story whose executions' AWS calls are in trouble."""

    def __init__(self, story, seed, payments, faults):
        self.rng = Random(f"aws/{seed}/{story.number}")  # noqa: S311 - chosen for repeatability, nothing is secret
        self.faults = faults
        super().__init__(story, payments)

    def strikes_while_paying(self):
        return self.strikes([request.payment_id for request in self.requests])

    def strikes_while_refunding(self):
        return self.strikes([self.names.scoped(label) for label, _, _ in self.refunds()] or ["none"])

    def strikes(self, executions):
        """Draw faults for the calls of these executions."""
        troubles = draw_aws_troubles(self.rng, without=self.faults.aws.lacking)
        return [self.faults.aws.strike(one, execution=executions) for one in troubles]
