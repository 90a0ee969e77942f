"""Serves the engine with the pool plugged in, until standard input ends. Started by test_engine_plug."""

import asyncio
import contextlib
import socket
import sys
from collections.abc import Iterator
from pathlib import Path

import uvicorn

from harness.targets.embedded import engine
from harness.targets.embedded.functions import FunctionPool
from harness.targets.lifeline import on_parent_gone


class Server(uvicorn.Server):
    @contextlib.contextmanager
    def capture_signals(self) -> Iterator[None]:
        yield


def main() -> None:
    work_dir = Path(sys.argv[1])
    listener = socket.create_server(("127.0.0.1", 0))
    port = listener.getsockname()[1]
    engine.configure(port=port, region="us-east-1", work=work_dir)
    pool = FunctionPool(endpoint_url=f"http://127.0.0.1:{port}", work_dir=work_dir / "functions")
    pool.start()
    server = Server(uvicorn.Config(engine.load(pool), log_level="error"))

    def stop() -> None:
        server.should_exit = True

    on_parent_gone(stop)
    sys.stdout.write(f"{port}\n")
    sys.stdout.flush()
    asyncio.run(server.serve([listener]))
    pool.close()


if __name__ == "__main__":
    main()
