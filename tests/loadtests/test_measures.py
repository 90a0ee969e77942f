"""Measures: what is counted, what percentiles come to, and that figures of many processes add up."""

import json
from random import Random

import pytest

from loadtests.measures import (
    ALL,
    CUT,
    GROUP,
    HOT,
    JUDGED,
    KEY,
    OTHER_KEYS,
    OTHERS,
    PROCESS,
    REQUEST,
    STEP,
    TENANT,
    THROTTLED_KEYS_MAX,
    UNFINISHED,
    WARM_UP,
    Measures,
    Observation,
    rounded_ms,
)

REASON = "TableWriteKeyRangeThroughputExceeded"
THROTTLED = Observation(
    "debit", 250.0, key="w-0", tenant="t-0", hot=True, attempts=4, waited_s=0.2, throttles={REASON: 3}, write_units=1.0
)
SMOOTH = Observation("read", 5.0, key="w-1", tenant="t-1", read_units=0.5)
FAILED = Observation("debit", 900.0, error="ThrottlingException", key="w-0", tenant="t-0", hot=True, attempts=1)


def measured(*seen: Observation, phase: str = JUDGED) -> Measures:
    measures = Measures()
    for number, one in enumerate(seen):
        measures.observe(one, phase, number)
    return measures


def test_figures_are_told_apart_when_requests_differ() -> None:
    measures = measured(THROTTLED, SMOOTH, FAILED)

    everything = measures.view(JUDGED, ALL)
    assert (everything.requests, everything["attempts"], everything["throttled_attempts"]) == (3, 6, 3)
    assert everything.error_rate == pytest.approx(1 / 3)
    assert everything.throttle_rate == pytest.approx(0.5)
    assert everything.starting("throttle:") == {REASON: 3}
    assert measures.view(JUDGED, REQUEST, "debit").requests == 2
    assert measures.view(JUDGED, GROUP, HOT).starting("error:") == {"ThrottlingException": 1}
    assert measures.view(JUDGED, GROUP, OTHERS)["throttled_attempts"] == 0
    assert measures.view(JUDGED, TENANT, "t-1").smooth_rate == 1.0
    assert measures.view(JUDGED, TENANT, "t-0").smooth_rate == 0.0
    assert measures.view("", STEP, "0")["throttled:hot"] == 3
    assert measures.names(JUDGED, KEY) == ["w-0"]
    assert measures.consumed() == (0.5, 1.0)


def test_warm_up_leaves_the_judged_part_alone_when_both_are_measured() -> None:
    measures = measured(THROTTLED, phase=WARM_UP)

    assert measures.view(JUDGED).requests == 0
    assert measures.view(WARM_UP).requests == 1
    assert measures.consumed() == (0.0, 1.0)


def test_part_of_a_larger_request_is_told_and_not_judged_when_aside() -> None:
    measures = measured(Observation("look", 5.0, aside=True, key="w-1", tenant="t-1"))

    assert measures.view(JUDGED, REQUEST, "look").requests == 1
    assert measures.view(JUDGED).requests == 0
    assert measures.names(JUDGED, TENANT) == []


def test_request_is_neither_failed_nor_done_when_the_end_cut_it_off() -> None:
    measures = measured(Observation("debit", 9000.0, error=UNFINISHED, key="w-0"))

    assert measures.view(JUDGED).requests == 0
    assert measures.view("", CUT, "debit").requests == 1


def test_percentiles_are_within_five_percent_when_times_are_random() -> None:
    random = Random(3)  # noqa: S311 - no secret
    times = sorted(random.lognormvariate(3, 1) for _ in range(5000))
    view = measured(*[Observation("read", time) for time in times]).view(JUDGED)

    for part in (0.5, 0.9, 0.99):
        assert view.percentile_ms(part) == pytest.approx(times[int(part * 5000)], rel=0.06)


@pytest.mark.parametrize(
    ("took_ms", "rounded"), [(0.04, 0.0), (0.26, 0.3), (9.94, 9.9), (12.4, 12), (123.0, 120), (9876.0, 9900)]
)
def test_time_keeps_two_digits_when_rounded(took_ms: float, rounded: float) -> None:
    assert rounded_ms(took_ms) == rounded


def test_percentile_is_nothing_when_nothing_was_measured() -> None:
    view = Measures().view(JUDGED)

    assert (view.percentile_ms(0.99), view.error_rate, view.throttle_rate, view.smooth_rate) == (0, 0, 0, 0)


def test_sum_is_the_same_when_two_processes_measured() -> None:
    one, two, whole = measured(THROTTLED, SMOOTH), measured(FAILED), Measures()
    two.stop_reasons.append("the cap was reached")
    one.add_figure(PROCESS, "a", "cpu_s", 1.5)
    for part in (one, two):
        whole.add_document(json.loads(json.dumps(part.as_document())))

    alone = measured(THROTTLED, SMOOTH, FAILED).view(JUDGED).figures
    assert whole.view(JUDGED).figures == alone
    assert whole.view("", PROCESS, "a")["cpu_s"] == 1.5
    assert whole.stop_reasons == ["the cap was reached"]


def test_each_figure_is_handed_over_once_when_drained() -> None:
    worker, master = measured(THROTTLED), Measures()
    master.add_document(worker.drain())
    worker.observe(SMOOTH, JUDGED, 1)
    master.add_document(worker.drain())
    master.add_document(worker.drain())

    assert master.view(JUDGED).requests == 2


def test_throttled_keys_are_bounded_when_there_are_many() -> None:
    measures = Measures()
    for number in range(THROTTLED_KEYS_MAX + 50):
        measures.observe(THROTTLED._replace(key=f"w-{number}"), JUDGED, 0)

    assert len(measures.names(JUDGED, KEY)) == THROTTLED_KEYS_MAX + 1
    assert measures.view(JUDGED, KEY, OTHER_KEYS)[f"throttle:{REASON}"] == 150
