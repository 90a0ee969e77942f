"""Whatever a flawless system does, in whatever order, no checker objects."""

from hypothesis import given
from hypothesis import strategies as st

from harness.checkers import CHECKERS, INVALID
from harness.history import INFO, from_json_lines, to_json_lines
from harness.units import Money
from tests.checkers.story import Story

STEPS = st.lists(
    st.tuples(
        st.sampled_from(["credit", "unsure", "pay", "unheard", "decline", "refund", "repeat", "read"]),
        st.integers(1, 9999),
    ),
    max_size=25,
)


def told(steps: list[tuple[str, int]]) -> Story:
    """Return a story of these steps; a step that can't be is left out, as a flawless system would refuse it."""
    story = Story()
    story.credit("alice", "100.00")
    for number, (step, cents) in enumerate(steps):
        amount, payment_id = Money(cents, "USD").decimal, f"pay-{number}"
        covered = cents <= story.wallets["alice"].balance_minor
        paid = [one for one in story.payments.values() if one.status == "COMPLETED"]
        match step:
            case "credit":
                story.credit("alice", amount)
            case "unsure":
                story.credit("alice", amount, outcome=INFO, lost=bool(cents % 2))
            case "pay" | "unheard" if covered:
                story.pay("alice", payment_id, amount, answered=step == "pay")
            case "decline" if covered:
                story.decline("alice", payment_id, amount)
            case "refund" if paid and cents <= paid[-1].amount_minor - paid[-1].refunded_minor:
                story.refund(paid[-1].payment_id, amount, f"refund-{number}")
            case "repeat" if story.operations[-1].action in ("pay", "refund") and story.operations[-1].status_code:
                story.repeat()
            case "read" if story.payments:
                story.read(list(story.payments)[cents % len(story.payments)])
            case _:
                pass
    return story


@given(STEPS)
def test_no_checker_objects_when_the_story_is_flawless(steps: list[tuple[str, int]]) -> None:
    history = told(steps).history()

    assert [str(verdict) for one in CHECKERS if (verdict := one(history)).validity == INVALID] == []


@given(STEPS)
def test_verdicts_are_the_same_when_the_history_was_written_and_read(steps: list[tuple[str, int]]) -> None:
    history = told(steps).history()
    read = from_json_lines(to_json_lines(history))

    assert [one(read) for one in CHECKERS] == [one(history) for one in CHECKERS]
