"""A function's time is as far ahead as the clock that its pool follows, from one event to the next."""

import time
from collections.abc import Callable
from datetime import UTC, datetime

import pytest

from tests.functions.conftest import Functions

DAY_S = 86_400.0
TELLS = """
import time
from datetime import UTC, datetime
imported_s = time.time()
started_s = time.monotonic()
def handler(event, context):
    return {
        "time": time.time(),
        "datetime": datetime.now(UTC).timestamp(),
        "imported": imported_s,
        "passed": time.monotonic() - started_s,
        "left_ms": context.get_remaining_time_in_millis(),
    }
"""


class Moved:
    """A clock that a test moves."""

    def __init__(self) -> None:
        self.ahead_s = 0.0

    def __call__(self) -> float:
        return self.ahead_s


@pytest.fixture
def moving(own_functions: Callable[..., Functions]) -> tuple[Functions, Moved]:
    functions, clock = own_functions(), Moved()
    functions.pool.follow(clock)
    return functions, clock


def told(functions: Functions, spec: object) -> dict[str, float]:
    seen = functions.invoke(spec).payload  # type: ignore[arg-type]
    assert isinstance(seen, dict), seen
    return seen


@pytest.mark.parametrize("method", ["fork", "spawn"])
def test_time_moves_in_a_worker_that_runs_when_the_clock_does(
    own_functions: Callable[..., Functions], method: str
) -> None:
    functions, clock = own_functions(method=method), Moved()
    functions.pool.follow(clock)
    spec = functions.make(TELLS)
    before = told(functions, spec)
    clock.ahead_s = 3 * DAY_S
    after = told(functions, spec)
    clock.ahead_s = 0.0
    again = told(functions, spec)

    assert before["time"] == pytest.approx(time.time(), abs=30)
    assert after["time"] == pytest.approx(time.time() + 3 * DAY_S, abs=30)
    assert after["datetime"] == pytest.approx(after["time"], abs=1)
    assert again["time"] == pytest.approx(time.time(), abs=30)
    assert functions.pids(spec) == [functions.pids(spec)[0]]
    assert before["passed"] <= after["passed"] <= again["passed"] < 60


def test_module_sees_the_moved_time_when_its_worker_starts_later(moving: tuple[Functions, Moved]) -> None:
    functions, clock = moving
    clock.ahead_s = DAY_S

    seen = told(functions, functions.make(TELLS))

    assert seen["imported"] == pytest.approx(time.time() + DAY_S, abs=30)


def test_remaining_time_is_the_timeout_when_the_clock_is_ahead(moving: tuple[Functions, Moved]) -> None:
    functions, clock = moving
    spec = functions.make(TELLS, timeout_s=5)
    clock.ahead_s = 400 * DAY_S

    assert 3_000 < told(functions, spec)["left_ms"] <= 5_000


def test_import_path_is_the_functions_own_when_the_clock_is_ahead(moving: tuple[Functions, Moved]) -> None:
    functions, clock = moving
    spec = functions.make("import sys\ndef handler(event, context): return sys.path")
    before = functions.invoke(spec).payload
    clock.ahead_s = DAY_S

    assert functions.invoke(spec).payload == before


def test_calls_of_aws_are_signed_with_the_moved_time_when_the_clock_is_ahead(moving: tuple[Functions, Moved]) -> None:
    functions, clock = moving
    clock.ahead_s = DAY_S
    source = """
        import boto3
        def handler(event, context):
            client = boto3.client("dynamodb", region_name="us-east-1")
            seen = {}
            client.meta.events.register("before-send", lambda request, **_: seen.update(request.headers) or stop())
            try:
                client.list_tables()
            except InterruptedError:
                return {name: value.decode() if isinstance(value, bytes) else value for name, value in seen.items()}
        def stop():
            raise InterruptedError
    """

    headers = functions.run(source, timeout_s=20).payload

    assert isinstance(headers, dict), headers
    day = datetime.fromtimestamp(time.time() + DAY_S, UTC).strftime("%Y%m%d")
    assert headers["X-Amz-Date"].startswith(day)
    assert f"/{day}/" in headers["Authorization"]
