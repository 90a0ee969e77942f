"""The edge over the parts in a process of its own; prints its port, and after its end what was left.

Functions are scripted here, or another cloud's (`--cloud URL`, which then takes every call that is not the parts'). The
process ends when its standard input does.
"""

import argparse
import asyncio
import json
import logging
import sys
import threading
from pathlib import Path
from typing import Any

from harness.edge.app import Edge
from harness.edge.call import Answer, Call
from harness.edge.http import HttpUpstream
from harness.edge.serving import Server, config_for, listener
from harness.edge.upstream import Upstream
from harness.targets.docker.parts import Parts, open_parts
from harness.targets.lifeline import on_parent_gone
from tests.edge.test_edge import FakeControls
from tests.targets.docker.parts.scripted import ScriptedFunctions


class Cloud(FakeControls):
    """Lets the edge forget what the parts hold."""

    def __init__(self, parts: Parts) -> None:
        super().__init__()
        self._parts = parts

    def account_of(self, access_key: str) -> str:
        return access_key if access_key.isdigit() and len(access_key) == 12 else "000000000000"

    async def reset(self, namespace: Any = None) -> None:
        await self._parts.reset(namespace)


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--directory", type=Path, required=True)
    parser.add_argument("--cloud", default="")
    parser.add_argument("--port", type=int, default=0)
    options = parser.parse_args()
    logging.basicConfig(level=logging.WARNING)
    before = {thread.name for thread in threading.enumerate()}
    asyncio.run(serve(options))
    left = {
        "threads": sorted({thread.name for thread in threading.enumerate()} - before - {"lifeline"}),
        "files": sorted(str(path) for path in options.directory.rglob("*")),
        "functions_loaded": "harness.targets.embedded.functions" in sys.modules or "awslambdaric" in sys.modules,
    }
    print(json.dumps(left), flush=True)  # noqa: T201 - the parent reads it


async def serve(options: argparse.Namespace) -> None:
    cloud = HttpUpstream(options.cloud) if options.cloud else None
    behind: Upstream = cloud or ScriptedFunctions()
    bound = listener(options.port)
    port = bound.getsockname()[1]
    parts = open_parts(region="us-east-1", directory=options.directory, functions=behind, port=port)

    async def route(call: Call) -> Answer:
        return await (parts(call) if parts.serves(call) else behind(call))

    server = Server(config_for(Edge(route, Cloud(parts), engine=parts.sockets)))
    loop = asyncio.get_running_loop()

    def stop() -> None:
        loop.call_soon_threadsafe(server.stop)

    on_parent_gone(stop)
    serving = asyncio.create_task(server.serve(sockets=[bound]))
    while not server.started and not serving.done():
        await asyncio.sleep(0.01)
    print(port, flush=True)  # noqa: T201 - the parent reads it
    await serving
    await parts.close()
    if cloud is not None:
        await cloud.close()


if __name__ == "__main__":
    main()
