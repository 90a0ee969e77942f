"""Whatever goes wrong at the gateway, in whatever order: ledger, tables and events agree once it is well again.

Each story is drawn from the run's seed: a customer pays up to three times and takes some of it back, while up to three
faults of any kind, before or after the commit, bite the charges, refunds and look-ups. Many stories run at once.

Invariants: INV-1 one charge per payment, INV-2 no overdraft, INV-3 ledger balances, INV-4 no stuck money,
INV-5 statuses only advance, INV-6 events rebuild state, INV-7 refunds never exceed payments, INV-8 idempotent answers.
"""

from harness.checkers import (
    events_rebuild_state,
    idempotent_answers,
    ledger_balances,
    no_overdraft,
    no_stuck_money,
    one_charge_per_payment,
    refunds_never_exceed_payments,
    statuses_only_advance,
)
from harness.clients import cards, concurrently
from harness.generators import draw_story
from harness.pytest_plugin import relies_on
from scenarios.payments.drawn import DrawnStory

pytestmark = relies_on("lambda.event-source-mappings")

CARDS = (cards.GOOD, cards.DECLINED, cards.WITHOUT_FUNDS, cards.EXPIRED)


def test_ledger_tables_and_events_agree_after_random_faults(payments, faults, history, seed, story_numbers):
    stories = [AtTheGateway(draw_story(seed, number, cards=CARDS), payments, faults) for number in story_numbers]

    fired = concurrently(*(one.tell for one in stories), within_s=240)

    assert sum(fired) >= len(stories), "faults that never fire prove nothing"
    history.satisfies(
        one_charge_per_payment,
        no_overdraft,
        ledger_balances,
        no_stuck_money,
        statuses_only_advance,
        events_rebuild_state,
        refunds_never_exceed_payments,
        idempotent_answers,
        settle_within_s=60,
    )


class AtTheGateway(DrawnStory):
    """A story whose merchant's gateway is in trouble."""

    def __init__(self, story, payments, faults):
        self.faults = faults
        self.merchant = payments.names.scoped(f"merchant-{story.number}")
        super().__init__(story, payments)

    def strikes_while_paying(self):
        return self.strikes(self.story.while_paying)

    def strikes_while_refunding(self):
        return self.strikes(self.story.while_refunding)

    def strikes(self, troubles):
        """Return the faults that do to the merchant's calls what was drawn."""
        return [self.faults.gateway.strike(one, merchant=self.merchant) for one in troubles]
