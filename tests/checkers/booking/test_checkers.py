"""Every checker of bookings accepts what is right and rejects each thing that is wrong."""

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from harness.checkers import INVALID, UNKNOWN, VALID, Checker
from harness.checkers.booking import BOOKING_CHECKERS
from harness.history import INFO, History, from_json_lines, to_json_lines
from tests.checkers.booking.breaks import BREAKS, Break
from tests.checkers.booking.story import Story, whole_story

CHECKER_BY_NAME = {one.name: one for one in BOOKING_CHECKERS}
GOLDEN = sorted((Path(__file__).parents[3] / "fixtures" / "golden" / "booking").glob("*.jsonl"))


@pytest.mark.parametrize("one", BOOKING_CHECKERS, ids=lambda one: one.name)
def test_checker_accepts_when_the_story_is_flawless(one: Checker) -> None:
    verdict = one(whole_story().history())

    assert verdict.is_valid, str(verdict)


@pytest.mark.parametrize("broken", BREAKS, ids=lambda one: f"{one.checker}: {one.what}")
def test_checker_rejects_when_one_thing_is_wrong(broken: Break) -> None:
    story = whole_story()
    broken.edit(story)

    verdict = CHECKER_BY_NAME[broken.checker](story.history())

    assert verdict.validity == INVALID, str(verdict)
    assert broken.says in str(verdict.counterexample)


def test_every_checker_rejects_something() -> None:
    assert {one.checker for one in BREAKS} == set(CHECKER_BY_NAME)


@pytest.mark.parametrize("one", BOOKING_CHECKERS, ids=lambda one: one.name)
def test_verdict_is_unknown_when_the_history_is_empty(one: Checker) -> None:
    assert one(History()).validity == UNKNOWN


@pytest.mark.parametrize("one", BOOKING_CHECKERS, ids=lambda one: one.name)
def test_verdict_is_unknown_when_final_reads_are_missing(one: Checker) -> None:
    whole = whole_story().history()

    for name in one.reads:
        verdict = one(replace(whole, finals=replace(whole.finals, **{name: None})))
        assert (verdict.validity, name in verdict.reason) == (UNKNOWN, True)


def test_history_is_the_same_when_it_was_written_and_read() -> None:
    history = whole_story().history()

    assert from_json_lines(to_json_lines(history)) == history


@pytest.mark.parametrize("path", GOLDEN, ids=lambda path: path.stem)
def test_golden_history_is_accepted_by_every_checker_it_is_evidence_for(path: Path) -> None:
    history = from_json_lines(path.read_text(encoding="utf-8"))

    verdicts = [one(history) for one in BOOKING_CHECKERS]

    assert [str(verdict) for verdict in verdicts if verdict.validity == INVALID] == []
    assert sum(verdict.is_valid for verdict in verdicts) >= 5


def former_rules(story: Story) -> None:
    """Nobody works on Mondays any more; who had booked one keeps it."""
    monday = next(rule for rule in story.rules.values() if rule.day_of_week == "MON")
    story.remove_rule(monday.rule_id)


def rule_after_the_bookings(story: Story) -> None:
    story.add_rule("ana", "WED", "09:00-10:00")


def expired_claims(story: Story) -> None:
    """Time has passed: the claims of what is over have expired, and a new booking tells how late it is."""
    story.book("b-9", "ana", "2027-03-29T13:00:00Z")
    story.bookings["b-9"] = replace(story.bookings["b-9"], updated_at="2027-03-01T00:00:00.000000Z")
    story.claims = {key: claim for key, claim in story.claims.items() if claim.booking_id in ("b-4", "b-9")}


def kept_in_a_closed_day(story: Story) -> None:
    story.close("x-2", "ana", "2026-11-23", kept="b-1 b-2 b-7")


ALLOWED: dict[str, tuple[str, Callable[[Story], None]]] = {
    "rules changed afterwards": ("bookings_inside_availability", former_rules),
    "a rule came afterwards": ("bookings_inside_availability", rule_after_the_bookings),
    "kept by the exception": ("bookings_inside_availability", kept_in_a_closed_day),
    "claims have expired": ("no_stuck_booking", expired_claims),
    "only in passing refused": (
        "one_booking_per_request",
        lambda story: story.repeat(8, outcome="fail", status_code=503, error="try_again", result={}),
    ),
}


@pytest.mark.parametrize("name", ALLOWED)
def test_checker_accepts_when_it_only_looks_wrong(name: str) -> None:
    checker, edit = ALLOWED[name]
    story = whole_story()
    edit(story)

    assert str(CHECKER_BY_NAME[checker](story.history())).endswith(VALID)


def unsure_change(story: Story) -> None:
    story.add_rule("ana", "WED", "09:00-10:00", outcome=INFO)


def changed_by_somebody_else(story: Story) -> None:
    story.schedules["ana"] = replace(story.schedules["ana"], rules_version=99)


def changed_at_once(story: Story) -> None:
    story.add_rule("ana", "WED", "09:00-10:00")
    story.add_rule("ana", "THU", "09:00-10:00")
    first, second = story.operations[-2:]
    story.operations[-1] = replace(second, invoked_at_s=first.invoked_at_s)


def removed_and_never_seen(story: Story) -> None:
    former_rules(story)
    story.operations = [one for one in story.operations if one.action != "add_rule"]


def of_the_future(story: Story) -> None:
    story.bookings["b-1"] = replace(story.bookings["b-1"], rules_version=99)


UNDECIDED: dict[str, tuple[Callable[[Story], None], str]] = {
    "a change nobody knows of": (unsure_change, "nobody knows whether operation"),
    "more changes than clients made": (changed_by_somebody_else, "by whom is not known"),
    "changes at the same moment": (changed_at_once, "at once"),
    "a rule nobody saw": (removed_and_never_seen, "what it said is not known"),
    "rules that are not there yet": (of_the_future, "not 99"),
}


@pytest.mark.parametrize("name", UNDECIDED)
def test_availability_is_unknown_when_the_rules_of_that_time_are(name: str) -> None:
    edit, says = UNDECIDED[name]
    story = whole_story()
    edit(story)

    verdict = CHECKER_BY_NAME["bookings_inside_availability"](story.history())

    assert (verdict.validity, says in verdict.reason) == (UNKNOWN, True), str(verdict)


def test_requests_are_unknown_when_no_key_was_used_twice() -> None:
    story = Story()
    story.provider("ana", "America/Santiago", MON="09:00-13:00")
    story.book("b-1", "ana", "2026-11-23T12:00:00Z", key="k-1")

    assert CHECKER_BY_NAME["one_booking_per_request"](story.history()).reason == "no key was used twice"


@pytest.mark.parametrize(("status", "deposit"), [("PENDING_DEPOSIT", "PENDING"), ("CANCELLED", "REFUND_PENDING")])
def test_deposits_are_unknown_when_one_is_under_way(status: str, deposit: str) -> None:
    story = whole_story()
    story.bookings["b-4"] = replace(story.bookings["b-4"], status=status, deposit_status=deposit)

    assert "under way" in CHECKER_BY_NAME["one_charge_per_deposit"](story.history()).reason
