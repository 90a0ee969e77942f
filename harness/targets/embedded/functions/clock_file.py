"""What a worker is told of the edge's clock: a file that the pool writes while the worker waits for its next event."""

from collections.abc import Callable
from pathlib import Path

from harness.targets.embedded.functions.worker_clock import AHEAD

AheadS = Callable[[], float]


class ClockFile:
    """One worker's file. Written before the worker starts and before an event, so nobody reads it meanwhile."""

    def __init__(self, path: Path, ahead_s: AheadS) -> None:
        self.path = path
        self._ahead_s = ahead_s
        self._shown_s = ahead_s()
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(AHEAD.pack(self._shown_s))

    def show(self) -> float:
        """Bring the file up to date; return by how many seconds the clock is ahead of the machine's."""
        ahead_s = self._ahead_s()
        if ahead_s != self._shown_s:
            self._shown_s = ahead_s
            with self.path.open("r+b") as file:
                file.write(AHEAD.pack(ahead_s))
        return ahead_s

    def remove(self) -> None:
        """Remove the file; the worker has ended."""
        self.path.unlink(missing_ok=True)
