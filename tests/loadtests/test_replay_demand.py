"""A replay takes as long as its trace, at its speed, and its units are estimated from what was recorded."""

from dataclasses import replace
from pathlib import Path

import orjson
import pytest

from harness.errors import SettingInvalid
from harness.plan.tariff import Tariff
from loadtests.replay.demand import ENDING_S, demand_of, fitted
from loadtests.replay.trace import trace_of
from loadtests.settings import Settings
from loadtests.spend import estimate
from tests.loadtests.recorded import recorded

ITEM, OTHER = ("T", "ID=1"), ("T", "ID=2")
RECORDS = [recorded("GetItem", ITEM, at_s=second / 4, read_units=0.5) for second in range(41)]


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    file = tmp_path / "calls.jsonl"
    file.write_bytes(b"".join(orjson.dumps(record) + b"\n" for record in RECORDS))
    return Settings(shape="replay", trace=str(file), warm_up_s=20.0)


def test_demand_is_faster_and_shorter_when_the_speed_is_higher() -> None:
    slow, fast = demand_of(trace_of(RECORDS)), demand_of(trace_of(RECORDS), 2.0)

    assert (slow.length_s, slow.rate_per_s) == (10.0, 4.0)
    assert (fast.length_s, fast.rate_per_s) == (5.0, 8.0)
    assert slow.read_units == fast.read_units == 20.5


@pytest.mark.parametrize(
    ("record", "units"),
    [
        (recorded("PutItem", ITEM, write_units=3.0), (0.0, 3.0)),
        (recorded("PutItem", ITEM, bytes_in=2500), (0.0, 6.0)),
        (recorded("TransactWriteItems", ITEM, OTHER, bytes_in=1000), (0.0, 8.0)),
        (recorded("BatchGetItem", ITEM, OTHER, bytes_out=100), (2.0, 0.0)),
        (recorded("Query", ITEM, bytes_out=9000), (3.0, 0.0)),
    ],
)
def test_units_are_estimated_from_sizes_when_nobody_told_them(
    record: dict[str, object], units: tuple[float, float]
) -> None:
    demand = demand_of(trace_of([record]))

    assert (demand.read_units, demand.write_units) == units


def test_run_takes_as_long_as_its_trace_when_nothing_else_was_asked(settings: Settings) -> None:
    run = fitted(replace(settings, speed=2.0))

    assert (run.duration_s, run.rate_per_s, run.warm_up_s) == (5.0 + ENDING_S, 8.0, 0.0)
    assert fitted(settings, 4.0).duration_s == 4.0


def test_run_is_refused_when_its_trace_takes_too_long(settings: Settings) -> None:
    with pytest.raises(SettingInvalid, match="expected"):
        fitted(replace(settings, speed=0.0001))


def test_estimate_is_of_the_trace_when_a_trace_is_played(settings: Settings) -> None:
    expected = estimate(settings, "us-east-1")

    assert (expected.requests, expected.read_units) == (41, 20.5)
    assert expected.usd == pytest.approx(Tariff.of("us-east-1").units_usd(20.5, 0.0))
