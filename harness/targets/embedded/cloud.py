"""The cloud process: the edge in front of the engine on the AWS port, and each system's API on a port of its own.

One event loop serves all ports. Functions run in worker processes of the pool. The process ends on SIGTERM, or when
its supervisor is gone; then it also removes the environment's folder, because nobody else is left to do it.
"""

import argparse
import asyncio
import contextlib
import gc
import json
import os
import sys
import threading
from importlib.metadata import version
from pathlib import Path
from typing import TYPE_CHECKING

import uvicorn

from harness.edge import EdgeOptions, assemble
from harness.edge.call import Namespace
from harness.edge.changes import ChangeFeed
from harness.edge.clock import EdgeClock
from harness.edge.record import RecordOptions
from harness.edge.serving import Server, config_for, listener, serve_until_told
from harness.targets.embedded import engine, integrations
from harness.targets.embedded.calling import EngineUpstream
from harness.targets.embedded.gaps import MotoServer, gaps_served_by
from harness.targets.instance import Instance
from harness.targets.lifeline import on_parent_gone
from harness.targets.ports import LOOPBACK

if TYPE_CHECKING:
    from harness.targets.embedded.functions import FunctionPool

# A worker with an AWS SDK takes about 26 MB of its own. Payments alone, whose four busy functions have twelve spare
# workers between them, keep an environment under 700 MB (measured: 18 make 650 MB with the cloud). The functions of two
# systems have more: with as few they would end each other's all the time, and a cold start takes a fifth of a second.
# Half of a function's workers may wait for others, as an API's do for those of its state machine; an authorizer
# takes as many as its API.
WORKERS_PER_FUNCTION_MAX = 6
SPARE_WORKERS_MIN = 12
WORKERS_MAX = 36


class Cloud:
    """What the edge's admin endpoints can ask of this process."""

    def __init__(self, options: argparse.Namespace, pool: "FunctionPool") -> None:
        self._options = options
        self._pool = pool

    def describe(self) -> dict[str, object]:
        return {
            "target": "embedded",
            "instance": self._options.instance,
            "engine": f"ministack {version('ministack')}",
            "region": self._options.region,
            "pid": os.getpid(),
        }

    def functions(self) -> list[dict[str, object]]:
        return self._pool.stats()

    def kill_function(self, name: str) -> int:
        return self._pool.kill_function(name)

    def account_of(self, access_key: str) -> str:
        return engine.account_of(access_key)

    def kill_invocation(self, request_id: str) -> bool:
        return self._pool.kill_worker(request_id)

    async def reset(self, namespace: Namespace | None = None) -> None:
        if namespace is None:
            await asyncio.to_thread(engine.resetter())
            await asyncio.to_thread(self._pool.discard_workers)
        else:
            engine.forget_account(namespace.account, namespace.region)
            await asyncio.to_thread(self._pool.discard_workers, namespace.account)


async def serve(options: argparse.Namespace, pool: "FunctionPool", moto: MotoServer) -> None:
    """Serve all ports until SIGTERM, SIGINT or the end of the parent."""
    from harness.targets.embedded.tables import expiry

    application = engine.load(pool)
    tell_changes = engine.telling_of_changes()

    def tell(feed: ChangeFeed, clock: EdgeClock) -> None:
        pool.follow(lambda: clock.ahead_s)
        tell_changes(feed, clock)

    edge = assemble(
        EngineUpstream(application),
        Cloud(options, pool),
        EdgeOptions(
            region=options.region,
            directory=options.directory / "work" / "edge",
            doors=tuple(options.api_ports),
            record=RecordOptions(file=options.calls_file),
        ),
        engine=application,
        gaps=gaps_served_by(moto, engine.lacking),
        changes_from=tell,
        expire=expiry.delete_expired,
        repeat=engine.repeat_stream_records,
    )
    integrations.install(edge.serve)
    servers = [
        (Server(config_for(edge)), listener(options.port)),
        *(
            (Server(config_for(edge.doors[system], lifespan=False)), listener(port))
            for system, port in options.api_ports.items()
        ),
    ]
    _let_the_collector_be()
    await serve_until_told(servers, edge.let_go)


def _let_the_collector_be() -> None:
    """Look for garbage seldom: what was loaded stays, and tables and records are many and hold no cycles."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(5_000, 20, 100)


def _after_supervisor(instance: Instance, pool: "FunctionPool", moto: MotoServer) -> None:
    """End at once, leaving nothing: nobody above is there to clean up."""
    with contextlib.suppress(Exception):
        moto.stop()
    with contextlib.suppress(Exception):
        pool.close()
    instance.bury("supervisor", "is gone: killed, or its parent ended")
    os._exit(1)


def main() -> int:
    """Run the cloud process; the supervisor starts it."""
    parser = argparse.ArgumentParser(prog="rehearsal-cloud")
    parser.add_argument("--instance", required=True)
    parser.add_argument("--directory", required=True, type=Path)
    parser.add_argument("--region", required=True)
    parser.add_argument("--port", required=True, type=int)
    parser.add_argument("--api-ports", required=True, type=json.loads, help="system to port, as JSON")
    parser.add_argument("--gateway-url", required=True)
    parser.add_argument("--calls-file", type=Path, help="where the record of calls goes")
    options = parser.parse_args()
    instance = Instance(options.instance, options.directory)
    engine.configure(port=options.port, region=options.region, work=instance.work)

    from harness.targets.embedded.functions import FunctionPool

    pool = FunctionPool(
        endpoint_url=f"http://{LOOPBACK}:{options.port}",
        work_dir=instance.work / "functions",
        workers_per_function_max=WORKERS_PER_FUNCTION_MAX,
        spare_workers_min=SPARE_WORKERS_MIN,
        workers_max=WORKERS_MAX,
    )
    moto = MotoServer(instance.log_file("moto"))
    pool.start()
    threading.current_thread().name = "cloud"
    on_parent_gone(lambda: _after_supervisor(instance, pool, moto))
    try:
        uvicorn_loop = uvicorn.Config(lambda: None).get_loop_factory()
        with asyncio.Runner(loop_factory=uvicorn_loop) as runner:
            runner.run(serve(options, pool, moto))
    finally:
        moto.stop()
        pool.close()
    return 0


if __name__ == "__main__":
    sys.exit(main())
