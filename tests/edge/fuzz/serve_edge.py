"""The edge over the mended engine, in a process of its own, served as an environment serves it; prints its port.

Started by subject.py. Ends when its standard input does.
"""

import argparse
import asyncio
import os
import socket
from pathlib import Path

import uvicorn

from harness.edge import Edge, EdgeOptions, assemble
from harness.edge.call import Namespace
from harness.edge.record import RecordOptions
from harness.edge.wire import WireProtocol
from harness.targets.embedded import engine
from harness.targets.lifeline import on_parent_gone


class Target:
    """The engine without functions."""

    def describe(self) -> dict[str, object]:
        return {"target": "fuzzed", "pid": os.getpid()}

    def functions(self) -> list[dict[str, object]]:
        return []

    def kill_function(self, name: str) -> int:
        return 0

    def kill_invocation(self, request_id: str) -> bool:
        return False

    def account_of(self, access_key: str) -> str:
        return engine.account_of(access_key)

    async def reset(self, namespace: Namespace | None = None) -> None:
        if namespace is None:
            engine.resetter()()
        else:
            engine.forget_account(namespace.account, namespace.region)


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--work", type=Path, required=True)
    parser.add_argument("--ttl-lag-s", type=float, default=0.0)
    options = parser.parse_args()
    listener = socket.socket(proto=socket.IPPROTO_TCP)
    listener.bind(("127.0.0.1", 0))
    port = listener.getsockname()[1]
    engine.configure(port=port, region="us-east-1", work=options.work)
    config = uvicorn.Config(
        _edge(options),  # type: ignore[arg-type]
        http=WireProtocol,
        lifespan="on",
        log_level="warning",
        access_log=False,
        proxy_headers=False,
        server_header=False,
        date_header=False,
    )
    on_parent_gone(lambda: os._exit(0))
    with asyncio.Runner(loop_factory=config.get_loop_factory()) as runner:
        runner.run(_serve(uvicorn.Server(config), listener, port))


def _edge(options: argparse.Namespace) -> Edge:
    from harness.targets.embedded import mends

    mends.install()
    from ministack.app import app

    from harness.targets.embedded.calling import EngineUpstream
    from harness.targets.embedded.tables import expiry

    return assemble(
        EngineUpstream(app),
        Target(),
        EdgeOptions(
            directory=options.work / "edge",
            record=RecordOptions(file=options.work / "calls.jsonl"),
            ttl_lag_s=options.ttl_lag_s,
        ),
        engine=app,
        changes_from=engine.telling_of_changes(),
        expire=expiry.delete_expired,
    )


async def _serve(server: uvicorn.Server, listener: socket.socket, port: int) -> None:
    serving = asyncio.create_task(server.serve(sockets=[listener]))
    while not server.started and not serving.done():
        await asyncio.sleep(0.01)
    print(port, flush=True)  # noqa: T201 - the parent reads it
    await serving


if __name__ == "__main__":
    main()
