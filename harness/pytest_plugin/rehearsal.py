"""What one test works with, and what it leaves: its names, clients, faults, history and verdicts."""

import time
from collections.abc import Callable
from contextlib import ExitStack
from types import TracebackType
from typing import TYPE_CHECKING, Protocol, TypeVar

from harness.checkers import Checker, Verdict, check, must_be_valid
from harness.clients import Deployment, EdgeClient, GatewayClient, Names
from harness.clients.api import http_client
from harness.clients.edge import NoEdge
from harness.clients.patience import be_patient, patience_of
from harness.clock import SYSTEM_CLOCK
from harness.faults import Faults
from harness.history import History, Operation, Recorder
from harness.report import Gatherer, failure_section

if TYPE_CHECKING:
    from harness.pytest_plugin.session import Session

SETTLE_WITHIN_S = 15.0
# A failed test's history is still worth final reads, but not a long wait.
SETTLE_AFTER_FAILURE_WITHIN_S = 2.0


class SystemPart(Protocol):
    """What a test has of one system; its connections are shared by the tests of a process."""

    def read(self, history: History, *, settle_within_s: float) -> History:
        """Wait until what the history touched of this system has settled, and add the final reads of it."""

    def close(self) -> None:
        """Close the connections."""


Part = TypeVar("Part", bound=SystemPart)


class Connections:
    """The HTTP and AWS clients that the tests of a process share; a context manager that closes them."""

    def __init__(self, deployment: Deployment) -> None:
        environment = deployment.environment
        self._stack = ExitStack()
        self._parts: dict[type[SystemPart], SystemPart] = {}
        self.deployment = deployment
        self.gateway = GatewayClient(self._stack.enter_context(http_client(environment.gateway_url)))
        self.edge = (EdgeClient if environment.target != "staging" else NoEdge)(
            self._stack.enter_context(http_client(environment.aws_endpoint_url))
        )
        be_patient(patience_of(environment.target))
        self.gatherer = Gatherer(deployment)

    def part(self, kind: Callable[["Connections"], Part]) -> Part:
        """Return the connections to one system, which is deployed now if nobody asked for it before."""
        made = self._parts.get(kind)  # type: ignore[call-overload]
        if made is None:
            made = self._parts[kind] = kind(self)  # type: ignore[index]
            self._stack.callback(made.close)
        return made  # type: ignore[no-any-return]

    def __enter__(self) -> "Connections":
        return self

    def __exit__(
        self, kind: type[BaseException] | None, problem: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._stack.close()
        self.gatherer.close()


class CheckedHistory:
    """The history of a running test. The final reads happen when it is checked."""

    def __init__(self, recorder: Recorder, seed: int, node_id: str) -> None:
        self._recorder = recorder
        self.systems: list[SystemPart] = []
        self._seed = seed
        self._node_id = node_id
        self.verdicts: list[Verdict] = []
        self.evidence: dict[str, object] = {}
        self.latest: History | None = None
        self.was_looked_at = False

    @property
    def operations(self) -> tuple[Operation, ...]:
        """The operations so far."""
        return self._recorder.operations()

    def satisfies(self, *checkers: Checker, settle_within_s: float = SETTLE_WITHIN_S) -> History:
        """Wait for settling, do the final reads, and raise InvariantViolated unless every verdict is VALID."""
        history = self.read(settle_within_s)
        verdicts = check(history, checkers)
        self.was_looked_at = True
        self.verdicts.extend(verdicts)
        must_be_valid(verdicts, evidence=self.evidence)
        return history

    def verdicts_on(self, *checkers: Checker, settle_within_s: float = SETTLE_WITHIN_S) -> tuple[Verdict, ...]:
        """Return the verdicts and neither count nor raise them: for showing that a checker sees what was broken."""
        self.was_looked_at = True
        return check(self.read(settle_within_s), checkers)

    def as_it_is(self) -> History:
        """Return the history so far, with the latest final reads when no operation came after them."""
        operations = self.operations
        if self.latest is not None and self.latest.operations == operations:
            return self.latest
        return History(operations, seed=self._seed, name=self._node_id)

    def read(self, settle_within_s: float) -> History:
        """Return the history with the final reads of every system that the test uses."""
        history = History(self.operations, seed=self._seed, name=self._node_id)
        # What was asked for last may stand on what was asked for first, so it has to settle before.
        for system in reversed(self.systems):
            history = system.read(history, settle_within_s=settle_within_s)
        self.latest = history
        return history


class Rehearsal:
    """One test's own part of an environment that others use at the same time."""

    def __init__(self, session: "Session", connections: Connections, node_id: str) -> None:
        started_s = time.monotonic()
        self._started_at = SYSTEM_CLOCK.now()
        self._session = session
        self._connections = connections
        self._node_id = node_id
        self.gateway = connections.gateway.again()
        self.edge = connections.edge.again()
        self.faults = Faults(self.gateway, self.edge)
        self.names = Names(session.seed, node_id, session.run)
        self.now_s: Callable[[], float] = lambda: time.monotonic() - started_s
        self.recorder = Recorder(self.now_s)
        self.history = CheckedHistory(self.recorder, session.seed, node_id)
        self.history.evidence = {"read": session.shown_timeline(node_id), "replay": session.replay(node_id)}

    def uses(self, kind: Callable[[Connections], Part]) -> Part:
        """Return the connections to a system; from now on this test's final reads include it."""
        part = self._connections.part(kind)
        if part not in self.history.systems:
            self.history.systems.append(part)
        return part

    def told(self) -> dict[str, object]:
        """Return what the summary counts, as plain values."""
        return {
            "verdicts": [[one.invariant, one.checker, one.validity] for one in self.history.verdicts],
            "unchecked": self._unchecked,
        }

    def proved_nothing(self) -> None:
        """Forget the verdicts: the target could not do what the story needs, so they are no evidence."""
        self.history.verdicts.clear()
        self.history.was_looked_at = True

    @property
    def _unchecked(self) -> int:
        return 0 if self.history.was_looked_at else len(self.history.operations)

    def failure_section(self) -> str:
        """Return what the report of a failed test shows; final reads that fail are told there."""
        problem = ""
        try:
            history = self.history.read(SETTLE_AFTER_FAILURE_WITHIN_S)
        except Exception as failed:  # noqa: BLE001 - the test's own failure must not be hidden by this one
            history = History(self.history.operations, seed=self._session.seed, name=self._node_id)
            problem = f"\nthe final reads failed: {type(failed).__name__}: {failed}"
        replay = self._session.replay(self._node_id)
        return failure_section(history, replay, self._connections.gatherer.payments(), self.gateway) + problem

    def end(self) -> None:
        """Heal what still bites, and keep the history and what belongs to it in the run's folder."""
        try:
            self.faults.heal_all()
        finally:
            if self.history.operations:
                self._keep(self.history.as_it_is())

    def _keep(self, history: History) -> None:
        deployment = self._connections.deployment
        folder = self._session.run_folder(deployment.secrets)
        folder.keep_history(self._node_id, history)
        folder.keep_evidence(
            self._connections.gatherer.evidence(
                history,
                self.history.verdicts,
                self.gateway,
                self.edge,
                started_at=self._started_at,
                ended_at=SYSTEM_CLOCK.now(),
                unchecked=self._unchecked,
            )
        )
