"""What to do to a system, drawn from a seed: pure, so that the same seed draws the same things anywhere."""

from harness.generators.aws_troubles import AwsTrouble, draw_aws_troubles
from harness.generators.stories import PaymentPlan, RefundPlan, Story, draw_story
from harness.generators.troubles import Trouble, draw_troubles

__all__ = [
    "AwsTrouble",
    "PaymentPlan",
    "RefundPlan",
    "Story",
    "Trouble",
    "draw_aws_troubles",
    "draw_story",
    "draw_troubles",
]
