"""The circuit breaker: opens after failures in a row, lets one probe through, and is one for all workers."""

from concurrent.futures import ThreadPoolExecutor

import pytest
from payments.domain.breaker import Admission, Breaker
from payments.domain.circuit import BreakerPolicy, Circuit
from payments.domain.errors import CircuitOpen, StoreUnavailable

from tests.systems.payments.fakes import Clock, MemoryCircuits

POLICY = BreakerPolicy(failure_threshold=3, window_ms=10_000, open_ms=5_000, probe_lease_ms=2_000, cache_ms=1_000)


class Workers:
    """Several workers that share a table and a clock."""

    def __init__(self) -> None:
        self.clock, self.circuits = Clock(), MemoryCircuits()

    def one(self) -> Breaker:
        return Breaker(self.circuits, POLICY, self.clock)

    def types(self) -> list[str]:
        return [event.event_type for event in self.circuits.events]


def admitted(breaker: Breaker) -> Admission | None:
    try:
        return breaker.admit("m-1")
    except CircuitOpen:
        return None


def fail(breaker: Breaker, times: int) -> None:
    for _ in range(times):
        breaker.failed(breaker.admit("m-1"))


def opened() -> Workers:
    workers = Workers()
    fail(workers.one(), 3)
    return workers


def test_circuit_opens_for_all_workers_when_the_threshold_is_reached():
    workers = Workers()
    first, second = workers.one(), workers.one()

    fail(first, 2)
    assert admitted(second)
    fail(first, 1)
    workers.clock.advance(1)

    assert admitted(first) is None
    assert admitted(second) is None
    assert admitted(workers.one()) is None
    assert workers.types() == ["CircuitOpenedEvent"]


def test_retry_after_tells_how_long_the_circuit_stays_open():
    workers = opened()
    workers.clock.advance(1)

    with pytest.raises(CircuitOpen) as refused:
        workers.one().admit("m-1")

    assert refused.value.retry_after_s == 4.0


def test_routes_are_apart_when_one_fails():
    workers = opened()

    assert workers.one().admit("m-2")


def test_circuit_stays_closed_when_successes_are_among_the_failures():
    workers = Workers()
    breaker = workers.one()

    for _ in range(5):
        fail(breaker, 2)
        breaker.succeeded(breaker.admit("m-1"))

    assert workers.types() == []


def test_circuit_stays_closed_when_failures_are_far_apart():
    workers = Workers()
    breaker = workers.one()

    for _ in range(9):
        fail(breaker, 1)
        workers.clock.advance(6)

    assert admitted(breaker)


def test_happy_path_costs_one_read_while_the_cache_lasts_and_no_write():
    workers = Workers()
    breaker = workers.one()

    for _ in range(50):
        breaker.succeeded(breaker.admit("m-1"))

    assert (workers.circuits.reads, workers.circuits.writes) == (1, 0)


def test_one_probe_passes_when_the_time_is_over():
    workers = opened()
    workers.clock.advance(5)
    breakers = [workers.one() for _ in range(16)]

    with ThreadPoolExecutor(16) as pool:
        probes = [one for one in pool.map(admitted, breakers) if one]

    assert len(probes) == 1
    assert workers.types() == ["CircuitOpenedEvent", "CircuitHalfOpenedEvent"]


def test_circuit_closes_when_the_probe_succeeds():
    workers = opened()
    workers.clock.advance(5)
    breaker = workers.one()

    breaker.succeeded(breaker.admit("m-1"))

    assert admitted(workers.one())
    assert workers.types()[-1] == "CircuitClosedEvent"


def test_circuit_opens_again_when_the_probe_fails():
    workers = opened()
    workers.clock.advance(5)
    fail(workers.one(), 1)

    assert admitted(workers.one()) is None
    workers.clock.advance(5)
    assert admitted(workers.one())
    assert workers.types().count("CircuitOpenedEvent") == 2


def test_another_probe_passes_when_the_first_never_reports():
    workers = opened()
    workers.clock.advance(5)
    lost = workers.one().admit("m-1")
    assert admitted(workers.one()) is None

    workers.clock.advance(2)
    second = workers.one()
    probe = second.admit("m-1")
    # The first comes back late: its lease is over, so it decides nothing.
    workers.one().succeeded(lost)
    assert admitted(workers.one()) is None
    second.succeeded(probe)
    assert admitted(workers.one())


def test_late_failures_change_nothing_when_the_circuit_is_open():
    workers = Workers()
    late = workers.one().admit("m-1")
    fail(workers.one(), 3)
    before = workers.circuits.circuits["m-1"]

    workers.one().failed(late)

    assert workers.circuits.circuits["m-1"] == before


def test_failures_are_all_counted_when_workers_report_at_once():
    workers = Workers()
    breakers = [workers.one() for _ in range(3)]
    admissions = [breaker.admit("m-1") for breaker in breakers]

    with ThreadPoolExecutor(3) as pool:
        list(pool.map(lambda pair: pair[0].failed(pair[1]), zip(breakers, admissions, strict=True)))

    assert workers.types() == ["CircuitOpenedEvent"]


def go_away(circuits: MemoryCircuits) -> list[str]:
    """Let the table answer no more, and return the routes that it is asked for."""
    asked: list[str] = []

    def read(route: str) -> Circuit:
        asked.append(route)
        raise StoreUnavailable("the tables are busy or did not answer")

    circuits.read = read  # type: ignore[method-assign]
    return asked


def test_calls_pass_and_the_table_is_asked_once_a_while_when_it_does_not_answer():
    workers = Workers()
    asked = go_away(workers.circuits)
    breaker = workers.one()

    assert [admitted(breaker), admitted(breaker)] == [Admission("m-1"), Admission("m-1")]
    assert asked == ["m-1"]
    workers.clock.advance(2)
    assert admitted(breaker)
    assert asked == ["m-1", "m-1"]


def test_open_circuit_stays_open_for_its_time_when_the_table_does_not_answer():
    workers = opened()
    breaker = workers.one()
    assert admitted(breaker) is None
    go_away(workers.circuits)

    workers.clock.advance(2)
    assert admitted(breaker) is None
    workers.clock.advance(4)
    assert admitted(breaker) == Admission("m-1")
