"""Two sides agree whatever their races, ids and times, and each kind of difference is told once, the worst first."""

from dataclasses import replace
from pathlib import Path

import pytest

from harness.parity.comparing import Found, compare_sides, together
from harness.parity.side import NotComparable, check_comparable
from harness.parity.sight import Question
from tests.parity.runs import EVENTS, PAID, RACED, STATES, Told, compared, side

PLAIN = Told()


def told(found: Found) -> list[tuple[str, str, tuple[str, str]]]:
    return [(one.question.aspect, one.question.topic, one.saw) for one in together(found.apart)]


def test_sides_agree_when_only_names_times_and_the_winner_differ(tmp_path: Path) -> None:
    found = compared(tmp_path, PLAIN, Told(seed=8, hour=9, winner=2))

    assert told(found) == []
    assert found.node_ids == (RACED, PAID)


@pytest.mark.parametrize(
    ("doctored", "expected"),
    [
        (Told(outcome="failed", failure="E   no"), ("outcome", "outcome", ("passed", "failed"))),
        (Told(verdict="INVALID"), ("verdict", "INV-1 one_charge_per_payment", ("VALID", "INVALID"))),
        (Told(guarantee="broken"), ("guarantee", "dynamodb.ttl", ("guaranteed", "broken"))),
        (Told(fired=0), ("fault", "fault", ("reset fired", "reset never fired"))),
        (
            Told(status="FAILED"),
            ("effect", "payments", ("COMPLETED amount_minor=4000 USD", "FAILED amount_minor=4000 USD")),
        ),
        (Told(booked=2), ("effect", "bookings", ("CONFIRMED", "CONFIRMED ×2"))),
        (
            Told(events=(*EVENTS[::2], ("WalletDebitEvent", 4))),
            (
                "order",
                "events of a payment",
                (
                    "PaymentRequest → WalletDebit → ChargeSucceeded",
                    "PaymentRequest → ChargeSucceeded → WalletDebit",
                ),
            ),
        ),
        (
            Told(states=STATES[:2], error="States.Timeout"),
            (
                "order",
                "way of payments-flow",
                ("Check → Debit → Charge → Settle → SUCCEEDED", "Check → Debit → FAILED States.Timeout"),
            ),
        ),
        (Told(pay=(202, {"status": "PENDING"})), ("status", "pay", ("200", "202"))),
        (
            Told(refused={"error": {"code": "slot_taken", "type": 409}}),
            ("shape", "book 409 slot_taken", ("error.type: text", "error.type: number")),
        ),
        (
            Told(pay=(200, {"status": "COMPLETED", "refunded": 0})),
            ("shape", "pay 200 COMPLETED", ("refunded: text", "refunded: number")),
        ),
        (
            Told(code="ThrottlingException"),
            ("call", "dynamodb PutItem", ("400 ConditionalCheckFailedException", "400 ThrottlingException")),
        ),
    ],
    ids=lambda one: one[1] if isinstance(one, tuple) else None,
)
def test_difference_is_told_when_one_thing_is_another(
    doctored: Told, expected: tuple[str, str, tuple[str, str]], tmp_path: Path
) -> None:
    assert told(compared(tmp_path, PLAIN, doctored)) == [expected]


def test_events_of_one_instant_have_no_order(tmp_path: Path) -> None:
    first = replace(PLAIN, events=(("ChargeSucceededEvent", 3), ("WalletDebitEvent", 3)))

    assert told(compared(tmp_path, first, replace(first, events=first.events[::-1]))) == []


def test_everything_else_follows_when_the_outcome_differs(tmp_path: Path) -> None:
    doctored = Told(
        outcome="failed", failure="    assert x\nE   StatusTimeout: still PENDING", status="PENDING", fired=0
    )

    (difference,) = together(compared(tmp_path, PLAIN, doctored).apart)

    assert difference.saw == ("passed", "failed")
    assert difference.reasons == ("", "StatusTimeout: still PENDING")
    assert difference.followers_by_aspect == {"fault": 1, "effect": 1}
    assert difference.places[0].read[1].endswith("/timeline.txt")


def test_what_a_target_lacks_is_told_with_the_outcome(tmp_path: Path) -> None:
    doctored = Told(outcome="skipped", lacking="no worker can be killed")

    ((_, _, saw),) = told(compared(tmp_path, PLAIN, doctored))

    assert saw == ("passed", "skipped, because the target lacks it: no worker can be killed")


def test_reason_of_a_skip_is_told_once(tmp_path: Path) -> None:
    ((_, _, saw),) = told(compared(tmp_path, PLAIN, Told(outcome="skipped", failure="Skipped: needs a browser")))

    assert saw == ("passed", "skipped: needs a browser")


def test_scenario_is_told_alone_when_one_side_never_ran_it(tmp_path: Path) -> None:
    (difference,) = together(compared(tmp_path, PLAIN, Told(scenarios=(RACED,))).apart)

    assert (difference.question.aspect, difference.saw) == ("outcome", ("passed", "not run"))
    assert difference.followers == ()


def test_failures_are_told_apart_when_their_reasons_differ(tmp_path: Path) -> None:
    ours, late = Told(outcome="failed", failure="E   no answer"), Told(outcome="failed", failure="E   a late answer")

    one, two = (
        together(compared(tmp_path / str(number), PLAIN, each).apart) for number, each in enumerate((ours, late))
    )

    assert one[0].reasons != two[0].reasons
    assert (
        len(together([*compared(tmp_path / "3", PLAIN, ours).apart, *compared(tmp_path / "4", PLAIN, late).apart])) == 2
    )


def test_guarantees_are_told_together_when_one_cause_broke_them(tmp_path: Path) -> None:
    (of_ttl,) = compared(tmp_path, PLAIN, Told(guarantee="unknown")).apart
    of_queries = replace(of_ttl, question=Question("guarantee", "dynamodb.queries"))

    (difference,) = together([of_ttl, of_queries])

    assert difference.question.topic == "dynamodb.queries, dynamodb.ttl"


def test_places_are_told_together_when_they_show_the_same(tmp_path: Path) -> None:
    (tmp_path / "second").mkdir()
    ours = side("embedded", PLAIN.written(tmp_path / "first"))
    theirs = Told(scenarios=("scenarios/test_other.py::test_it",)).written(tmp_path / "second")

    first, second = together(compare_sides(ours, side("docker", theirs)).apart)[:2]

    assert [len(one.places) for one in (first, second)] == [2, 1]


def test_sides_can_not_be_compared_when_they_share_no_scenario(tmp_path: Path) -> None:
    ours, theirs = (side(one, Told(scenarios=(one,)).written(tmp_path / one[10:15])) for one in (PAID, RACED))

    with pytest.raises(NotComparable, match="no scenario in common"):
        check_comparable(ours, theirs)


def test_most_serious_difference_is_told_first(tmp_path: Path) -> None:
    doctored = Told(verdict="UNKNOWN", code="ThrottlingException", booked=2, pay=(202, {}))

    aspects = [aspect for aspect, _, _ in told(compared(tmp_path, PLAIN, doctored))]

    assert aspects == ["verdict", "effect", "status", "call"]


def test_what_varies_on_one_side_is_no_difference(tmp_path: Path) -> None:
    found = compared(tmp_path, PLAIN, PLAIN, Told(pay=(202, {"status": "PENDING"})))

    assert told(found) == []
    assert [(one.question.topic, one.saw) for one in together(found.varying)] == [
        ("pay", ("200", "200 ×0/1; 202 ×0/1"))
    ]


def test_difference_stays_when_both_rounds_of_a_side_show_it(tmp_path: Path) -> None:
    late = Told(pay=(202, {"status": "PENDING"}))

    assert told(compared(tmp_path, PLAIN, late, late)) == [("status", "pay", ("200", "202"))]


def test_sides_can_not_be_compared_when_nothing_could_begin(tmp_path: Path) -> None:
    broken = Told(outcome="error", failure="E   EngineMissing: no engine answers", scenarios=(PAID,))
    ours, theirs = (side(name, one.written(tmp_path / name)) for name, one in (("embedded", PLAIN), ("docker", broken)))

    with pytest.raises(NotComparable, match="no scenario could begin on docker") as caught:
        check_comparable(ours, theirs)

    assert "no engine answers" in str(caught.value)


def test_sides_can_not_be_compared_when_all_of_one_round_was_skipped(tmp_path: Path) -> None:
    idle = Told(outcome="skipped", lacking="no edge stands before its AWS", scenarios=(PAID,))
    ours = side("embedded", idle.written(tmp_path / "first"))
    theirs = side("staging", PLAIN.written(tmp_path / "one"), idle.written(tmp_path / "two"))

    for pair in ((ours, ours), (side("embedded", PLAIN.written(tmp_path / "second")), theirs)):
        with pytest.raises(NotComparable, match="no scenario could run on") as caught:
            check_comparable(*pair)
        assert "no edge stands" in str(caught.value)
