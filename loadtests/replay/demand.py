"""What a trace asks for in all: how long a replay takes, its busiest second, and its units for an estimate."""

import math
from collections import Counter
from dataclasses import dataclass, replace
from functools import lru_cache
from pathlib import Path

from harness.durations import duration_s
from harness.edge.aws.items import WRITES
from harness.errors import SettingInvalid
from loadtests.replay.pace import check_speed
from loadtests.replay.trace import RecordedCall, Trace, read_trace
from loadtests.settings import DURATION_S_MAX, Settings

ENDING_S = 3.0  # for the last calls to be answered
TRANSACTION_FACTOR = 2
ENTRIES = 2  # a write reaches its table and one index, where nobody told its units


@dataclass(frozen=True, slots=True)
class Demand:
    """What a replay asks for, at its speed. `rate_per_s` is that of its busiest second."""

    requests: int
    length_s: float
    rate_per_s: float
    read_units: float
    write_units: float


def replay_trace(settings: Settings) -> Trace:
    """Return the trace of a run; read once a process."""
    return _trace(settings.trace)


@lru_cache(maxsize=1)
def _trace(place: str) -> Trace:
    return read_trace(Path(place))


def demand_of(trace: Trace, speed: float = 1.0) -> Demand:
    """Return what a trace asks for when it is played `speed` times as fast as it was recorded."""
    check_speed(speed)
    busiest = Counter(int(call.at_s / speed) for call in trace.calls)
    return Demand(
        requests=len(trace.calls),
        length_s=trace.length_s / speed,
        rate_per_s=float(max(busiest.values(), default=0)),
        read_units=sum(_read_units(call) for call in trace.calls),
        write_units=sum(_write_units(call) for call in trace.calls),
    )


def fitted(settings: Settings, asked_for_s: object = None) -> Settings:
    """Return a replay's settings with the time that its trace takes, or as much of it as was asked for.

    Pace is the trace's, so `rate_per_s` becomes that of the busiest second: what bounds and estimates look at.
    """
    demand = demand_of(replay_trace(settings), settings.speed)
    wanted_s = demand.length_s + ENDING_S if asked_for_s is None else duration_s(asked_for_s)
    if wanted_s > DURATION_S_MAX:
        raise SettingInvalid(
            f"the trace takes {demand.length_s:,.0f} s at --speed {settings.speed:g}, expected at most a week",
            remedy="give a higher --speed, or --for to play the beginning",
        )
    return replace(settings, duration_s=wanted_s, rate_per_s=demand.rate_per_s, warm_up_s=0.0)


def _read_units(call: RecordedCall) -> float:
    if call.read_units is not None:
        return call.read_units
    return 0.0 if call.operation in WRITES else float(max(len(call.items), math.ceil(call.bytes_out / 4096)))


def _write_units(call: RecordedCall) -> float:
    if call.write_units is not None:
        return call.write_units
    if call.operation not in WRITES:
        return 0.0
    each = math.ceil(max(1.0, call.bytes_in / len(call.items)) / 1024)
    factor = TRANSACTION_FACTOR if call.operation.startswith("Transact") else 1
    return float(ENTRIES * factor * each * len(call.items))
