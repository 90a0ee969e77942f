"""An edge in a process of its own: over the mended engine in the same process, or before a server (`--upstream`).

Prints its port once it can be called. Ends when its standard input does.
"""

import argparse
import asyncio
import os
from collections.abc import Mapping, Sequence
from pathlib import Path

import uvicorn

from harness.edge import EdgeOptions, assemble
from harness.edge.app import Edge
from harness.edge.call import Namespace
from harness.edge.http import HttpUpstream
from harness.edge.serving import config_for, listener
from harness.targets.embedded import engine
from harness.targets.lifeline import on_parent_gone


class NoControls:
    """A target of which nothing can be asked."""

    def describe(self) -> Mapping[str, object]:
        return {"target": "test"}

    def account_of(self, access_key: str) -> str:
        return access_key if access_key.isdigit() else "000000000000"

    def functions(self) -> Sequence[Mapping[str, object]]:
        return []

    def kill_function(self, name: str) -> int:
        return 0

    def kill_invocation(self, request_id: str) -> bool:
        return False

    async def reset(self, namespace: Namespace | None = None) -> None:
        if namespace is None and engine_reset is not None:
            await asyncio.to_thread(engine_reset)


engine_reset = None


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--work", type=Path, required=True)
    parser.add_argument("--upstream", default="")
    parser.add_argument("--lag-s", type=float, default=300.0)
    options = parser.parse_args()
    bound = listener(0)
    port = bound.getsockname()[1]
    edge = _before(options) if options.upstream else _embedded(options, port)
    on_parent_gone(lambda: os._exit(0))
    config = config_for(edge)
    with asyncio.Runner(loop_factory=config.get_loop_factory()) as runner:
        runner.run(_serve(uvicorn.Server(config), bound, port))


def _embedded(options: argparse.Namespace, port: int) -> Edge:
    global engine_reset  # noqa: PLW0603 - the engine can be imported only once its settings are there
    engine.configure(port=port, region="us-east-1", work=options.work)
    from harness.targets.embedded import mends

    mends.install()
    from ministack.app import app

    from harness.targets.embedded.calling import EngineUpstream

    engine_reset = engine.resetter()
    return assemble(
        EngineUpstream(app),
        NoControls(),
        EdgeOptions(directory=options.work / "edge", restorable_lag_s=options.lag_s),
        engine=app,
        changes_from=engine.telling_of_changes(),
    )


def _before(options: argparse.Namespace) -> Edge:
    settings = EdgeOptions(directory=options.work / "edge", restorable_lag_s=options.lag_s, images=True)
    return assemble(HttpUpstream(options.upstream), NoControls(), settings)


async def _serve(server: uvicorn.Server, bound: object, port: int) -> None:
    serving = asyncio.create_task(server.serve(sockets=[bound]))  # type: ignore[list-item]
    while not server.started and not serving.done():
        await asyncio.sleep(0.01)
    print(port, flush=True)  # noqa: T201 - the parent reads it
    await serving


if __name__ == "__main__":
    main()
