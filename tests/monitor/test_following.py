"""An execution is followed by reading what is new, gently, within a bound."""

import pytest

from harness.clock import ManualClock
from harness.errors import StatusTimeout
from harness.monitor import Following
from harness.monitor.following import POLL_EVERY_MAX_S
from tests.monitor.recordings import FakeStepFunctions, Recording


class CountingClock(ManualClock):
    """Remembers every pause."""

    def __init__(self) -> None:
        super().__init__()
        self.pauses_s: list[float] = []

    def sleep(self, duration_s: float) -> None:
        self.pauses_s.append(duration_s)
        super().sleep(duration_s)


@pytest.mark.parametrize("events_per_read", [1, 4, 1000])
def test_story_is_the_same_however_it_arrives(events_per_read: int) -> None:
    recording = Recording("gateway_down")
    client = FakeStepFunctions(recording, events_per_read=events_per_read)
    following = Following(client, recording.arn, within_s=600, clock=ManualClock())

    told = [one for batch in following.batches() for one in batch]

    assert told == recording.flow.transitions
    assert following.flow.outcome == "FAILED"


def test_pauses_grow_when_nothing_happens() -> None:
    recording, clock = Recording("paid"), CountingClock()
    recording.happened = 4
    following = Following(FakeStepFunctions(recording), recording.arn, within_s=2, clock=clock)

    with pytest.raises(StatusTimeout):
        list(following.batches())

    assert clock.pauses_s[0] < clock.pauses_s[-1] == POLL_EVERY_MAX_S


def test_it_gives_up_with_the_state_it_hangs_in_when_the_time_is_over() -> None:
    recording = Recording("gateway_down")
    recording.happened = 24
    following = Following(FakeStepFunctions(recording), recording.arn, within_s=5, clock=ManualClock())

    with pytest.raises(StatusTimeout) as raised:
        list(following.batches())

    assert str(raised.value).splitlines() == [
        "StatusTimeout: execution down-1 still runs after 5 s, expected its end",
        "  in             ProcessPayment, attempt 3",
        "  failed so far  GatewayUnavailable, GatewayUnavailable",
        "  do             rehearse monitor down-1 --within-s 60",
    ]
