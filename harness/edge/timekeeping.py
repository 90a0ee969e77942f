"""The edge's clock at the admin endpoints: days pass at once, and what fell due meanwhile has happened at the answer.

| endpoint | answer |
| --- | --- |
| `GET clock` | `{"now", "ahead_s", "functions_follow"}`: whether functions see this time, too |
| `POST clock/advance {"by": "2h"}` | the same, and what happened: `{"expired": n}` |
| `POST clock/reset` | the machine's time again; what happened stays |

One clock for all namespaces: an environment is one world. Whoever shares it moves items instead (see `ttl`).

Where functions follow the clock, credentials that STS gives them expire by it, too: else an SDK would take fresh ones
for expired, and ask for others for ever.
"""

import re
from collections.abc import Awaitable, Callable, Sequence
from datetime import UTC, datetime, timedelta

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import BaseRoute, Route

from harness.durations import DURATION_S_MAX, duration_s
from harness.edge.admin.requests import json_object, refused
from harness.edge.call import Answer, Call, Namespace, Proceed, Room
from harness.edge.clock import EdgeClock

Settle = Callable[[], Awaitable[dict[str, object]]]


class Timekeeper(Room):
    """Moves the clock. `settle` are awaited after each move; what they return becomes part of the answer."""

    def __init__(self, clock: EdgeClock, settle: Sequence[Settle] = (), *, functions_follow: bool = True) -> None:
        self._clock = clock
        self._functions_follow = functions_follow
        self._settle = tuple(settle)

    async def handle(self, call: Call, proceed: Proceed) -> Answer:
        """Let the call pass; what STS gives to a function expires by the clock that the function sees."""
        answer = await proceed(call)
        if call.service == "sts" and call.caller and self._clock.ahead_s and self._functions_follow:
            _expire_later(answer, self._clock.ahead_s)
        return answer

    def routes(self) -> Sequence[BaseRoute]:
        """Return `clock`, `clock/advance` and `clock/reset`."""
        return [
            Route("/_rehearsal/clock", self._show),
            Route("/_rehearsal/clock/advance", self._advance, methods=["POST"]),
            Route("/_rehearsal/clock/reset", self._reset, methods=["POST"]),
        ]

    async def forget(self, namespace: Namespace | None) -> None:
        """Go back to the machine's time when everything is forgotten; the clock is no single namespace's."""
        if namespace is None:
            self._clock.reset()

    def describe(self) -> dict[str, object]:
        """Return how far the clock is ahead."""
        return {"clock_ahead_s": round(self._clock.ahead_s, 3)}

    async def _show(self, _: Request) -> Response:
        return JSONResponse(self._document())

    async def _advance(self, request: Request) -> Response:
        body = await json_object(request, known=("by",))
        if "by" not in body:
            return refused('the body says no duration, expected e.g. {"by": "2h"}')
        by_s = duration_s(body["by"])
        if self._clock.ahead_s + by_s > DURATION_S_MAX:
            return refused("the clock would be more than 100 years ahead")
        self._clock.advance(by_s)
        happened: dict[str, object] = {}
        for settle in self._settle:
            happened |= await settle()
        return JSONResponse({**self._document(), **happened})

    async def _reset(self, request: Request) -> Response:
        await json_object(request, known=())
        self._clock.reset()
        return JSONResponse(self._document())

    def _document(self) -> dict[str, object]:
        now = datetime.fromtimestamp(self._clock.now_s(), UTC)
        return {
            "now": now.isoformat(timespec="milliseconds"),
            "ahead_s": round(self._clock.ahead_s, 3),
            "functions_follow": self._functions_follow,
        }


_EXPIRATION = re.compile(rb"(<Expiration>)([^<]+)(</Expiration>)")


def _expire_later(answer: Answer, ahead_s: float) -> None:
    def moved(found: re.Match[bytes]) -> bytes:
        expires_at = datetime.fromisoformat(found[2].decode()) + timedelta(seconds=ahead_s)
        return found[1] + expires_at.strftime("%Y-%m-%dT%H:%M:%SZ").encode() + found[3]

    body = _EXPIRATION.sub(moved, answer.body)
    if body != answer.body:
        answer.replace_body(body)
