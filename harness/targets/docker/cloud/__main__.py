"""The cloud process's command: what the edge's container runs. Its settings are variables (see `settings`)."""

import asyncio
import contextlib
import logging
import sys

import uvicorn

from harness.edge.asgi import Receive, Scope, Send
from harness.errors import RehearsalError
from harness.targets.docker.cloud.process import bound, serve
from harness.targets.docker.cloud.settings import Settings


def main() -> int:
    """Serve until SIGTERM; return 0, or the error's exit code when the process can't begin or go on."""
    logging.basicConfig(format="%(levelname)s %(name)s: %(message)s", level=logging.WARNING)
    try:
        settings = Settings.from_environ()
        settings.directory.mkdir(parents=True, exist_ok=True)
        loop_factory = uvicorn.Config(_nothing).get_loop_factory()
        with contextlib.ExitStack() as ports, asyncio.Runner(loop_factory=loop_factory) as runner:
            sockets = [ports.enter_context(one) for one in bound(settings)]
            runner.run(serve(settings, sockets, _tell))
    except RehearsalError as problem:
        sys.stderr.write(f"{problem}\n")
        return problem.exit_code
    except OSError as problem:
        sys.stderr.write(f"the cloud process can't go on: {problem}\n")
        return 2
    return 0


def _tell(words: str) -> None:
    sys.stdout.write(f"{words}\n")
    sys.stdout.flush()


async def _nothing(scope: Scope, receive: Receive, send: Send) -> None:
    """Only for uvicorn's choice of an event loop."""


if __name__ == "__main__":
    sys.exit(main())
