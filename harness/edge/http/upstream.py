"""An upstream in another process, over HTTP."""

import asyncio
import logging
from collections.abc import AsyncIterator

from harness.edge.asgi import Receive
from harness.edge.call import Answer, Call
from harness.edge.http.connection import Connection, Response, UpstreamLost
from harness.edge.http.pool import Pool
from harness.edge.upstream import STREAMING_SERVICES, ClientGone, is_own

logger = logging.getLogger(__name__)

# Headers of one connection (RFC 9110, 7.6.1), and those that are written anew for the next.
_HOP_BY_HOP = frozenset(
    {b"connection", b"keep-alive", b"proxy-connection", b"transfer-encoding", b"te", b"trailer", b"upgrade"}
    | {b"content-length"}
)
_NOT_FORWARDED = _HOP_BY_HOP | {b"expect", b"proxy-authorization"}
_WITHOUT_BODY = frozenset({"GET", "HEAD", "DELETE", "OPTIONS"})
FORWARD_TIMEOUT_S = 910.0  # a function may run for 15 minutes; clients give up earlier by themselves
DYNAMODB_TIMEOUT_S = 60.0  # SDKs wait as long by default
DYNAMODB_GRACE_S = 5.0
WATCH_FROM_S = 0.25


class HttpUpstream:
    """A server behind `base_url`; one that is gone, too slow or no server is answered with a 5xx that names it.

    A client that leaves ends its call upstream. DynamoDB's calls first get a while to end by themselves, because
    whether a write took effect is worth knowing.
    """

    def __init__(self, base_url: str) -> None:
        self.base_url = base_url
        self._pool = Pool(base_url)

    async def __call__(self, call: Call) -> Answer:
        is_dynamodb = call.service == "dynamodb"
        may_stream = call.service in STREAMING_SERVICES
        body: bytes | AsyncIterator[bytes] = call.body if call.body is not None else _parts(call.receiver())
        watch = _Watch(call, DYNAMODB_GRACE_S if is_dynamodb else 0.0)
        try:
            answer = await self._pool.exchange(
                self._head(call, keep_encodings=may_stream),
                body,
                within_s=DYNAMODB_TIMEOUT_S if is_dynamodb else FORWARD_TIMEOUT_S,
                may_stream=may_stream,
                without_body=call.method == "HEAD",
                watch=watch.over,
            )
        except UpstreamLost as problem:
            watch.end()
            return self._lost(call, problem)
        except BaseException:
            watch.end()
            raise
        if answer.rest is None:
            watch.end()
        else:
            answer.rest.then(watch.end)
        return _answer(call, answer)

    async def reach(self) -> None:
        """Open a connection, and keep it; raises UpstreamLost."""
        await self._pool.reach()

    async def close(self) -> None:
        """Close the connections to the upstream."""
        await self._pool.close()

    def _head(self, call: Call, *, keep_encodings: bool) -> bytes:
        raw_path: bytes = call.scope.get("raw_path") or call.path.encode()
        query = b"?" + call.query_string if call.query_string else b""
        lines = [b"%b %b%b%b HTTP/1.1" % (call.method.encode(), self._pool.prefix, raw_path, query)]
        has_host = False
        for name, value in call.headers:
            if name == b"host":
                has_host = True
            elif name in _NOT_FORWARDED or (name == b"accept-encoding" and not keep_encodings):
                continue
            lines.append(name + b": " + value)
        if not has_host:
            lines.append(b"host: " + self._pool.authority)
        if call.body is None:
            lines.append(b"content-length: " + call.header(b"content-length"))
        elif call.body or call.method not in _WITHOUT_BODY:
            lines.append(b"content-length: %d" % len(call.body))
        lines.append(b"\r\n")
        return b"\r\n".join(lines)

    def _lost(self, call: Call, problem: UpstreamLost) -> Answer:
        from harness.edge.aws.errors import refusal

        logger.warning("%s %s: %s", call.service or "unsigned", call.operation or call.path, problem.headline)
        call.marks["upstream"] = "unknown" if problem.reached else "unreached"
        status = 504 if problem.slow else 502
        return refusal(
            call, "ServiceUnavailable", f"upstream of {call.service or 'this call'}: {problem.headline}", status
        )


class _Watch:
    """Gives a call up when its client has been gone for `grace_s`; looks only at calls that take a while."""

    def __init__(self, call: Call, grace_s: float) -> None:
        self._call, self._grace_s = call, grace_s
        self._connection: Connection | None = None
        self._watching: asyncio.Task[None] | None = None
        self._later: asyncio.TimerHandle | None = None

    def over(self, connection: Connection) -> None:
        """Begin, now that the call goes over this connection."""
        self._connection = connection
        if self._call.body is not None and not is_own(self._call):  # a body's end is still to come from the client
            self._later = connection.loop.call_later(WATCH_FROM_S, self._begin)

    def end(self) -> None:
        """Watch no more."""
        if self._later is not None:
            self._later.cancel()
        if self._watching is not None:
            self._watching.cancel()

    def _begin(self) -> None:
        self._watching = asyncio.create_task(self._watch())

    async def _watch(self) -> None:
        if await self._call.disconnected(within_s=FORWARD_TIMEOUT_S) and self._connection is not None:
            await asyncio.sleep(self._grace_s)
            self._connection.give_up("the client left before the answer was there")


def _answer(call: Call, answer: Response) -> Answer:
    headers = [pair for pair in answer.headers if pair[0] not in _HOP_BY_HOP]
    if answer.rest is not None or call.method == "HEAD":
        headers += [pair for pair in answer.headers if pair[0] == b"content-length"]
    elif answer.status not in {204, 304}:
        headers.append((b"content-length", b"%d" % len(answer.body)))
    return Answer(answer.status, headers, answer.body, answer.rest)


async def _parts(receive: Receive) -> AsyncIterator[bytes]:
    """Give a request's body as it comes; raises ClientGone when the client leaves before its end."""
    more = True
    while more:
        message = await receive()
        if message["type"] == "http.disconnect":
            raise ClientGone
        more = message.get("more_body", False)
        yield message.get("body", b"")
