"""Prometheus reads what the record counts, and hostile names do not grow it."""

import asyncio
from typing import Any

import pytest
from prometheus_client.parser import text_string_to_metric_families

from harness.edge.record import Recorder, RecordOptions
from harness.edge.record.metrics import KINDS_MAX
from tests.edge.record.calls import RESET, answer, call, pass_through
from tests.edge.record.test_questions import ask

NO = b'{"__type": "ValidationException"}'


def samples(recorder: Recorder) -> dict[tuple[str, ...], float]:
    """Every sample by its name and the values of its labels in alphabetical order of the labels."""
    text = ask(recorder, "GET", "metrics").text
    return {
        (one.name, *(value for _, value in sorted(one.labels.items()))): one.value
        for family in text_string_to_metric_families(text)
        for one in family.samples
    }


def test_calls_are_counted_by_service_operation_and_outcome() -> None:
    recorder = Recorder()
    pass_through(recorder, call(body=b"1234"), answer(b"12"))
    pass_through(recorder, call(body=b"1234"), answer(NO, 400))
    pass_through(recorder, call("GetItem"), answer(fate=RESET))

    read = samples(recorder)

    assert read["rehearsal_calls_total", "PutItem", "ok", "dynamodb"] == 1
    assert read["rehearsal_calls_total", "PutItem", "error", "dynamodb"] == 1
    assert read["rehearsal_calls_total", "GetItem", "lost", "dynamodb"] == 1
    assert read["rehearsal_call_bytes_total", "in", "PutItem", "dynamodb"] == 8
    assert read["rehearsal_call_bytes_total", "out", "PutItem", "dynamodb"] == 2 + len(NO)
    assert read["rehearsal_call_duration_seconds_count", "PutItem", "dynamodb"] == 2
    assert read["rehearsal_call_duration_seconds_bucket", "+Inf", "PutItem", "dynamodb"] == 2
    assert read["rehearsal_calls_in_flight",] == 0


def test_buckets_hold_what_took_at_most_as_long(monkeypatch: pytest.MonkeyPatch) -> None:
    recorder = Recorder()
    for took_s in (0.0004, 0.003, 0.003, 120.0):
        one = call()
        monkeypatch.setattr("harness.edge.record.room.time.perf_counter", lambda one=one, s=took_s: one.started_s + s)
        pass_through(recorder, one, answer())
        monkeypatch.undo()

    read = samples(recorder)

    bucket = "rehearsal_call_duration_seconds_bucket"
    counts = [read[bucket, bound, "PutItem", "dynamodb"] for bound in ("0.0005", "0.002", "0.005", "30.0", "+Inf")]
    assert counts == [1, 1, 3, 3, 4]
    assert read["rehearsal_call_duration_seconds_sum", "PutItem", "dynamodb"] == pytest.approx(120.0064)


def test_faults_are_counted_by_kind_and_phase() -> None:
    recorder = Recorder()
    fault = {"id": "f-1", "kind": "latency", "phase": "before"}
    pass_through(recorder, call(marks={"fault": fault}), answer())

    assert samples(recorder)["rehearsal_faults_fired_total", "latency", "before"] == 1


def test_number_of_labels_stays_bounded_when_names_are_hostile() -> None:
    recorder = Recorder(RecordOptions(kept_max=10))
    for number in range(KINDS_MAX * 2):
        pass_through(recorder, call(f"Operation{number}", service='s"\n\\'), answer())

    read = samples(recorder)

    counted = {sample[1:]: value for sample, value in read.items() if sample[0] == "rehearsal_calls_total"}
    assert len(counted) == KINDS_MAX + 1
    assert counted["other", "ok", "other"] == KINDS_MAX
    assert read["rehearsal_records_dropped_total", "memory"] == KINDS_MAX * 2 - 10


def test_waiting_call_is_in_flight() -> None:
    recorder = Recorder()
    seen = []

    async def run() -> None:
        async def proceed(_: object) -> Any:
            seen.append(recorder.metrics.in_flight)
            return answer()

        await recorder.handle(call(), proceed)

    asyncio.run(run())
    assert (seen, recorder.metrics.in_flight) == ([1], 0)


def test_counters_begin_anew_when_everything_is_forgotten() -> None:
    recorder = Recorder()
    pass_through(recorder, call(), answer())
    asyncio.run(recorder.forget(None))

    assert not [name for name, *_ in samples(recorder) if name == "rehearsal_calls_total"]


def test_openmetrics_is_spoken_when_the_scraper_accepts_it() -> None:
    recorder = Recorder()
    told = ask(recorder, "GET", "metrics", headers={"accept": "application/openmetrics-text; version=1.0.0"})

    assert told.headers["content-type"].startswith("application/openmetrics-text")
    assert told.text.endswith("# EOF\n")
