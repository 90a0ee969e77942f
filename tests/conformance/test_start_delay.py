"""An execution of quick states takes no fixed time."""

import statistics
from concurrent.futures import ThreadPoolExecutor

import pytest

from tests.conformance.cloud import Cloud

STATES = 5
P50_MS_MAX = 75.0  # half the pause that the engine as it comes makes before the first state
PARALLEL, RUNS = 8, 40


@pytest.mark.mended("start_delay")
def test_executions_are_quick_when_eight_run_beside_each_other(cloud: Cloud) -> None:
    names = [f"S{number}" for number in range(STATES)]
    states = {
        name: {"Type": "Pass", **({"Next": after} if after else {"End": True})}
        for name, after in zip(names, [*names[1:], None], strict=True)
    }
    machine = cloud.machine({"StartAt": names[0], "States": states})

    def run(_: int) -> float:
        described = cloud.closed(cloud.start(machine))
        assert described["status"] == "SUCCEEDED"
        return float((described["stopDate"] - described["startDate"]).total_seconds()) * 1000

    with ThreadPoolExecutor(PARALLEL) as clients:
        durations_ms = list(clients.map(run, range(RUNS)))

    assert statistics.median(durations_ms) < P50_MS_MAX
