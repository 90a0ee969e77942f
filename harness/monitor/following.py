"""Follows one execution to its end, a few events at a time."""

from collections.abc import Iterator
from typing import Any

from harness.clients.executions import events_after
from harness.clients.flow import Flow, Transition
from harness.clock import SYSTEM_CLOCK, Clock
from harness.errors import StatusTimeout
from harness.monitor.trouble import step_functions_answers

# Often while something happens, seldom while nothing does: Step Functions allows few reads of histories a second.
POLL_EVERY_S = 0.05
POLL_EVERY_MAX_S = 0.25


class Following:
    """An execution that is being read; `flow` is what is known of it so far."""

    def __init__(self, client: Any, execution_arn: str, *, within_s: float, clock: Clock = SYSTEM_CLOCK) -> None:
        self.flow = Flow()
        self._client = client
        self._arn = execution_arn
        self._within_s = within_s
        self._clock = clock
        self._last_event_id = 0

    @property
    def name(self) -> str:
        """The execution's name."""
        return self._arn.rpartition(":")[2]

    def batches(self) -> Iterator[list[Transition]]:
        """Give what each look brings, often nothing, until the execution has ended; raises StatusTimeout."""
        give_up_at_s = self._clock.monotonic_s() + self._within_s
        pause_s = POLL_EVERY_S
        while True:
            fresh = self.look()
            yield fresh
            if self.flow.outcome != "RUNNING":
                return
            if self._clock.monotonic_s() >= give_up_at_s:
                raise self._too_long()
            pause_s = POLL_EVERY_S if fresh else min(pause_s * 1.5, POLL_EVERY_MAX_S)
            self._clock.sleep(pause_s)

    def look(self) -> list[Transition]:
        """Read once; return the transitions that are new."""
        with step_functions_answers(f"reading the history of {self.name}"):
            events = events_after(self._client, self._arn, self._last_event_id)
        if events:
            self._last_event_id = int(events[-1]["id"])
        return self.flow.feed(events)

    def _too_long(self) -> StatusTimeout:
        step = self.flow.current
        where = f"{step.state}, attempt {step.attempts}" if step else "between two states"
        failures = ", ".join(step.failures) if step else ""
        return StatusTimeout(
            f"execution {self.name} still runs after {self._within_s:.0f} s, expected its end",
            evidence={"in": where, **({"failed so far": failures} if failures else {})},
            remedy=f"rehearse monitor {self.name} --within-s {max(self._within_s * 2, 60):.0f}",
        )
