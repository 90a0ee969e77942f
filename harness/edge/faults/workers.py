"""The fault of the caller: the Lambda worker that made a call dies, before or after what it asked for happened."""

from dataclasses import dataclass

from harness.edge.call import Answer, Call, Proceed
from harness.edge.correlation import callers
from harness.edge.faults.answers import drain, reset
from harness.edge.faults.board import NO_WORKER
from harness.edge.faults.fault import Fault, Hold, had_effect, unavailable


@dataclass(frozen=True)
class KillCaller(Fault):
    """Kill the Lambda worker that made the call (SIGKILL), as a host does that fails. Embedded targets only.

    A call of anybody else passes, and the rule counts it as missed.
    """

    kind = "kill_caller"

    def misses(self, call: Call, /) -> str:
        return "" if callers.request_id_of(call.parent) else NO_WORKER

    async def before(self, hold: Hold, call: Call, proceed: Proceed, /) -> Answer:
        why_not = hold.kill_caller()
        if why_not:
            hold.miss(why_not)
            return await proceed(call)
        hold.fire(effect=False)
        return reset(unavailable(call))

    async def after(self, hold: Hold, call: Call, answer: Answer, /) -> Answer:
        why_not = hold.kill_caller()
        if why_not:
            hold.miss(why_not)
            return answer
        hold.fire(effect=had_effect(call, answer))
        return await self.spoil(hold, call, answer)

    async def spoil(self, _hold: Hold, _call: Call, answer: Answer, /) -> Answer:
        await drain(answer)
        return reset(answer)
