"""One environment for many processes: the controller owns it, workers ask for it and learn where it is.

They ask in the same way what was found of it.

Brought up by the first who asks, not before: a run that rehearses nothing starts nothing. The lender listens on the
loopback only, under a key that the workers get from their controller.
"""

import json
import secrets
import threading
import time
from collections.abc import Callable, Mapping
from contextlib import AbstractContextManager, ExitStack, suppress
from multiprocessing import AuthenticationError
from multiprocessing.connection import Client, Listener
from typing import TYPE_CHECKING, Any

from harness.errors import EnvironmentNotReady, TargetLacks

if TYPE_CHECKING:
    from harness.clients import Deployment

# Bringing up, packaging and deploying, with cold caches; a slower target gets a multiple of it.
LENT_WITHIN_S = 300.0
CLOSED_WITHIN_S = 10.0


class Provisioner:
    """Opens the deployment once, for whoever asks first; remembers a failure, so that it is not tried for each test."""

    def __init__(self, opened: Callable[[], "AbstractContextManager[Deployment]"]) -> None:
        self._opened = opened
        self._lock = threading.Lock()
        self._stack = ExitStack()
        self._deployment: Deployment | None = None
        self._problem: Exception | None = None
        self._closed = False
        self.took_s = 0.0

    def deployment(self) -> "Deployment":
        """Return the deployment; raises again what went wrong the first time."""
        with self._lock:
            if self._closed:
                raise EnvironmentNotReady("the run is ending, so no environment is brought up any more")
            if self._problem is not None:
                raise self._problem.with_traceback(None)  # else it grows by a way each time it is raised
            if self._deployment is None:
                started_s = time.monotonic()
                try:
                    self._deployment = self._stack.enter_context(self._opened())
                except Exception as problem:
                    self._problem = problem
                    raise
                self.took_s = time.monotonic() - started_s
            return self._deployment

    @property
    def deployed(self) -> "Deployment | None":
        """The deployment, when somebody asked for one and it came up."""
        return self._deployment

    def close(self) -> None:
        """Take the deployment's environment down.

        When it is just being brought up by another thread, that is waited for with a bound; after that the
        environment ends with this process, because it is owned by it.
        """
        if not self._lock.acquire(timeout=CLOSED_WITHIN_S):
            return
        try:
            self._closed = True
            self._deployment = None
            self._stack.close()
        finally:
            self._lock.release()


Answering = Mapping[str, Callable[[Any], Any]]


class Lender:
    """Answers workers from a thread of the controlling process.

    `answering` has a function for everything that may be asked; both what is asked with it and its answer are JSON.
    """

    def __init__(self, answering: Answering) -> None:
        self.key = secrets.token_hex(16)
        self._answering = answering
        self._listener = Listener(("127.0.0.1", 0), authkey=self.key.encode(), backlog=64)
        self._closing = False
        self._thread = threading.Thread(target=self._serve, name="rehearsal-lender", daemon=True)
        self._thread.start()

    @property
    def address(self) -> tuple[str, int]:
        """Where workers ask."""
        host, port = self._listener.address
        return str(host), int(port)

    def close(self) -> None:
        """Stop answering; again is harmless."""
        if self._closing:
            return
        self._closing = True
        # The thread waits in accept(): a connection of our own lets it see that it is over.
        with suppress(OSError, EOFError, AuthenticationError), Client(self.address, authkey=self.key.encode()):
            pass
        self._thread.join(CLOSED_WITHIN_S)
        self._listener.close()

    def _serve(self) -> None:
        while not self._closing:
            try:
                connection = self._listener.accept()
            except (OSError, EOFError, AuthenticationError):
                continue
            with connection, suppress(OSError, EOFError):
                if not self._closing:
                    asked = json.loads(connection.recv_bytes())
                    connection.send_bytes(json.dumps(self._answer(asked)).encode())

    def _answer(self, asked: Mapping[str, Any]) -> Mapping[str, Any]:
        try:
            return {"answer": self._answering[asked["what"]](asked["with"])}
        except TargetLacks as lacking:
            return {"lacking": lacking.headline}
        except Exception as problem:  # noqa: BLE001 - told to the worker, whose tests fail with it
            return {"problem": str(problem)}


class Borrower:
    """Asks the controlling process."""

    def __init__(self, address: tuple[str, int], key: str) -> None:
        self._address = (str(address[0]), int(address[1]))
        self._key = key

    def borrow(self, what: str, given: object = None, *, within_s: float = LENT_WITHIN_S) -> Any:
        """Return what the controller answers, as JSON values.

        Raises EnvironmentNotReady with its reason, TargetLacks where the target can't.
        """
        try:
            with Client(self._address, authkey=self._key.encode()) as connection:
                connection.send_bytes(json.dumps({"what": what, "with": given}).encode())
                if not connection.poll(within_s):
                    raise EnvironmentNotReady(f"no environment was lent within {within_s:.0f} s")
                answer = json.loads(connection.recv_bytes())
        except (OSError, EOFError, AuthenticationError) as problem:
            raise EnvironmentNotReady(
                "the controlling process does not lend an environment",
                evidence={"seen": f"{type(problem).__name__}: {problem}"},
            ) from problem
        if "lacking" in answer:
            raise TargetLacks(answer["lacking"])
        if "problem" in answer:
            raise EnvironmentNotReady("the environment could not be brought up", evidence={"seen": answer["problem"]})
        return answer["answer"]
