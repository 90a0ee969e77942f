"""Whatever goes wrong at the gateway, in whatever order: ledger, tables and events agree once it is well again.

Each story is drawn from the run's seed: a customer pays up to three times and takes some of it back, while up to three
faults of any kind, before or after the commit, bite the charges, refunds and look-ups. Many stories run at once.

Invariants: INV-1 one charge per payment, INV-2 no overdraft, INV-3 ledger balances, INV-4 no stuck money,
INV-5 statuses only advance, INV-6 events rebuild state, INV-7 refunds never exceed payments, INV-8 idempotent answers.
"""

from contextlib import ExitStack

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
from harness.errors import StatusTimeout
from harness.generators import draw_story
from harness.pytest_plugin import relies_on

pytestmark = relies_on("lambda.event-source-mappings")

CARDS = (cards.GOOD, cards.DECLINED, cards.WITHOUT_FUNDS, cards.EXPIRED)


def test_ledger_tables_and_events_agree_after_random_faults(payments, faults, history, seed, story_numbers):
    stories = [Telling(draw_story(seed, number, cards=CARDS), payments, faults) for number in story_numbers]

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


class Telling:
    """One story as it happens; names are given before anything runs, so that a seed gives the same ones."""

    def __init__(self, story, payments, faults):
        self.story = story
        self.faults = faults
        self.merchant = payments.names.scoped(f"merchant-{story.number}")
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
        fired = self.under(self.story.while_paying, self.pay)
        paid = [request.submit().settles(within_s=120) for request in self.requests]
        fired += self.under(self.story.while_refunding, lambda: self.refund(paid))
        return fired

    def under(self, troubles, act):
        """Return how many faults fired while `act` ran under them."""
        with ExitStack() as held:
            strikes = (self.faults.gateway.strike(one, merchant=self.merchant) for one in troubles)
            struck = [held.enter_context(strike) for strike in strikes]
            act()
        return sum(fault.fired for fault in struck)

    def pay(self):
        for one in [request.submit_async() for request in self.requests]:
            try:
                one.settles(within_s=20)
            except StatusTimeout:
                continue  # the trouble lasts too long; it ends when the faults are healed

    def refund(self, paid):
        for index, (payment, plan) in enumerate(zip(paid, self.story.payments, strict=True)):
            for turn, refund in enumerate(plan.refunds):
                payment.refund(refund.amount, refund_id=f"refund-{self.story.number}-{index}-{turn}")
