"""How an edge is put together: which rooms there are, and in which order a call passes them."""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from harness.edge.admin import Access
from harness.edge.app import REGION_DEFAULT, Edge
from harness.edge.asgi import Asgi
from harness.edge.backups import Backups, BackupsOptions
from harness.edge.call import Answer, Call, Room
from harness.edge.capacity import Capacity, CapacityOptions
from harness.edge.changes import ChangeFeed
from harness.edge.clock import EdgeClock
from harness.edge.controls import Controls
from harness.edge.faults import Faults, load_rules
from harness.edge.guard import Guard
from harness.edge.identify import Identifier
from harness.edge.images import Images, IntentFile
from harness.edge.journal import Journal, JournalOptions, JournalRoom
from harness.edge.record import Recorder, RecordOptions
from harness.edge.streams import Repeat, StreamRepeats
from harness.edge.tables import Tables
from harness.edge.timekeeping import Timekeeper
from harness.edge.ttl import LAG_S_DEFAULT, Lifetimes, Settings, SystemDelete
from harness.edge.upstream import Upstream

Gap = Callable[[], Awaitable[Upstream]]
JOURNAL_BYTES_MAX = JournalOptions().bytes_max
RESTORABLE_LAG_S = BackupsOptions().lag_s


@dataclass(frozen=True, slots=True)
class EdgeOptions:
    """What an edge may be told at its start."""

    region: str = REGION_DEFAULT
    directory: Path | None = None  # for what the edge keeps on disk
    doors: tuple[str, ...] = ()  # front doors to build, one a system with a known port
    access: Access = field(default_factory=Access)  # who may use the admin endpoints beside this machine
    record: RecordOptions = field(default_factory=RecordOptions)  # what of the calls is kept, and where
    faults_file: Path | None = None  # fault rules that are set from the start
    ttl_lag_s: float = LAG_S_DEFAULT  # how long an item outlives its TTL
    ttl_held: bool = False  # keep TTL from engines that would delete by themselves, at once
    guard: bool = False  # restore the transactions of engines that break them
    images: bool = False  # find changes out, for engines that don't tell of them
    journal_bytes_max: int = JOURNAL_BYTES_MAX  # of changes that are kept for point-in-time recovery
    restorable_lag_s: float = RESTORABLE_LAG_S  # by how much LatestRestorableDateTime lies behind
    capacity: CapacityOptions | None = None  # DynamoDB capacity that is enforced or counted from the start
    callers_by_app: bool = False  # know functions that no trace names by the application id that their SDK sends
    functions_follow: bool = True  # functions see the edge's clock
    lacking_faults: Mapping[str, str] = field(default_factory=dict)  # kinds that can't be here, and why


def assemble(
    upstream: Upstream,
    controls: Controls,
    options: EdgeOptions,
    *,
    engine: Asgi | None = None,
    gaps: Mapping[str, Gap] | None = None,
    changes_from: Callable[[ChangeFeed, EdgeClock], None] | None = None,
    expire: SystemDelete | None = None,
    repeat: Repeat | None = None,
) -> Edge:
    """Return the edge over `upstream`.

    `engine` takes WebSockets and the server's lifespan; `gaps` maps SigV4 names of services that the upstream lacks to
    what starts the upstream for them; `changes_from` lets an engine publish its changes by itself;
    `expire` is its own way to delete an expired item, `repeat` to deliver stream records to functions once more.
    """
    serve = _by_service(upstream, gaps or {})
    tables = Tables(serve)
    clock, feed = EdgeClock(), ChangeFeed()
    if changes_from is not None:
        changes_from(feed, clock)
    recorder = Recorder(options.record)
    rules = load_rules(options.faults_file) if options.faults_file else None
    faults = Faults(clock, controls, rules, lacking=options.lacking_faults)
    held = Settings(held=options.ttl_held, file=options.directory / "ttl.json" if options.directory else None)
    lifetimes = Lifetimes(serve, tables, feed, clock, lag_s=options.ttl_lag_s, expire=expire, held=held)
    guard = (Guard(clock),) if options.guard else ()
    images = (_images(serve, tables, feed, clock, options),) if options.images else ()
    timekeeper = Timekeeper(clock, settle=(lifetimes.settle,), functions_follow=options.functions_follow)
    # A past can only be given back where changes are heard of.
    heard = changes_from is not None or options.images
    capacity = Capacity(serve, feed, clock, options.capacity, hears=heard)
    journal, backups = _time_machine(clock, feed, tables, options) if heard else ((), ())
    return Edge(
        serve,
        controls,
        rooms=(
            recorder,
            *journal,
            faults,
            capacity,
            lifetimes,
            timekeeper,
            StreamRepeats(repeat),
            *backups,
            *guard,
            *images,
        ),
        tables=tables,
        engine=engine,
        identifier=Identifier(controls.account_of, options.region, callers_by_app=options.callers_by_app),
        doors=options.doors,
        access=options.access,
    )


def _time_machine(
    clock: EdgeClock, feed: ChangeFeed, tables: Tables, options: EdgeOptions
) -> tuple[tuple[Room, ...], tuple[Room, ...]]:
    """Return the journal's room, which ends after all that changes tables, and the backups' room."""
    folder = options.directory
    journal = Journal(
        clock, feed, JournalOptions(folder / "journal" if folder else None, bytes_max=options.journal_bytes_max)
    )
    kept = BackupsOptions(folder / "backups" if folder else None, lag_s=options.restorable_lag_s)
    return (JournalRoom(journal),), (Backups(journal, clock, tables, kept),)


def _images(serve: Upstream, tables: Tables, feed: ChangeFeed, clock: EdgeClock, options: EdgeOptions) -> Images:
    intents = IntentFile(options.directory / "intents" / "under-way") if options.directory else None
    return Images(serve, tables, feed, clock, intents)


def _by_service(upstream: Upstream, gaps: Mapping[str, Gap]) -> Upstream:
    if not gaps:
        return upstream

    async def serve(call: Call) -> Answer:
        start_gap = gaps.get(call.service)
        return await (await start_gap() if start_gap else upstream)(call)

    return serve
