"""The edge's clock and TTL as tests use them.

The clock is the whole environment's: whoever shares it with other tests lets time pass for items of its own only, by
`expire_items`, and leaves the clock alone. Where functions live in containers they don't follow the edge's clock, so
time passes there for what is the edge's alone: TTL, restores, capacity.
"""

from dataclasses import dataclass
from datetime import datetime

from harness.clients.edge import EdgeClient
from harness.clock import SYSTEM_CLOCK
from harness.durations import duration_s
from harness.errors import AnswerUnexpected, TargetLacks


@dataclass(frozen=True, slots=True)
class Moment:
    """What the edge's clock shows, and how many seconds it is ahead of the machine's."""

    now: datetime
    ahead_s: float


class ClockClient:
    """Moves the edge's clock, and lets items expire. Raises AnswerUnexpected when the edge refuses.

    Without an edge there is the machine's time, which nobody moves: TargetLacks.
    """

    def __init__(self, edge: EdgeClient) -> None:
        self._edge = edge
        self._lagging: set[str] = set()  # tables, "" for all

    def show(self) -> Moment:
        """Return what the clock shows."""
        if not self._edge.is_there:
            return Moment(SYSTEM_CLOCK.now(), 0.0)
        return _moment(self._edge.ask("GET", "/_rehearsal/clock"))

    def advance(self, by: str | float, *, functions_follow: bool = True) -> Moment:
        """Let time pass (`2h`, `PT2H`, seconds) for everything that the edge owns; what fell due has happened then.

        Functions are to see that time, too, unless `functions_follow` is False: then nothing that is asked afterwards
        may depend on their clock. Raises TargetLacks where they can't.
        """
        if functions_follow:
            self.must_lead_functions()
        return _moment(self._edge.ask("POST", "/_rehearsal/clock/advance", json={"by": duration_s(by)}))

    def reset(self) -> Moment:
        """Go back to the machine's time; what has happened stays."""
        if not self._edge.is_there:
            return self.show()
        return _moment(self._edge.ask("POST", "/_rehearsal/clock/reset", json={}))

    def expire_items(self, table: str, *, key: str = "", ahead: str | float = 0) -> int:
        """Delete the table's items that have expired, or will have within `ahead`; return how many.

        `key` names one (`SessionID=s-1` or `s-1`) or several (`s-1*`). Nobody else's time passes.
        """
        asked = {"table": table, "ahead": duration_s(ahead), **({"key": key} if key else {})}
        return int(self._edge.ask("POST", "/_rehearsal/ttl/sweep", json=asked)["deleted"])

    def set_lag(self, lag: str | float | None, *, table: str = "") -> None:
        """Set how long items outlive their expiry, in all tables or in one; None undoes it."""
        asked = {"lag_s": None if lag is None else duration_s(lag), **({"table": table} if table else {})}
        self._edge.ask("PUT", "/_rehearsal/ttl", json=asked)
        (self._lagging.discard if lag is None else self._lagging.add)(table)

    def undo(self) -> None:
        """Undo the lags that were set. The clock stays: what has happened can't unhappen."""
        for table in tuple(self._lagging):
            self.set_lag(None, table=table)

    def must_lead_functions(self) -> None:
        """Raise TargetLacks where functions don't follow the edge's clock."""
        # An edge that says nothing of it is one that functions follow.
        if self._edge.ask("GET", "/_rehearsal/clock").get("functions_follow") is False:
            raise TargetLacks("functions don't follow the edge's clock, so time that passes would not pass for them")

    def must_delete_as_the_system(self) -> None:
        """Raise TargetLacks where a stream does not tell that TTL deleted an item, and not somebody."""
        if self._edge.ask("GET", "/_rehearsal/ttl").get("deletes_as_the_system") is False:
            raise TargetLacks("streams don't tell what TTL deleted from what others did")

    def expired_items(self, table: str) -> int:
        """Return how many items of a table have expired and are still there. Raises AnswerUnexpected without TTL."""
        tables = self._edge.ask("GET", "/_rehearsal/ttl")["tables"]
        for one in tables:
            if one["table"] == table:
                return int(one["expired"])
        known = ", ".join(sorted(str(one["table"]) for one in tables)) or "none"
        raise AnswerUnexpected(f"table {table} is not known to have TTL", evidence={"with TTL": known})


def _moment(answer: dict[str, object]) -> Moment:
    return Moment(datetime.fromisoformat(str(answer["now"])), float(str(answer["ahead_s"])))
