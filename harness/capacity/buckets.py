"""The bucket: units that come back with time, down to debt and up to a depth.

It admits while anything is left and is then charged whatever the request turned out to cost, because DynamoDB learns
the price of a read after it (assumed: the same for writes). A table of P units a second that was idle for `burst_s` can
so do P × burst_s at once, and P more with every second that passes. Times may stand still, jump or go back.
"""


class Bucket:
    """Units that refill at `rate` a second up to `depth`; `level` below 0 is debt."""

    __slots__ = ("at_s", "depth", "level", "rate")

    def __init__(self, rate: float, depth: float, now_s: float, level: float | None = None) -> None:
        self.rate = rate
        self.depth = depth
        self.level = depth if level is None else level
        self.at_s = now_s

    def advance(self, now_s: float) -> None:
        """Refill up to a time; an earlier one than the last changes nothing."""
        elapsed = now_s - self.at_s
        if elapsed > 0.0:
            level = self.level + self.rate * elapsed
            self.level = level if level < self.depth else self.depth
            self.at_s = now_s

    def admits(self, now_s: float) -> bool:
        """Tell whether anything is left at a time."""
        # `advance`, written out: this is the most often called line of the model.
        elapsed = now_s - self.at_s
        if elapsed > 0.0:
            level = self.level + self.rate * elapsed
            self.level = level if level < self.depth else self.depth
            self.at_s = now_s
        return self.level > 0.0

    def take(self, units: float) -> None:
        """Take units at the time last advanced to; negative units are given back, as far as there is room."""
        level = self.level - units
        self.level = level if level < self.depth else self.depth

    def spend(self, units: float, now_s: float) -> None:
        """Advance, then take."""
        # Both written out, like `admits`: every charge comes here twice.
        elapsed = now_s - self.at_s
        level = self.level
        if elapsed > 0.0:
            level += self.rate * elapsed
            level = level if level < self.depth else self.depth
            self.at_s = now_s
        level -= units
        self.level = level if level < self.depth else self.depth

    def resize(self, rate: float, depth: float, now_s: float) -> None:
        """Refill at another rate from now on; what was saved stays, as far as the new depth has room for it."""
        self.advance(now_s)
        self.rate = rate
        self.depth = depth
        self.level = min(self.level, depth)

    def seconds_until_admits(self, now_s: float) -> float:
        """Return how long from a time until anything is left; infinity when nothing refills."""
        self.advance(now_s)
        if self.level > 0.0:
            return 0.0
        return -self.level / self.rate if self.rate > 0.0 else float("inf")
