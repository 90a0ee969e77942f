"""How an edge is put together: which rooms there are, and in which order a call passes them."""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

from harness.edge.app import Edge
from harness.edge.asgi import Asgi
from harness.edge.call import Answer, Call
from harness.edge.changes import ChangeFeed
from harness.edge.clock import EdgeClock
from harness.edge.controls import Controls
from harness.edge.record import Recorder
from harness.edge.tables import Tables
from harness.edge.upstream import Upstream

Gap = Callable[[], Awaitable[Upstream]]


@dataclass(frozen=True, slots=True)
class EdgeOptions:
    """What an edge may be told at its start."""

    region: str = "us-east-1"
    directory: Path | None = None  # for what the edge keeps on disk
    doors: tuple[str, ...] = ()  # front doors to build, one a system with a known port


def assemble(
    upstream: Upstream,
    controls: Controls,
    options: EdgeOptions,
    *,
    engine: Asgi | None = None,
    gaps: Mapping[str, Gap] | None = None,
    feed: ChangeFeed | None = None,
) -> Edge:
    """Return the edge over `upstream`.

    `engine` takes WebSockets and the server's lifespan; `gaps` maps SigV4 names of services that the upstream lacks to
    what starts the upstream for them; `feed` is there when the engine itself tells of changes.
    """
    serve = _by_service(upstream, gaps or {})
    tables = Tables(serve)
    clock, feed = EdgeClock(), feed or ChangeFeed()
    del clock, feed
    recorder = Recorder()
    return Edge(
        serve, controls, rooms=(recorder,), tables=tables, engine=engine, region=options.region, doors=options.doors
    )


def _by_service(upstream: Upstream, gaps: Mapping[str, Gap]) -> Upstream:
    if not gaps:
        return upstream

    async def serve(call: Call) -> Answer:
        start_gap = gaps.get(call.service)
        return await (await start_gap() if start_gap else upstream)(call)

    return serve
