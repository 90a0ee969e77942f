"""Mend: a transaction that is repeated under its token is known again, whatever its numbers look like.

Wrong: the engine remembers the request itself, and afterwards brings the numbers in it into their canonical form. The
same request again ("1.50", "1e3") then counts as another one: IdempotentParameterMismatchException.
AWS (documented, API reference of TransactWriteItems and ExecuteTransaction, "ClientRequestToken"): the same request
under the same token within 10 minutes succeeds without changing anything.
Mended: what is remembered is a copy, made before anything is done with the request.
"""

import copy
import threading
from typing import Any

from harness.targets.embedded.mends.symbols import DYNAMODB, Function, Mend, Symbol

WRITE = Symbol(DYNAMODB, "_transact_write_items", "d931eab087546b66")
EXECUTE = Symbol(DYNAMODB, "_execute_transaction", "1f50148b67a4bfd1")
LOOK_UP = Symbol(DYNAMODB, "_txn_token_lookup", "67d04c2a83653c11")
STORE = Symbol(DYNAMODB, "_txn_token_store", "a14fb08b45087009")

_request = threading.local()  # `data`: the transaction that runs now, `copied`: how it came


def _remembering(original: Function) -> Function:
    def run(data: dict[str, Any]) -> Any:
        _request.data = data
        try:
            return original(data)
        finally:
            _request.data = _request.copied = None

    return run


def _copying(original: Function) -> Function:
    def look_up(token: str) -> Any:
        data = getattr(_request, "data", None)
        if data is not None:
            # The engine has brought table names into one form by now, and compares with the rest as it came.
            _request.copied = copy.deepcopy({name: one for name, one in data.items() if name != "ClientRequestToken"})
        return original(token)

    return look_up


def _storing_the_copy(original: Function) -> Function:
    def store(token: str, entry: dict[str, Any]) -> None:
        entry["signature"] = _request.copied
        original(token, entry)

    return store


def _apply() -> None:
    WRITE.wrap(_remembering)
    EXECUTE.wrap(_remembering)
    LOOK_UP.wrap(_copying)
    STORE.wrap(_storing_the_copy)


MEND = Mend(name="transaction_tokens", touches=(WRITE, EXECUTE, LOOK_UP, STORE), relies_on=(), apply=_apply)
