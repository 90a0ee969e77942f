"""What to do to a system, drawn from a seed: pure, so that the same seed draws the same things anywhere."""

from harness.generators.stories import PaymentPlan, RefundPlan, Story, draw_story
from harness.generators.troubles import Trouble, draw_troubles

__all__ = ["PaymentPlan", "RefundPlan", "Story", "Trouble", "draw_story", "draw_troubles"]
