"""The engine in a process of its own, mended or as it comes; prints its port once it can be called.

Started by conftest.py. Ends when its standard input does.
"""

import argparse
import asyncio
import os
import socket
from importlib.util import find_spec
from pathlib import Path

import uvicorn

from harness.targets.embedded import engine
from harness.targets.lifeline import on_parent_gone


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--mended", action="store_true")
    parser.add_argument("--work", type=Path, required=True)
    options = parser.parse_args()
    # Named as TCP, or asyncio leaves Nagle's algorithm on and every answer waits 40 ms for an acknowledgement.
    listener = socket.socket(socket.AF_INET, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    listener.bind(("127.0.0.1", 0))
    port = listener.getsockname()[1]
    engine.configure(port=port, region="us-east-1", work=options.work)
    os.environ["LAMBDA_ASYNC_RETRY_BASE_SECONDS"] = "0.05"
    _let_functions_be_active_soon()
    application = _mended(port, options.work) if options.mended else _as_it_comes()
    config = uvicorn.Config(application, log_level="warning", lifespan="on")  # type: ignore[arg-type]
    with asyncio.Runner(loop_factory=config.get_loop_factory()) as runner:
        runner.run(_serve(uvicorn.Server(config), listener, port))


def _let_functions_be_active_soon() -> None:
    """Shorten the half second for which the engine shows a new function as Pending; no check is about it."""
    from ministack.services import lambda_svc

    assert lambda_svc._LAMBDA_STATE_TRANSITION_DELAY == 0.5
    lambda_svc._LAMBDA_STATE_TRANSITION_DELAY = 0.01


def _as_it_comes() -> object:
    on_parent_gone(lambda: os._exit(0))
    from ministack.app import app

    application: object = app
    return application


def _mended(port: int, work: Path) -> object:
    if not find_spec("harness.targets.embedded.functions.engine_plug"):  # the functions run the engine's way
        from harness.targets.embedded import mends

        mends.install()
        return _as_it_comes()
    from harness.targets.embedded.functions import FunctionPool

    pool = FunctionPool(
        endpoint_url=f"http://127.0.0.1:{port}",
        work_dir=work / "functions",
        workers_per_function_max=4,
        workers_max=8,
    )
    pool.start()

    def stop() -> None:
        pool.close()
        os._exit(0)

    on_parent_gone(stop)
    return engine.load(pool)


async def _serve(server: uvicorn.Server, listener: socket.socket, port: int) -> None:
    serving = asyncio.create_task(server.serve(sockets=[listener]))
    while not server.started and not serving.done():
        await asyncio.sleep(0.01)
    print(port, flush=True)  # noqa: T201 - the parent reads it
    await serving


if __name__ == "__main__":
    main()
