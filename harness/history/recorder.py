"""The recorder: the one thing about a history that changes, used by many threads at once."""

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace
from threading import Lock, get_ident
from typing import Any

from harness.history.operation import INFO, Operation, Outcome


class Pending:
    """An operation under way; say how it ended, else it stays `info`."""

    def __init__(self) -> None:
        self.outcome: Outcome = INFO
        self.status_code: int | None = None
        self.result: Mapping[str, Any] = {}
        self.error = ""
        self.subject = ""

    def ends(
        self,
        outcome: Outcome,
        *,
        status_code: int | None = None,
        result: Mapping[str, Any] | None = None,
        error: str = "",
        subject: str = "",
    ) -> None:
        """Say how the operation ended; `subject` when only the answer told it."""
        self.outcome, self.status_code, self.error, self.subject = outcome, status_code, error, subject
        self.result = dict(result or {})


class Recorder:
    """Collects operations; `now_s` gives seconds since the history began."""

    def __init__(self, now_s: Callable[[], float]) -> None:
        self._now_s = now_s
        self._lock = Lock()
        self._operations: list[Operation] = []
        self._process_by_thread: dict[int, int] = {}

    @contextmanager
    def operation(self, action: str, subject: str, value: Mapping[str, Any] | None = None) -> Iterator[Pending]:
        """Record what runs in the block as one operation; an exception leaves it `info` and passes through."""
        index = self._begin(action, subject, value or {})
        pending = Pending()
        try:
            yield pending
        except BaseException as problem:
            pending.ends(INFO, error=f"{type(problem).__name__}: {problem}")
            raise
        finally:
            self._end(index, pending)

    def operations(self) -> tuple[Operation, ...]:
        """Return what was recorded so far, in the order of invocation."""
        with self._lock:
            return tuple(self._operations)

    def _begin(self, action: str, subject: str, value: Mapping[str, Any]) -> int:
        with self._lock:
            index = len(self._operations)
            process = self._process_by_thread.setdefault(get_ident(), len(self._process_by_thread))
            self._operations.append(Operation(index, process, action, subject, round(self._now_s(), 6), dict(value)))
            return index

    def _end(self, index: int, pending: Pending) -> None:
        with self._lock:
            begun = self._operations[index]
            self._operations[index] = replace(
                begun,
                subject=pending.subject or begun.subject,
                completed_at_s=round(self._now_s(), 6),
                outcome=pending.outcome,
                status_code=pending.status_code,
                result=pending.result,
                error=pending.error,
            )
