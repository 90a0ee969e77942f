"""Drawn stories: the same for the same seed, of every kind over many, and never more than was allowed."""

import pytest

from harness.generators import Story, draw_story
from harness.generators.troubles import _KINDS, Trouble

CARDS = ("good", "bad")


def troubles_of(story: Story) -> tuple[Trouble, ...]:
    return story.while_paying + story.while_refunding


def test_story_is_the_same_for_a_seed_and_another_for_another() -> None:
    assert draw_story(7, 3, cards=CARDS) == draw_story(7, 3, cards=CARDS)
    assert draw_story(7, 3, cards=CARDS) != draw_story(8, 3, cards=CARDS)
    assert draw_story(7, 3, cards=CARDS) != draw_story(7, 4, cards=CARDS)


def test_every_kind_of_trouble_comes_up_over_many_stories() -> None:
    kinds = {one.kind for number in range(300) for one in troubles_of(draw_story(1, number, cards=CARDS))}

    assert kinds == set(_KINDS)


@pytest.mark.parametrize("number", range(50))
def test_trouble_fits_the_time_it_is_for(number: int) -> None:
    story = draw_story(1, number, cards=CARDS)

    assert {one.operation for one in story.while_paying} <= {"charge", "lookup"}
    assert {one.operation for one in story.while_refunding} <= {"refund", "lookup"}
    assert 1 <= len(story.payments) <= 3
    assert all(one.rule["phase"] in ("before", "after") for one in troubles_of(story))
