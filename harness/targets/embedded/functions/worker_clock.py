"""A worker's side of the edge's clock: `time.time()` and `datetime.now()` in a function are as far ahead as it is.

Loaded by path in a worker, so it imports the standard library alone. How far the clock is ahead stands in a file, which
the pool writes before it hands over an event: a function sees one time for a whole invocation. The library that moves
the time (time-machine) is loaded when the clock first is ahead; it looks itself up by its name, so a function that
brings a `time_machine` of its own gets this one then. Monotonic clocks, `time.sleep` and timeouts keep the machine's
time. Leaves out processes that a function starts.
"""

import importlib
import os
import struct
import sys
import time
from typing import Any

AHEAD = struct.Struct("!d")  # seconds


class WorkerClock:
    """Moves this process's time; `path` is the file, `library` a directory that has time-machine."""

    def __init__(self, path: str, library: str) -> None:
        self._descriptor = os.open(path, os.O_RDONLY)
        self._library = library
        self._ahead_s = 0.0
        self._travel: Any = None
        self._machine: Any = None

    def follow(self) -> None:
        """Be as far ahead as the file says."""
        (ahead_s,) = AHEAD.unpack(os.pread(self._descriptor, AHEAD.size, 0))
        if ahead_s == self._ahead_s:
            return
        if self._travel is not None:
            self._travel.stop()
            self._travel = None
        if ahead_s:
            machine = self._loaded()
            self._travel = machine.travel(time.time() + ahead_s, tick=True)
            moved = self._travel.start()
            # Beginning takes milliseconds, by which it would be late for ever.
            moved.shift(ahead_s - (time.time() - machine.escape_hatch.time.time()))
        self._ahead_s = ahead_s

    def follow_at_each_event(self, client: Any) -> None:
        """Have the runtime client, a class, follow the clock before it hands an event to the function."""
        wait = client.wait_next_invocation

        def wait_next_invocation(runtime: Any) -> Any:
            request = wait(runtime)
            self.follow()
            return request

        client.wait_next_invocation = wait_next_invocation

    def _loaded(self) -> Any:
        if self._machine is None:
            sys.path.insert(0, self._library)
            try:
                self._machine = importlib.import_module("time_machine")
            finally:
                sys.path.remove(self._library)
        return self._machine


def install(path: str, library: str) -> None:
    """Let this process follow the clock from now on."""
    clock = WorkerClock(path, library)
    clock.follow()
    clock.follow_at_each_event(sys.modules["awslambdaric.lambda_runtime_client"].BaseLambdaRuntimeClient)
