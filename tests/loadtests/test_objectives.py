"""Objectives: what is kept passes, what is missed says by how much, what nobody measured is UNKNOWN."""

from pathlib import Path

import pytest

from harness.errors import SettingInvalid
from loadtests.measures import JUDGED, WARM_UP, Measures, Observation
from loadtests.objectives import Objective, fairness, judge, objective_of, objectives_from, read_objectives


def measures_of(*, tenants: dict[str, tuple[int, int]], took_ms: float = 20.0) -> Measures:
    """Return measures of (smooth, throttled) requests a tenant."""
    measures = Measures()
    for tenant, (smooth, throttled) in tenants.items():
        for number in range(smooth + throttled):
            met = {"Reason": 1} if number >= smooth else {}
            seen = Observation("r", took_ms, tenant=tenant, attempts=1 + len(met), throttles=met)
            measures.observe(seen, JUDGED, 0)
    return measures


@pytest.mark.parametrize(
    ("name", "text", "limit"),
    [
        ("p50", "50ms", 50.0),
        ("p99", "1.5s", 1500.0),
        ("p99", 300, 300.0),
        ("errors", "1%", 0.01),
        ("throttles", 0.01, 0.01),
        ("fairness", "0.95", 0.95),
        ("fairness", "95%", 0.95),
        ("rate", "50", 50.0),
    ],
)
def test_limit_is_read_when_it_is_written_as_people_do(name: str, text: object, limit: float) -> None:
    assert objective_of(name, text) == Objective(name, limit)


@pytest.mark.parametrize(
    ("name", "text", "words"),
    [
        ("p95", "1s", "p95"),
        ("p99", "soon", "a time such as 300ms"),
        ("p99", "5%", "a time such as 300ms"),
        ("errors", "2", "a part such as 1%"),
        ("errors", "-1%", "a part such as 1%"),
        ("errors", True, "a part such as 1%"),
        ("rate", "5%", "requests a second"),
    ],
)
def test_nonsense_is_refused_with_words_when_a_limit_is_none(name: str, text: object, words: str) -> None:
    with pytest.raises(SettingInvalid) as refusal:
        objective_of(name, text)

    assert words in str(refusal.value)


def test_every_objective_passes_when_all_is_well() -> None:
    measures = measures_of(tenants={"a": (30, 0), "b": (30, 0)})
    wanted = objectives_from({"p50": "20ms", "p99": "20ms", "errors": 0, "throttles": 0, "fairness": 1, "rate": 6})

    assert {str(one.outcome) for one in judge(wanted, measures, judged_s=10.0)} == {"VALID"}


def test_miss_says_by_how_much_when_a_bound_is_broken() -> None:
    measures = measures_of(tenants={"a": (30, 0), "b": (10, 20)}, took_ms=800.0)
    wanted = objectives_from({"p99": "300ms", "throttles": "1%", "fairness": 0.9, "rate": 50})

    p99, throttles, fair, rate = judge(wanted, measures, judged_s=10.0)

    assert str(p99) == "p99: 800 ms, expected at most 300 ms (missed by 500 ms)"
    assert str(throttles) == "throttles: 25.00%, expected at most 1.00% (missed by 24.00%)"
    assert str(fair) == "fairness: 0.33, expected at least 0.90 (missed by 0.57)"
    assert str(rate) == "rate: 6.0/s, expected at least 50.0/s (missed by 44.0/s)"
    assert {one.outcome for one in (p99, throttles, fair, rate)} == {"INVALID"}


def test_outcome_is_unknown_when_only_the_warm_up_was_measured() -> None:
    measures = Measures()
    measures.observe(Observation("r", 5.0), WARM_UP, 0)

    (judgement,) = judge(objectives_from({"p99": "1s"}), measures, judged_s=10.0)

    assert judgement.outcome == "UNKNOWN"
    assert str(judgement) == "p99: nothing was measured, expected at most 1 s"


def test_fairness_is_unknown_when_only_one_tenant_made_enough_requests() -> None:
    assert fairness(measures_of(tenants={"a": (30, 0), "b": (9, 0)})) is None


def test_tenants_are_served_unfairly_when_one_is_never_smooth() -> None:
    assert fairness(measures_of(tenants={"a": (30, 0), "b": (0, 30)})) == 0.0


def test_objectives_come_from_a_file_when_one_is_named(tmp_path: Path) -> None:
    path = tmp_path / "objectives.yaml"
    path.write_text("p99: 250ms\nthrottles: 2%\n")

    assert read_objectives(path) == {"p99": Objective("p99", 250.0), "throttles": Objective("throttles", 0.02)}


@pytest.mark.parametrize("text", ["- p99", "p99: {", "nothing: 1"])
def test_file_is_refused_when_it_holds_no_objectives(tmp_path: Path, text: str) -> None:
    path = tmp_path / "objectives.yaml"
    path.write_text(text)

    with pytest.raises(SettingInvalid):
        read_objectives(path)
