"""What an on-demand table serves: twice its previous peak, where a peak becomes the previous one after half an hour.

Documented: a new table serves 4,000 writes or 12,000 reads a second; on demand instantly accommodates up to double the
previous peak; throttling can occur beyond double the previous peak within 30 minutes (developer guide,
on-demand-capacity-mode). What a peak is averaged over is not published: `on_demand_peak_s` (assumed 60 s). So
allowed = max(initial, warm throughput, growth × the highest average that ended at least `on_demand_growth_s` ago), and
it never falls: “once scaled out, you can instantly achieve the same throughput again”.
"""

from collections import deque

from harness.capacity.parameters import Parameters


class OnDemandPeak:
    """The previous peak of one access (reads or writes) of one resource; usable alone: `advance`, then `take`."""

    __slots__ = ("_growth_s", "_pending", "_window_s", "due_s", "peak", "units")

    def __init__(self, parameters: Parameters, now_s: float, peak: float = 0.0) -> None:
        self._window_s = parameters.on_demand_peak_s
        self._growth_s = parameters.on_demand_growth_s
        self._pending: deque[tuple[float, float]] = deque()  # (when it counts, average), both ascending
        self.peak = peak  # units a second
        self.units = 0.0  # taken in the window that ends at `due_s`
        self.due_s = now_s + self._window_s

    def take(self, units: float) -> None:
        """Count units in the present window."""
        self.units += units

    def advance(self, now_s: float) -> bool:
        """Close windows that have ended; tell whether the previous peak has risen. Nothing happens before `due_s`."""
        if now_s < self.due_s:
            return False
        self._remember(self.units / self._window_s, self.due_s)
        self.units = 0.0
        # Windows without a request raise nothing, so that a long idle time costs one step.
        self.due_s += self._window_s * (1 + (now_s - self.due_s) // self._window_s)
        before = self.peak
        while self._pending and self._pending[0][0] <= now_s:
            self.peak = max(self.peak, self._pending.popleft()[1])
        return self.peak > before

    def _remember(self, average: float, ended_s: float) -> None:
        # A later average that is no higher than an earlier one never counts: the earlier is older and as high.
        highest = self._pending[-1][1] if self._pending else self.peak
        if average > highest:
            self._pending.append((ended_s + self._growth_s, average))
