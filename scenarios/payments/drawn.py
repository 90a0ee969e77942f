"""A drawn story as it happens: payments, then refunds of them, each under the faults that a scenario chooses."""

from contextlib import ExitStack

from harness.errors import StatusTimeout


class DrawnStory:
    """One story; names are given before anything runs, so that a seed gives the same ones."""

    def __init__(self, story, payments):
        self.story = story
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
        fired = self.under(self.strikes_while_paying(), self.pay)
        paid = [request.submit().settles(within_s=120) for request in self.requests]
        return fired + self.under(self.strikes_while_refunding(), lambda: self.refund(paid))

    def strikes_while_paying(self):
        """Return the faults under which the payments are made; the scenario says which."""
        raise NotImplementedError

    def strikes_while_refunding(self):
        """Return the faults under which the refunds are made; the scenario says which."""
        raise NotImplementedError

    def under(self, strikes, act):
        """Return how many faults fired while `act` ran under them."""
        with ExitStack() as held:
            struck = [held.enter_context(strike) for strike in strikes]
            act()
        return sum(fault.fired for fault in struck)

    def pay(self):
        """Start every payment, then wait for each a while."""
        for one in [request.submit_async() for request in self.requests]:
            try:
                one.settles(within_s=20)
            except StatusTimeout:
                continue  # the trouble lasts too long; it ends when the faults are healed

    def refunds(self):
        """Give label, index of the payment, and amount of every refund that the story has."""
        for index, plan in enumerate(self.story.payments):
            for turn, refund in enumerate(plan.refunds):
                yield f"refund-{self.story.number}-{index}-{turn}", index, refund.amount

    def refund(self, paid):
        """Ask for every refund."""
        for label, index, amount in self.refunds():
            paid[index].refund(amount, refund_id=label)
