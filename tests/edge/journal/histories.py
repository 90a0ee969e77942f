"""Histories to write down, and an independent account of what they left: a list of all states, in memory."""

import asyncio
from collections.abc import Mapping
from copy import deepcopy
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import orjson
from hypothesis import strategies as st

from harness.edge.call import Namespace
from harness.edge.changes import Cause, Change, ChangeFeed, Changes, TableEvent
from harness.edge.clock import EdgeClock
from harness.edge.journal import Journal, JournalOptions
from harness.edge.journal.index import Cut

HERE = Namespace("000000000000", "us-east-1")
TABLES = ("Wallets", "Payments", "Events")
State = dict[str, dict[str, Any]]


class StandingClock(EdgeClock):
    """A clock that stands still until it is moved."""

    def now_s(self) -> float:
        return 1_000_000.0 + self.ahead_s


@dataclass
class Told:
    """A journal, and what its tables held after each thing that happened."""

    journal: Journal
    clock: StandingClock
    feed: ChangeFeed
    now: dict[str, State] = field(default_factory=dict)
    past: list[tuple[float, dict[str, State]]] = field(default_factory=list)

    def write(self, table: str, *items: tuple[str, int | None], transaction: str = "") -> None:
        state = self.now.setdefault(table, {})
        changes = []
        for user, amount in items:
            key = {"UserID": {"S": user}}
            after = None if amount is None else {**key, "Amount": {"N": str(amount)}}
            changes.append(Change(key, deepcopy(state.get(user)), deepcopy(after)))
            if after is None:
                state.pop(user, None)
            else:
                state[user] = after
        cause = Cause("TransactWriteItems" if transaction else "PutItem")
        self.feed.publish(Changes(HERE, table, self.clock.now_s(), tuple(changes), cause, transaction))
        self.remember()

    def delete_table(self, table: str) -> None:
        for happened in ("deleted", "created"):
            self.feed.publish_table(TableEvent(HERE, table, self.clock.now_s(), happened))
        self.now[table] = {}
        self.remember()

    def remember(self) -> None:
        self.past.append((self.clock.now_s(), deepcopy(self.now)))

    def expected(self, table: str, at_s: float) -> State:
        """Return what a table held when the clock last showed an instant."""
        for when_s, state in reversed(self.past):
            if when_s <= at_s:
                return state.get(table, {})
        return {}

    def held(self, table: str, cut: Cut) -> State:
        return held(self.journal, table, cut)


def told_in(directory: Path | None = None, **options: Any) -> Told:
    clock, feed = StandingClock(), ChangeFeed()
    feed.tells_of_tables = True
    return Told(Journal(clock, feed, JournalOptions(directory, **options)), clock, feed)


def held(journal: Journal, table: str, cut: Cut) -> State:
    generation = journal.table(HERE, table)
    if generation is None:
        return {}
    content = asyncio.run(journal.content(generation, cut))
    items = [orjson.loads(item) for item in content.items.values()]
    return {item["UserID"]["S"]: item for item in items}


_item = st.tuples(st.sampled_from("abcd"), st.none() | st.integers(0, 99))
_write = st.tuples(
    st.just("write"), st.sampled_from(TABLES), st.lists(_item, min_size=1, max_size=3, unique_by=lambda one: one[0])
)
_transaction = st.tuples(
    st.just("transaction"), st.dictionaries(st.sampled_from(TABLES), _item, min_size=2, max_size=3)
)
_advance = st.tuples(st.just("advance"), st.integers(1, 40))
_reset = st.tuples(st.just("reset"))
histories = st.lists(st.one_of(_write, _write, _transaction, _advance, _advance, _reset), max_size=25)


instants = st.integers(-4, 240).map(lambda halves: 1_000_000.0 + halves / 2)


def happen(told: Told, history: list[Any]) -> None:
    for number, (kind, *what) in enumerate(history):
        if kind == "write":
            told.write(what[0], *what[1])
        elif kind == "transaction":
            for table, item in what[0].items():
                told.write(table, item, transaction=f"t-{number}")
        elif kind == "advance":
            told.clock.advance(what[0])
        else:
            told.clock.reset()
            if told.past:
                told.remember()


def whole(past: Mapping[str, State]) -> dict[str, State]:
    return {table: state for table, state in past.items() if state}
