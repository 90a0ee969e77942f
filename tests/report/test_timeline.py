"""The timeline tells every operation once, without the polls that saw nothing new."""

from harness.history import History
from harness.report import timeline
from tests.checkers.story import whole_story


def test_operations_are_told_in_order_with_their_ends() -> None:
    lines = timeline(whole_story().history("test_it")).splitlines()

    assert lines[0] == "test_it, seed 7"
    (first_payment, *_) = [line for line in lines if " pay " in line]
    assert "40.00 USD → ok 200 COMPLETED" in first_payment
    assert any("→ fail 402 FAILED" in line for line in lines)
    assert any("→ info no answer" in line for line in lines)
    assert "finally  wallet alice 7000 minor units" in lines


def test_polls_are_left_out_when_they_saw_the_same_again() -> None:
    story = whole_story()
    for status in ("PROCESSING", "PROCESSING", "PROCESSING", "COMPLETED"):
        story.read("pay-4", status)

    reads = [line for line in timeline(story.history()).splitlines() if "read_payment  pay-4" in line]

    assert [line.rpartition(" ")[2] for line in reads] == ["PROCESSING", "COMPLETED"]


def test_timeline_is_one_line_when_nothing_happened() -> None:
    assert timeline(History()) == "history, seed None\n"
