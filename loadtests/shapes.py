"""How many users there are at a moment of the run: steady, ramp, spike, soak, launch day. Every one of them ends.

Users keep their own pace, so requests a second follow the users. Pure: `LoadTestShape` is made of a curve in the
locustfile. A replay keeps all its users; its pace is the trace's.
"""

import math
from collections.abc import Callable

from loadtests.settings import Settings

# Locust changes the number of users once a second; a step takes about that long.
STEP_S = 1.0
_SPIKE_BASE, _LAUNCH_BASE, _LAUNCH_AFTER = 0.25, 0.1, 0.4

Curve = Callable[[float], float]


def part_of_users(shape: str, done: float) -> float:
    """Return which part of the users (over 0 up to 1) is there when `done` (0 to 1) of the run is over."""
    return _CURVES[shape](min(max(done, 0.0), 1.0))


def users_at(settings: Settings, elapsed_s: float) -> int | None:
    """Return how many users there are after `elapsed_s`; None once the run is over."""
    if elapsed_s >= settings.duration_s:
        return None
    part = part_of_users(settings.shape, elapsed_s / settings.duration_s)
    return max(1, round(settings.users * part))


def spawn_rate_s(settings: Settings) -> float:
    """Return how many users may be started or stopped a second: enough for any step of a shape."""
    return max(1.0, settings.users / STEP_S)


def _steady(_: float) -> float:
    return 1.0


def _ramp(done: float) -> float:
    """From nothing to all users over nine tenths of the run."""
    return min(1.0, done / 0.9)


def _spike(done: float) -> float:
    """A quarter of the users, and all of them for the fifth of the run in its middle."""
    return 1.0 if 0.4 <= done < 0.6 else _SPIKE_BASE


def _soak(done: float) -> float:
    """All users but for a gentle start: what matters is --for."""
    return min(1.0, 0.1 + done / 0.05 * 0.9)


def _launch_day(done: float) -> float:
    """A quiet fifth, the doors open at once to everybody, and interest fades to two fifths."""
    if done < 0.2:
        return _LAUNCH_BASE
    return _LAUNCH_AFTER + (1.0 - _LAUNCH_AFTER) * math.exp(-(done - 0.2) / 0.25)


_CURVES: dict[str, Curve] = {
    "steady": _steady,
    "ramp": _ramp,
    "spike": _spike,
    "soak": _soak,
    "launch-day": _launch_day,
    "replay": _steady,
}
