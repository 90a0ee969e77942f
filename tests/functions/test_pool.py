"""Workers are reused, replaced, killed on purpose and bounded."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

import pytest

from harness.errors import EnvironmentNotRunning
from harness.targets.embedded.functions import FunctionPool, FunctionSpec
from harness.waiting import wait_until
from tests.functions.conftest import Functions

OwnFunctions = Callable[..., Functions]

COUNTS = (
    "import os\ncount = 0\ndef handler(event, context):\n    global count; count += 1\n    return [os.getpid(), count]"
)
SLEEPS = "import time\ndef handler(event, context):\n    time.sleep(event)\n    return event"


def await_busy(functions: Functions, spec: FunctionSpec, workers: int) -> None:
    def busy() -> bool:
        rows = [row for row in functions.pool.stats() if row["function"] == spec.name]
        return sum(bool(row["busy"] and row["invocations"]) for row in rows) == workers

    wait_until(f"{workers} busy workers", busy, within_s=5)


def test_worker_is_reused_when_it_is_warm(functions: Functions) -> None:
    spec = functions.make(COUNTS)

    answers = [functions.invoke(spec).payload for _ in range(3)]

    assert [answer[1] for answer in answers] == [1, 2, 3]  # type: ignore[index]
    assert len(functions.pids(spec)) == 1


def test_calls_run_in_workers_of_their_own_when_concurrent(
    functions: Functions, background: ThreadPoolExecutor
) -> None:
    spec = functions.make(SLEEPS)

    answers = list(background.map(lambda _: functions.invoke(spec, b"0.3").payload, range(4)))

    assert answers == [0.3] * 4
    assert len(functions.pids(spec)) == 4


@pytest.mark.parametrize("change", [{"environment": {"A": "2"}}, {"memory_mb": 256}, {"code_sha256": "other"}])
def test_new_worker_serves_when_code_or_configuration_changed(functions: Functions, change: dict[str, object]) -> None:
    spec = functions.make(COUNTS)
    old = functions.invoke(spec).payload

    new = functions.invoke(replace(spec, **change)).payload  # type: ignore[arg-type]

    assert old[0] != new[0]  # type: ignore[index]
    assert functions.pids(spec) == [new[0]]  # type: ignore[index]


def test_request_fails_as_killed_when_its_worker_is_killed(
    functions: Functions, background: ThreadPoolExecutor
) -> None:
    spec = functions.make(SLEEPS, timeout_s=20)
    running = background.submit(functions.invoke, spec, b"20", request_id="victim")
    await_busy(functions, spec, 1)

    assert functions.pool.kill_worker("victim")

    error = running.result(20).error
    assert error is not None
    assert error["errorType"] == "Runtime.ExitError"
    assert not functions.pool.kill_worker("victim")


def test_only_busy_workers_die_when_a_function_is_killed(functions: Functions, background: ThreadPoolExecutor) -> None:
    spec, other = functions.make(SLEEPS, timeout_s=20), functions.make(COUNTS)
    functions.invoke(other)
    running = [background.submit(functions.invoke, spec, b"20") for _ in range(2)]
    await_busy(functions, spec, 2)

    assert functions.pool.kill_function(spec.name) == 2
    assert functions.pool.kill_function(other.name) == 0

    assert all(one.result(20).error for one in running)
    assert functions.invoke(other).payload[1] == 2  # type: ignore[index]


def test_call_is_throttled_when_no_worker_becomes_free_in_time(
    own_functions: OwnFunctions, background: ThreadPoolExecutor
) -> None:
    functions = own_functions(workers_per_function_max=1)
    spec = functions.make(SLEEPS, timeout_s=20)
    running = background.submit(functions.invoke, spec, b"20")
    await_busy(functions, spec, 1)

    outcome = functions.invoke(replace(spec, timeout_s=1))

    assert outcome.throttled
    functions.pool.kill_function(spec.name)
    assert running.result(20).error is not None


def test_idle_workers_end_when_nobody_uses_them(own_functions: OwnFunctions) -> None:
    functions = own_functions(idle_for_s=0.2)
    spec = functions.make(COUNTS)
    functions.invoke(spec)

    wait_until("the idle worker ends", lambda: not functions.pids(spec), within_s=3)


def test_all_workers_are_new_when_they_were_discarded(functions: Functions) -> None:
    spec = functions.make(COUNTS)
    first = functions.invoke(spec).payload

    functions.pool.discard_workers()

    assert functions.invoke(spec).payload[0] != first[0]  # type: ignore[index]


def test_waiting_and_running_calls_end_when_the_pool_closes(
    own_functions: OwnFunctions, background: ThreadPoolExecutor
) -> None:
    functions = own_functions(workers_per_function_max=1)
    spec = functions.make(SLEEPS, timeout_s=20)
    running = background.submit(functions.invoke, spec, b"20")
    await_busy(functions, spec, 1)
    waiting = background.submit(functions.invoke, spec, b"20")
    wait_until("a caller queues", lambda: len(functions.pool._leases._waiting) == 1, within_s=2)

    functions.pool.close()
    functions.pool.close()

    assert running.result(20).error is not None
    with pytest.raises(EnvironmentNotRunning):
        waiting.result(20)
    with pytest.raises(EnvironmentNotRunning):
        functions.invoke(spec)


def test_work_files_are_gone_when_the_pool_is_closed(own_functions: OwnFunctions) -> None:
    functions = own_functions()
    functions.invoke(functions.make("def handler(event, context): open('/tmp/../dev/null')"))
    work_dir = functions.pool._work_dir
    assert work_dir.exists()

    functions.pool.close()

    assert not work_dir.exists()


def test_functions_run_when_forking_is_unsafe(own_functions: OwnFunctions) -> None:
    functions = own_functions()  # spawns
    spec = functions.make(COUNTS)

    assert functions.invoke(spec).payload[1] == 1  # type: ignore[index]
    ended = functions.run("import sys\ndef handler(event, context): sys.exit(3)").error
    assert ended is not None
    assert str(ended["errorMessage"]).endswith("exit status 3")


def test_stats_name_every_worker_when_asked(functions: Functions, shared_pool: FunctionPool) -> None:
    spec = functions.make(COUNTS)
    functions.invoke(spec)

    (row,) = [row for row in shared_pool.stats() if row["function"] == spec.name]

    assert row["busy"] is False
    assert row["invocations"] == 1
    assert 10_000_000 < int(str(row["rss_bytes"])) < 100_000_000
