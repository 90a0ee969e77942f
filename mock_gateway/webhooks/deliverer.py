"""Sends what is in the outbox: one thread that decides and keeps the books, and a short-lived one for each request.

Only the deciding thread touches the database; it takes the write lock to look, and so sees a transaction's deliveries
once that is committed. It sleeps until something is due, and is not started before there is something to send.
Signatures tell the machine's time, which receivers compare with their own, however far the gateway's clock is ahead;
retries are due by the gateway's clock, so that advancing it brings them on.
"""

import logging
import sqlite3
import threading
import time
from dataclasses import dataclass, field

from mock_gateway.clock import Clock, from_text, to_text
from mock_gateway.database import Database
from mock_gateway.faults.board import Board
from mock_gateway.webhooks.books import Books
from mock_gateway.webhooks.in_hand import InHand, Job, Parcel
from mock_gateway.webhooks.outbox import Attempt, Outbox
from mock_gateway.webhooks.posting import Post
from mock_gateway.webhooks.retrying import Retrying
from mock_gateway.webhooks.signing import signature

TIMEOUT_MS = 10_000
STOP_WITHIN_S = 15.0
TROUBLE_PAUSE_S = 1.0
_log = logging.getLogger("mock_gateway.webhooks")


@dataclass(frozen=True)
class Sending:
    """How deliveries are sent; `machine_clock` is the one that signatures tell."""

    machine_clock: Clock
    anywhere: bool = False
    timeout_s: float = TIMEOUT_MS / 1000
    retrying: Retrying = field(default_factory=Retrying)


@dataclass(frozen=True, slots=True)
class _Outcome:
    """What came of a parcel; without one, the job has come to its end."""

    job: Job
    parcel: Parcel | None = None
    attempt: Attempt | None = None


class Deliverer:
    """Delivers until it is closed; thread-safe."""

    def __init__(self, database: Database, outbox: Outbox, board: Board, clock: Clock, sending: Sending) -> None:
        self._database = database
        self._outbox = outbox
        self._books = Books(outbox, board, clock, sending.retrying)
        self._clock = clock
        self._how = sending
        self._changed = threading.Condition()
        self._is_closed = False
        self._is_woken = False
        self._is_to_forget = False
        self._outcomes: list[_Outcome] = []
        self._in_hand = InHand(lambda rule_id: board.find(rule_id) is not None)
        self._thread: threading.Thread | None = None
        outbox.changed, board.healed = self.wake, self.nudge

    def resume(self) -> None:
        """Go on with what an earlier process left."""
        with self._database.read() as connection:
            is_left = self._outbox.next_due_at(connection, "") is not None
        if is_left:
            self.wake()

    def wake(self) -> None:
        """Look at the outbox again, soon."""
        with self._changed:
            self._is_woken = True
            if self._thread is None and not self._is_closed:
                self._thread = threading.Thread(target=self._run, name="webhooks", daemon=True)
                self._thread.start()
            self._changed.notify()

    def nudge(self) -> None:
        """Look again at what is there already, such as after a fault was healed or time was advanced."""
        with self._changed:
            self._is_woken = True
            self._changed.notify()

    def forget(self) -> None:
        """Let go of everything in hand; the outbox was emptied."""
        with self._changed:
            self._is_to_forget = True
        self.nudge()

    def close(self) -> None:
        """Stop; what is being sent is cut short and stays due. Raises TimeoutError when that does not end."""
        with self._changed:
            self._is_closed = True
            self._changed.notify()
            thread = self._thread
        if thread is not None:
            thread.join(STOP_WITHIN_S)
            if thread.is_alive():
                raise TimeoutError(f"webhooks are still busy after {STOP_WITHIN_S} s, expected them to stop")

    def unfinished(self) -> tuple[int, int]:
        """Return how many deliveries are due, and how many sendings are in hand; what waits for a retry is neither."""
        # Due ones are counted first: whatever is in hand afterwards was due before, or copied from what was.
        with self._database.read() as connection:
            due = self._outbox.count_due(connection, to_text(self._clock.now()))
        return due, len(self._in_hand)

    def _run(self) -> None:
        pause_s: float | None = 0.0
        while True:
            with self._changed:
                if not (self._is_woken or self._is_closed):
                    self._changed.wait(pause_s)
                if self._is_closed:
                    break
                outcomes, self._outcomes = self._outcomes, []
                is_to_forget, self._is_to_forget, self._is_woken = self._is_to_forget, False, False
            if is_to_forget:
                self._let_go()
            try:
                pause_s = self._turn(outcomes)
            except (sqlite3.Error, RuntimeError):
                # No database, or no thread to send with. What was in hand is still due and sent again: at least once.
                _log.exception("the outbox can't be used or sent; looking again in %g s", TROUBLE_PAUSE_S)
                self._let_go()
                pause_s = TROUBLE_PAUSE_S
        self._let_go()

    def _let_go(self) -> None:
        for job in self._in_hand.sending:
            if job.post is not None:
                job.post.cut()
        self._in_hand.clear()

    def _turn(self, outcomes: list[_Outcome]) -> float | None:
        """Do all that can be done now, and return for how long there is nothing to do, in seconds."""
        now_s = time.monotonic()
        with self._database.write() as connection:
            for one in outcomes:
                if one.parcel and one.attempt and one.job in self._in_hand.sending:
                    self._books.enter(connection, one.parcel, one.attempt)
            self._tidy(outcomes, now_s)
            self._books.take(connection, self._in_hand, now_s)
            now = to_text(self._clock.now())
            next_due_at = self._outbox.next_due_at(connection, now)
        for job in self._in_hand.startable(now_s):
            self._start(job, now_s)
        pauses = [] if next_due_at is None else [(from_text(next_due_at) - from_text(now)).total_seconds()]
        next_at_s = self._in_hand.next_at_s()
        pauses += [] if next_at_s is None else [next_at_s - time.monotonic()]
        return max(0.0, min(pauses)) if pauses else None

    def _tidy(self, outcomes: list[_Outcome], now_s: float) -> None:
        for one in outcomes:
            if one.parcel is None:
                self._in_hand.end(one.job)
        for job in self._in_hand.sending:
            if job.late_at_s <= now_s:
                job.late_at_s = now_s + self._how.timeout_s
                if job.post is not None:
                    job.post.cut_late()

    def _start(self, job: Job, now_s: float) -> None:
        job.late_at_s = now_s + self._how.timeout_s
        threading.Thread(
            target=self._send, args=(job,), name=f"webhook {job.parcels[0].delivery.id}", daemon=True
        ).start()

    def _send(self, job: Job) -> None:
        try:
            for parcel in job.parcels:
                if self._is_closed:
                    return
                job.late_at_s = time.monotonic() + self._how.timeout_s
                self._tell(_Outcome(job, parcel, self._attempt(job, parcel)))
        finally:
            self._tell(_Outcome(job))

    def _attempt(self, job: Job, parcel: Parcel) -> Attempt:
        at, signed_at_s = to_text(self._clock.now()), int(self._how.machine_clock.now().timestamp()) - parcel.age_s
        try:
            post = job.post = self._post(parcel, signed_at_s)
            post.run()
        except Exception:  # noqa: BLE001 - whatever it is, it is logged and told
            # A delivery that can't be made would stay due and be tried at once, for ever.
            _log.exception("delivery %s failed", parcel.delivery.id)
            return Attempt(error="the gateway failed to send it; its log has the trace", fault=parcel.fault.kind, at=at)
        return Attempt(
            status_code=post.status_code,
            duration_ms=post.duration_ms,
            error=post.error,
            signed_at_s=signed_at_s,
            fault=parcel.fault.kind,
            at=at,
        )

    def _post(self, parcel: Parcel, signed_at_s: int) -> Post:
        body, secret = parcel.event.body, parcel.fault.signing_secret(parcel.endpoint.secret)
        return Post(
            parcel.endpoint.url,
            parcel.fault.sent_body(body),
            signature(secret, body, signed_at_s),
            anywhere=self._how.anywhere,
            timeout_s=self._how.timeout_s,
        )

    def _tell(self, outcome: _Outcome) -> None:
        with self._changed:
            self._outcomes.append(outcome)
            self._is_woken = True
            self._changed.notify()
