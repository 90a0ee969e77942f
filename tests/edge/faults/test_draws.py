"""Delays are drawn from the rule's seed, and streamed answers are spoilt without losing their effect."""

import asyncio
from collections.abc import AsyncIterator
from statistics import mean, median
from typing import Any

import pytest

from harness.edge.call import Answer, Call, Target
from harness.edge.documents import RuleInvalid
from harness.edge.faults.distribution import distribution_of
from harness.edge.faults.fault import Dice, Fault
from harness.edge.faults.kinds import KINDS
from tests.edge.faults.test_rules import call_of


def drawn(count: int = 4_000, **distribution: Any) -> list[float]:
    made = distribution_of(distribution)
    return [made.delay_ms(Dice(1, "call", number).throw("delay")) for number in range(count)]


def test_uniform_delays_stay_within_their_bounds() -> None:
    delays = drawn(kind="uniform", min_ms=10, max_ms=30)

    assert 10 <= min(delays) < 11
    assert 29 < max(delays) <= 30
    assert mean(delays) == pytest.approx(20, rel=0.05)


def test_normal_delays_are_around_their_mean_and_never_negative() -> None:
    assert mean(drawn(kind="normal", mean_ms=100, sd_ms=10)) == pytest.approx(100, rel=0.02)
    assert min(drawn(kind="normal", mean_ms=1, sd_ms=10)) == 0


def test_exponential_delays_have_their_mean() -> None:
    assert mean(drawn(kind="exponential", mean_ms=50)) == pytest.approx(50, rel=0.1)


def test_lognormal_delays_have_their_median_and_their_tail() -> None:
    delays = sorted(drawn(kind="lognormal", median_ms=20, p99_ms=400))

    assert median(delays) == pytest.approx(20, rel=0.1)
    assert delays[int(len(delays) * 0.99)] == pytest.approx(400, rel=0.4)


def test_pareto_delays_begin_at_their_least() -> None:
    delays = drawn(kind="pareto", min_ms=10, shape=2)

    assert 10 <= min(delays) < 10.1
    assert median(delays) == pytest.approx(10 * 2**0.5, rel=0.1)


@pytest.mark.parametrize(
    "distribution",
    [
        {"kind": "exponential", "mean_ms": 500},
        {"kind": "pareto", "min_ms": 10, "shape": 0.01},
        {"kind": "lognormal", "median_ms": 20, "p99_ms": 4000},
    ],
)
def test_delays_end_at_the_longest_when_one_is_given(distribution: dict[str, Any]) -> None:
    assert max(drawn(**distribution, max_ms=60)) == 60


@pytest.mark.parametrize(
    "distribution",
    [
        {"kind": "lognormal", "median_ms": 0, "p99_ms": 10},
        {"kind": "lognormal", "median_ms": 20, "p99_ms": 10},
        {"kind": "pareto", "min_ms": 10, "shape": 0},
        {"kind": "normal", "mean_ms": "1", "sd_ms": 1},
        {"kind": "normal", "mean_ms": 1, "sd_ms": 1, "shape": 1},
        {"kind": "exponential", "mean_ms": float("nan")},
        {},
    ],
)
def test_distribution_is_refused_when_it_makes_no_sense(distribution: dict[str, Any]) -> None:
    with pytest.raises(RuleInvalid):
        distribution_of(distribution)


class Hold:
    """A hold that only takes notes."""

    target = Target("")

    def __init__(self) -> None:
        self.dice = Dice(0, "call", 1)
        self.effects: list[bool | None] = []
        self.missed: list[str] = []

    def means(self, target: Target) -> bool:
        return True

    def fire(self, *, effect: bool | None) -> None:
        self.effects.append(effect)

    def miss(self, why: str) -> None:
        self.missed.append(why)

    async def wait(self, duration_s: float) -> None:
        return

    async def wait_for_client(self, duration_s: float) -> None:
        return

    def kill_caller(self) -> str:
        return ""


class Stream:
    """An answer in parts; `sent` are those that were taken."""

    def __init__(self, content_type: bytes = b"application/octet-stream") -> None:
        self.sent = 0
        self.was_closed = False
        self.answer = Answer(200, [(b"content-type", content_type)], b"begin", self._parts())

    async def _parts(self) -> AsyncIterator[bytes]:
        try:
            for part in (b"-middle", b"-end"):
                self.sent += 1
                yield part
        finally:
            self.was_closed = True


def befall(fault: Fault, stream: Stream, call: Call | None = None) -> Answer:
    return asyncio.run(fault.after(Hold(), call or call_of(service="s3", operation="GetObject"), stream.answer))


@pytest.mark.parametrize("kind", ["reset", "hang", "kill_caller"])
def test_stream_is_read_to_its_end_when_it_is_lost(kind: str) -> None:
    stream = Stream()

    answer = befall(KINDS[kind].made_of({}), stream)

    assert (answer.fate.kind, stream.sent, stream.was_closed) == ("reset", 2, True)


def test_stream_is_read_to_its_end_when_an_error_takes_its_place() -> None:
    stream = Stream()

    answer = befall(KINDS["error"].made_of({"error": "SlowDown"}), stream)

    assert (answer.status, answer.rest, stream.sent) == (503, None, 2)


def test_half_of_a_stream_is_sent_when_it_is_truncated() -> None:
    answer = befall(KINDS["truncate"].made_of({}), Stream())

    assert answer.body == b"begin-middle-end"
    assert (answer.fate.kind, answer.fate.bytes_sent) == ("truncated", 8)


def test_stream_goes_on_when_its_first_part_is_garbled() -> None:
    stream = Stream()

    answer = befall(KINDS["corrupt"].made_of({}), stream)

    assert answer.body != b"begin"
    assert (len(answer.body), stream.sent) == (5, 0)
    assert answer.rest is not None


def test_stream_of_events_is_closed_when_it_is_lost() -> None:
    stream = Stream(b"application/vnd.amazon.eventstream")

    answer = befall(KINDS["reset"].made_of({}), stream)

    assert (answer.fate.kind, stream.sent) == ("reset", 0)


@pytest.mark.parametrize("body", [b"{}", b'{"a": 1}', b"<a/>", b"\xa0\x01", b"x"])
def test_no_body_stays_what_it_was_when_it_is_garbled(body: bytes) -> None:
    answer = Answer(200, [], body)

    asyncio.run(KINDS["corrupt"].made_of({}).after(Hold(), call_of(), answer))

    assert len(answer.body) == len(body)
    assert answer.body[0] != body[0]
