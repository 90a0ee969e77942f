"""Idempotency keys: one effect per key, and its first answer again for every retry.

A key's answer is written in the transaction of the effect it answers for. What is in flight is known to the process
alone, so a process that dies in between leaves both or nothing, and no key stays taken. Keys belong to a merchant.
Semantics are Stripe's (source: its page on idempotent requests, documented); providers that differ are other policies.
"""

import hashlib
import json
import sqlite3
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from mock_gateway.answer import Answer
from mock_gateway.clock import Clock, to_text
from mock_gateway.problems import key_in_use, key_reused

SCHEMA = """
CREATE TABLE idempotency_keys (
    merchant TEXT NOT NULL,
    key TEXT NOT NULL,
    fingerprint TEXT NOT NULL,
    status INTEGER NOT NULL,
    body TEXT NOT NULL,
    outcome TEXT NOT NULL,
    request_id TEXT NOT NULL,
    created_at TEXT NOT NULL,
    PRIMARY KEY (merchant, key)
) WITHOUT ROWID;
"""
# A key that is older than the policy keeps it is written over; a younger one is somebody else's.
_STORE = """
INSERT INTO idempotency_keys VALUES (?, ?, ?, ?, ?, ?, ?, ?)
ON CONFLICT (merchant, key) DO UPDATE SET fingerprint = excluded.fingerprint, status = excluded.status,
    body = excluded.body, outcome = excluded.outcome, request_id = excluded.request_id, created_at = excluded.created_at
WHERE created_at <= ?
"""
SUCCEEDED = "succeeded"
DECLINED = "declined"
ERROR = "error"


@dataclass(frozen=True, slots=True)
class IdempotencyPolicy:
    """Which first answers a key keeps, and for how long. `like` says whose way it is, and how sure that is."""

    name: str
    stored: frozenset[str]
    retention_s: float
    like: str

    def stores(self, outcome: str) -> bool:
        """Say whether an answer with this outcome (succeeded, declined, error) is kept."""
        return outcome in self.stored


FIRST_ANSWER = IdempotencyPolicy(
    "first-answer",
    frozenset({SUCCEEDED, DECLINED, ERROR}),
    24 * 3600,
    "Stripe: server errors are kept too, for at least 24 h (documented)",
)
SETTLED_ONLY = IdempotencyPolicy(
    "settled-only",
    frozenset({SUCCEEDED, DECLINED}),
    7 * 24 * 3600,
    "Adyen: what failed for a passing reason may be sent again under its key (documented); 7 days (assumed, at least)",
)
SUCCESSES_ONLY = IdempotencyPolicy(
    "successes-only",
    frozenset({SUCCEEDED}),
    24 * 3600,
    "Checkout.com: only what was answered with 2xx is kept, for 24 h (documented)",
)
POLICIES = {policy.name: policy for policy in (FIRST_ANSWER, SETTLED_ONLY, SUCCESSES_ONLY)}


@dataclass(frozen=True, slots=True)
class Stored:
    """The first answer of a key."""

    fingerprint: str
    status: int
    body: str
    outcome: str
    request_id: str

    def replayed(self) -> Answer:
        """Return the answer, marked as a repetition."""
        marks = {"Idempotent-Replayed": "true", "Original-Request": self.request_id}
        return Answer(self.status, self.body, headers=marks)


class IdempotencyKeys:
    """The keys that are in flight (in memory) and those that are answered (in the database); thread-safe."""

    def __init__(self, policy: IdempotencyPolicy, clock: Clock) -> None:
        self._at_first = policy
        self._clock = clock
        self._in_flight: set[tuple[str, str]] = set()
        self._lock = threading.Lock()
        self.policy = policy
        self.policy_by_merchant: Mapping[str, IdempotencyPolicy] = {}

    def choose(self, policy: IdempotencyPolicy, merchant: str = "") -> None:
        """Keep a merchant's keys by this policy from now on; without one, those of all that have none of their own."""
        with self._lock:
            if merchant:
                self.policy_by_merchant = {**self.policy_by_merchant, merchant: policy}
            else:
                self.policy = policy

    def restore_policies(self) -> None:
        """Keep everybody's keys by the policy of the start."""
        with self._lock:
            self.policy, self.policy_by_merchant = self._at_first, {}

    @contextmanager
    def reserved(self, merchant: str, key: str) -> Iterator[None]:
        """Hold a key while its request is carried out; raises Refused (409) when another holds it. "" is no key."""
        if not key:
            yield
            return
        with self._lock:
            if (merchant, key) in self._in_flight:
                raise key_in_use()
            self._in_flight.add((merchant, key))
        try:
            yield
        finally:
            with self._lock:
                self._in_flight.discard((merchant, key))

    def count_in_flight(self) -> int:
        """Return how many keys are held at the moment."""
        with self._lock:
            return len(self._in_flight)

    def is_in_flight(self, merchant: str, key: str) -> bool:
        """Say whether a request with this key is being carried out."""
        with self._lock:
            return (merchant, key) in self._in_flight

    def stored(self, connection: sqlite3.Connection, merchant: str, key: str, *, until: str = "~") -> Stored | None:
        """Return the first answer of a key as of the instant `until`, unless it is older than the policy keeps it."""
        if not key:
            return None
        row = connection.execute(
            """SELECT fingerprint, status, body, outcome, request_id FROM idempotency_keys
               WHERE merchant = ? AND key = ? AND created_at > ? AND created_at <= ?""",
            (merchant, key, self._kept_since(merchant), until),
        ).fetchone()
        return None if row is None else Stored(*row)

    def first_answer(self, connection: sqlite3.Connection, merchant: str, key: str, fingerprint: str) -> Stored | None:
        """Return the first answer of a key; raises Refused (400) when it was used with other parameters."""
        stored = self.stored(connection, merchant, key)
        if stored and stored.fingerprint != fingerprint:
            raise key_reused()
        return stored

    def store(self, connection: sqlite3.Connection, merchant: str, key: str, first: Stored) -> None:
        """Keep a first answer, if the policy does; raises Refused (409) when another process was quicker."""
        if not key or not self._policy_of(merchant).stores(first.outcome):
            return
        written = connection.execute(
            _STORE,
            (
                *(merchant, key, first.fingerprint, first.status, first.body, first.outcome, first.request_id),
                *(to_text(self._clock.now()), self._kept_since(merchant)),
            ),
        )
        if not written.rowcount:
            raise key_in_use()

    def _policy_of(self, merchant: str) -> IdempotencyPolicy:
        return self.policy_by_merchant.get(merchant, self.policy)

    def _kept_since(self, merchant: str) -> str:
        return to_text(self._clock.now() - timedelta(seconds=self._policy_of(merchant).retention_s))


def fingerprint(operation: str, parameters: Mapping[str, Any]) -> str:
    """Return a digest that is the same for the same operation with the same parameters."""
    text = json.dumps([operation, parameters], sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(text.encode()).hexdigest()
