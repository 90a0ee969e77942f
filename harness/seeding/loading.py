"""Rows into tables: one producer makes batches, threads send them, and whatever happens it is known what was loaded.

Ctrl-C ends the producer; batches under way are still finished, so what is told as loaded is loaded.
"""

import time
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from queue import Queue
from threading import Event, Lock, Thread
from typing import Any, Protocol

from harness.seeding.rows import Item, Row

BATCH = 25  # DynamoDB's limit
THREADS = 4  # more do not help: one core of a local cloud writes some 8,000 items a second

OnProgress = Callable[[int], None]


class Puts(Protocol):
    """What loading needs of a sender."""

    def put(self, items_by_table: Mapping[str, list[Any]]) -> None: ...


@dataclass(slots=True)
class Loaded:
    """What was written: items by table (output name), in how many seconds; `interrupted` when not all of it."""

    by_table: Counter[str] = field(default_factory=Counter)
    seconds: float = 0.0
    interrupted: bool = False

    @property
    def items(self) -> int:
        """How many items were written."""
        return self.by_table.total()

    @property
    def per_s(self) -> float:
        """Items a second."""
        return self.items / self.seconds if self.seconds else 0.0

    def __add__(self, other: "Loaded") -> "Loaded":
        return Loaded(
            self.by_table + other.by_table, self.seconds + other.seconds, self.interrupted or other.interrupted
        )


def load(
    rows: Iterable[Row],
    sender: Puts,
    tables: Mapping[str, str],
    *,
    threads: int = THREADS,
    on_progress: OnProgress = lambda _: None,
) -> Loaded:
    """Write rows to their tables (`tables`: output name → physical name); the first failure of a thread is raised."""
    work = _Work(sender, tables, threads, on_progress)
    started_s = time.perf_counter()
    try:
        for batch in batches(rows):
            if not work.take(batch):
                break
    except KeyboardInterrupt:
        work.loaded.interrupted = True
    finally:
        work.finish()
        work.loaded.seconds = time.perf_counter() - started_s
    if work.problem is not None:
        raise work.problem
    return work.loaded


def batches(rows: Iterable[Row]) -> Iterator[list[Row]]:
    """Give rows by 25, in order; no batch names a key twice as long as its rows don't."""
    batch: list[Row] = []
    for row in rows:
        batch.append(row)
        if len(batch) == BATCH:
            yield batch
            batch = []
    if batch:
        yield batch


class _Work:
    """The threads and what they share. A failed thread makes the others, and the producer, stop."""

    def __init__(self, sender: Puts, tables: Mapping[str, str], threads: int, on_progress: OnProgress) -> None:
        self.loaded = Loaded()
        self.problem: BaseException | None = None
        self._sender, self._tables, self._on_progress = sender, tables, on_progress
        self._batches: Queue[list[Row] | None] = Queue(maxsize=threads * 4)
        self._failed, self._counting = Event(), Lock()
        self._threads = [Thread(target=self._run, name=f"seeding-{number}") for number in range(threads)]
        for thread in self._threads:
            thread.start()

    def take(self, batch: list[Row]) -> bool:
        """Hand a batch to the threads; False when one of them failed."""
        self._batches.put(batch)  # bounded: the producer is never far ahead
        return not self._failed.is_set()

    def finish(self) -> None:
        """Wait until what was taken is written."""
        for _ in self._threads:
            self._batches.put(None)
        for thread in self._threads:
            thread.join()

    def _run(self) -> None:
        while (batch := self._batches.get()) is not None:
            if self._failed.is_set():
                continue  # the queue is emptied, so that nobody waits for room in it
            try:
                self._sender.put(self._by_table(batch))
            except BaseException as problem:  # noqa: BLE001 - told by load(), in the caller's thread
                self.problem = self.problem or problem
                self._failed.set()
                continue
            with self._counting:
                self.loaded.by_table.update(row.table for row in batch)
                self._on_progress(len(batch))

    def _by_table(self, batch: list[Row]) -> dict[str, list[Item]]:
        found: dict[str, list[Item]] = {}
        for row in batch:
            found.setdefault(self._tables[row.table], []).append(row.item)
        return found
