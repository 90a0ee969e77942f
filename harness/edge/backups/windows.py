"""Which instants a table can be restored to. Pure arithmetic on epoch seconds.

Source: LatestRestorableDateTime is "typically 5 minutes before the current time", the earliest is bounded by the
recovery period and by when backups were enabled (documented); right after that both are the enabling's second, and
the latest never lies before the earliest (observed on AWS, October 2026).
Assumed: an instant given as a whole second means that second to its end, because SDKs send whole seconds; one with a
fraction means itself.
"""

import math
from dataclasses import dataclass
from datetime import UTC, datetime

from harness.edge.backups.answers import Refused

DAY_S = 86_400
PERIOD_DAYS_MAX = 35
LAG_S_DEFAULT = 300.0


@dataclass(frozen=True, slots=True)
class Window:
    """The first and the last second that a table can be restored to."""

    earliest_s: int
    latest_s: int

    def check(self, at_s: float) -> None:
        """Raise Refused for an instant outside."""
        if not self.earliest_s <= math.floor(at_s) <= self.latest_s:
            raise Refused(
                "InvalidRestoreTimeException",
                f"RestoreDateTime '{stamp(at_s)}' must be within EarliestRestorableDateTime "
                f"'{stamp(self.earliest_s)}' and LatestRestorableDateTime '{stamp(self.latest_s)}'",
            )


def window(since_s: float, days: int, known_from_s: float, now_s: float, lag_s: float) -> Window:
    """Return the window of a table whose backups are on since `since_s` and reach back `days`."""
    earliest_s = math.floor(max(since_s, now_s - days * DAY_S, known_from_s))
    return Window(earliest_s, max(earliest_s, math.floor(now_s - lag_s)))


def last_instant(at_s: float) -> float:
    """Return the last instant that a RestoreDateTime includes."""
    return math.nextafter(at_s + 1, at_s) if at_s == math.floor(at_s) else at_s


def stamp(at_s: float) -> str:
    """Return an instant as the error texts write it: UTC, whole seconds."""
    return datetime.fromtimestamp(math.floor(at_s), UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
