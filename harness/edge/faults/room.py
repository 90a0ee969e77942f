"""The room that fails calls on purpose: on their way in, or on their answer's way out.

It does nothing to a call that no rule is meant for, and tells of every call that it does something to: in the call's
record, in `/_rehearsal/fired` and in the log. What does not pass the edge can't be failed here: the engine's own work,
such as what event source mappings read.
"""

from collections.abc import Mapping, Sequence

from starlette.routing import BaseRoute

from harness.edge.call import Answer, Call, Namespace, Proceed, Room
from harness.edge.clock import EdgeClock
from harness.edge.controls import Controls
from harness.edge.faults.board import Bite, Board
from harness.edge.faults.chaos import Chaos
from harness.edge.faults.fault import Phase, had_effect
from harness.edge.faults.files import RuleFile
from harness.edge.faults.routes import Routes
from harness.errors import SettingInvalid


class Faults(Room):
    """Serves fault rules. Those of `file` are set at the start, and again when everything is forgotten.

    `lacking` are the kinds that the target can't have, and why.
    """

    def __init__(
        self,
        clock: EdgeClock,
        controls: Controls,
        file: RuleFile | None = None,
        *,
        lacking: Mapping[str, str] | None = None,
    ) -> None:
        self._lacking = lacking or {}
        self.board = Board(clock, controls.kill_invocation)
        self._chaos = Chaos(self.board)
        self._file = file
        self._set_those_of_file()

    async def handle(self, call: Call, proceed: Proceed) -> Answer:
        """Let the call pass, or let the first fault have it that is meant for it."""
        late = self._chaos.late(call)
        if late is not None:
            await _befall(late, call, _nothing)
        bite = self.board.choose(call)
        return await (proceed(call) if bite is None else _befall(bite, call, proceed))

    def routes(self) -> Sequence[BaseRoute]:
        """Return `faults`, `fired` and LocalStack's chaos API."""
        return [*Routes(self.board, self._chaos.clear, self._lacking).all(), *self._chaos.routes()]

    async def forget(self, namespace: Namespace | None) -> None:
        """Heal everything, or what was set for one account; what the file says is set again with everything."""
        if namespace is not None:
            self.board.forget(namespace.account, namespace.region)
            return
        self._chaos.clear()
        self.board.clear()
        self._set_those_of_file()

    def let_go(self) -> None:
        """Heal everything: calls that hang are reset, late ones go on."""
        self.board.remove(self.board.rules())

    def describe(self) -> dict[str, object]:
        """Return how many rules are set, and how often faults fired."""
        fired = sum(self.board.counts().values())
        return {"faults": {"set": len(self.board.rules()), "fired": fired}}

    def _set_those_of_file(self) -> None:
        if self._file is not None and not self.board.add(self._file.rules()):
            raise SettingInvalid(f"{self._file.path} has more rules than can be set")


async def _befall(bite: Bite, call: Call, proceed: Proceed) -> Answer:
    try:
        if bite.rule.phase is Phase.BEFORE:
            return await bite.fault.before(bite, call, proceed)
        answer = await proceed(call)
        if not had_effect(call, answer) and not bite.rule.on_errors:
            bite.miss("the upstream refused the call, so there was no effect")
            return answer
        return await bite.fault.after(bite, call, answer)
    finally:
        bite.settle()


async def _nothing(_: Call) -> Answer:
    return Answer(0, [], b"")
