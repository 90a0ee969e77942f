"""The edge's admin face: faults of AWS calls, the Lambda workers, and how to kill those that are busy."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import httpx

from harness.clients.aws_faults import AwsFault, AwsFaultBoard
from harness.clients.patience import patient_s
from harness.clock import SYSTEM_CLOCK
from harness.errors import AnswerUnexpected, TargetLacks, WaitTimeout
from harness.waiting import wait_until


@dataclass(frozen=True, slots=True)
class Kill:
    """Workers of one function that were killed at once."""

    function: str
    killed: int
    at: datetime


KILL = "kill_caller"
KILLING = "kills workers"
# What the edge answers where its target has no way to do what was asked.
_NOT_HERE = 501
_NOBODY = "nobody-is-called-this"


class EdgeClient:
    """Asks the edge of an environment; raises AnswerUnexpected when it refuses, TargetLacks when its target can't.

    `kills` are those it was asked for, `faults` those that were prepared with this client, the healed ones included.
    """

    is_there = True

    def __init__(self, client: httpx.Client) -> None:
        self._client = client
        self._able: dict[str, TargetLacks | None] = {}  # what was found of the target, by what it has to be able to do
        self.kills: list[Kill] = []
        self.faults: list[AwsFault] = []

    def again(self) -> "EdgeClient":
        """Return a client of the same edge that knows of no kills and faults yet; they share the connections."""
        client = type(self)(self._client)
        client._able = self._able
        return client

    def must_kill_workers(self) -> None:
        """Raise TargetLacks where Lambda workers can't be killed; asked of the edge once."""
        if KILLING not in self._able:
            try:
                self.ask("POST", "/_rehearsal/functions/kill", json={"function": _NOBODY})
            except TargetLacks as lacking:
                self._able[KILLING] = TargetLacks("Lambda workers can't be killed", evidence={"edge": lacking.headline})
            else:
                self._able[KILLING] = None
        found = self._able[KILLING]
        if found is not None:
            raise found

    def fault(self, kind: str, *, match: Mapping[str, Any], **rule: Any) -> AwsFault:
        """Prepare a fault; it bites inside its `with` block and is healed on leaving. See harness.faults for verbs.

        Raises TargetLacks for one that kills workers where they can't be killed.
        """
        if kind == KILL:
            self.must_kill_workers()
        fault = AwsFault(AwsFaultBoard(self), {"kind": kind, "match": dict(match), **rule})
        self.faults.append(fault)
        return fault

    def workers(self) -> list[Mapping[str, Any]]:
        """Return the Lambda workers: function, pid, whether busy."""
        return list(self.ask("GET", "/_rehearsal/functions")["workers"])

    def kill_busy_workers(self, function: str, *, within_s: float = 5.0) -> int:
        """Kill every busy worker of `function`, waiting until there is one; return how many were killed.

        `function` is its name, or its name without the stack's (`payments-adapter`).
        Every one of them: on an environment that tests share, other tests' invocations die with it, as they would on a
        host that fails. Raises WaitTimeout when no worker became busy, TargetLacks where none can be killed.
        """
        within_s = patient_s(within_s)

        def kill() -> int | None:
            names = {str(worker["function"]) for worker in self.workers()}
            if not names:  # none yet, or none ever
                self.must_kill_workers()
            chosen = [name for name in names if name == function or name.endswith(f"-{function}")]
            killed = 0
            for name in chosen:
                answer = self.ask("POST", "/_rehearsal/functions/kill", json={"function": name})
                killed += int(answer["killed"])
            return killed or None

        try:
            killed = wait_until(f"a busy worker of {function}", kill, within_s=within_s)
        except WaitTimeout as timeout:
            raise WaitTimeout(
                f"no worker of {function} was busy within {within_s:.1f} s, so none was killed",
                evidence={"workers": "\n".join(str(dict(worker)) for worker in self.workers()) or "none"},
            ) from timeout
        self.kills.append(Kill(function, killed, SYSTEM_CLOCK.now()))
        return killed

    def ask(self, method: str, path: str, *, missing_ok: bool = False, **request: Any) -> dict[str, Any]:
        """Return the edge's JSON answer to a request at one of its admin endpoints; {} for a 404 that is all right."""
        try:
            response = self._client.request(method, path, **request)
        except httpx.HTTPError as problem:
            raise AnswerUnexpected(
                f"the edge did not answer {method} {path}: {problem}",
                remedy="see whether its environment is still up: rehearse status",
            ) from problem
        if missing_ok and response.status_code == 404:
            return {}
        if response.status_code == _NOT_HERE:
            raise TargetLacks(_words(response))
        if not response.is_success:
            raise AnswerUnexpected(
                f"the edge answered {method} {path} with {response.status_code}, expected 2xx",
                evidence={"answer": _words(response)},
            )
        document: dict[str, Any] = response.json()
        return document


class NoEdge(EdgeClient):
    """Stands where a target has no edge before its AWS: whatever is asked, it is the target that lacks it."""

    is_there = False

    def ask(self, method: str, path: str, *, missing_ok: bool = False, **request: Any) -> dict[str, Any]:  # noqa: ARG002
        """Raise TargetLacks."""
        asked = path.removeprefix("/_rehearsal/").partition("/")[0]
        raise TargetLacks(f"no edge stands before its AWS, which {asked} would need")


def _words(response: httpx.Response) -> str:
    """Return how the edge said no, in its own words."""
    try:
        return str(response.json()["error"]["message"])
    except (ValueError, KeyError, TypeError):
        return response.text[:500]
