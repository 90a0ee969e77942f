"""`python -m mock_gateway`: runs the card gateway in the foreground until it is told to stop."""

import argparse
import logging
import os
import secrets
import signal
import sys
import threading
from pathlib import Path

from mock_gateway import __version__
from mock_gateway.admin.bridge import bridge_address
from mock_gateway.application import Settings, create_gateway
from mock_gateway.database import DatabaseUnusable
from mock_gateway.idempotency import FIRST_ANSWER, POLICIES
from mock_gateway.server import THREADS_DEFAULT, GatewayServer, ListeningFailed
from mock_gateway.webhooks.deliverer import TIMEOUT_MS
from mock_gateway.webhooks.retrying import RETRY_BASE_MS

EXIT_UNUSABLE = 2
HOUSEKEEPING_EVERY_S = 1.0
EXAMPLES = """\
examples:
  python -m mock_gateway
  python -m mock_gateway --port 0 --database gateway.sqlite3 --seed 7
  curl -X POST localhost:3000/charges -H 'Idempotency-Key: k-1' \\
       -d '{"amount_minor": 4000, "currency": "USD", "card": "tok_visa"}'
  curl -X POST localhost:3000/_admin/faults -d '{"kind": "reset", "phase": "after", "times": 1}'
"""


def main(arguments: list[str] | None = None) -> int:
    """Run the gateway and return its exit code: 0 when it was stopped, 2 when it could not start."""
    options = _parser().parse_args(arguments)
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(levelname)s %(name)s %(message)s", stream=sys.stderr)
    signal.signal(signal.SIGTERM, _stop)
    settings = Settings(
        database=options.database,
        seed=options.seed,
        policy=POLICIES[options.idempotency],
        housekeeping_every_s=HOUSEKEEPING_EVERY_S,
        webhooks_anywhere=options.webhooks_anywhere,
        webhook_retry_base_ms=options.webhook_retry_base_ms,
        webhook_timeout_ms=options.webhook_timeout_ms,
        admin_near=bridge_address() if options.admin_through_bridge else "",
    )
    try:
        application, close = create_gateway(settings)
    except DatabaseUnusable as problem:
        return _fail(str(problem))
    try:
        server = GatewayServer(application, host=options.host, port=options.port, threads=options.threads)
    except ListeningFailed as problem:
        close()
        return _fail(f"{problem}; choose another with --port")
    if options.stop_with_parent:
        stop_with_parent()
    kept = options.database or "memory"
    print(  # noqa: T201 - whoever starts it waits for this line
        f"mock gateway listening on http://{options.host}:{server.port} (ledger in {kept}, seed {options.seed})",
        flush=True,
    )
    server.serve()
    close()
    return 0


def stop_with_parent() -> None:
    """Stop this process once its standard input reaches its end: the parent holds the other end while it lives."""

    def watch() -> None:
        while os.read(sys.stdin.fileno(), 4096):
            pass
        os.kill(os.getpid(), signal.SIGTERM)

    threading.Thread(target=watch, name="stop-with-parent", daemon=True).start()


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m mock_gateway",
        description="A card gateway for tests: durable ledger, idempotency keys, faults on demand. Test cards only.",
        epilog=EXAMPLES,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    add = parser.add_argument
    add("--host", default="127.0.0.1", help="address to listen on (default: %(default)s)")
    add("--port", type=_port, default=3000, help="port to listen on, 0 for a free one (default: %(default)s)")
    add("--database", type=Path, metavar="PATH", help="SQLite file that outlives the process (default: in memory)")
    add("--seed", type=int, default=secrets.randbits(32), help="for faults with a probability (default: a fresh one)")
    add("--threads", type=_threads, default=THREADS_DEFAULT, help="worker threads, 1 to 512 (default: %(default)s)")
    add("--idempotency", choices=POLICIES, default=FIRST_ANSWER.name, help="what a key keeps (default: %(default)s)")
    add("--webhooks-anywhere", action="store_true", help="send webhooks to other machines too, not to this one alone")
    bridge = "in a container: let the machine that runs it use the admin face through a published port"
    add("--admin-through-bridge", action="store_true", help=bridge)
    base = "pause before a webhook's first retry in ms, doubled for every further one (default: %(default)s)"
    add("--webhook-retry-base-ms", type=_milliseconds, metavar="N", default=RETRY_BASE_MS, help=base)
    timeout = "how long a webhook's receiver may take to answer in ms (default: %(default)s)"
    add("--webhook-timeout-ms", type=_milliseconds, metavar="N", default=TIMEOUT_MS, help=timeout)
    add("--stop-with-parent", action="store_true", help="stop when standard input reaches its end")
    add("--version", action="version", version=__version__)
    return parser


def _port(text: str) -> int:
    return _within(text, 0, 65_535)


def _threads(text: str) -> int:
    return _within(text, 1, 512)


def _milliseconds(text: str) -> int:
    return _within(text, 1, 600_000)


def _within(text: str, at_least: int, at_most: int) -> int:
    if not (text.isascii() and text.isdecimal() and at_least <= int(text) <= at_most):
        raise argparse.ArgumentTypeError(f"{text!r} is not a whole number between {at_least} and {at_most}")
    return int(text)


def _stop(_signal: int, _frame: object) -> None:
    raise SystemExit(0)


def _fail(message: str) -> int:
    print(f"mock gateway: {message}", file=sys.stderr)  # noqa: T201
    return EXIT_UNUSABLE


if __name__ == "__main__":
    sys.exit(main())
