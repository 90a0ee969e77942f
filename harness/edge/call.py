"""One call on its way through the edge, its answer, and the rooms that it passes.

A call is read whole before it moves (large uploads excepted), so that every room sees the same thing: who calls what,
in whose name, about which item. An answer is whole too, unless the operation streams; its `fate` says whether the
client gets it.
"""

import asyncio
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal, NamedTuple
from urllib.parse import parse_qsl

import orjson
from starlette.routing import BaseRoute

from harness.edge.asgi import Headers, Receive, Scope

UNREAD = object()  # a document that nobody has asked for yet


@dataclass(frozen=True, slots=True)
class Namespace:
    """Whose resources a call is about: an account in a region. The access key is what calls to them are signed with."""

    account: str
    region: str
    access_key: str = field(default="test", compare=False, repr=False)


@dataclass(frozen=True, slots=True)
class Target:
    """What a call is about: a table, queue, function or machine by its name, and the item in it.

    `key` is canonical text: `UserID=user-1`, or `PK=a,SK=b` with the partition key first; "" when there is none.
    """

    resource: str
    key: str = ""


class Partition(NamedTuple):
    """A partition that a DynamoDB call names: of a table, or of its index (`index_name` is "" for the table itself).

    `key` is canonical text (`PK=TENANT#a`), "" where the call names none and reads all. `by` says what names it: a
    "key", an "item" that is put, the "condition" of a query, the "start" of a page, or a "scan".
    """

    table: str
    index_name: str
    key: str
    by: str


class Call:
    """One request to an AWS endpoint. Rooms read it; only `body` and `headers` may be replaced on the way."""

    __slots__ = (
        "_document",
        "_receive",
        "body",
        "caller",
        "execution",
        "headers",
        "marks",
        "method",
        "namespace",
        "operation",
        "parent",
        "partitions",
        "path",
        "scope",
        "service",
        "started_at_s",
        "started_s",
        "targets",
        "trace",
    )

    def __init__(self, scope: Scope, receive: Receive, body: bytes | None) -> None:
        self.scope = scope
        self.method: str = scope["method"]
        self.path: str = scope["path"]
        self.headers: Headers = scope["headers"]
        self.body = body  # None: too large to hold, passed on in a stream
        self.service = ""  # SigV4's name; "execute-api" for deployed APIs; "" when unsigned
        self.operation = ""  # "" when unknown
        self.namespace = NOWHERE
        self.trace = ""  # the trace's root
        self.parent = ""  # the parent id: names the invocation of the function that calls
        self.caller = ""  # the function's name, "" when not known
        self.execution = ""  # the execution it belongs to or is to start: an ARN, or only its name
        self.targets: tuple[Target, ...] = ()
        self.partitions: tuple[Partition, ...] = ()  # of DynamoDB's calls, each once
        self.started_at_s = time.time()
        self.started_s = time.perf_counter()
        self.marks: dict[str, Any] = {}  # what rooms found out, for the record
        self._receive = receive
        self._document: Any = UNREAD

    @property
    def document(self) -> Any:
        """The body as it was meant: a JSON document, the fields of a query-protocol form, or None for neither.

        Shared by all rooms: never change it; make another body.
        """
        if self._document is UNREAD:
            self._document = _parsed(self.body, self.header(b"content-type"))
        return self._document

    def header(self, name: bytes) -> bytes:
        """Return the first header of this name (lower case), b"" when there is none."""
        return next((value for known, value in self.headers if known == name), b"")

    @property
    def query_string(self) -> bytes:
        query: bytes = self.scope.get("query_string", b"")
        return query

    def replace_body(self, body: bytes, document: Any = UNREAD) -> None:
        """Let another body go upstream; whoever knows its document already gives it, to spare reading it."""
        self.body = body
        self._document = document
        self.headers = [(name, value) for name, value in self.headers if name != b"content-length"]
        self.headers.append((b"content-length", b"%d" % len(body)))

    def receiver(self) -> Receive:
        """Return the ASGI `receive` that an upstream reads this call from."""
        if self.body is None:
            return self._receive
        message: dict[str, Any] | None = {"type": "http.request", "body": self.body, "more_body": False}

        async def receive() -> Any:
            nonlocal message
            if message is not None:
                given, message = message, None
                return given
            return await self._receive()

        return receive

    async def disconnected(self, within_s: float) -> bool:
        """Wait until the client has gone, at most `within_s`; tell whether it has."""
        try:
            async with asyncio.timeout(within_s):
                while (await self._receive())["type"] != "http.disconnect":
                    pass
        except TimeoutError:
            return False
        return True


@dataclass(frozen=True, slots=True)
class Fate:
    """What becomes of an answer on its way: delivered, lost to a reset connection, or cut off after `bytes_sent`."""

    kind: Literal["delivered", "reset", "truncated"] = "delivered"
    bytes_sent: int = 0  # of the body, when truncated


DELIVERED = Fate()


@dataclass(slots=True)
class Answer:
    """What the client is to get. `rest` gives the remaining body of an operation that streams."""

    status: int
    headers: Headers
    body: bytes
    rest: AsyncIterator[bytes] | None = None
    fate: Fate = DELIVERED

    def header(self, name: bytes) -> bytes:
        """Return the first header of this name (lower case), b"" when there is none."""
        return next((value for known, value in self.headers if known.lower() == name), b"")

    def replace_body(self, body: bytes) -> None:
        """Let the client get another body; what sizes or checks the old one goes."""
        self.body = body
        gone = (b"content-length", b"x-amz-crc32")
        self.headers = [(name, value) for name, value in self.headers if name.lower() not in gone]
        self.headers.append((b"content-length", b"%d" % len(body)))

    @property
    def document(self) -> Any:
        """The body as JSON, None when it is none. Parsed at each call."""
        return _json(self.body)


Proceed = Callable[[Call], Awaitable[Answer]]


class Room:
    """One part of the edge. A room that overrides `handle` stands in the way of every call, in the edge's order."""

    async def handle(self, call: Call, proceed: Proceed) -> Answer:
        """Let a call pass, or answer it; `await proceed(call)` is everything behind this room."""
        return await proceed(call)

    def stand_before(self, proceed: Proceed) -> None:
        """Learn, once, what is behind this room: where calls of the room's own go to pass the rooms behind it."""

    def routes(self) -> Sequence[BaseRoute]:
        """Return the admin endpoints of this room; their paths begin with `/_rehearsal/`."""
        return ()

    async def forget(self, namespace: Namespace | None) -> None:
        """Be as after the start, for one namespace or (None) for all."""

    async def start(self) -> None:
        """Begin what runs beside the calls; the event loop runs."""

    def let_go(self) -> None:
        """Hold up no call any longer: the edge is about to end, and waits for those that are under way."""

    async def stop(self) -> None:
        """End what `start` began and write what is not written; the edge ends."""

    def describe(self) -> dict[str, object]:
        """Return what `/_rehearsal/health` tells of this room."""
        return {}


NOWHERE = Namespace("", "")


def _parsed(body: bytes | None, content_type: bytes) -> Any:
    if not body:
        return None
    if content_type.startswith(b"application/x-www-form-urlencoded"):
        return dict(parse_qsl(body.decode("utf-8", "replace"), keep_blank_values=True))
    return _json(body)


def _json(body: bytes) -> Any:
    try:
        return orjson.loads(body)
    except orjson.JSONDecodeError:
        return None
