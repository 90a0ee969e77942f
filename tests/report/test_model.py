"""Ways, latency, money and comparisons say what happened, on runs whose every number is known."""

from dataclasses import replace
from pathlib import Path

import pytest

from harness.history import LedgerEntry
from harness.report.kept import RunUnreadable
from harness.report.model import compare, latency_by_state, machine_of, money_rows, read_run, ways_of
from tests.checkers.story import Story, whole_story
from tests.report.runs import BAD, DEFINITION, bad_run, compensated, good_run, paid


def test_graph_tells_errors_from_plain_ways_when_a_definition_is_read() -> None:
    machine = machine_of("flow", DEFINITION)

    assert machine.main_way == ("Check", "Charge", "Settle")
    assert machine.detours == {"Compensate", "Failed", "Refused"}
    assert [state for state in machine.states if machine.is_detour(state)] == ["Compensate"]
    (joined,) = [edge for edge in machine.edges if (edge.source, edge.kind) == ("Charge", "catch")]
    assert joined.errors == ("Declined", "States.ALL")


def test_inner_states_belong_to_the_graph_when_a_state_has_branches() -> None:
    branch = '{"StartAt": "In", "States": {"In": {"Type": "Task", "End": true}}}'
    definition = (
        f'{{"StartAt": "Both", "States": {{"Both": {{"Type": "Parallel", "End": true, "Branches": [{branch}]}}}}}}'
    )

    machine = machine_of("flow", definition)

    assert [(edge.source, edge.target, edge.kind) for edge in machine.edges] == [("Both", "In", "inside")]


@pytest.mark.parametrize("definition", ["", "[]", "{}", '{"StartAt": "A", "States": {}}', '{"States": {"A": 7}}'])
def test_definition_is_refused_when_it_is_none(definition: str) -> None:
    with pytest.raises(RunUnreadable, match="flow"):
        machine_of("flow", definition)


def test_executions_are_told_together_when_they_went_one_way() -> None:
    troubled, plain = ways_of([paid("pay-1"), compensated("pay-2"), paid("pay-3", slow_s=1.0)])

    assert (plain.names, plain.told.name, plain.is_plain(None)) == (("pay-1", "pay-3"), "pay-3", True)
    assert plain.took_ms == pytest.approx(1030)
    assert [(one.order, one.target, one.is_caught) for one in troubled.passages] == [
        (1, "Charge", False),
        (2, "Compensate", True),
        (3, "Failed", False),
    ]
    assert troubled.passages[1].error == "Declined"
    assert troubled.attempts == 1


def test_latency_counts_every_visit_but_those_of_fail_states() -> None:
    machine = machine_of("flow", DEFINITION)

    spreads = latency_by_state([paid("a"), paid("b", slow_s=2.0), compensated("c")], {"flow": machine})

    by_name = {one.name: one for one in spreads}
    assert list(by_name) == ["whole flow", "Check", "Charge", "Settle", "Compensate"]
    charge = by_name["Charge"]
    assert charge.samples_ms == pytest.approx((10, 2010, 2490))
    assert (charge.quantile_ms(0.5), charge.quantile_ms(0.95)) == pytest.approx((2010, 2490))
    assert charge.over_target == 2


def test_money_agrees_when_the_story_is_flawless() -> None:
    rows = money_rows(whole_story().history())

    assert len(rows) == 4
    assert [row.mismatch for row in rows] == [""] * 4


def _entry(**changes: object) -> LedgerEntry:
    entry = LedgerEntry(99, "ch_again", "charge", "succeeded", 4000, "USD", "pay-1", "alice")
    return replace(entry, **changes)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("entry", "told"),
    [
        (_entry(), "the gateway keeps 65.00 USD, expected 25.00 USD"),
        (_entry(reference="pay-9"), "the gateway keeps 40.00 USD for no payment"),
        (_entry(currency="EUR"), "the gateway moved another currency than USD"),
        (_entry(reference="pay-2", kind="capture"), "the gateway keeps 40.00 USD, expected 0.00 USD"),
    ],
)
def test_mismatch_is_told_when_the_ledger_says_otherwise(entry: LedgerEntry, told: str) -> None:
    story = whole_story()
    story.ledger.append(entry)

    assert money_rows(story.history())[0].mismatch == told


@pytest.mark.parametrize("entry", [_entry(status="declined"), _entry(kind="authorization"), _entry(kind="dispute")])
def test_payment_is_not_blamed_when_an_entry_moved_nothing_or_is_of_an_unknown_kind(entry: LedgerEntry) -> None:
    story = whole_story()
    story.ledger.append(entry)

    assert not any(row.mismatch for row in money_rows(story.history()))


def test_mismatch_is_told_when_the_payment_refers_to_another_charge() -> None:
    story = Story()
    story.credit("alice", "100.00")
    story.pay("alice", "pay-1", "40.00")
    story.payments["pay-1"] = replace(story.payments["pay-1"], gateway_ref="ch_other")

    assert "no entry ch_other" in money_rows(story.history())[0].mismatch


def test_comparison_tells_what_is_new_when_the_later_run_is_worse(tmp_path: Path) -> None:
    before, after = read_run(good_run(tmp_path / "a")), read_run(bad_run(tmp_path / "b"))

    worse, better = compare(before, after), compare(after, before)

    assert [one.node_id for one in worse.newly_failing] == [BAD]
    assert len(worse.added) == 2
    assert worse.is_worse
    assert better.newly_failing == []
    assert len(better.removed) == 2
    assert not better.is_worse


def test_comparison_tells_percents_and_verdicts_when_both_runs_have_them(tmp_path: Path) -> None:
    before, after = read_run(bad_run(tmp_path / "a")), read_run(bad_run(tmp_path / "b"))
    slower = read_run(good_run(tmp_path / "c", slow_s=0.01))

    same = compare(before, after)
    charge = next(one for one in compare(read_run(good_run(tmp_path / "d")), slower).latency if one.state == "Charge")

    assert (same.verdicts, [one.node_id for one in same.still_failing]) == ((), [BAD])
    assert same.is_worse  # an INVALID verdict is never good enough
    assert (charge.p50_ms, round(charge.p50_percent), charge.has_few_samples) == ((10.0, 20.0), 100, False)
