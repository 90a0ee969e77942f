"""How a request is carried out: its fault, its key, its one transaction, its answer.

Everything a face offers goes through here, so that every face has the same faults and the same idempotency. The work
is a generator that yields how long to wait: a hung or slow request holds no thread, and goes on without its client.
"""

import sqlite3
from collections.abc import Callable, Generator
from dataclasses import dataclass
from datetime import timedelta

from mock_gateway.answer import Answer
from mock_gateway.calls import Call
from mock_gateway.clock import Clock, to_text
from mock_gateway.database import Database
from mock_gateway.faults.board import Bite, Board
from mock_gateway.faults.fault import UNAVAILABLE, Phase
from mock_gateway.faults.rule import Rule
from mock_gateway.idempotency import ERROR, IdempotencyKeys, Stored
from mock_gateway.problems import Refused, gateway_reset

# Yields seconds to wait, returns the answer.
Steps = Generator[float, None, Answer]


@dataclass(frozen=True, slots=True)
class Executed:
    """What became of a request that was carried out: succeeded or declined, and the answer that says so."""

    outcome: str
    answer: Answer


@dataclass(frozen=True, slots=True)
class Job:
    """A valid request to move money: `execute` writes to the ledger and raises Refused to leave no trace."""

    call: Call
    # Tells this request from another one under the same key.
    fingerprint: str
    execute: Callable[[sqlite3.Connection], Executed]


@dataclass(frozen=True, slots=True)
class Reading:
    """A valid request to look something up, as it was at an instant (None: as it is)."""

    call: Call
    read: Callable[[sqlite3.Connection, str], Answer]


class Processor:
    """Carries requests out."""

    def __init__(self, database: Database, keys: IdempotencyKeys, board: Board, clock: Clock) -> None:
        self._database = database
        self._keys = keys
        self._board = board
        self._clock = clock
        self._generation = 0

    def forget(self) -> None:
        """Forget everything: the ledger, the keys, and the requests that are still waiting to be carried out."""
        self._generation += 1
        self._database.clear()

    def carry_out(self, job: Job, own_fault: Rule | None = None) -> Steps:
        """Move money once, whatever fault the request meets; raises Refused when nothing may be moved."""
        generation = self._generation
        bite = self._board.choose(job.call, own_fault)
        try:
            if bite.is_in(Phase.BEFORE) and not self._begins(bite):
                return (yield from _instead(bite))
            with self._keys.reserved(job.call.merchant, job.call.idempotency_key):
                if bite.is_in(Phase.BEFORE):
                    bite.fire()
                    yield bite.pause_s()
                answer = self._once(job, bite, generation)
            return (yield from _afterwards(bite, answer))
        finally:
            bite.settle()

    def look_up(self, reading: Reading, own_fault: Rule | None = None) -> Steps:
        """Read the ledger, through whatever fault the request meets."""
        bite = self._board.choose(reading.call, own_fault)
        try:
            if bite.is_in(Phase.BEFORE):
                if not bite.fault.carries_on:
                    return (yield from _instead(bite))
                bite.fire()
                yield bite.pause_s()
            return (yield from _afterwards(bite, self._read(reading, bite)))
        finally:
            bite.settle()

    def _begins(self, bite: Bite) -> bool:
        """Say whether a request that meets a fault before the commit reserves its key all the same."""
        return bite.fault.carries_on or bite.is_kept()

    def _once(self, job: Job, bite: Bite, generation: int) -> Answer:
        call = job.call
        with self._database.write() as connection:
            if generation != self._generation:
                raise gateway_reset()
            first = self._keys.first_answer(connection, call.merchant, call.idempotency_key, job.fingerprint)
            if first:
                return first.replayed()
            executed = self._effect(job, bite, connection)
            stored = Stored(
                job.fingerprint, executed.answer.status, executed.answer.body, executed.outcome, call.request_id
            )
            self._keys.store(connection, call.merchant, call.idempotency_key, stored)
            return executed.answer

    def _effect(self, job: Job, bite: Bite, connection: sqlite3.Connection) -> Executed:
        if bite.is_in(Phase.BEFORE) and bite.is_kept():
            return Executed(ERROR, bite.fault.spoil(UNAVAILABLE))
        executed = job.execute(connection)
        for _ in range(bite.fault.executions - 1):
            job.execute(connection)
            bite.fire()
        if bite.is_kept():
            bite.fire()
            return Executed(ERROR, bite.fault.spoil(executed.answer))
        return executed

    def _read(self, reading: Reading, bite: Bite) -> Answer:
        with self._database.read() as connection:
            now = _answered(reading, connection, "~")
            ago_s = bite.fault.reads_ago_s()
            if not ago_s:
                return now
            stale = _answered(reading, connection, self._instant_ago(ago_s))
        if stale != now:
            bite.fire()
        return stale

    def _instant_ago(self, ago_s: float) -> str:
        return to_text(self._clock.now() - timedelta(seconds=ago_s))


def _answered(reading: Reading, connection: sqlite3.Connection, until: str) -> Answer:
    try:
        return reading.read(connection, until)
    except Refused as refusal:
        return refusal.answer()


def _instead(bite: Bite) -> Steps:
    bite.fire()
    yield bite.pause_s()
    return bite.fault.spoil(UNAVAILABLE)


def _afterwards(bite: Bite, answer: Answer) -> Steps:
    if not bite.is_in(Phase.AFTER):
        return answer
    pause_s = bite.pause_s()
    spoilt = bite.fault.spoil(answer)
    if pause_s or spoilt is not answer:
        bite.fire()
    if pause_s:
        yield pause_s
    return spoilt
