"""The tokens of transactions: the same request with the same token takes effect once in ten minutes.

Source: the DynamoDB API reference of TransactWriteItems (ClientRequestToken; documented). What is remembered is a
transaction that took effect. One that was refused did nothing, so its token may be used again (assumed: documented is
only that a *completed* request counts). One whose outcome nobody knows is neither run again nor called done.
"""

from collections import OrderedDict
from dataclasses import dataclass
from functools import lru_cache
from hashlib import blake2b
from typing import Any, Literal

import orjson

from harness.edge.call import Answer, Call, Namespace
from harness.edge.clock import EdgeClock

REMEMBERED_S = 600.0
TOKENS_KEPT_MAX = 100_000
BODIES_KEPT_BYTES_MAX = 16 * 1024 * 1024

_COMMON_BYTES = 16

State = Literal["under way", "done", "unknown"]
_Name = tuple[Namespace, bytes]


@dataclass(slots=True)
class Use:
    """What became of a token's first request: when it is done, the body of its answer and the body's type."""

    fingerprint: bytes
    state: State = "under way"
    until_s: float = float("inf")
    body: bytes = b""
    content_type: bytes = b""

    def answer(self) -> Answer:
        """Return the answer again, without what belonged to its first connection."""
        length = b"%d" % len(self.body)
        return Answer(200, [(b"content-type", self.content_type), (b"content-length", length)], self.body)


class Tokens:
    """Remembers the uses of tokens, the last `kept_max` of them, as long as their answers are small.

    SDKs give every transaction a token, so a use is kept in few bytes: a token as its digest, a common body once.
    """

    def __init__(self, clock: EdgeClock, kept_max: int = TOKENS_KEPT_MAX) -> None:
        self._clock = clock
        self._kept_max = kept_max
        self._uses: OrderedDict[_Name, Use] = OrderedDict()  # in the order of their ends
        self._bodies_bytes = 0
        self.forgotten_early = 0

    def __len__(self) -> int:
        return len(self._uses)

    def use(self, namespace: Namespace, token: str) -> Use | None:
        """Return what is remembered of a token."""
        self._expire()
        return self._uses.get(_name(namespace, token))

    def begin(self, namespace: Namespace, token: str, fingerprint: bytes) -> Use:
        """Remember that a request with this token is under way."""
        use = self._uses[_name(namespace, token)] = Use(fingerprint)
        if len(self._uses) > self._kept_max:
            self._drop_oldest()
        return use

    def end(self, namespace: Namespace, token: str, use: Use, state: State, answer: Answer | None = None) -> None:
        """Remember how it ended, from now on for ten minutes."""
        use.state, use.until_s = state, self._clock.now_s() + REMEMBERED_S
        name = _name(namespace, token)
        self._uses[name] = use
        self._uses.move_to_end(name)
        if answer is not None:
            use.content_type = _once(answer.header(b"content-type"))
            use.body = _once(answer.body) if len(answer.body) < _COMMON_BYTES else answer.body
            self._bodies_bytes += len(use.body)
            while self._bodies_bytes > BODIES_KEPT_BYTES_MAX and len(self._uses) > 1:
                if not self._drop_oldest():
                    break

    def drop(self, namespace: Namespace, token: str) -> None:
        """Forget a token whose request did nothing."""
        self._forget(_name(namespace, token))

    def forget(self, namespace: Namespace | None) -> None:
        """Forget the tokens of a namespace, or of all."""
        for known in [known for known in self._uses if namespace in {None, known[0]}]:
            self._forget(known)

    def _expire(self) -> None:
        now_s = self._clock.now_s()
        while self._uses:
            oldest, use = next(iter(self._uses.items()))
            if use.until_s > now_s:
                return
            self._forget(oldest)

    def _drop_oldest(self) -> bool:
        ended = next((known for known, use in self._uses.items() if use.state != "under way"), None)
        if ended is None:
            return False
        self._forget(ended)
        self.forgotten_early += 1
        return True

    def _forget(self, name: _Name) -> None:
        use = self._uses.pop(name, None)
        if use is not None:
            self._bodies_bytes -= len(use.body)


def _name(namespace: Namespace, token: str) -> _Name:
    return namespace, blake2b(token.encode("utf-8", "surrogatepass"), digest_size=16).digest()


@lru_cache(maxsize=64)
def _once(common: bytes) -> bytes:
    """Return the one copy of a text that comes again and again."""
    return common


def token_of(call: Call) -> str:
    """Return the token that a transaction carries, "" for none."""
    token = call.document.get("ClientRequestToken")
    return token if isinstance(token, str) else ""


def fingerprint_of(call: Call) -> bytes:
    """Return what two requests have in common that ask for the same."""
    asked: dict[str, Any] = {name: value for name, value in call.document.items() if name != "ClientRequestToken"}
    text = orjson.dumps([call.operation, asked], option=orjson.OPT_SORT_KEYS)
    return blake2b(text, digest_size=16).digest()
