"""Calls back after a while, all from one thread: what waits costs a heap entry instead of a thread."""

import heapq
import itertools
import threading
import time
from collections.abc import Callable


class Alarm:
    """A thread that calls back when the time has come; callbacks have to be quick and must not raise."""

    def __init__(self) -> None:
        self._due: list[tuple[float, int, Callable[[], None]]] = []
        self._order = itertools.count()
        self._changed = threading.Condition()
        self._is_closed = False
        threading.Thread(target=self._ring, name="alarm", daemon=True).start()

    def after(self, delay_s: float, act: Callable[[], None]) -> None:
        """Call `act` in `delay_s` seconds."""
        with self._changed:
            heapq.heappush(self._due, (time.monotonic() + delay_s, next(self._order), act))
            self._changed.notify()

    def close(self) -> None:
        """Stop; what is not yet due is never called."""
        with self._changed:
            self._is_closed = True
            self._changed.notify()

    def _ring(self) -> None:
        while True:
            with self._changed:
                while not self._is_closed and not self._is_due():
                    self._changed.wait(self._due[0][0] - time.monotonic() if self._due else None)
                if self._is_closed:
                    return
                act = heapq.heappop(self._due)[2]
            act()

    def _is_due(self) -> bool:
        return bool(self._due) and self._due[0][0] <= time.monotonic()
