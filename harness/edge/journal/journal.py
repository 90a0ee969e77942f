"""The journal itself: hears of changes and tables, writes them down, and answers what was when.

Everything but reading runs on the event loop. A change costs one line and one write to the operating system; the write
is done when the changes' publisher goes on, so before its caller is answered.
What can't be written (a full disk) has happened already: the calls go on, the table has a gap from that instant, which
restores refuse to cross, and the next time that something can be written the table's owner is asked for a baseline.
"""

import asyncio
import logging
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import orjson

from harness.edge.call import Namespace
from harness.edge.changes import ChangeFeed, Changes, Item, TableEvent
from harness.edge.clock import EdgeClock
from harness.edge.journal import reading
from harness.edge.journal.files import Damage, Files
from harness.edge.journal.folding import fold
from harness.edge.journal.index import FOREVER, Cut, Generation, Index
from harness.edge.journal.lines import LineDamaged, framed
from harness.edge.journal.reading import Content

logger = logging.getLogger(__name__)

Wanted = Callable[[Mapping[str, Any]], bool]


@dataclass(frozen=True, slots=True)
class JournalOptions:
    """How much of the past is kept, and where; without a directory until the edge ends."""

    directory: Path | None = None
    bytes_max: int = 256 * 1024 * 1024  # of changes; what the tables hold comes on top, once
    segments: int = 8  # of which the journal consists when it is full


class Journal:
    """Writes down what happens to the tables of every namespace, as the feed tells it."""

    def __init__(self, clock: EdgeClock, feed: ChangeFeed, options: JournalOptions | None = None) -> None:
        self._options = options or JournalOptions()
        self._clock = clock
        self._feed = feed
        self._files = Files(self._options.directory)
        self._segment_bytes_max = max(self._options.bytes_max // self._options.segments, 1)
        self._index = Index()
        self._untold: list[dict[str, Any]] = []
        self._folding: asyncio.Task[None] | None = None
        self._beginnings = 0  # how often everything was forgotten
        self._when_broken: list[Callable[[Generation], None]] = []
        self._when_gone: list[Callable[[Generation], None]] = []
        self._watched: dict[int, list[Changes]] = {}
        self.damage: Damage | None = None
        self.lost_changes = 0
        self.problem = ""
        self._recover()
        clock.when_moved(self._heed_clock)
        feed.listen(self.hear)
        feed.listen_to_tables(self.hear_of_table)

    @property
    def hears_all(self) -> bool:
        """Whether every table since the engine began is heard of, so that one of which nothing was heard is empty."""
        return self._feed.tells_of_tables

    # What happens

    def hear(self, changes: Changes) -> None:
        """Write down what a write did to a table. Never raises: what can't be written becomes a gap."""
        generation = self._index.current.get((changes.namespace, changes.table))
        if generation is None:
            generation = self.meet(changes.namespace, changes.table, changes.at_s)
        cause = changes.cause
        record = {
            "n": self._index.next_record,
            "at": changes.at_s,
            "g": generation.number,
            "kind": "changes",
            "operation": cause.operation,
            "caller": cause.caller,
            "trace": cause.trace,
            "transaction": changes.transaction,
            "system": cause.system,
            "changes": [{"key": one.key, "before": one.before, "after": one.after} for one in changes.changes],
        }
        if self._written(record):
            self._index.advance(self._index.next_record, changes.at_s)
            if generation.gaps and generation.gaps[-1][1] == FOREVER:
                self._heal(generation)
        else:
            self._lose(generation, changes.at_s, len(changes.changes))
        if self._watched and (seen := self._watched.get(generation.number)) is not None:
            seen.append(changes)

    def hear_of_table(self, event: TableEvent) -> None:
        """Take note that a table came or went."""
        if event.happened == "created":
            self.table_made(event.namespace, event.table, at_s=event.at_s)
        else:
            self.table_gone(event.namespace, event.table, at_s=event.at_s)

    def meet(self, namespace: Namespace, table: str, at_s: float | None = None) -> Generation:
        """Return the current table of a name; one that was never heard of becomes known by this."""
        known = self._index.current.get((namespace, table))
        return known or self._make(namespace, table, at_s, known=self.hears_all, since_ever=self.hears_all)

    def table_made(
        self, namespace: Namespace, table: str, *, at_s: float | None = None, table_id: str = "", known: bool = True
    ) -> Generation:
        """Begin the history of a table that was made now and is empty (`known`); another of the name ends."""
        return self._make(namespace, table, at_s, known=known, table_id=table_id)

    def table_gone(self, namespace: Namespace, table: str, *, at_s: float | None = None) -> Generation | None:
        """End the history of a table; return it, None when it was never heard of."""
        generation = self._index.current.get((namespace, table))
        if generation is not None:
            for listener in self._when_gone:
                listener(generation)
            self._note(generation, "gone", at_s)
        return generation

    def describe_table(self, generation: Generation, description: Mapping[str, Any]) -> None:
        """Keep what DescribeTable tells of a table."""
        self._note(generation, "described", description=description)

    def set_pitr(self, generation: Generation, since_s: float | None, days: int = 35, *, told: bool = True) -> None:
        """Keep since when a table has continuous backups (None: none), and over how many days."""
        self._note(generation, "pitr", since=since_s, days=days, told=told)

    def set_baseline(self, generation: Generation, names: Sequence[str], items: Iterable[Item]) -> None:
        """Write down all that a table holds now; gaps end here. Raises OSError when it can't be written."""
        self._note(generation, "baseline", key=list(names), items=list(items), must=True)

    def when_broken(self, listener: Callable[[Generation], None]) -> None:
        """Call `listener` with a table that needs a baseline, because changes of it were lost."""
        self._when_broken.append(listener)

    def when_gone(self, listener: Callable[[Generation], None]) -> None:
        """Call `listener` with a table that is deleted; `here()` is the last moment of its life then."""
        self._when_gone.append(listener)

    @contextmanager
    def watching(self, generation: Generation) -> Iterator[list[Changes]]:
        """Give a list that grows by every change of a table, written or not; one watcher a table at a time."""
        seen = self._watched[generation.number] = []
        try:
            yield seen
        finally:
            del self._watched[generation.number]

    # What was

    def tables(self) -> list[Generation]:
        """Return all tables that are there."""
        return list(self._index.current.values())

    def table(self, namespace: Namespace, table: str) -> Generation | None:
        """Return the current table of a name, None when it was never heard of."""
        return self._index.current.get((namespace, table))

    def restorable_from_s(self, generation: Generation) -> float | None:
        """Return the first instant (epoch seconds) whose content is known, None when none is yet."""
        from_s = self._index.restorable_from_s(generation)
        return None if from_s is None else self.still_true(from_s)

    def still_true(self, since_s: float) -> float:
        """Return an instant since which something is so: that of the clock's setting back, if it was a later one."""
        return since_s if since_s <= self._clock.now_s() else min(since_s, self._index.run_began_s)

    def here(self) -> Cut:
        """Return the cut that takes everything so far."""
        return self._index.cut_before_record(self._index.next_record)

    def at(self, at_s: float) -> Cut:
        """Return the cut at an instant: when the clock was set back, at the last time that it showed it."""
        return self._index.cut_at(at_s)

    async def content(self, generation: Generation, cut: Cut) -> Content:
        """Return what a table held at a cut, which may lie before what is written meanwhile."""
        return await asyncio.to_thread(reading.content, self._files.view(), generation, cut)

    async def history(
        self, generation: Generation, wanted: Wanted, *, since_s: float = 0.0, limit: int = 100
    ) -> list[dict[str, Any]]:
        """Return the newest changes of items whose keys are wanted, oldest first."""
        return await asyncio.to_thread(
            reading.history, self._files.view(snapshot=False), generation, wanted, since_s, limit
        )

    # Its life

    def forget(self, namespace: Namespace | None) -> None:
        """Forget a namespace's tables, or (None) everything that ever was."""
        if namespace is None:
            self._beginnings += 1
            self._files.remove_all()
            index = Index()
            index.next_generation = self._index.next_generation  # who still reads an old table must not meet a new one
            self._index, self._untold, self.lost_changes, self.problem = index, [], 0, ""
            return
        for generation in [one for one in self.tables() if one.namespace == namespace]:
            self._note(generation, "gone")

    async def close(self) -> None:
        """Finish what runs beside, and write no more."""
        if self._folding is not None:
            await asyncio.wait([self._folding])
        self._files.close()

    def describe(self) -> dict[str, object]:
        """Return what health tells of the journal."""
        gaps = [one.table for one in self.tables() if one.gaps and one.gaps[-1][1] == FOREVER]
        told: dict[str, object] = {"tables": len(self._index.current), "bytes": self._files.size}
        if self.lost_changes:
            told |= {"lost_changes": self.lost_changes, "problem": self.problem, "broken_tables": gaps}
        if self.damage is not None:
            told["recovered"] = f"{self.damage.lost_bytes} bytes that were not whole lines lie in {self.damage.kept}"
        return told

    def _make(
        self,
        namespace: Namespace,
        table: str,
        at_s: float | None,
        *,
        known: bool,
        table_id: str = "",
        since_ever: bool = False,
    ) -> Generation:
        number = self._index.next_generation
        made = {"account": namespace.account, "region": namespace.region, "table": table, "table_id": table_id}
        self._enter({"g": number, "kind": "made", **made, "known": known, "since_ever": since_ever}, at_s)
        generation = self._index.generations[number]
        # A namespace by its access key too, which the files don't hold: calls of the edge's own need it.
        generation.namespace = namespace
        return generation

    def _note(
        self, generation: Generation, kind: str, at_s: float | None = None, *, must: bool = False, **told: Any
    ) -> None:
        self._enter({"g": generation.number, "kind": kind, **told}, at_s, must=must)

    def _enter(self, told: dict[str, Any], at_s: float | None, *, must: bool = False) -> None:
        """Write down a record about a table, and let it take effect, written or not."""
        at_s = self._clock.now_s() if at_s is None else at_s
        record = {"n": self._index.next_record, "at": at_s, **told}
        if self._written(record):
            self._index.apply({**record, "n": self._index.next_record})
        elif must:
            raise OSError(self.problem)
        else:
            logger.error("the journal can't keep yet that a table was %s: %s", told["kind"], self.problem)
            self._index.apply(record)
            self._untold.append({"at": at_s, **told})

    def _written(self, record: Mapping[str, Any]) -> bool:
        try:
            if not self._files.is_open:
                self._files.open()
            if self._untold:
                self._tell_late()
                record = {**record, "n": self._index.next_record}
            self._files.write(framed(record))
        except (OSError, TypeError) as problem:
            self.problem = f"{type(problem).__name__}: {problem}"
            return False
        if self._files.open_size >= self._segment_bytes_max:
            self._rotate()
        return True

    def _lose(self, generation: Generation, at_s: float, changes: int) -> None:
        if not self.lost_changes:
            logger.error("the journal can't be written, so %s has a gap now: %s", generation.table, self.problem)
        self.lost_changes += changes
        if generation.gaps and generation.gaps[-1][1] == FOREVER:
            return
        generation.gaps.append([at_s, FOREVER])
        self._untold.append({"at": at_s, "g": generation.number, "kind": "gap", "from": at_s})
        self._files.give_up_spare()
        try:
            self._tell_late()
        except OSError as problem:
            logger.error("nor can the gap itself be written yet: %s", problem)  # noqa: TRY400 - said in full

    def _tell_late(self) -> None:
        """Write down what took effect here when it could not be written; raises OSError while that is so."""
        while self._untold:
            # Of now: records lie in the order of their instants, unless the clock was set back.
            at_s = max(self._index.last_at_s, self._untold[0]["at"])
            record = {**self._untold[0], "n": self._index.next_record, "at": at_s}
            self._files.write(framed({name: record[name] for name in ("n", "at", *self._untold[0])}))
            self._index.advance(record["n"], at_s)
            del self._untold[0]

    def _heal(self, generation: Generation) -> None:
        for listener in self._when_broken:
            listener(generation)

    def _heed_clock(self) -> None:
        now_s = self._clock.now_s()
        if now_s < self._index.last_at_s and self._index.generations:
            # Set back: from here on the same instants pass again, even if nothing is written in them.
            self._enter({"g": 0, "kind": "clock"}, now_s)

    def _recover(self) -> None:
        try:
            for document, damage in self._files.repair():
                if damage is not None:
                    self.damage = damage
                    continue
                record = orjson.loads(document)
                if record["kind"] == "snapshot":
                    self._index = Index.of_json(record)
                elif record["kind"] != "item":
                    self._index.apply(record)
        except LineDamaged as problem:  # in the snapshot: what follows it has nothing to stand on
            kept = self._files.directory
            self.damage = Damage(kept, problem.offset, self._files.size, kept)
            self._files.set_aside()
            self._index = Index()
        for generation in self._index.current.values():
            generation.stale = True
            if self.damage is not None:
                generation.gaps.append([self._index.last_at_s, FOREVER])
        if self.damage is not None:
            logger.error("the journal was not whole: %s", self.describe()["recovered"])
        self._heed_clock()  # a former process may have left it ahead

    def _rotate(self) -> None:
        try:
            self._files.rotate()
        except OSError as problem:
            self.problem = f"{type(problem).__name__}: {problem}"
            return
        if self._files.size > self._options.bytes_max and self._folding is None:
            try:
                self._folding = asyncio.get_running_loop().create_task(self._fold_beside())
            except RuntimeError:  # no event loop: whoever writes is in no hurry
                while self._is_too_large():
                    self._replace(*self._fold())

    async def _fold_beside(self) -> None:
        try:
            while self._is_too_large():
                beginning = self._beginnings
                folded = await asyncio.to_thread(self._fold)
                if beginning != self._beginnings:
                    self._files.snapshot_path(folded[0]).unlink(missing_ok=True)
                    return
                self._replace(*folded)
        except (OSError, LineDamaged) as problem:
            self.problem = f"the journal stays larger than asked for: {problem}"
            logger.exception("a segment could not be folded")
        finally:
            self._folding = None

    def _is_too_large(self) -> bool:
        return self._files.size > self._options.bytes_max and len(self._files.segments) > 1

    def _fold(self) -> tuple[int, float]:
        oldest, former = self._files.segments[0], self._files.snapshot
        target = self._files.snapshot_path(oldest)
        return oldest, fold(self._files.snapshot_path(former) if former else None, self._files.segment(oldest), target)

    def _replace(self, segment: int, until_s: float) -> None:
        self._files.replace_by_snapshot(segment)
        self._index.folded_at_s = until_s
        self._index.drop_gone(until_s)
