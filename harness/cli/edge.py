"""The command that puts the edge in front of engines that somebody else runs: edge."""

import contextlib
import sys
from collections.abc import Iterator
from fcntl import LOCK_EX, LOCK_NB, flock
from pathlib import Path
from typing import Annotated

import typer

from harness.cli.capacity import Choice, Scale, document_of
from harness.cli.options import AsJson, notes, print_json
from harness.errors import SettingInvalid


def register(application: typer.Typer) -> None:
    """Add this module's commands."""
    application.command(
        epilog="Examples: rehearse edge --upstream http://127.0.0.1:8000 · "
        "rehearse edge --upstream http://127.0.0.1:4566 --upstream dynamodb=http://127.0.0.1:8000 --port 4600 --guard"
    )(edge)


def edge(
    upstream: Annotated[
        list[str], typer.Option("--upstream", "-u", help="A server's URL, or SERVICE=URL for one service; repeatable.")
    ],
    port: Annotated[int, typer.Option("--port", "-p", min=0, max=65535, help="Where to listen; 0 is any free.")] = 4566,
    guard: Annotated[
        bool, typer.Option("--guard/--no-guard", help="Restore what engines break: transactions, tokens.")
    ] = False,
    images: Annotated[
        bool,
        typer.Option(
            "--images/--no-images",
            help="See what each DynamoDB write did: for TTL and the time machine. Costs a read or two a write.",
        ),
    ] = True,
    directory: Annotated[
        Path | None, typer.Option("--directory", "-d", help="Where the edge keeps its journal.")
    ] = None,
    faults: Annotated[Path | None, typer.Option("--faults", help="A YAML file of fault rules.")] = None,
    capacity: Choice = None,
    capacity_scale: Scale = None,
    account: Annotated[str, typer.Option(help="The account of keys that name none.")] = "000000000000",
    region: Annotated[str, typer.Option(help="The region of calls that name none.")] = "us-east-1",
    within_s: Annotated[float, typer.Option("--within", min=0, help="Seconds to wait for the upstreams.")] = 5.0,
    as_json: AsJson = False,
) -> None:
    """Serve the edge in front of running engines until Ctrl-C: records, faults, clock, TTL, backups, guard."""
    from harness.edge import EdgeOptions
    from harness.edge.capacity import options_of
    from harness.edge.standalone import Behind, Standalone

    behind = Behind.parse(upstream)
    limits = document_of(capacity, capacity_scale)
    # Who sees every change can do TTL for an engine, which would otherwise do it at once or never.
    options = EdgeOptions(
        region=region,
        directory=directory,
        faults_file=faults,
        guard=guard,
        images=images,
        ttl_held=images,
        capacity=options_of(limits) if limits is not None else None,
    )

    def tell(url: str) -> None:
        if as_json:
            print_json({"url": url, "upstreams": behind.describe(), "guard": guard, "images": images})
            sys.stdout.flush()
            return
        for service, server in behind.describe().items():
            notes.print(f"behind it  {'everything' if service == '*' else service} at {server}")
        notes.print(f"guard      {'on' if guard else 'off'}; images {'on' if images else 'off'}")
        notes.print(f"edge       {url}; Ctrl-C ends it")
        notes.print(f"use it     export AWS_ENDPOINT_URL={url}")

    with _held(directory):
        Standalone(behind, port, account, options, within_s).run(tell)
    notes.print("ended")


@contextlib.contextmanager
def _held(directory: Path | None) -> Iterator[None]:
    """Keep other edges from a directory, which is made unless it is there; raises SettingInvalid when it can't be had.

    Two edges would write one journal into each other's lines.
    """
    if directory is None:
        yield
        return
    try:
        directory.mkdir(parents=True, exist_ok=True)
        held = (directory / "held").open("w")
    except OSError as problem:
        raise SettingInvalid(f"--directory {directory} can't be used: {problem.strerror}") from problem
    with held:
        try:
            flock(held, LOCK_EX | LOCK_NB)  # goes with the process, however that ends
        except BlockingIOError as problem:
            raise SettingInvalid(f"--directory {directory} is another edge's, which still runs") from problem
        yield
