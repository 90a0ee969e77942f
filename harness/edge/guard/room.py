"""The room that restores what engines break: transactions alone on their tables, tokens remembered, nonsense refused.

Some engines undo a cancelled transaction by putting whole tables back, which erases what others wrote meanwhile; some
run a transaction again when its token comes again. Here a transaction waits until nobody else is on its tables, and
has them for itself; plain reads and writes share a table. It can't help against writers that pass this edge by.
"""

from collections.abc import AsyncIterator, Iterable, Sequence
from contextlib import asynccontextmanager

from harness.edge.aws import refusal
from harness.edge.call import Answer, Call, Namespace, Proceed, Room
from harness.edge.clock import EdgeClock
from harness.edge.guard.tokens import TOKENS_KEPT_MAX, Tokens, Use, fingerprint_of, token_of
from harness.edge.guard.touched import ALONE, GUARDED, tables_of
from harness.edge.locks import Locks, Name, table_lock

_WITH_TOKEN = frozenset({"TransactWriteItems", "ExecuteTransaction"})
GUARANTEES = (
    "a transaction is alone on its tables: atomic beside plain writes, isolated from reads",
    "a transaction's token takes effect once in ten minutes of the edge's clock",
    "malformed JSON is refused as SerializationException",
)


class Guard(Room):
    """Serialises transactions, and remembers their tokens."""

    def __init__(self, clock: EdgeClock, tokens_kept_max: int = TOKENS_KEPT_MAX) -> None:
        self._tables = Locks()
        self._tokens = Tokens(clock, tokens_kept_max)

    async def handle(self, call: Call, proceed: Proceed) -> Answer:
        """Let a DynamoDB call pass when its tables are free for it."""
        if call.service != "dynamodb" or not call.operation or call.body is None:
            return await proceed(call)
        if not isinstance(call.document, dict):
            return refusal(call, "SerializationException", "the request's body is no JSON object")
        if call.operation not in GUARDED:
            return await proceed(call)
        token = token_of(call) if call.operation in _WITH_TOKEN else ""
        return await (self._once(call, token, proceed) if token else self._locked(call, proceed))

    @asynccontextmanager
    async def exclusive(self, namespace: Namespace, tables: Iterable[str]) -> AsyncIterator[None]:
        """Hold back every call to `tables` that passes this edge."""
        names = [table_lock(namespace, table) for table in tables]
        async with self._tables.held(names, exclusively=True):
            yield

    async def forget(self, namespace: Namespace | None) -> None:
        """Forget tokens."""
        self._tokens.forget(namespace)

    def describe(self) -> dict[str, object]:
        """Return what is guaranteed, and how much is remembered."""
        told = {
            "guarantees": list(GUARANTEES),
            "tokens": len(self._tokens),
            "tokens_forgotten_early": self._tokens.forgotten_early,
            "tables_locked": len(self._tables),
        }
        return {"guard": told}

    async def _locked(self, call: Call, proceed: Proceed) -> Answer:
        alone = call.operation in ALONE
        taken = await self._take(call, alone=alone)
        try:
            return await proceed(call)
        finally:
            self._tables.release(taken, exclusively=alone)

    async def _once(self, call: Call, token: str, proceed: Proceed) -> Answer:
        namespace, fingerprint = call.namespace, fingerprint_of(call)
        known = self._tokens.use(namespace, token)
        if known is not None:
            return _again(call, known, fingerprint)
        use = self._tokens.begin(namespace, token, fingerprint)
        try:
            taken = await self._take(call, alone=True)
        except BaseException:
            self._tokens.drop(namespace, token)
            raise
        try:
            answer = await proceed(call)
        except BaseException:
            self._tokens.end(namespace, token, use, "unknown")
            raise
        finally:
            self._tables.release(taken, exclusively=True)
        self._remember(call, token, use, answer)
        return answer

    async def _take(self, call: Call, *, alone: bool) -> Sequence[Name]:
        names = [table_lock(call.namespace, table) for table in tables_of(call.operation, call.document)]
        return await self._tables.acquire(names, exclusively=alone)

    def _remember(self, call: Call, token: str, use: Use, answer: Answer) -> None:
        """Keep what became of a transaction. `marks["effect"]` is what the images say where the answer says nothing."""
        effect = answer.status < 400 if answer.status < 500 else call.marks.get("effect")
        if call.marks.get("upstream") == "unreached":
            effect = False
        if effect is None:
            self._tokens.end(call.namespace, token, use, "unknown")
        elif not effect:
            self._tokens.drop(call.namespace, token)
        else:
            kept = answer if answer.status < 400 else Answer(200, _JSON, b"{}")
            self._tokens.end(call.namespace, token, use, "done", kept)


_JSON = [(b"content-type", b"application/x-amz-json-1.0"), (b"content-length", b"2")]


def _again(call: Call, use: Use, fingerprint: bytes) -> Answer:
    """Answer a request whose token was used before."""
    call.marks["replayed"] = True
    if use.fingerprint != fingerprint:
        told = "the token was used with other parameters in the last ten minutes"
        return refusal(call, "IdempotentParameterMismatchException", told)
    if use.state == "under way":
        told = "The transaction with the given request token is already in progress."
        return refusal(call, "TransactionInProgressException", told)
    if use.state == "unknown":
        told = "whether the first transaction with this token took effect is not known, and it is not run twice"
        return refusal(call, "InternalServerError", told, 500)
    return use.answer()
