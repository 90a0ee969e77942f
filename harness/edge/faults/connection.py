"""Faults of the connection: the answer does not come, or not all of it. They really happen on the wire."""

from dataclasses import dataclass, replace

from harness.edge.call import Answer, Call, Fate, Proceed
from harness.edge.faults.answers import drain, gather, reset
from harness.edge.faults.fault import Fault, Hold, argument, milliseconds, unavailable

HANG_MS_DEFAULT = 600_000


@dataclass(frozen=True)
class Reset(Fault):
    """Reset the connection instead of answering."""

    kind = "reset"

    async def spoil(self, _hold: Hold, _call: Call, answer: Answer, /) -> Answer:
        await drain(answer)
        return reset(answer)


@dataclass(frozen=True)
class Hang(Fault):
    """Hold the call until the client gives up; reset the connection after `delay_ms` at the latest, or when healed."""

    kind = "hang"
    delay_ms: int = milliseconds(HANG_MS_DEFAULT, says="for how long at most")

    async def before(self, hold: Hold, call: Call, _proceed: Proceed, /) -> Answer:
        hold.fire(effect=False)
        await hold.wait_for_client(self.delay_ms / 1000)
        return reset(unavailable(call))

    async def spoil(self, hold: Hold, _call: Call, answer: Answer, /) -> Answer:
        await drain(answer)
        await hold.wait_for_client(self.delay_ms / 1000)
        return reset(answer)


@dataclass(frozen=True)
class Truncate(Fault):
    """Promise the whole body, send `bytes` of it (half when not given), close the connection.

    Before the effect it is the body of a server error that is cut.
    """

    kind = "truncate"
    bytes: int | None = argument(None, says="how many bytes of the body are sent; half without", at_least=0)
    needs_body = True

    async def spoil(self, _hold: Hold, _call: Call, answer: Answer, /) -> Answer:
        await gather(answer)
        whole = len(answer.body)
        # All of it would be no fault at all.
        sent = whole // 2 if self.bytes is None else min(self.bytes, max(whole - 1, 0))
        return replace(answer, fate=Fate("truncated", sent))
