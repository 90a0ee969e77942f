"""The tokens of transactions: the same request with the same token takes effect once in ten minutes.

Source: the DynamoDB API reference of TransactWriteItems (ClientRequestToken; documented). What is remembered is a
transaction that took effect. One that was refused did nothing, so its token may be used again (assumed: documented is
only that a *completed* request counts). One whose outcome nobody knows is neither run again nor called done.
"""

from collections import OrderedDict
from dataclasses import dataclass
from hashlib import blake2b
from typing import Any, Literal

import orjson

from harness.edge.call import Answer, Call, Namespace
from harness.edge.clock import EdgeClock

REMEMBERED_S = 600.0
TOKENS_KEPT_MAX = 100_000

State = Literal["under way", "done", "unknown"]


@dataclass(slots=True)
class Use:
    """What became of a token's first request. The answer is kept as it was, without headers of its connection."""

    fingerprint: bytes
    state: State = "under way"
    until_s: float = float("inf")
    answer: Answer | None = None


class Tokens:
    """Remembers the uses of tokens, the last `kept_max` of them."""

    def __init__(self, clock: EdgeClock, kept_max: int = TOKENS_KEPT_MAX) -> None:
        self._clock = clock
        self._kept_max = kept_max
        self._uses: OrderedDict[tuple[Namespace, str], Use] = OrderedDict()  # in the order of their ends
        self.forgotten_early = 0

    def __len__(self) -> int:
        return len(self._uses)

    def use(self, namespace: Namespace, token: str) -> Use | None:
        """Return what is remembered of a token."""
        self._expire()
        return self._uses.get((namespace, token))

    def begin(self, namespace: Namespace, token: str, fingerprint: bytes) -> Use:
        """Remember that a request with this token is under way."""
        use = self._uses[namespace, token] = Use(fingerprint)
        if len(self._uses) > self._kept_max:
            self._drop_oldest()
        return use

    def end(self, namespace: Namespace, token: str, use: Use, state: State, answer: Answer | None = None) -> None:
        """Remember how it ended, from now on for ten minutes."""
        use.state, use.answer, use.until_s = state, answer, self._clock.now_s() + REMEMBERED_S
        self._uses[namespace, token] = use
        self._uses.move_to_end((namespace, token))

    def drop(self, namespace: Namespace, token: str) -> None:
        """Forget a token whose request did nothing."""
        self._uses.pop((namespace, token), None)

    def forget(self, namespace: Namespace | None) -> None:
        """Forget the tokens of a namespace, or of all."""
        for known in [known for known in self._uses if namespace in {None, known[0]}]:
            del self._uses[known]

    def _expire(self) -> None:
        now_s = self._clock.now_s()
        while self._uses:
            oldest, use = next(iter(self._uses.items()))
            if use.until_s > now_s:
                return
            del self._uses[oldest]

    def _drop_oldest(self) -> None:
        ended = next((known for known, use in self._uses.items() if use.state != "under way"), None)
        if ended is not None:
            del self._uses[ended]
            self.forgotten_early += 1


def token_of(call: Call) -> str:
    """Return the token that a transaction carries, "" for none."""
    token = call.document.get("ClientRequestToken")
    return token if isinstance(token, str) else ""


def fingerprint_of(call: Call) -> bytes:
    """Return what two requests have in common that ask for the same."""
    asked: dict[str, Any] = {name: value for name, value in call.document.items() if name != "ClientRequestToken"}
    text = orjson.dumps([call.operation, asked], option=orjson.OPT_SORT_KEYS)
    return blake2b(text, digest_size=16).digest()
