"""A customer's story under a troubled gateway, drawn at random: some payments, some refunds, some faults."""

from collections.abc import Sequence
from dataclasses import dataclass
from random import Random

from harness.generators.troubles import Trouble, draw_troubles

PAYMENTS_MAX = 3
REFUNDS_MAX = 2


@dataclass(frozen=True, slots=True)
class RefundPlan:
    """A refund of a part, or with "" of all that is left."""

    amount: str


@dataclass(frozen=True, slots=True)
class PaymentPlan:
    """A payment, and what is to be given back of it if it completes."""

    amount: str
    card: str
    refunds: tuple[RefundPlan, ...]


@dataclass(frozen=True, slots=True)
class Story:
    """What happens to one customer of one merchant; `number` and the run's seed draw it again."""

    number: int
    payments: tuple[PaymentPlan, ...]
    while_paying: tuple[Trouble, ...]
    while_refunding: tuple[Trouble, ...]


def draw_story(seed: int, number: int, *, cards: Sequence[str]) -> Story:
    """Draw a story; the first of `cards` is the usual one."""
    rng = Random(f"{seed}/{number}")  # noqa: S311 - chosen for repeatability, nothing is secret
    payments = tuple(_payment(rng, cards) for _ in range(rng.randint(1, PAYMENTS_MAX)))
    paying = draw_troubles(rng, operations=("charge", "lookup"))
    return Story(number, payments, paying, draw_troubles(rng, operations=("refund", "lookup")))


def _payment(rng: Random, cards: Sequence[str]) -> PaymentPlan:
    card = rng.choice(cards) if rng.random() < 0.2 else cards[0]
    refunds = tuple(RefundPlan(rng.choice(("", "1.00", "2.50"))) for _ in range(rng.randint(0, REFUNDS_MAX)))
    return PaymentPlan(f"{rng.randint(500, 4500) / 100:.2f}", card, refunds)
