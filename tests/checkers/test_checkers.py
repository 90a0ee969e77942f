"""Every checker accepts what is right and rejects each thing that is wrong."""

from dataclasses import fields, replace
from pathlib import Path

import pytest

from harness.checkers import CHECKERS, INVALID, UNKNOWN, Checker, check, checker, must_be_valid
from harness.checkers.checker import Undecided
from harness.errors import InvariantViolated, SettingInvalid
from harness.history import INFO, FinalReads, History, from_json_lines
from tests.checkers.breaks import BREAKS, Break
from tests.checkers.story import Story, whole_story

CHECKER_BY_NAME = {one.name: one for one in CHECKERS}
GOLDEN = sorted((Path(__file__).parents[2] / "fixtures" / "golden").glob("*.jsonl"))


@pytest.mark.parametrize("one", CHECKERS, ids=lambda one: one.name)
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
    assert verdict.counterexamples >= 1


def test_every_checker_rejects_something() -> None:
    assert {one.checker for one in BREAKS} == set(CHECKER_BY_NAME)


@pytest.mark.parametrize("path", GOLDEN, ids=lambda path: path.stem)
def test_golden_history_is_accepted_by_every_checker_it_is_evidence_for(path: Path) -> None:
    history = from_json_lines(path.read_text(encoding="utf-8"))

    verdicts = [one(history) for one in CHECKERS]

    assert [str(verdict) for verdict in verdicts if verdict.validity == INVALID] == []
    assert sum(verdict.is_valid for verdict in verdicts) >= 6


@pytest.mark.parametrize("one", CHECKERS, ids=lambda one: one.name)
def test_verdict_is_unknown_when_the_history_is_empty(one: Checker) -> None:
    assert one(History()).validity == UNKNOWN


@pytest.mark.parametrize("one", CHECKERS, ids=lambda one: one.name)
def test_verdict_is_unknown_when_final_reads_are_missing(one: Checker) -> None:
    whole = whole_story().history()

    for name in one.reads:
        verdict = one(replace(whole, finals=replace(whole.finals, **{name: None})))
        assert verdict.validity == UNKNOWN
        assert name in verdict.reason


@pytest.mark.parametrize("one", CHECKERS, ids=lambda one: one.name)
def test_verdict_is_unknown_when_nothing_of_its_kind_was_done(one: Checker) -> None:
    story = whole_story()
    story.operations = [operation for operation in story.operations if operation.action == "read_wallet"]

    verdict = one(story.history())

    assert verdict.validity == UNKNOWN
    assert "no operation" in verdict.reason


def test_verdict_is_unknown_when_the_checker_crashes() -> None:
    @checker("INV-0")
    def crashes(history: History) -> list[object]:  # type: ignore[arg-type]
        """It never ends well."""
        raise KeyError("nothing")

    verdict = crashes(whole_story().history())

    assert verdict.validity == UNKNOWN
    assert "crashed: KeyError" in verdict.reason


def test_verdict_is_unknown_when_no_id_was_used_twice() -> None:
    story = Story()
    story.credit("alice", "100.00")
    story.pay("alice", "pay-1", "40.00")

    assert CHECKER_BY_NAME["idempotent_answers"](story.history()).reason == "no id was used twice"


def test_balances_are_unknown_when_the_opening_balance_is() -> None:
    story = whole_story()
    story.operations = [one for one in story.operations if one.action != "credit" or one.subject != "alice"]

    verdict = CHECKER_BY_NAME["ledger_balances"](story.history())

    assert (verdict.validity, "alice" in verdict.reason) == (UNKNOWN, True)


def test_balances_are_unknown_when_a_payment_is_under_way() -> None:
    story = whole_story()
    story.payments["pay-4"] = replace(story.payments["pay-4"], status="PROCESSING")

    assert "under way" in CHECKER_BY_NAME["ledger_balances"](story.history()).reason


@pytest.mark.parametrize("lost", [True, False])
def test_balances_hold_when_nobody_knows_whether_a_credit_happened(lost: bool) -> None:
    story = whole_story()
    story.credit("alice", "7.00", outcome=INFO, lost=lost)

    assert CHECKER_BY_NAME["ledger_balances"](story.history()).is_valid


def test_balances_are_unknown_when_too_many_sums_are_possible() -> None:
    story = whole_story()
    for power in range(17):
        story.credit("alice", f"{2**power}.01", outcome=INFO, lost=True)
    story.wallets["alice"] = replace(story.wallets["alice"], balance_minor=7007)

    assert CHECKER_BY_NAME["ledger_balances"](story.history()).validity == UNKNOWN


def test_statuses_hold_when_reads_overlap() -> None:
    story = whole_story()
    story.read("pay-4", "COMPLETED")
    story.read("pay-4", "PROCESSING")
    newer, older = story.operations[-2:]
    # The reader of the older status had begun before the newer one was answered.
    story.operations[-1] = replace(older, invoked_at_s=newer.invoked_at_s)

    assert CHECKER_BY_NAME["statuses_only_advance"](story.history()).is_valid


def test_error_tells_the_first_counterexample_when_a_verdict_is_not_valid() -> None:
    story = whole_story()
    next(one for one in BREAKS if one.what == "two charges").edit(story)

    with pytest.raises(InvariantViolated) as caught:
        must_be_valid(check(story.history(), CHECKERS), evidence={"replay": "pytest x"})

    first_line, *evidence = str(caught.value).splitlines()
    expected = (
        "InvariantViolated: INV-1 one_charge_per_payment INVALID: payment pay-1 was charged 2 times, expected once"
    )
    assert first_line == expected
    assert any("ch_pay-1_again" in line for line in evidence)
    assert any("INV-3 ledger_balances INVALID" in line for line in evidence)
    assert evidence[-1].split() == ["replay", "pytest", "x"]


def test_error_is_raised_when_a_verdict_is_unknown() -> None:
    with pytest.raises(InvariantViolated, match="UNKNOWN: the history is empty"):
        must_be_valid(check(History(), CHECKERS))


def test_checking_refuses_when_there_is_no_checker() -> None:
    with pytest.raises(SettingInvalid, match="no checker"):
        check(whole_story().history(), [])


def test_reads_that_checkers_need_are_reads_that_there_are() -> None:
    known = {field.name for field in fields(FinalReads)}

    assert {name for one in CHECKERS for name in one.reads} <= known


def test_undecided_never_passes_when_counterexamples_were_found() -> None:
    @checker("INV-0")
    def both(history: History):  # type: ignore[no-untyped-def]
        """Finds one and then can't go on."""
        from harness.checkers import Counterexample

        yield Counterexample("payment pay-1", "is wrong")
        raise Undecided("no more")

    assert both(whole_story().history()).validity == INVALID
