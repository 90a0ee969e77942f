"""The report: verdict and exit code, what is told of throttles, backoff, the alarm and the client's own limit."""

import json
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import pytest

from loadtests import report
from loadtests.alarms import Heard
from loadtests.conclusion import Conclusion
from loadtests.measures import JUDGED, PROCESS, UNFINISHED, WARM_UP, Measures, Observation
from loadtests.objectives import judge, objectives_from
from loadtests.settings import Settings

REASON = "TableWriteKeyRangeThroughputExceeded"
SETTINGS = Settings(keys="hot-wallet", duration_s=60.0, warm_up_s=20.0, users=20)
HOT = Observation("debit", 300.0, "", "w-0", "t-0", True, 5, 0.75, {REASON: 4}, 0.0, 1.0)
ELSE = Observation("debit", 5.0, "", "w-1", "t-1")


def measures_of(seen: Iterable[Observation], *, phase: str = JUDGED, cpu_s: float = 1.0) -> Measures:
    measures = Measures()
    for number, one in enumerate(seen):
        measures.observe(one, phase, number % 60)
    measures.add_figure(PROCESS, "pid 1", "cpu_s", cpu_s)
    measures.observe_lateness("pid 1", 0.4)
    return measures


def concluded(measures: Measures, **more: Any) -> Conclusion:
    wanted = objectives_from({"p99": "400ms", "throttles": "1%"})
    return Conclusion(SETTINGS, measures, tuple(judge(wanted, measures, 40.0)), folder="artifacts/load-1", **more)


def told(conclusion: Conclusion) -> str:
    return report.rendered(json.loads(json.dumps(conclusion.as_document())))


def test_exit_code_is_0_when_every_objective_is_kept() -> None:
    conclusion = concluded(measures_of([ELSE] * 50))

    assert (conclusion.verdict, conclusion.exit_code) == ("VALID", 0)
    assert "VALID    p99: 5 ms, expected at most 400 ms" in told(conclusion)


def test_exit_code_is_1_when_an_objective_is_missed() -> None:
    conclusion = concluded(measures_of([HOT] * 50))

    assert (conclusion.verdict, conclusion.exit_code) == ("INVALID", 1)
    assert "INVALID  throttles: 80.00%, expected at most 1.00% (missed by 79.00%)" in told(conclusion)


def test_verdict_is_unknown_when_nothing_was_measured() -> None:
    conclusion = concluded(Measures())

    assert (conclusion.verdict, conclusion.exit_code) == ("UNKNOWN", 1)


@pytest.mark.parametrize(
    ("more", "verdict", "code"),
    [({"problems": ("worker 1 was killed",)}, "UNKNOWN", 1), ({"interrupted": True}, "UNKNOWN", 130)],
)
def test_good_figures_do_not_pass_when_the_run_broke(more: dict[str, Any], verdict: str, code: int) -> None:
    conclusion = concluded(measures_of([ELSE] * 50), **more)

    assert (conclusion.verdict, conclusion.exit_code) == (verdict, code)


def test_run_fails_and_says_why_when_it_was_stopped() -> None:
    measures = measures_of([ELSE] * 50)
    measures.stop_reasons.append("the spend cap of 1.00 USD was reached")
    conclusion = concluded(measures)

    assert conclusion.exit_code == 1
    assert "problem  the spend cap of 1.00 USD was reached" in told(conclusion)


def test_throttles_are_told_by_key_and_reason_when_one_key_is_hot() -> None:
    text = told(concluded(measures_of([HOT] * 10 + [ELSE] * 40)))

    assert f"throttled, hot key: 40 × {REASON}" in text
    assert f"    w-0: 40 × {REASON}" in text
    assert "throttled, other keys" not in text
    assert "throttled hot" in text
    assert "throttled else" not in text


def test_backoff_is_told_when_the_sdk_tried_again() -> None:
    text = told(concluded(measures_of([HOT] * 10)))

    assert "40 attempts beyond the first, 7.5 s spent waiting between them, 5 attempts for one request at most" in text


def test_warm_up_is_told_apart_when_there_was_one() -> None:
    measures = measures_of([ELSE] * 40)
    measures.observe(HOT, WARM_UP, 0)
    conclusion = concluded(measures)

    assert conclusion.verdict == "VALID"
    assert "warm-up, 20s: not judged" in told(conclusion)
    assert conclusion.as_document()["phases"][WARM_UP]["groups"]["hot"]["throttles"] == {REASON: 4}


def test_alarm_says_when_it_came_when_its_message_arrived() -> None:
    heard = Heard("load-Alarm", "ALARM", "Threshold Crossed", 61.2)

    assert "load-Alarm is ALARM; its message came 61 s after the start" in told(
        concluded(measures_of([HOT]), alarm=heard)
    )


def test_alarm_says_so_when_no_message_came() -> None:
    text = told(concluded(measures_of([ELSE]), alarms={"load-Alarm": "OK"}))

    assert "no message came; load-Alarm OK" in text


def test_client_tells_its_limit_when_it_was_far_from_it() -> None:
    text = told(concluded(measures_of([ELSE] * 500, cpu_s=1.0)))

    assert "2% of a core, 2.00 ms of CPU a request: at most 500/s on a core; its loop was 0.4 ms late" in text
    assert "--workers" not in text


def test_client_warns_when_it_was_the_bottleneck() -> None:
    assert "the client is the limit: use --workers" in told(concluded(measures_of([ELSE] * 500, cpu_s=55.0)))


def test_client_warns_when_its_loop_was_late() -> None:
    measures = measures_of([ELSE] * 500)
    for _ in range(10):
        measures.observe_lateness("pid 1", 120.0)

    assert "times hold the client's own delays" in told(concluded(measures))


def test_requests_that_the_end_cut_off_are_told_when_there_are_any() -> None:
    measures = measures_of([ELSE] * 50)
    measures.observe(HOT._replace(error=UNFINISHED), JUDGED, 0)

    assert "1 requests still waited at the end" in told(concluded(measures))


def test_folder_holds_report_and_document_when_a_run_is_written(tmp_path: Path) -> None:
    document = concluded(measures_of([ELSE] * 50)).as_document()

    text = report.write(document, tmp_path, None)

    assert (tmp_path / "report.txt").read_text() == text
    assert json.loads((tmp_path / "report.json").read_text())["verdict"] == "VALID"
    assert not (tmp_path / "heat.html").exists()


@pytest.mark.parametrize(
    ("values", "drawn"), [([], ""), ([0, 0], "  "), ([0, 8, 4], " █▄"), ([0.01, 100], "▁█"), ([1] * 200, "█" * 60)]
)
def test_bar_is_drawn_for_everything_above_nothing_when_drawn_small(values: list[float], drawn: str) -> None:
    assert report.sparkline(values) == drawn
